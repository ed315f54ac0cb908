"""Words that say where a break is good or bad, for the languages that most subtitles are in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """Words of a language, in lower case.

    Attributes:
        conjunctions, prepositions: a break before them is good.
        binders: a break right behind them is bad: articles, possessives, auxiliaries, and the above.
    """

    conjunctions: frozenset[str]
    prepositions: frozenset[str]
    binders: frozenset[str]


def _words(conjunctions: str, prepositions: str, binders: str) -> ClauseWords:
    first, second, third = (frozenset(text.split()) for text in (conjunctions, prepositions, binders))
    return ClauseWords(first, second, first | second | third)


NO_WORDS: Final = _words("", "", "")
CLAUSE_WORDS: Final[Mapping[str, ClauseWords]] = {
    "en": _words(
        "and or but nor because although though while when where if unless until since that which who whom "
        "whose as than whether",
        "of in on at to for from with without by about into onto over under between through during before after "
        "against among around behind beside beyond near off out up upon toward towards within",
        "a an the my your his her its our their this these those no every each some any i you he she it we they "
        "is are was were be been am do does did have has had will would shall should can could may might must not "
        "don't didn't isn't wasn't can't won't i'm you're he's she's it's we're they're very too mr mrs ms dr st",
    ),
    "de": _words(
        "und oder aber denn sondern weil dass daß wenn als ob obwohl während damit bevor nachdem sodass doch",
        "in im an am auf aus bei beim mit nach seit von vom zu zum zur für durch gegen ohne um über unter vor "
        "hinter neben zwischen wegen trotz",
        "der die das den dem des ein eine einen einem einer eines kein keine keinen mein meine dein deine sein "
        "seine ihr ihre unser unsere euer eure dieser diese dieses jeder jede jedes ich du er sie es wir nicht "
        "sehr zu ist sind war waren hat haben hatte habe wird werden",
    ),
    "fr": _words(
        "et ou mais donc or ni car que qui dont où quand lorsque si comme parce puisque tandis",
        "de du des à au aux en dans par pour sur sous avec sans chez vers entre contre depuis pendant avant après",
        "le la les l' un une mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces je "
        "tu il elle on nous vous ils elles ne pas très est sont était ai as a avons avez ont se me te",
    ),
    "es": _words(
        "y e o u pero sino que porque cuando donde si aunque mientras como pues ni",
        "de del a al en con sin por para sobre entre hasta desde hacia contra según tras durante",
        "el la los las un una unos unas mi mis tu tus su sus nuestro nuestra este esta estos estas ese esa no muy "
        "es son era ha han he se me te le lo nos yo",
    ),
    "it": _words(
        "e ed o ma però che perché quando dove se anche mentre come quindi né",
        "di del dello della dei degli delle a al allo alla ai agli alle da dal dalla in nel nella nei con su sul "
        "sulla per tra fra senza",
        "il lo la i gli le l' un uno una mio mia tuo tua suo sua nostro nostra questo questa quel quella non "
        "molto è sono era ha hanno ho si mi ti ci vi io",
    ),
    "pt": _words(
        "e ou mas que porque quando onde se embora enquanto como pois nem",
        "de do da dos das a ao à aos em no na nos nas com sem por pelo pela para sobre entre até desde contra",
        "o a os as um uma meu minha teu tua seu sua nosso nossa este esta esse essa não muito é são era tem têm "
        "se me te lhe eu",
    ),
    "nl": _words(
        "en of maar want omdat dat die als toen terwijl hoewel zodat",
        "van in op aan met voor naar bij uit over onder door om tegen tussen zonder na tot",
        "de het een mijn jouw zijn haar ons onze hun deze dit geen ik je hij ze we niet heel is was heeft hebben te",
    ),
    "sv": _words(
        "och eller men för att som när om medan eftersom fast",
        "i på av till från med utan vid om under över mellan genom efter före mot",
        "en ett den det min mitt din sin vår jag du han hon vi inte mycket är var har hade",
    ),
    "pl": _words(
        "i a oraz lub albo ale że bo gdy kiedy jeśli który która które żeby więc",
        "w we z ze na do od dla o po przed za nad pod przez przy bez u",
        "mój moja twój twoja jego jej nasz nasza ten ta to nie bardzo jest są był była się",
    ),
    "ru": _words(
        "и или но а что чтобы когда если потому который которая которые как пока хотя",
        "в во на с со из от до для о об по к ко у за над под при без между через перед",
        "мой моя твой его её наш наша этот эта это не очень я ты он она мы вы они был была",
    ),
}
"""By ISO 639-1 code."""
