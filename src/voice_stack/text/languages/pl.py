"""Polish."""

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

_GENITIVE = dict(
    pair.split(":")
    for pair in listed(
        "zero:zera jeden:jednego jedna:jednej dwa:dwóch dwie:dwóch trzy:trzech cztery:czterech"
        " pięć:pięciu sześć:sześciu siedem:siedmiu osiem:ośmiu dziewięć:dziewięciu dziesięć:dziesięciu"
        " jedenaście:jedenastu dwanaście:dwunastu trzynaście:trzynastu czternaście:czternastu"
        " piętnaście:piętnastu szesnaście:szesnastu siedemnaście:siedemnastu osiemnaście:osiemnastu"
        " dziewiętnaście:dziewiętnastu dwadzieścia:dwudziestu trzydzieści:trzydziestu"
        " czterdzieści:czterdziestu pięćdziesiąt:pięćdziesięciu sześćdziesiąt:sześćdziesięciu"
        " siedemdziesiąt:siedemdziesięciu osiemdziesiąt:osiemdziesięciu"
        " dziewięćdziesiąt:dziewięćdziesięciu sto:stu dwieście:dwustu trzysta:trzystu czterysta:czterystu"
        " pięćset:pięciuset sześćset:sześciuset siedemset:siedmiuset osiemset:ośmiuset"
        " dziewięćset:dziewięciuset tysiąc:tysiąca tysiące:tysięcy milion:miliona miliony:milionów"
    )
)
# Endings of a hard adjective by gender and case; "i" stays before them except where a vowel would double.
_ENDINGS = {"m": "y", "f": "a", "n": "e", "mg": "ego", "ng": "ego", "ml": "ym", "nl": "ym", "fg": "ej", "fl": "ej"}


def _adjective(word: str, ending: str) -> str:
    if word in ("trzy", "cztery") or not word.endswith(("y", "i")):
        return word
    if word.endswith("y"):
        return word[:-1] + ending
    return (
        "druga"
        if (word, ending) == ("drugi", "a")
        else word[:-1] + ("i" if ending == "y" else "i" + ending.lstrip("y"))
    )


class _PolishNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words = self._plain(n).split()
        if n == 1 and gender != "m":
            words = ["jedna" if gender == "f" else "jedno"]
        elif gender == "f" and words[-1] == "dwa":
            words[-1] = "dwie"
        if case == "g":
            single = n == 1
            words = [w if w == "jeden" and not single else _GENITIVE.get(w, w) for w in words]
        return " ".join(words)

    def gender_of(self, n: int, word: str) -> str | None:
        if n != 1 or len(word) < 3:
            return None
        return {"a": "f", "o": "n", "e": "n"}.get(word[-1], "m")

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        words = (super().ordinal(n) or "").split()
        return " ".join(_adjective(w, _ENDINGS[gender + case]) for w in words) or None

    def year(self, n: int) -> str:
        return f"{self.ordinal(n, 'm', 'g')} roku"

    def day(self, n: int, before: str = "") -> str:
        return self.ordinal(n, "m", "g") or self.cardinal(n)

    def hour(self, n: int, before: str = "") -> str:
        oblique = before.lower() in ("o", "do", "od", "po", "ok")
        return self.ordinal(n, "f", "l" if oblique else "") or "zero"


def _plural(n: int) -> int:
    if n == 1:
        return 0
    return 1 if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2


LOCALE = Locale(
    code="pl",
    numerals=_PolishNumerals("pl", "przecinek", fraction_as_number=True),
    decimal=",",
    groups=" .",
    plural=_plural,
    decimal_form=3,
    minus="minus",
    span="od {a} do {b}",
    span_case="g",
    genitive_after=frozenset(listed("od do około powyżej poniżej ponad bez Od Do Około Powyżej Poniżej")) - {"ponad"},
    dates=Dates(
        months=listed(
            "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
        ),
        day_suffix=" ",
        year_suffix=r"(?: (?:roku|r\.))?",
    ),
    clock=Clock(full="{h}", both="{h} {m}", zero="zero", long="godzina {h}"),
    units=units(
        """
        % = procent|procent|procent|procent
        ‰ = promil|promile|promili|promila
        °C = stopień Celsjusza|stopnie Celsjusza|stopni Celsjusza|stopnia Celsjusza
        ° = stopień|stopnie|stopni|stopnia
        km/h = kilometr na godzinę|kilometry na godzinę|kilometrów na godzinę|kilometra na godzinę
        m/s = metr na sekundę|metry na sekundę|metrów na sekundę|metra na sekundę
        km² = kilometr kwadratowy|kilometry kwadratowe|kilometrów kwadratowych|kilometra kwadratowego
        m² = metr kwadratowy|metry kwadratowe|metrów kwadratowych|metra kwadratowego
        m³ = metr sześcienny|metry sześcienne|metrów sześciennych|metra sześciennego
        km = kilometr|kilometry|kilometrów|kilometra
        m = metr|metry|metrów|metra
        cm = centymetr|centymetry|centymetrów|centymetra
        mm = milimetr|milimetry|milimetrów|milimetra
        ha = hektar|hektary|hektarów|hektara
        kg = kilogram|kilogramy|kilogramów|kilograma
        g = gram|gramy|gramów|grama
        mg = miligram|miligramy|miligramów|miligrama
        t = tona|tony|ton|tony @f
        l = litr|litry|litrów|litra
        ml = mililitr|mililitry|mililitrów|mililitra
        godz. = godzina|godziny|godzin|godziny @f
        h = godzina|godziny|godzin|godziny @f
        min = minuta|minuty|minut|minuty @f
        s = sekunda|sekundy|sekund|sekundy @f
        KB = kilobajt|kilobajty|kilobajtów|kilobajta
        MB = megabajt|megabajty|megabajtów|megabajta
        GB = gigabajt|gigabajty|gigabajtów|gigabajta
        TB = terabajt|terabajty|terabajtów|terabajta
        Hz = herc|herce|herców|herca
        kHz = kiloherc|kiloherce|kiloherców|kiloherca
        MHz = megaherc|megaherce|megaherców|megaherca
        GHz = gigaherc|gigaherce|gigaherców|gigaherca
        W = wat|waty|watów|wata
        kW = kilowat|kilowaty|kilowatów|kilowata
        V = wolt|wolty|woltów|wolta
        dB = decybel|decybele|decybeli|decybela
        kcal = kilokaloria|kilokalorie|kilokalorii|kilokalorii @f
        """
    ),
    currencies=currencies(
        """
        PLN = złoty|złote|złotych|złotego ; grosz|grosze|groszy|grosza
        EUR = euro @n ; cent|centy|centów|centa
        USD = dolar|dolary|dolarów|dolara ; cent|centy|centów|centa
        GBP = funt|funty|funtów|funta ; pens|pensy|pensów|pensa
        CHF = frank szwajcarski|franki szwajcarskie|franków szwajcarskich|franka szwajcarskiego ; rapen|rapeny|rapenów
        JPY = jen|jeny|jenów|jena ; sen|seny|senów
        CNY = juan|juany|juanów|juana ; fen|feny|fenów
        RUB = rubel|ruble|rubli|rubla ; kopiejka|kopiejki|kopiejek|kopiejki @f
        CZK = korona czeska|korony czeskie|koron czeskich|korony czeskiej @f ; halerz|halerze|halerzy
        TRY = lira turecka|liry tureckie|lir tureckich|liry tureckiej @f ; kurusz|kurusze|kuruszy
        INR = rupia|rupie|rupii|rupii @f ; pajsa|pajsy|pajs @f
        """
    ),
    money="{major} {minor}",
    nouns=units("""
        osoby = osoba|osoby @f
        książki = książka|książki @f
        kobiety = kobieta|kobiety @f
        strony = strona|strony @f
        razy = raz|razy
    """),
    magnitudes=units(
        """
        tys. = tysiąc|tysiące|tysięcy|tysiąca
        mln = milion|miliony|milionów|miliona
        mld = miliard|miliardy|miliardów|miliarda
        """
    ),
    ordinal_nouns={
        "wiek": ("m", "", "wiek"),
        "wieku": ("m", "g", "wieku"),
        "w.": ("m", "", "wiek"),
        "w w.": ("m", "l", "wieku"),
        "w wieku": ("m", "l", "wieku"),
        "rok": ("m", "", "rok"),
        "roku": ("m", "g", "roku"),
        "w roku": ("m", "l", "roku"),
        "r.": ("m", "g", "roku"),
        "w r.": ("m", "l", "roku"),
        "piętro": ("n", "", "piętro"),
        "piętrze": ("n", "l", "piętrze"),
        "miejsce": ("n", "", "miejsce"),
        "rozdział": ("m", "", "rozdział"),
    },
    ordinal_counted=frozenset(("rok",)),
    fractions={
        2: noun("druga|drugie|drugich", "f"),
        3: noun("trzecia|trzecie|trzecich", "f"),
        4: noun("czwarta|czwarte|czwartych", "f"),
        5: noun("piąta|piąte|piątych", "f"),
        6: noun("szósta|szóste|szóstych", "f"),
        7: noun("siódma|siódme|siódmych", "f"),
        8: noun("ósma|ósme|ósmych", "f"),
        9: noun("dziewiąta|dziewiąte|dziewiątych", "f"),
        10: noun("dziesiąta|dziesiąte|dziesiątych", "f"),
    },
    half="jedna druga",
    and_half="{} i pół",
    and_fraction="{} i {}",
    over="przez",
    abbreviations={
        "np.": "na przykład",
        "itd.": "i tak dalej",
        "itp.": "i tym podobne",
        "m.in.": "między innymi",
        "tzn.": "to znaczy",
        "tj.": "to jest",
        "dr": "doktor",
        "prof.": "profesor",
        "inż.": "inżynier",
        "mgr": "magister",
        "ul.": "ulica",
        "al.": "aleja",
        "pl.": "plac",
        "ok.": "około",
        "św.": "święty",
        "tel.": "telefon",
        "wg": "według",
        "tzw.": "tak zwany",
        "p.n.e.": "przed naszą erą",
        "n.e.": "naszej ery",
    },
    before_number={"nr": "numer", "Nr": "Numer", "No.": "numer", "s.": "strona", "str.": "strona", "godz.": "godzina"}
    | {"art.": "artykuł", "rozdz.": "rozdział"},
    closing=frozenset(("itd.", "itp.", "n.e.", "p.n.e.")),
    spelled=frozenset(listed("UE USA ONZ CIA FBI API USB URL ID IP CPU GPU PKP PKO PIT TV CD DVD AI")) - {"PIT"},
    symbols={
        "&": "i",
        "+": "plus",
        "=": "równa się",
        "×": "razy",
        "÷": "podzielić przez",
        "±": "plus minus",
        "≈": "około",
        "≠": "nie równa się",
        "≤": "mniejsze lub równe",
        "≥": "większe lub równe",
        "<": "mniejsze niż",
        ">": "większe niż",
        "@": "małpa",
        "§": "paragraf",
        "©": "copyright",
        "~": "około",
        "√": "pierwiastek z",
        "∞": "nieskończoność",
    },
    number_sign="numer",
    web=Web(at="małpa", dot="kropka", slash="ukośnik", dash="myślnik", underscore="podkreślenie", colon="dwukropek"),
    ambiguous_domains=frozenset(("in", "no", "se", "to", "co", "tv")),
    roman=Roman(
        after=frozenset(listed("rozdział Rozdział tom Tom akt Akt księga klasa")),
        kings=frozenset(
            listed(
                "Ludwik Henryk Karol Zygmunt Kazimierz Bolesław Władysław Jan Paweł Pius Benedykt Leon Grzegorz"
                " Aleksander Mikołaj Piotr Iwan Napoleon Fryderyk Stefan Mieszko Jerzy"
            )
        ),
        queens=frozenset(listed("Elżbieta Katarzyna Maria Małgorzata")),
    ),
    clause_words=word_set(
        "i oraz lub albo ale bo że żeby który która które gdy kiedy jeśli chociaż ponieważ gdzie jak"
    ),
    sentences=Sentences(
        prefixes=word_set("prof dr hab inż mgr ul al pl os św ks gen płk ppłk im np tj tzn tzw m.in ok wg lek"),
        numbered=word_set("s str nr tab rys rozdz godz tel poz ust art t"),
    ),
)
