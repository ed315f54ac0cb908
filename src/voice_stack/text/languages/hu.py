"""Hungarian."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Roman,
    Sentences,
    Web,
    currencies,
    fractions,
    invariant,
    listed,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals

_DAYS = listed(
    "elseje másodika harmadika negyedike ötödike hatodika hetedike nyolcadika kilencedike tizedike tizenegyedike"
    " tizenkettedike tizenharmadika tizennegyedike tizenötödike tizenhatodika tizenhetedike tizennyolcadika"
    " tizenkilencedike huszadika huszonegyedike huszonkettedike huszonharmadika huszonnegyedike huszonötödike"
    " huszonhatodika huszonhetedike huszonnyolcadika huszonkilencedike harmincadika harmincegyedike"
)
_PLACES = ("tized", "század", "ezred")


class _HungarianNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words = self._plain(n)
        if case == "d":
            front = words.endswith(("egy", "négy", "hét", "kilenc", "tíz", "ezer", "en", "él"))
            article = "az" if words[0] in "aáeéiíoóöőuúüű" else "a"
            return f"{article} {words}" + ("hez" if front else "höz" if words.endswith(("ö", "öt", "kettő")) else "hoz")
        for scale in ("ezer", "millió", "milliárd", "billió", "száz"):
            words = words.replace(f"kettő{scale}", f"két{scale}")
        return words.removesuffix("kettő") + "két" if counting and words.endswith("kettő") else words

    def day(self, n: int, before: str = "") -> str:
        return _DAYS[n - 1]

    def decimal(self, whole: int, fraction: str) -> str:
        if len(fraction) > len(_PLACES):
            return f"{self.cardinal(whole)} egész {self.digits(fraction)}"
        part = self.cardinal(int(fraction), counting=True)
        return f"{self.cardinal(whole, counting=True)} egész {part} {_PLACES[len(fraction) - 1]}"


LOCALE = Locale(
    code="hu",
    numerals=_HungarianNumerals("hu", "egész"),
    decimal=",",
    groups=" .",
    plural=invariant,
    minus="mínusz",
    span="{a}-{b}",
    dates=Dates(
        months=listed(
            "január február március április május június július augusztus szeptember október november december"
        ),
        abbreviations={"jan.": 1, "febr.": 2, "márc.": 3, "ápr.": 4, "jún.": 6, "júl.": 7, "aug.": 8, "szept.": 9}
        | {"okt.": 10, "nov.": 11, "dec.": 12},
        order="ymd",
        spoken="{month} {day}",
        spoken_year="{year} {date}",
        day_suffix=r"\. ",
        month_first=" ",
    ),
    clock=Clock(full="{h} óra", both="{h} óra {m} perc", marks=("óra", "h")),
    units=units(
        """
        % = százalék
        ‰ = ezrelék
        °C = Celsius-fok
        ° = fok
        km/h = kilométer per óra
        m/s = méter per szekundum
        km² = négyzetkilométer
        m² = négyzetméter
        m³ = köbméter
        km = kilométer
        m = méter
        cm = centiméter
        mm = milliméter
        kg = kilogramm
        dkg = dekagramm
        g = gramm
        mg = milligramm
        t = tonna
        l = liter
        dl = deciliter
        ml = milliliter
        h = óra
        perc = perc
        s = másodperc
        KB = kilobájt
        MB = megabájt
        GB = gigabájt
        TB = terabájt
        Hz = hertz
        kHz = kilohertz
        MHz = megahertz
        GHz = gigahertz
        W = watt
        kW = kilowatt
        V = volt
        dB = decibel
        kcal = kilokalória
        """
    ),
    currencies=currencies(
        """
        HUF = forint ; fillér
        EUR = euró ; cent
        USD = dollár ; cent
        GBP = font ; penny
        CHF = svájci frank ; rappen
        JPY = jen ; szen
        CNY = jüan ; fen
        RUB = rubel ; kopejka
        PLN = zloty ; garas
        CZK = korona ; fillér
        """
    ),
    money="{major} {minor}",
    magnitudes=units(
        """
        ezer = ezer
        millió = millió
        M = millió
        milliárd = milliárd
        Mrd = milliárd
        """
    ),
    dot_ordinals=True,
    fractions=fractions(
        "m",
        *listed("{}ketted {}harmad {}negyed {}ötöd {}hatod {}heted {}nyolcad {}kilenced {}tized"),
    ),
    half="fél",
    and_half="{} és fél",
    half_counted=True,
    and_fraction="{} egész {}",
    over="per",
    abbreviations={
        "pl.": "például",
        "stb.": "és a többi",
        "kb.": "körülbelül",
        "ill.": "illetve",
        "dr.": "doktor",
        "prof.": "professzor",
        "ún.": "úgynevezett",
        "u.": "utca",
        "vö.": "vesd össze",
        "i. e.": "időszámításunk előtt",
        "i. sz.": "időszámításunk szerint",
        "tel.": "telefon",
    },
    before_number={"No.": "szám", "kb.": "körülbelül"},
    closing=frozenset(("stb.",)),
    spelled=frozenset(listed("EU USA ENSZ CIA FBI API USB URL ID IP CPU GPU TV CD DVD AI")) - {"ENSZ"},
    symbols={
        "&": "és",
        "+": "plusz",
        "=": "egyenlő",
        "×": "szor",
        "÷": "osztva",
        "±": "plusz-mínusz",
        "≈": "körülbelül",
        "<": "kisebb mint",
        ">": "nagyobb mint",
        "@": "kukac",
        "§": "paragrafus",
        "~": "körülbelül",
        "∞": "végtelen",
    },
    number_sign="szám",
    web=Web(
        at="kukac", dot="pont", slash="per", dash="kötőjel", underscore="aláhúzás", plus="plusz", colon="kettőspont"
    ),
    ambiguous_domains=frozenset(("de", "be", "se", "me")),
    roman=Roman(after=frozenset(listed("fejezet Fejezet"))),
    sentences=Sentences(
        prefixes=word_set("dr prof ifj id özv gr br st pl kb ún"),
        numbered=word_set("old sz fej tel"),
        ordinary=word_set("nem mi ne ma se re ok no la al ba me nos"),
    ),
)
