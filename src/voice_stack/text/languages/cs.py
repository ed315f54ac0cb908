"""Czech."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Roman,
    Sentences,
    Web,
    currencies,
    listed,
    noun,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals

_ORDINALS = listed(
    "nultý první druhý třetí čtvrtý pátý šestý sedmý osmý devátý desátý jedenáctý dvanáctý třináctý"
    " čtrnáctý patnáctý šestnáctý sedmnáctý osmnáctý devatenáctý"
)
_TENS = listed("desátý dvacátý třicátý čtyřicátý padesátý šedesátý sedmdesátý osmdesátý devadesátý")
_HARD = {"m": "ý", "f": "á", "n": "é", "mg": "ého", "ng": "ého", "fg": "é", "ml": "ém", "nl": "ém", "fl": "é"}
_SOFT = {"mg": "ího", "ng": "ího", "ml": "ím", "nl": "ím"}


class _CzechNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words = self._plain(n).replace("dvěstě", "dvě stě").replace("třista", "tři sta")
        words = words.replace("čtyřista", "čtyři sta")
        for hundred in ("pět", "šest", "sedm", "osm", "devět"):
            words = words.replace(f"{hundred}set", f"{hundred} set")
        if not counting:
            return words
        if words.endswith("jedna") and gender != "f":
            return words.removesuffix("jedna") + ("jeden" if gender == "m" else "jedno")
        return words.removesuffix("dva") + "dvě" if words.endswith("dva") and gender != "m" else words

    def gender_of(self, n: int, word: str) -> str | None:
        if n != 1 or len(word) < 3:
            return None
        return {"a": "f", "o": "n", "í": "n"}.get(word[-1], "m")

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        if not 0 < n < 100:
            return None
        words = [_ORDINALS[n]] if n < 20 else [_TENS[n // 10 - 1], *([_ORDINALS[n % 10]] if n % 10 else [])]
        key = gender + case
        return " ".join(w[:-1] + (_HARD[key] if w.endswith("ý") else _SOFT.get(key, "í")) for w in words)

    def day(self, n: int, before: str = "") -> str:
        return self.ordinal(n, "m", "g") or self.cardinal(n)

    def decimal(self, whole: int, fraction: str) -> str:
        said = self.cardinal(whole, "f", counting=True)
        form = "celá" if whole in (0, 1) else "celé" if whole in (2, 3, 4) else "celých"
        return f"{said} {form} {self.fractional(fraction)}"


def _plural(n: int) -> int:
    return 0 if n == 1 else 1 if n in (2, 3, 4) else 2


LOCALE = Locale(
    code="cs",
    numerals=_CzechNumerals("cs", "celá", fraction_as_number=True),
    decimal=",",
    groups=" .",
    plural=_plural,
    decimal_form=3,
    minus="minus",
    span="{a} až {b}",
    dates=Dates(
        months=listed("ledna února března dubna května června července srpna září října listopadu prosince"),
        short=True,
        day_suffix=r"\. ?",
    ),
    clock=Clock(
        full="{hour}",
        both="{h} {m}",
        zero="nula",
        hour=noun("hodina|hodiny|hodin", "f"),
        marks=("hodin", "hod.", "h"),
        hour_marks=("h", "hod."),
        long="{hour}",
    ),
    units=units(
        """
        % = procento|procenta|procent|procenta @n
        ‰ = promile|promile|promile|promile @n
        °C = stupeň Celsia|stupně Celsia|stupňů Celsia|stupně Celsia
        ° = stupeň|stupně|stupňů|stupně
        km/h = kilometr za hodinu|kilometry za hodinu|kilometrů za hodinu|kilometru za hodinu
        m/s = metr za sekundu|metry za sekundu|metrů za sekundu|metru za sekundu
        km² = kilometr čtvereční|kilometry čtvereční|kilometrů čtverečních|kilometru čtverečního
        m² = metr čtvereční|metry čtvereční|metrů čtverečních|metru čtverečního
        m³ = metr krychlový|metry krychlové|metrů krychlových|metru krychlového
        km = kilometr|kilometry|kilometrů|kilometru
        m = metr|metry|metrů|metru
        cm = centimetr|centimetry|centimetrů|centimetru
        mm = milimetr|milimetry|milimetrů|milimetru
        ha = hektar|hektary|hektarů|hektaru
        kg = kilogram|kilogramy|kilogramů|kilogramu
        g = gram|gramy|gramů|gramu
        mg = miligram|miligramy|miligramů|miligramu
        t = tuna|tuny|tun|tuny @f
        l = litr|litry|litrů|litru
        ml = mililitr|mililitry|mililitrů|mililitru
        min = minuta|minuty|minut|minuty @f
        s = sekunda|sekundy|sekund|sekundy @f
        kB = kilobajt|kilobajty|kilobajtů|kilobajtu
        MB = megabajt|megabajty|megabajtů|megabajtu
        GB = gigabajt|gigabajty|gigabajtů|gigabajtu
        TB = terabajt|terabajty|terabajtů|terabajtu
        Hz = hertz|hertze|hertzů|hertzu
        kHz = kilohertz|kilohertze|kilohertzů|kilohertzu
        MHz = megahertz|megahertze|megahertzů|megahertzu
        GHz = gigahertz|gigahertze|gigahertzů|gigahertzu
        W = watt|watty|wattů|wattu
        kW = kilowatt|kilowatty|kilowattů|kilowattu
        V = volt|volty|voltů|voltu
        dB = decibel|decibely|decibelů|decibelu
        """
    ),
    currencies=currencies(
        """
        CZK = koruna|koruny|korun|koruny @f ; haléř|haléře|haléřů|haléře
        EUR = euro|eura|eur|eura @n ; cent|centy|centů|centu
        USD = dolar|dolary|dolarů|dolaru ; cent|centy|centů|centu
        GBP = libra|libry|liber|libry @f ; pence
        CHF = švýcarský frank|švýcarské franky|švýcarských franků|švýcarského franku ; rappen|rappeny|rappenů
        JPY = jen|jeny|jenů|jenu ; sen|seny|senů
        CNY = jüan|jüany|jüanů|jüanu ; fen|feny|fenů
        RUB = rubl|rubly|rublů|rublu ; kopejka|kopejky|kopejek|kopejky @f
        PLN = zlotý|zloté|zlotých|zlotého ; groš|groše|grošů
        HUF = forint|forinty|forintů|forintu ; fillér|filléry|fillérů
        TRY = turecká lira|turecké liry|tureckých lir|turecké liry @f ; kuruš|kuruše|kurušů
        """
    ),
    money="{major} {minor}",
    nouns=units("""
        hodiny = hodina|hodiny @f
        knihy = kniha|knihy @f
        ženy = žena|ženy @f
        osoby = osoba|osoby @f
        děti = dítě|děti @f
        auta = auto|auta @n
        města = město|města @n
        slova = slovo|slova @n
    """),
    magnitudes=units(
        """
        tis. = tisíc|tisíce|tisíc|tisíce
        mil. = milion|miliony|milionů|milionu
        mld. = miliarda|miliardy|miliard|miliardy @f
        """
    ),
    ordinal_nouns={
        "století": ("n", "", "století"),
        "v století": ("n", "l", "století"),
        "ve století": ("n", "l", "století"),
        "místo": ("n", "", "místo"),
        "místě": ("n", "l", "místě"),
        "patro": ("n", "", "patro"),
        "patře": ("n", "l", "patře"),
        "kapitola": ("f", "", "kapitola"),
        "ročník": ("m", "", "ročník"),
        "den": ("m", "", "den"),
        "kolo": ("n", "", "kolo"),
        "světová": ("f", "", "světová"),
        "třída": ("f", "", "třída"),
    },
    ordinal_needs_dot=True,
    fractions={
        2: noun("polovina|poloviny|polovin", "f"),
        3: noun("třetina|třetiny|třetin", "f"),
        4: noun("čtvrtina|čtvrtiny|čtvrtin", "f"),
        5: noun("pětina|pětiny|pětin", "f"),
        6: noun("šestina|šestiny|šestin", "f"),
        7: noun("sedmina|sedminy|sedmin", "f"),
        8: noun("osmina|osminy|osmin", "f"),
        9: noun("devítina|devítiny|devítin", "f"),
        10: noun("desetina|desetiny|desetin", "f"),
    },
    half="jedna polovina",
    and_half="{} a půl",
    and_fraction="{} a {}",
    over="lomeno",
    abbreviations={
        "např.": "například",
        "atd.": "a tak dále",
        "apod.": "a podobně",
        "tj.": "to jest",
        "tzn.": "to znamená",
        "tzv.": "takzvaný",
        "popř.": "popřípadě",
        "resp.": "respektive",
        "cca": "cirka",
        "mj.": "mimo jiné",
        "p.": "pan",
        "pí": "paní",
        "prof.": "profesor",
        "Dr.": "doktor",
        "MUDr.": "doktor",
        "Ing.": "inženýr",
        "sv.": "svatý",
        "ul.": "ulice",
        "nám.": "náměstí",
        "tel.": "telefon",
        "př. n. l.": "před naším letopočtem",
        "n. l.": "našeho letopočtu",
    },
    before_number={"č.": "číslo", "Č.": "Číslo", "No.": "číslo", "str.": "strana", "s.": "strana", "kap.": "kapitola"},
    closing=frozenset(("atd.", "apod.", "n. l.", "př. n. l.")),
    spelled=frozenset(listed("EU USA OSN CIA FBI API USB URL ID IP CPU GPU ODS TV CD DVD AI UK")),
    symbols={
        "&": "a",
        "+": "plus",
        "=": "rovná se",
        "×": "krát",
        "÷": "děleno",
        "±": "plus minus",
        "≈": "přibližně",
        "≠": "nerovná se",
        "≤": "menší nebo rovno",
        "≥": "větší nebo rovno",
        "<": "menší než",
        ">": "větší než",
        "@": "zavináč",
        "§": "paragraf",
        "©": "copyright",
        "~": "přibližně",
        "√": "odmocnina z",
        "∞": "nekonečno",
    },
    number_sign="číslo",
    web=Web(at="zavináč", dot="tečka", slash="lomítko", dash="pomlčka", underscore="podtržítko", colon="dvojtečka"),
    ambiguous_domains=frozenset(("se", "to", "no", "tv", "co", "me")),
    roman=Roman(
        after=frozenset(listed("kapitola Kapitola díl Díl svazek")),
        kings=frozenset(
            listed(
                "Ludvík Jindřich Karel Filip Zikmund Václav Vladislav Jan Pavel Pius Benedikt Lev Řehoř Alexandr"
                " Mikuláš Petr Ivan Napoleon Fridrich Rudolf Josef František Ferdinand Jiří"
            )
        ),
        queens=frozenset(listed("Alžběta Kateřina Marie Markéta")),
    ),
    clause_words=word_set("a i nebo ale že aby který která které když protože pokud ačkoli kde jak než"),
    sentences=Sentences(
        prefixes=word_set(
            "ing mgr bc mudr judr phdr rndr mvdr paedr dr prof doc p pí ul sv gen nám tř např tzv tj cca arch"
        ),
        numbered=word_set("č čís s str kap obr tab tel"),
        ordinary=word_set("co tu no nám pod min"),
    ),
)
