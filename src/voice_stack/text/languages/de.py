"""German."""

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

_AFTER = (
    dict.fromkeys(
        listed("der die das meine deine seine ihre unsere eure keine eine diese jede jene welche dieses jenes jedes"),
        "e",
    )
    | dict.fromkeys(
        listed(
            "am im zum vom beim zur den dem des einem einen einer eines ab bis seit jeden jedem diesem diesen"
            " dieser ihrem seinem meinem deinem unserem eurem ihren seinen meinen deinen unseren euren deren"
            " meiner deiner seiner ihrer unserer eurer meines deines seines ihres unseres eures jenem jenen"
        ),
        "en",
    )
    | dict.fromkeys(listed("ein kein mein dein sein ihr unser euer jeder mancher"), "er")
)

_DAY_AFTER = {"und": "en", "oder": "en"}  # "am 1. und 2. Mai"


class _GermanNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        if n == 1 and counting:
            return "eine" if gender == "f" else "ein"
        return self._plain(n)

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        stem = (super().ordinal(n) or "").removesuffix("e")
        return stem + (case or "e") if stem else None

    def year(self, n: int) -> str:
        if not 1100 <= n < 2000:
            return self.cardinal(n)
        century, rest = divmod(n, 100)
        return f"{self._plain(century)}hundert{self._plain(rest) if rest else ''}"

    def day(self, n: int, before: str = "") -> str:
        return self.ordinal(n, case=_AFTER.get(before.lower(), _DAY_AFTER.get(before.lower(), "er"))) or str(n)

    def hour(self, n: int, before: str = "") -> str:
        return "ein" if n == 1 else self._plain(n)

    def decade(self, n: int) -> str | None:
        return f"{self.year(n)}er" if n % 10 == 0 and n else None

    def denominator(self, n: int, form: int) -> str | None:
        part = self.ordinal(n, case="") if n > 10 else None
        return part.removesuffix("e").capitalize() + "el" if part else None

    def regnal(self, n: int, gender: str = "m") -> str:
        return f"{'die' if gender == 'f' else 'der'} {(self.ordinal(n) or '').capitalize()}"


_MONTHS = listed("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")

LOCALE = Locale(
    code="de",
    numerals=_GermanNumerals("de", "Komma"),
    decimal=",",
    groups=". '",
    plural=one_other,
    decimal_form=1,
    minus="minus",
    span="{a} bis {b}",
    dates=Dates(
        months=_MONTHS,
        abbreviations={"Jan.": 1, "Feb.": 2, "Apr.": 4, "Aug.": 8, "Sept.": 9, "Sep.": 9, "Okt.": 10, "Nov.": 11}
        | {"Dez.": 12, "Jänner": 1, "Mär.": 3, "Mrz.": 3},
        day_suffix=r"\. ?",
        decade_suffix="er",
        before=True,
        short=True,
    ),
    clock=Clock(
        full="{h} Uhr", both="{h} Uhr {m}", marks=("Uhr", "h"), hour_marks=("Uhr",), long="{h} Uhr", link="und"
    ),
    units=units(
        """
        % = Prozent @n
        ‰ = Promille @n
        °C = Grad Celsius
        °F = Grad Fahrenheit
        ° = Grad
        km/h = Kilometer pro Stunde
        m/s = Meter pro Sekunde
        km² = Quadratkilometer
        m² = Quadratmeter
        qm = Quadratmeter
        m³ = Kubikmeter
        km = Kilometer
        m = Meter
        cm = Zentimeter
        mm = Millimeter
        µm = Mikrometer
        nm = Nanometer
        ha = Hektar
        kg = Kilogramm @n
        g = Gramm @n
        mg = Milligramm @n
        t = Tonne|Tonnen @f
        l = Liter
        L = Liter
        ml = Milliliter
        h = Stunde|Stunden @f
        Std. = Stunde|Stunden @f
        min = Minute|Minuten @f
        Min. = Minute|Minuten @f
        s = Sekunde|Sekunden @f
        Sek. = Sekunde|Sekunden @f
        ms = Millisekunde|Millisekunden @f
        B = Byte
        KB = Kilobyte
        kB = Kilobyte
        MB = Megabyte
        GB = Gigabyte
        TB = Terabyte
        Mbit/s = Megabit pro Sekunde
        Hz = Hertz
        kHz = Kilohertz
        MHz = Megahertz
        GHz = Gigahertz
        W = Watt
        kW = Kilowatt
        MW = Megawatt
        kWh = Kilowattstunde|Kilowattstunden @f
        PS = P S
        V = Volt
        mAh = Milliamperestunde|Milliamperestunden @f
        dB = Dezibel
        px = Pixel
        kcal = Kilokalorie|Kilokalorien @f
        hPa = Hektopascal
        """
    ),
    currencies=currencies(
        """
        EUR = Euro ; Cent
        USD = Dollar ; Cent
        GBP = Pfund @n ; Penny|Pence
        CHF = Schweizer Franken ; Rappen
        JPY = Yen ; Sen
        CNY = Yuan ; Fen
        INR = Rupie|Rupien @f ; Paisa
        RUB = Rubel ; Kopeke|Kopeken @f
        PLN = Zloty ; Groschen
        CZK = Krone|Kronen @f ; Heller
        HUF = Forint ; Filler
        TRY = Lira @f ; Kurusch
        KRW = Won ; Jeon
        BRL = Real ; Centavo|Centavos
        SEK = Schwedische Krone|Schwedische Kronen @f ; Öre
        NOK = Norwegische Krone|Norwegische Kronen @f ; Öre
        DKK = Dänische Krone|Dänische Kronen @f ; Öre
        CAD = Kanadische Dollar ; Cent
        AUD = Australische Dollar ; Cent
        """
    ),
    money="{major} {minor}",
    bare_cents=True,
    nouns=units("""
        Jahr = Jahr @n
        Tag = Tag
        Woche = Woche @f
        Monat = Monat
        Mal = Mal @n
        Mensch = Mensch
        Person = Person @f
        Frau = Frau @f
        Mann = Mann
        Kind = Kind @n
        Seite = Seite @f
        Stück = Stück @n
    """),
    magnitudes=units(
        """
        Tsd. = Tausend
        Tausend = Tausend
        Mio. = Million|Millionen @f
        Mio = Million|Millionen @f
        Million = Million|Millionen @f
        Millionen = Million|Millionen @f
        Mrd. = Milliarde|Milliarden @f
        Mrd = Milliarde|Milliarden @f
        Milliarde = Milliarde|Milliarden @f
        Milliarden = Milliarde|Milliarden @f
        """
    ),
    ordinal_articles=_AFTER,
    fractions=fractions("n", *listed("halb|halbe Drittel Viertel Fünftel Sechstel Siebtel Achtel Neuntel Zehntel")),
    half="ein halb",
    and_half="{}einhalb",
    half_counted=True,
    and_fraction="{} {}",
    over="durch",
    year_words=frozenset(listed("Jahr Jahre Jahres Jahren im Im seit Seit anno Anno von Von bis Bis um Um ab Ab und")),
    plain_years=range(1900, 2100),
    abbreviations={
        "z. B.": "zum Beispiel",
        "d. h.": "das heißt",
        "u. a.": "unter anderem",
        "o. Ä.": "oder Ähnliches",
        "i. d. R.": "in der Regel",
        "v. a.": "vor allem",
        "u. U.": "unter Umständen",
        "z. T.": "zum Teil",
        "usw.": "und so weiter",
        "etc.": "et cetera",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
        "ggf.": "gegebenenfalls",
        "evtl.": "eventuell",
        "inkl.": "inklusive",
        "exkl.": "exklusive",
        "vgl.": "vergleiche",
        "bspw.": "beispielsweise",
        "sog.": "sogenannte",
        "Dr.": "Doktor",
        "Prof.": "Professor",
        "Hr.": "Herr",
        "Fr.": "Frau",
        "Hrn.": "Herrn",
        "St.": "Sankt",
        "Str.": "Straße",
        "Tel.": "Telefon",
        "geb.": "geboren",
        "gest.": "gestorben",
        "Abt.": "Abteilung",
        "zzgl.": "zuzüglich",
        "max.": "maximal",
        "mind.": "mindestens",
    },
    before_number={"Nr.": "Nummer", "S.": "Seite", "Bd.": "Band", "Kap.": "Kapitel", "Abb.": "Abbildung"}
    | {"Art.": "Artikel", "Abs.": "Absatz", "No.": "Nummer", "max.": "maximal", "min.": "mindestens"},
    closing=frozenset(("usw.", "etc.", "o. Ä.", "Str.")),
    spelled=frozenset(
        listed(
            "EU USA UN UNO UK ADAC ARD BBC CIA FBI IT KI API USB URL ID IP CPU GPU OP TÜV UKW EDV GEZ AG EC"
            " UV IQ AOK EZB EKD SUV UFO PDF DIN AI PIN ICE IC PC TV VIP"
        )
    )
    - {"UNO", "UFO", "DIN", "PIN", "TÜV"},
    symbols={
        "&": "und",
        "+": "plus",
        "=": "gleich",
        "×": "mal",
        "÷": "geteilt durch",
        "±": "plus minus",
        "≈": "ungefähr",
        "≠": "ungleich",
        "≤": "kleiner oder gleich",
        "≥": "größer oder gleich",
        "<": "kleiner als",
        ">": "größer als",
        "@": "at",
        "§": "Paragraf",
        "©": "Copyright",
        "~": "ungefähr",
        "√": "Wurzel aus",
        "∞": "unendlich",
    },
    nouns_capitalised=True,
    number_sign="Nummer",
    web=Web(
        dot="Punkt",
        slash="Schrägstrich",
        dash="Bindestrich",
        underscore="Unterstrich",
        colon="Doppelpunkt",
    ),
    ambiguous_domains=frozenset(("in", "am", "so", "es", "at", "be")),
    roman=Roman(
        after=frozenset(listed("Kapitel Band Teil Akt Szene Klasse Artikel Anhang Buch")),
        kings=frozenset(
            listed(
                "Ludwig Heinrich Karl Friedrich Wilhelm Otto Georg Philipp Johannes Paul Pius Benedikt Leo Gregor"
                " Alexander Nikolaus Peter Iwan Franz Napoleon Konrad Rudolf Joseph Maximilian"
            )
        ),
        queens=frozenset(listed("Elisabeth Katharina Maria Margarethe Isabella")),
    ),
    clause_words=word_set(
        "und oder aber denn weil dass daß wenn als ob obwohl während bevor nachdem damit sodass sondern sowie wie wo"
    ),
    leaning_words=word_set(
        "nach über unter neben zwischen durch gegen ohne hinter seit während wegen trotz beim eine einen einem "
        "einer diese dieser dieses diesem diesen seine ihre unsere kein keine sehr mehr"
    ),
    sentences=Sentences(
        prefixes=word_set("dr prof fr hr frl dipl ing st hl vgl bzw ca evtl inkl exkl zzgl sog z.b d.h u.a"),
        numbered=word_set("nr nrn s bd bde kap abs abb art str anm tel tab ziff lfd ff"),
        ordinary=word_set("mich art mag ok"),
        after_ordinal=word_set(
            "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert "
            "jahrhunderts jahrtausend jh jhd klasse stock stockwerk etage geburtstag kapitel platz runde mal tag "
            "woche monat jahr lebensjahr spieltag auflage bezirk teil band weltkrieg armee division"
        ),
    ),
)
