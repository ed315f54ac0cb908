"""Portuguese, in its Brazilian words."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Roman,
    Sentences,
    Web,
    below_two,
    currencies,
    fractions,
    listed,
    noun,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals

_MASCULINE_AS = frozenset(listed("dias problemas programas temas sistemas mapas idiomas climas poemas planetas"))


_HUNDREDTHS = listed(
    "centésimo ducentésimo tricentésimo quadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo"
    " noningentésimo"
)


def _linked(words: str) -> str:
    """Number words without "e" behind millions and more, save before the last part."""
    head, link, tail = words.rpartition("lhão e ") if "lhão e " in words else words.rpartition("lhões e ")
    if not link or " " not in tail.replace(" e ", ""):
        return words
    return f"{_linked(head + link[:-2].rstrip())} {tail}"


def _feminine(words: str) -> str:
    return " ".join(w.removesuffix("o") + "a" if w.endswith("o") else w for w in words.split())


class _PortugueseNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words = _linked(self._plain(n))
        if gender != "f":
            return words
        said = {"um": "uma", "dois": "duas"}
        feminine = [w.removesuffix("entos") + "entas" if w.endswith("entos") else w for w in words.split()]
        return " ".join([*feminine[:-1], said.get(feminine[-1], feminine[-1])])

    def gender_of(self, n: int, word: str) -> str | None:
        if len(word) < 4 or not word.islower() or word in _MASCULINE_AS:
            return None
        return "f" if word.endswith(("as", "ções", "dades", "vezes")) else None

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        if not 0 < n < 1_000_000:
            return None
        if n >= 1000:
            thousands, rest = divmod(n, 1000)
            words = " ".join(filter(None, (self.cardinal(thousands) if thousands > 1 else "", "milésimo")))
            words += f" {self.ordinal(rest)}" if rest else ""
            return _feminine(words) if gender == "f" else words
        hundreds, rest = divmod(n, 100)
        front = [_HUNDREDTHS[hundreds - 1]] if hundreds else []
        words = " ".join([*front, *([super().ordinal(rest) or ""] if rest else [])])
        return _feminine(words) if gender == "f" else words

    def denominator(self, n: int, form: int) -> str | None:
        if n in (100, 1000):
            return ("centésimo" if n == 100 else "milésimo") + ("s" if form else "")
        return f"{self.cardinal(n)} avos" if n > 10 else None

    def day(self, n: int, before: str = "") -> str:
        return "primeiro" if n == 1 else self.cardinal(n)

    def regnal(self, n: int, gender: str = "m") -> str:
        return self.ordinal(n, gender) or "" if n <= 10 else self.cardinal(n)


LOCALE = Locale(
    code="pt",
    numerals=_PortugueseNumerals("pt_BR", "vírgula", fraction_as_number=True),
    decimal=",",
    groups=". ",
    plural=below_two,
    minus="menos",
    span="{a} a {b}",
    dates=Dates(
        months=listed("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        spoken="{day} de {month}",
        spoken_year="{date} de {year}",
        day_suffix=r"º? de ",
        year_link=r" de ",
    ),
    clock=Clock(
        full="{hour}",
        both="{hour} e {m}",
        hour=noun("hora|horas", "f"),
        marks=("horas", "min", "h"),
        hour_marks=("h",),
        long="{hour} e",
        link="e",
    ),
    units=units(
        """
        % = por cento
        ‰ = por mil
        °C = grau Celsius|graus Celsius
        °F = grau Fahrenheit|graus Fahrenheit
        ° = grau|graus
        km/h = quilômetro por hora|quilômetros por hora
        m/s = metro por segundo|metros por segundo
        km² = quilômetro quadrado|quilômetros quadrados
        m² = metro quadrado|metros quadrados
        m³ = metro cúbico|metros cúbicos
        km = quilômetro|quilômetros
        m = metro|metros
        cm = centímetro|centímetros
        mm = milímetro|milímetros
        ha = hectare|hectares
        kg = quilo|quilos
        g = grama|gramas
        mg = miligrama|miligramas
        t = tonelada|toneladas @f
        l = litro|litros
        L = litro|litros
        ml = mililitro|mililitros
        h = hora|horas @f
        min = minuto|minutos
        s = segundo|segundos
        ms = milissegundo|milissegundos
        KB = quilobyte|quilobytes
        MB = megabyte|megabytes
        GB = gigabyte|gigabytes
        TB = terabyte|terabytes
        Hz = hertz
        kHz = quilohertz
        MHz = megahertz
        GHz = gigahertz
        W = watt|watts
        kW = quilowatt|quilowatts
        kWh = quilowatt-hora|quilowatts-hora
        V = volt|volts
        dB = decibel|decibéis
        kcal = quilocaloria|quilocalorias @f
        """
    ),
    currencies=currencies(
        """
        BRL = real|reais ; centavo|centavos
        EUR = euro|euros ; centavo|centavos
        USD = dólar|dólares ; centavo|centavos
        GBP = libra|libras @f ; pêni|pence
        CHF = franco suíço|francos suíços ; centavo|centavos
        JPY = iene|ienes ; sen
        CNY = yuan|yuans ; fen
        INR = rupia|rupias @f ; paisa
        RUB = rublo|rublos ; copeque|copeques
        PLN = zloty|zlotys ; grosz
        CZK = coroa tcheca|coroas tchecas @f ; haléř
        TRY = lira turca|liras turcas @f ; kuruş
        KRW = won|wons ; jeon
        """
    ),
    money="{major} e {minor}",
    magnitudes=units(
        """
        mil = mil
        milhão = milhão|milhões
        milhões = milhão|milhões
        mi = milhão|milhões
        bilhão = bilhão|bilhões
        bilhões = bilhão|bilhões
        bi = bilhão|bilhões
        """
    ),
    magnitude_link=" de ",
    ordinal_suffixes={"º": ("m", ""), "ª": ("f", ""), "o": ("m", ""), "a": ("f", "")},
    ordinal_nouns={"Guerra": ("f", "", "Guerra"), "República": ("f", "", "República")},
    ordinal_needs_dot=True,
    fractions=fractions(
        "m",
        *listed("meio|meios terço|terços quarto|quartos quinto|quintos sexto|sextos sétimo|sétimos"),
        *["oitavo|oitavos", "nono|nonos", "décimo|décimos"],
    ),
    half="meio",
    and_half="{} e meio",
    and_fraction="{} e {}",
    over="sobre",
    abbreviations={
        "Sr.": "Senhor",
        "Sra.": "Senhora",
        "Srta.": "Senhorita",
        "Dr.": "Doutor",
        "Dra.": "Doutora",
        "Prof.": "Professor",
        "Profa.": "Professora",
        "Exmo.": "Excelentíssimo",
        "p. ex.": "por exemplo",
        "etc.": "et cetera",
        "aprox.": "aproximadamente",
        "Av.": "Avenida",
        "R.": "Rua",
        "Ltda.": "Limitada",
        "a.C.": "antes de Cristo",
        "d.C.": "depois de Cristo",
        "tel.": "telefone",
    },
    before_number={"n.º": "número", "nº": "número", "Nº": "Número", "n°": "número", "No.": "número", "pág.": "página"}
    | {"p.": "página", "cap.": "capítulo", "art.": "artigo"},
    closing=frozenset(("etc.", "Ltda.", "a.C.", "d.C.")),
    spelled=frozenset(listed("UE EUA ONG CIA FBI IA API USB URL ID IP CPU GPU IBGE PIB TV CD DVD")) - {"PIB"},
    symbols={
        "&": "e",
        "+": "mais",
        "=": "igual a",
        "×": "vezes",
        "÷": "dividido por",
        "±": "mais ou menos",
        "≈": "aproximadamente",
        "≠": "diferente de",
        "≤": "menor ou igual a",
        "≥": "maior ou igual a",
        "<": "menor que",
        ">": "maior que",
        "@": "arroba",
        "§": "parágrafo",
        "©": "copyright",
        "~": "aproximadamente",
        "√": "raiz de",
        "∞": "infinito",
    },
    number_sign="número",
    web=Web(
        at="arroba", dot="ponto", slash="barra", dash="hífen", underscore="sublinhado", plus="mais", colon="dois pontos"
    ),
    ambiguous_domains=frozenset(("de", "me", "se", "no", "es", "tv")),
    roman=Roman(
        after=frozenset(listed("século Século capítulo Capítulo tomo ato Ato livro Livro volume Volume Guerra")),
        kings=frozenset(
            listed(
                "Luís Henrique Carlos Filipe Fernando Afonso João Paulo Pio Bento Leão Gregório Alexandre Nicolau"
                " Pedro Ivan Napoleão Guilherme Jorge Eduardo Ricardo Francisco Manuel Sebastião"
            )
        ),
        queens=frozenset(listed("Isabel Catarina Maria Margarida")),
    ),
    sentences=Sentences(
        prefixes=word_set("sr sra srs sras dr dra drs prof profa eng av r exmo exma d dom"),
        numbered=word_set("n pág págs p pp núm fig cap art vol tel"),
        ordinary=word_set("vi"),
    ),
)
