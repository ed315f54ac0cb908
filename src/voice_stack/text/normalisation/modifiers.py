"""Amounts that describe the noun behind them: "a $20 bill" is a twenty-dollar bill."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, word_set
from voice_stack.text.normalisation.numbers import currency_signs, say_number

_ALWAYS = "a|an|one|another|each|every|any|this|that"
_BEFORE_NOUN = "the|my|your|his|her|its|our|their|no"
_NOUNS = word_set(
    "bill note coin ticket run walk race turn angle drive bottle pack bag box fine prize budget deal loan gift card"
    " screen monitor limit discount window delay break pause meeting course flight trip jog hike journey film video"
    " call bet tip fee cheque check radius range zone line pipe cable rope board wall tree tank glass can"
)
_NO_NOUNS = word_set("and or to by per in of is was are were at on for with than as if then from a an the but off")


@cache
def _patterns(locale: Locale) -> re.Pattern[str]:
    signs = "|".join(re.escape(s) for s, code in currency_signs(locale).items() if code in locale.currencies)
    units = "|".join(re.escape(unit) for unit in sorted(locale.units, key=len, reverse=True) if unit not in ("%", "B"))
    amount = r"\d{1,3}(?:,\d{3})+|\d{1,9}(?:\.\d{1,3}(?!\d))?"
    scale = r"(?: (?P<scale>thousand|million|billion|trillion))?"
    return re.compile(
        rf"(?<!\w)(?:(?P<any>{_ALWAYS})|(?P<some>{_BEFORE_NOUN})) "
        rf"(?:(?P<sign>{signs})(?P<money>\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}}|\d{{1,3}}\.\d{{1,2}}(?= [mbt]))"
        rf"(?![\d.,]\d){scale}"
        rf"|(?P<number>{amount})[ -]?(?P<unit>{units})(?![\w²³/]))[ -](?P<word>[^\W\d_]{{2,20}})",
        re.IGNORECASE,
    )


def join_modifiers(text: str, locale: Locale) -> str:
    """Amounts between an article and a noun, with their own noun in the singular."""

    def join(match: Match[str]) -> str:
        word = match["word"].lower()
        if word in _NO_NOUNS or (match["some"] and word not in _NOUNS):
            return match[0]
        article = match["any"] or match["some"]
        if match["sign"]:
            code = currency_signs(locale).get(match["sign"], "")
            noun = locale.currencies[code][0] if code in locale.currencies else None
            number = match["money"]
        else:
            noun, number = locale.units.get(match["unit"]), match["number"]
        if noun is None:
            return match[0]
        scale = f"-{match['scale']}" if match["scale"] else ""
        said = f"{say_number(locale, number)}{scale}-{noun.form(0)}"
        return f"{article} {said} {match['word']}"

    return _patterns(locale).sub(join, text) if locale.writing.singular else text
