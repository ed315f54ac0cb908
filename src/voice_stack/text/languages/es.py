"""Spanish."""

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
    noun,
    one_other,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals

_MASCULINE_AS = frozenset(listed("días problemas programas temas sistemas mapas idiomas climas poemas planetas"))


_ORDINALS = listed(
    "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo decimotercero"
    " decimocuarto decimoquinto decimosexto decimoséptimo decimoctavo decimonoveno"
)
_TENTHS = listed("vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo octogésimo nonagésimo")
_HUNDREDTHS = listed(
    "centésimo ducentésimo tricentésimo cuadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo"
    " noningentésimo"
)
_UNACCENTED = str.maketrans("áéíóú", "aeiou")


class _SpanishNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words = self._plain(n).replace("veintiuno mil", "veintiún mil").replace(" y uno mil", " y un mil")
        words = words.replace("ciento uno mil", "ciento un mil")
        if gender == "f":
            words = words.replace("cientos", "cientas").replace("quinientos", "quinientas")
            words = words.replace("setecientos", "setecientas").replace("novecientos", "novecientas")
            return words.removesuffix("o") + "a" if words.endswith("uno") else words
        if counting and words.endswith("veintiuno"):
            return words.removesuffix("uno") + "ún"
        return words.removesuffix("o") if counting and words.endswith("uno") else words

    def gender_of(self, n: int, word: str) -> str | None:
        if len(word) < 4 or not word.islower():
            return None
        if word.endswith(("as", "ces", "ciones", "siones", "dades")):
            return "m" if word in _MASCULINE_AS else "f"
        return "m" if word.endswith(("os", "es")) else None

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        if not 0 < n < 1_000_000_000:
            return None
        if case == "short" and n % 100 == 11:
            return " ".join([*self._parts(n - 11), "decimoprimer"])
        words = " ".join(self._parts(n))
        if case == "short" and words.endswith(("primero", "tercero")):
            return words.removesuffix("o")
        return " ".join(w.removesuffix("o") + "a" for w in words.split()) if gender == "f" else words

    def _parts(self, n: int) -> list[str]:
        """The words of an ordinal, in the masculine."""
        if n >= 1_000_000:
            return [self._joined(n // 1_000_000) + "millonésimo", *self._parts(n % 1_000_000)]
        if n >= 1000:
            return [self._joined(n // 1000) + "milésimo", *self._parts(n % 1000)]
        if n >= 100:
            return [_HUNDREDTHS[n // 100 - 1], *self._parts(n % 100)]
        if 20 < n < 30:
            return ["vigesim" + ("o" if n != 28 else "") + _ORDINALS[n - 21]]
        if n >= 20:
            return [_TENTHS[n // 10 - 2], *self._parts(n % 10)]
        return [_ORDINALS[n - 1]] if n else []

    def _joined(self, n: int) -> str:
        """A number in one word, as parts are named by it; nothing for one."""
        said = self._plain(n).translate(_UNACCENTED).replace(" y ", "i").replace(" ", "")
        return "" if n == 1 else said.removesuffix("o") if n % 10 == 1 and n % 100 != 11 else said

    def denominator(self, n: int, form: int) -> str | None:
        if n >= 100:
            round_ = (n < 1000 and not n % 100) or (str(n).strip("0") in {"1", "2", "5"} and len(str(n)) > 3)
            part = " ".join(self._parts(n)) if round_ else None
        else:
            part = self._joined(n).removesuffix("a") + "avo" if n > 10 else None
        return part and part + ("s" if form else "")

    def hour(self, n: int, before: str = "") -> str:
        return self.cardinal(n, "f")

    def day(self, n: int, before: str = "") -> str:
        return "primero" if n == 1 else self.cardinal(n)

    def regnal(self, n: int, gender: str = "m") -> str:
        return self.ordinal(n, gender) or "" if n <= 10 else self.cardinal(n)


LOCALE = Locale(
    code="es",
    numerals=_SpanishNumerals("es", "coma", fraction_as_number=True),
    decimal=",",
    groups=". ",
    plural=one_other,
    decimal_form=1,
    minus="menos",
    span="{a} a {b}",
    dates=Dates(
        months=listed("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        spoken="{day} de {month}",
        spoken_year="{date} de {year}",
        day_suffix=r"(?:\.?º)?(?: de)? ",
        year_link=r"(?: del?)? ",
        month_first=r" ",
        abbreviations={"setiembre": 9, "ene.": 1, "feb.": 2, "mar.": 3, "abr.": 4, "jun.": 6, "jul.": 7, "ago.": 8}
        | {"sept.": 9, "set.": 9, "oct.": 10, "nov.": 11, "dic.": 12},
    ),
    clock=Clock(
        full="{h} en punto",
        sharp=" en punto",
        both="{h} {m}",
        twelve="{h} y {m}",
        quarters=("cuarto", "media"),
        hour=noun("hora|horas", "f"),
        zero="cero",
        marks=("horas", "hs", "h"),
        long="{hour}",
        link="y",
    ),
    units=units(
        """
        % = por ciento
        ‰ = por mil
        °C = grado Celsius|grados Celsius
        °F = grado Fahrenheit|grados Fahrenheit
        ° = grado|grados
        km/h = kilómetro por hora|kilómetros por hora
        m/s = metro por segundo|metros por segundo
        km² = kilómetro cuadrado|kilómetros cuadrados
        m² = metro cuadrado|metros cuadrados
        m³ = metro cúbico|metros cúbicos
        km = kilómetro|kilómetros
        m = metro|metros
        cm = centímetro|centímetros
        mm = milímetro|milímetros
        ha = hectárea|hectáreas @f
        kg = kilogramo|kilogramos
        g = gramo|gramos
        mg = miligramo|miligramos
        t = tonelada|toneladas @f
        l = litro|litros
        L = litro|litros
        ml = mililitro|mililitros
        h = hora|horas @f
        min = minuto|minutos
        s = segundo|segundos
        ms = milisegundo|milisegundos
        KB = kilobyte|kilobytes
        MB = megabyte|megabytes
        GB = gigabyte|gigabytes
        TB = terabyte|terabytes
        Hz = hercio|hercios
        kHz = kilohercio|kilohercios
        MHz = megahercio|megahercios
        GHz = gigahercio|gigahercios
        W = vatio|vatios
        kW = kilovatio|kilovatios
        kWh = kilovatio hora|kilovatios hora
        V = voltio|voltios
        dB = decibelio|decibelios
        kcal = kilocaloría|kilocalorías @f
        """
    ),
    currencies=currencies(
        """
        EUR = euro|euros ; céntimo|céntimos
        USD = dólar|dólares ; centavo|centavos
        GBP = libra|libras @f ; penique|peniques
        CHF = franco suizo|francos suizos ; céntimo|céntimos
        JPY = yen|yenes ; sen
        CNY = yuan|yuanes ; fen
        INR = rupia|rupias @f ; paisa
        RUB = rublo|rublos ; kópek|kópeks
        PLN = esloti|eslotis ; grosz
        CZK = corona checa|coronas checas @f ; haléř
        TRY = lira turca|liras turcas @f ; kuruş
        KRW = won|wones ; jeon
        BRL = real|reales ; centavo|centavos
        MXN = peso mexicano|pesos mexicanos ; centavo|centavos
        ARS = peso argentino|pesos argentinos ; centavo|centavos
        """
    ),
    money="{major} con {minor}",
    bare_cents=False,
    nouns=units("""
        hora = hora|horas @f
        vez = vez|veces @f
        año = año|años
        día = día|días
    """),
    magnitudes=units(
        """
        mil = mil
        millón = millón|millones
        millones = millón|millones
        billón = billón|billones
        billones = billón|billones
        """
    ),
    magnitude_link=" de ",
    ordinal_suffixes={"º": ("m", ""), "ª": ("f", ""), "er": ("m", "short"), "o": ("m", ""), "a": ("f", "")}
    | {"ᵉʳ": ("m", "short"), "ᵉʳᵒ": ("m", ""), "ro": ("m", ""), "ra": ("f", ""), "do": ("m", ""), "da": ("f", "")}
    | {"to": ("m", ""), "ta": ("f", ""), "mo": ("m", ""), "ma": ("f", ""), "vo": ("m", ""), "va": ("f", "")}
    | {"no": ("m", ""), "na": ("f", "")},
    ordinal_nouns={"Guerra": ("f", "", "Guerra"), "República": ("f", "", "República")},
    ordinal_needs_dot=True,
    fractions=fractions(
        "m",
        *listed("medio|medios tercio|tercios cuarto|cuartos quinto|quintos sexto|sextos séptimo|séptimos"),
        *["octavo|octavos", "noveno|novenos", "décimo|décimos"],
    ),
    half="un medio",
    and_half="{} y medio",
    and_fraction="{} y {}",
    over="sobre",
    abbreviations={
        "Sr.": "Señor",
        "Sra.": "Señora",
        "Srta.": "Señorita",
        "Sres.": "Señores",
        "Dr.": "Doctor",
        "Dra.": "Doctora",
        "D.": "Don",
        "Dña.": "Doña",
        "Prof.": "Profesor",
        "Ud.": "usted",
        "Uds.": "ustedes",
        "p. ej.": "por ejemplo",
        "a. m.": "de la mañana",
        "a.m": "de la mañana",
        "p.m": "de la tarde",
        "p. m.": "de la tarde",
        "etc.": "etcétera",
        "aprox.": "aproximadamente",
        "Avda.": "Avenida",
        "Av.": "Avenida",
        "EE. UU.": "Estados Unidos",
        "S.A.": "sociedad anónima",
        "a. C.": "antes de Cristo",
        "d. C.": "después de Cristo",
        "tel.": "teléfono",
        "c/": "calle",
    },
    before_number={"n.º": "número", "N.º": "Número", "nº": "número", "Nº": "Número", "núm.": "número"}
    | {"No.": "número", "pág.": "página", "p.": "página", "cap.": "capítulo", "art.": "artículo"},
    closing=frozenset(("etc.", "EE. UU.", "S.A.", "a. C.", "d. C.")),
    spelled=frozenset(listed("UE ONG CIA FBI IA API USB URL ID IP CPU GPU ADN ARN PIB IVA DNI TV CD DVD")) - {"IVA"},
    symbols={
        "&": "y",
        "+": "más",
        "=": "igual a",
        "×": "por",
        "÷": "dividido por",
        "±": "más menos",
        "≈": "aproximadamente",
        "≠": "distinto de",
        "≤": "menor o igual que",
        "≥": "mayor o igual que",
        "<": "menor que",
        ">": "mayor que",
        "@": "arroba",
        "§": "sección",
        "©": "copyright",
        "~": "aproximadamente",
        "√": "raíz de",
        "∞": "infinito",
    },
    number_sign="número",
    web=Web(
        at="arroba", dot="punto", slash="barra", dash="guion", underscore="guion bajo", plus="más", colon="dos puntos"
    ),
    ambiguous_domains=frozenset(("de", "me", "se", "no", "es", "tv")),
    roman=Roman(
        after=frozenset(listed("siglo Siglo capítulo Capítulo tomo Tomo acto Acto libro Libro volumen Volumen Guerra")),
        kings=frozenset(
            listed(
                "Luis Enrique Carlos Felipe Fernando Alfonso Juan Pablo Pío Benedicto León Gregorio Alejandro"
                " Nicolás Pedro Iván Napoleón Guillermo Jorge Eduardo Jaime Ricardo Francisco Sancho"
            )
        ),
        queens=frozenset(listed("Isabel Catalina María Margarita")),
    ),
    sentences=Sentences(
        prefixes=word_set("sr sra srta srs sres dr dra drs d dña prof profa ing lic gral avda av c cía"),
        numbered=word_set("n no pág págs p pp núm núms fig figs cap art vol tel"),
        ordinary=word_set("no un con para sobre nos bien entre contra da ante tras mar auto in pro"),
    ),
)
