"""Dutch."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Roman,
    Sentences,
    Web,
    currencies,
    fractions,
    listed,
    one_other,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals


class _DutchNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        thousands, rest = divmod(n, 1000)
        words = self._plain(n)
        if n < 1_000_000 and thousands and rest:
            words = f"{self._plain(thousands * 1000)} {self._plain(rest)}"
        return words if n == 1 else words.replace("één", "een")

    def decade(self, n: int) -> str | None:
        return None if n % 10 or n < 20 else f"{self.year(n)}er"

    def year(self, n: int) -> str:
        century, rest = divmod(n, 100)
        if not 1100 <= n < 2000:
            return self.cardinal(n)
        if not rest:
            return f"{self._plain(century)}honderd"
        return f"{self._plain(century)}{'honderd' if rest < 10 else ''}{self._plain(rest)}"

    def regnal(self, n: int, gender: str = "m") -> str:
        return f"de {(self.ordinal(n) or '').capitalize()}"


LOCALE = Locale(
    code="nl",
    numerals=_DutchNumerals("nl", "komma", fraction_as_number=True),
    decimal=",",
    groups=".",
    plural=one_other,
    decimal_form=1,
    minus="min",
    span="{a} tot {b}",
    dates=Dates(
        months=listed("januari februari maart april mei juni juli augustus september oktober november december"),
        abbreviations={"jan.": 1, "feb.": 2, "apr.": 4, "aug.": 8, "sept.": 9, "okt.": 10, "nov.": 11, "dec.": 12},
        decade_suffix="er",
        day_suffix=r" ",
    ),
    clock=Clock(
        full="{h} uur", both="{h} uur {m}", marks=("uur", "u", "h"), hour_marks=("uur",), long="{h} uur", link="en"
    ),
    units=units(
        """
        % = procent @n
        ‰ = promille @n
        °C = graad Celsius|graden Celsius
        °F = graad Fahrenheit|graden Fahrenheit
        ° = graad|graden
        km/u = kilometer per uur
        km/h = kilometer per uur
        m/s = meter per seconde
        km² = vierkante kilometer
        m² = vierkante meter
        m³ = kubieke meter
        km = kilometer
        m = meter
        cm = centimeter
        mm = millimeter
        ha = hectare
        kg = kilogram
        g = gram
        mg = milligram
        t = ton
        l = liter
        L = liter
        ml = milliliter
        min = minuut|minuten
        min. = minuut|minuten
        sec. = seconde|seconden
        s = seconde|seconden
        ms = milliseconde|milliseconden
        KB = kilobyte
        MB = megabyte
        GB = gigabyte
        TB = terabyte
        Hz = hertz
        kHz = kilohertz
        MHz = megahertz
        GHz = gigahertz
        W = watt
        kW = kilowatt
        kWh = kilowattuur
        V = volt
        dB = decibel
        kcal = kilocalorie|kilocalorieën
        """
    ),
    currencies=currencies(
        """
        EUR = euro ; cent
        USD = dollar ; cent
        GBP = pond ; penny|pence
        CHF = Zwitserse frank ; rappen
        JPY = yen ; sen
        CNY = yuan ; fen
        INR = roepie ; paisa
        RUB = roebel ; kopeke|kopeken
        PLN = zloty ; grosz
        CZK = Tsjechische kroon|Tsjechische kronen ; haler
        TRY = lira ; kuruş
        KRW = won ; jeon
        BRL = real ; centavo
        """
    ),
    money="{major} {minor}",
    bare_cents=True,
    magnitudes=units(
        """
        miljoen = miljoen
        mln. = miljoen
        mln = miljoen
        miljard = miljard
        mld. = miljard
        mld = miljard
        """
    ),
    ordinal_suffixes={"e": ("m", ""), "ste": ("m", ""), "de": ("m", "")},
    fractions=fractions("n", *listed("half|halve derde kwart vijfde zesde zevende achtste negende tiende")),
    half="een half",
    and_half="{} en een half",
    and_fraction="{} en {}",
    over="gedeeld door",
    year_words=frozenset(listed("jaar in In sinds Sinds van Van tot rond anno uit vanaf Vanaf en")),
    plain_years=range(1900, 2100),
    abbreviations={
        "dhr.": "de heer",
        "mevr.": "mevrouw",
        "mw.": "mevrouw",
        "dr.": "dokter",
        "prof.": "professor",
        "bijv.": "bijvoorbeeld",
        "bv.": "bijvoorbeeld",
        "d.w.z.": "dat wil zeggen",
        "enz.": "enzovoort",
        "etc.": "et cetera",
        "o.a.": "onder andere",
        "m.a.w.": "met andere woorden",
        "i.p.v.": "in plaats van",
        "t.o.v.": "ten opzichte van",
        "ca.": "circa",
        "incl.": "inclusief",
        "excl.": "exclusief",
        "a.u.b.": "alstublieft",
        "evt.": "eventueel",
        "nl.": "namelijk",
        "v.Chr.": "voor Christus",
        "n.Chr.": "na Christus",
        "tel.": "telefoon",
    },
    before_number={"nr.": "nummer", "Nr.": "Nummer", "No.": "nummer", "blz.": "bladzijde", "p.": "pagina"}
    | {"art.": "artikel", "hfst.": "hoofdstuk"},
    closing=frozenset(("enz.", "etc.", "a.u.b.")),
    spelled=frozenset(listed("EU VN VS CIA FBI AI API USB URL ID IP CPU GPU ANWB KNMI OV BTW TV CD DVD")),
    symbols={
        "&": "en",
        "+": "plus",
        "=": "is",
        "×": "keer",
        "÷": "gedeeld door",
        "±": "plusminus",
        "≈": "ongeveer",
        "≠": "is niet gelijk aan",
        "≤": "kleiner dan of gelijk aan",
        "≥": "groter dan of gelijk aan",
        "<": "kleiner dan",
        ">": "groter dan",
        "@": "at",
        "§": "paragraaf",
        "©": "copyright",
        "~": "ongeveer",
        "√": "wortel van",
        "∞": "oneindig",
    },
    number_sign="nummer",
    web=Web(
        at="apenstaartje",
        dot="punt",
        slash="schuine streep",
        dash="streepje",
        underscore="liggend streepje",
        colon="dubbele punt",
    ),
    ambiguous_domains=frozenset(("de", "in", "me", "is", "be", "tv")),
    roman=Roman(
        after=frozenset(listed("hoofdstuk Hoofdstuk deel Deel band bedrijf boek Wereldoorlog artikel")),
        kings=frozenset(
            listed("Lodewijk Hendrik Karel Filips Willem Frederik Paulus Pius Benedictus Leo Napoleon Peter")
        ),
        queens=frozenset(listed("Elizabeth Catharina Maria Margaretha")),
    ),
    sentences=Sentences(
        prefixes=word_set("dhr mevr mw dr drs mr ir ing prof ds st fam bijv o.a m.b.t d.w.z t.o.v"),
        numbered=word_set("nr nrs blz p pp fig hfst art tel"),
        ordinary=word_set("dat al me pas best hand vol top app it bel max volg tom min"),
    ),
)
