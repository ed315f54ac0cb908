"""Italian."""

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


class _ItalianNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        if n == 1 and counting:
            return "una" if gender == "f" else "un"
        return self._plain(n).replace("trè", "tré")

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        words = super().ordinal(n)
        return words.removesuffix("o") + "a" if words and gender == "f" else words

    def denominator(self, n: int, form: int) -> str | None:
        part = self.ordinal(n) if n > 10 else None
        return part.removesuffix("o") + ("i" if form else "o") if part else None

    def day(self, n: int, before: str = "") -> str:
        return "primo" if n == 1 else self.cardinal(n)


LOCALE = Locale(
    code="it",
    numerals=_ItalianNumerals("it", "virgola", fraction_as_number=True),
    decimal=",",
    groups=". ",
    plural=one_other,
    decimal_form=1,
    minus="meno",
    span="{a} a {b}",
    dates=Dates(
        months=listed("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
        day_suffix=r"[º°]? ",
    ),
    clock=Clock(
        full="{h} in punto",
        sharp=" in punto",
        both="{h} e {m}",
        hour=noun("ora|ore", "f"),
        zero="zero",
        marks=("h",),
        long="{hour}",
        link="e",
    ),
    units=units(
        """
        % = per cento
        ‰ = per mille
        °C = grado Celsius|gradi Celsius
        °F = grado Fahrenheit|gradi Fahrenheit
        ° = grado|gradi
        km/h = chilometro all'ora|chilometri all'ora
        m/s = metro al secondo|metri al secondo
        km² = chilometro quadrato|chilometri quadrati
        m² = metro quadrato|metri quadrati
        mq = metro quadrato|metri quadrati
        m³ = metro cubo|metri cubi
        km = chilometro|chilometri
        m = metro|metri
        cm = centimetro|centimetri
        mm = millimetro|millimetri
        ha = ettaro|ettari
        kg = chilogrammo|chilogrammi
        g = grammo|grammi
        mg = milligrammo|milligrammi
        t = tonnellata|tonnellate @f
        ml = millilitro|millilitri
        h = ora|ore @f
        min = minuto|minuti
        s = secondo|secondi
        ms = millisecondo|millisecondi
        KB = kilobyte
        MB = megabyte
        GB = gigabyte
        TB = terabyte
        Hz = hertz
        kHz = chilohertz
        MHz = megahertz
        GHz = gigahertz
        W = watt
        kW = chilowatt
        kWh = chilowattora
        V = volt
        dB = decibel
        kcal = chilocaloria|chilocalorie @f
        """
    ),
    currencies=currencies(
        """
        EUR = euro ; centesimo|centesimi
        USD = dollaro|dollari ; centesimo|centesimi
        GBP = sterlina|sterline @f ; penny|pence
        CHF = franco svizzero|franchi svizzeri ; centesimo|centesimi
        JPY = yen ; sen
        CNY = yuan ; fen
        INR = rupia|rupie @f ; paisa
        RUB = rublo|rubli ; copeco|copechi
        PLN = zloty ; grosz
        CZK = corona ceca|corone ceche @f ; haléř
        TRY = lira turca|lire turche @f ; kuruş
        KRW = won ; jeon
        BRL = real ; centavo|centavi
        """
    ),
    money="{major} e {minor}",
    bare_cents=True,
    nouns=units("""
        volta = volta @f
        settimana = settimana @f
        persona = persona @f
        giorno = giorno
        anno = anno
        mese = mese
        pagina = pagina @f
        donna = donna @f
    """),
    magnitudes=units(
        """
        mila = mila
        milione = milione|milioni
        milioni = milione|milioni
        mln = milione|milioni
        miliardo = miliardo|miliardi
        miliardi = miliardo|miliardi
        mld = miliardo|miliardi
        """
    ),
    magnitude_link=" di ",
    ordinal_suffixes={"º": ("m", ""), "ª": ("f", ""), "esimo": ("m", ""), "esima": ("f", "")},
    ordinal_nouns={
        "guerra": ("f", "", "guerra"),
        "Guerra": ("f", "", "Guerra"),
        "secolo": ("m", "", "secolo"),
        "capitolo": ("m", "", "capitolo"),
    },
    ordinal_needs_dot=True,
    fractions=fractions(
        "m",
        *listed("mezzo|mezzi terzo|terzi quarto|quarti quinto|quinti sesto|sesti settimo|settimi"),
        *["ottavo|ottavi", "nono|noni", "decimo|decimi"],
    ),
    half="un mezzo",
    and_half="{} e mezzo",
    and_fraction="{} e {}",
    over="su",
    abbreviations={
        "Sig.": "Signor",
        "Sig.ra": "Signora",
        "Sig.na": "Signorina",
        "Dott.": "Dottor",
        "Dott.ssa": "Dottoressa",
        "Dr.": "Dottor",
        "Prof.": "Professor",
        "Prof.ssa": "Professoressa",
        "Ing.": "Ingegner",
        "Avv.": "Avvocato",
        "ecc.": "eccetera",
        "es.": "esempio",
        "p. es.": "per esempio",
        "a.C.": "avanti Cristo",
        "d.C.": "dopo Cristo",
        "S.p.A.": "società per azioni",
        "tel.": "telefono",
        "ca.": "circa",
    },
    before_number={"n.": "numero", "N.": "Numero", "nº": "numero", "n°": "numero", "No.": "numero", "pag.": "pagina"}
    | {"p.": "pagina", "cap.": "capitolo", "art.": "articolo"},
    closing=frozenset(("ecc.", "a.C.", "d.C.", "S.p.A.")),
    spelled=frozenset(listed("UE CIA FBI IA API USB URL ID IP CPU GPU DNA RNA IVA USA TV CD DVD")) - {"IVA", "USA"},
    symbols={
        "&": "e",
        "+": "più",
        "=": "uguale",
        "×": "per",
        "÷": "diviso",
        "±": "più o meno",
        "≈": "circa",
        "≠": "diverso da",
        "≤": "minore o uguale a",
        "≥": "maggiore o uguale a",
        "<": "minore di",
        ">": "maggiore di",
        "@": "chiocciola",
        "§": "paragrafo",
        "©": "copyright",
        "~": "circa",
        "√": "radice di",
        "∞": "infinito",
    },
    number_sign="numero",
    web=Web(
        at="chiocciola",
        dot="punto",
        slash="barra",
        dash="trattino",
        underscore="trattino basso",
        plus="più",
        colon="due punti",
    ),
    ambiguous_domains=frozenset(("me", "se", "no", "in", "es", "tv")),
    roman=Roman(
        after=frozenset(listed("capitolo Capitolo tomo atto Atto libro Libro volume Volume Guerra parte Parte")),
        kings=frozenset(
            listed(
                "Luigi Enrico Carlo Filippo Ferdinando Vittorio Emanuele Umberto Giovanni Paolo Pio Benedetto"
                " Leone Gregorio Alessandro Nicola Pietro Ivan Napoleone Guglielmo Giorgio Edoardo Federico"
                " Francesco"
            )
        ),
        queens=frozenset(listed("Elisabetta Caterina Maria Margherita Isabella")),
    ),
    sentences=Sentences(
        prefixes=word_set("sig sigg dott dr prof avv ing geom rag arch on sen ss s v"),
        numbered=word_set("n nn pag pagg p pp fig cap art vol tel"),
        ordinary=word_set(
            "la in le si con ma ha se mi lo ci su sia ne fa me mai no vi te via li po va so ore col sa fra ce fai tv "
            "post re usa sai fin nato bar it"
        ),
    ),
)
