"""English."""

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


class _EnglishNumerals(Numerals):
    def year(self, n: int) -> str:
        century, rest = divmod(n, 100)
        if n % 1000 < 10 or not 1000 < n < 10000:
            return self.cardinal(n)
        if not rest:
            return f"{self.cardinal(century)} hundred"
        tail = f"oh {self.cardinal(rest)}" if rest < 10 else self.cardinal(rest)
        return f"{self.cardinal(century)} {tail}"

    def decade(self, n: int) -> str | None:
        if n % 10:
            return None
        words = self.year(n) if n > 100 else self.cardinal(n)
        return words.removesuffix("y") + "ies" if words.endswith("y") else words + "s"

    def day(self, n: int, before: str = "") -> str:
        return self.ordinal(n) or self.cardinal(n)

    def regnal(self, n: int, gender: str = "m") -> str:
        return f"the {self.ordinal(n)}"


_MONTHS = listed("January February March April May June July August September October November December")

LOCALE = Locale(
    code="en",
    numerals=_EnglishNumerals("en", "point"),
    decimal=".",
    groups=",",
    plural=one_other,
    decimal_form=1,
    minus="minus",
    span="{a} to {b}",
    dates=Dates(
        months=_MONTHS,
        order="mdy",
        spoken="{month} {day}",
        spoken_year="{date}, {year}",
        abbreviations={name[:3]: i for i, name in enumerate(_MONTHS, 1) if name != "May"} | {"Sept": 9},
        day_suffix=r"(?:st|nd|rd|th)?(?: of)? ",
        ordinary=frozenset(("march", "may")),
        decade_suffix="s",
        month_first=r"\.?[ -]",
        day_ending="(?:st|nd|rd|th)?",
        day_first="{day} of {month}",
        article="the",
        before=True,
        year_link=r"(?:,? |-)",
    ),
    clock=Clock(
        full="{h} o'clock",
        both="{h} {m}",
        zero="oh",
        midnight="midnight",
        hundred="{h} hundred",
        half_day=("A M", "P M"),
        link="and",
    ),
    units=units(
        """
        % = percent
        ‰ = per mille
        °C = degree Celsius|degrees Celsius
        °F = degree Fahrenheit|degrees Fahrenheit
        ° = degree|degrees
        km/h = kilometre per hour|kilometres per hour
        m/s = metre per second|metres per second
        mph = mile per hour|miles per hour
        km² = square kilometre|square kilometres
        m² = square metre|square metres
        m³ = cubic metre|cubic metres
        km = kilometre|kilometres
        m = metre|metres
        cm = centimetre|centimetres
        mm = millimetre|millimetres
        µm = micrometre|micrometres
        nm = nanometre|nanometres
        mi = mile|miles
        ft = foot|feet
        yd = yard|yards
        kg = kilogram|kilograms
        g = gram|grams
        mg = milligram|milligrams
        µg = microgram|micrograms
        lb = pound|pounds
        lbs = pound|pounds
        oz = ounce|ounces
        t = tonne|tonnes
        l = litre|litres
        L = litre|litres
        ml = millilitre|millilitres
        mL = millilitre|millilitres
        h = hour|hours
        hrs = hour|hours
        min = minute|minutes
        mins = minute|minutes
        s = second|seconds
        ms = millisecond|milliseconds
        B = byte|bytes
        KB = kilobyte|kilobytes
        kB = kilobyte|kilobytes
        MB = megabyte|megabytes
        GB = gigabyte|gigabytes
        TB = terabyte|terabytes
        Mbit/s = megabit per second|megabits per second
        Mbps = megabit per second|megabits per second
        Hz = hertz
        kHz = kilohertz
        MHz = megahertz
        GHz = gigahertz
        W = watt|watts
        kW = kilowatt|kilowatts
        MW = megawatt|megawatts
        kWh = kilowatt-hour|kilowatt-hours
        V = volt|volts
        mA = milliamp|milliamps
        mAh = milliamp-hour|milliamp-hours
        dB = decibel|decibels
        px = pixel|pixels
        dpi = D P I
        fps = frame per second|frames per second
        kcal = kilocalorie|kilocalories
        hPa = hectopascal|hectopascals
        """
    ),
    currencies=currencies(
        """
        USD = dollar|dollars ; cent|cents
        EUR = euro|euros ; cent|cents
        GBP = pound|pounds ; penny|pence
        JPY = yen ; sen
        CNY = yuan ; fen
        CHF = Swiss franc|Swiss francs ; centime|centimes
        INR = rupee|rupees ; paisa|paise
        RUB = rouble|roubles ; kopeck|kopecks
        PLN = zloty|zlotys ; grosz|groszy
        CZK = Czech koruna|Czech korunas ; haler|halers
        HUF = forint|forints ; filler|fillers
        TRY = lira|liras ; kurush
        KRW = won ; jeon
        BRL = real|reais ; centavo|centavos
        CAD = Canadian dollar|Canadian dollars ; cent|cents
        AUD = Australian dollar|Australian dollars ; cent|cents
        SEK = Swedish krona|Swedish kronor ; öre
        NOK = Norwegian krone|Norwegian kroner ; øre
        DKK = Danish krone|Danish kroner ; øre
        """
    ),
    money="{major} and {minor}",
    magnitudes=units(
        """
        thousand = thousand
        million = million
        billion = billion
        trillion = trillion
        K = thousand
        k = thousand
        M = million
        m = million
        bn = billion
        B = billion
        """
    ),
    ordinal_suffixes={"st": ("m", ""), "nd": ("m", ""), "rd": ("m", ""), "th": ("m", "")},
    fractions=fractions(
        "m",
        *listed("half|halves third|thirds quarter|quarters fifth|fifths sixth|sixths seventh|sevenths"),
        *["eighth|eighths", "ninth|ninths", "tenth|tenths"],
    ),
    half="one half",
    and_half="{} and a half",
    and_fraction="{} and {}",
    over="over",
    year_words=frozenset(
        listed(
            "in In since Since by By from From until Until till of year Year around circa before Before after"
            " After between Between during During and early late mid spring summer autumn fall winter"
        )
    )
    | frozenset(_MONTHS)
    | frozenset(month.lower() for month in _MONTHS if month not in ("March", "May")),
    plain_years=range(1900, 2100),
    abbreviations={
        "Mr.": "Mister",
        "Mrs.": "Missus",
        "Ms.": "Miz",
        "Dr.": "Doctor",
        "Prof.": "Professor",
        "Rev.": "Reverend",
        "Hon.": "Honourable",
        "Gen.": "General",
        "Capt.": "Captain",
        "Lt.": "Lieutenant",
        "Sgt.": "Sergeant",
        "Gov.": "Governor",
        "Sen.": "Senator",
        "Mt.": "Mount",
        "St.": "Saint",
        "Jr.": "Junior",
        "Sr.": "Senior",
        "Ave.": "Avenue",
        "Blvd.": "Boulevard",
        "Rd.": "Road",
        "Dept.": "Department",
        "Inc.": "Incorporated",
        "Ltd.": "Limited",
        "Corp.": "Corporation",
        "Co.": "Company",
        "e.g.": "for example",
        "i.e.": "that is",
        "etc.": "et cetera",
        "vs.": "versus",
        "approx.": "approximately",
        "24/7": "twenty-four seven",
        "9/11": "nine eleven",
        "Ph.D.": "P H D",
        "a.k.a.": "also known as",
        "w/o": "without",
        "et al.": "et al",
        "esp.": "especially",
        "incl.": "including",
    },
    before_number={"No.": "number", "no.": "number", "Nos.": "numbers", "p.": "page", "pp.": "pages", "ca.": "circa"}
    | {"vol.": "volume", "Vol.": "Volume", "ch.": "chapter", "Ch.": "Chapter", "Fig.": "Figure", "fig.": "figure"}
    | {"sec.": "section", "Sec.": "Section", "v": "version ", "ext.": "extension", "Ext.": "Extension"},
    closing=frozenset(("etc.", "Inc.", "Ltd.", "Corp.", "Co.", "Jr.", "Sr.", "et al.", "Ave.", "Blvd.", "Rd.")),
    spelled=frozenset(
        listed(
            "FBI CIA NSA USA UK US EU UN UAE AI IT ID IP API CPU GPU USB URL UI UX OS PIN BBC CNN NBC ABC HBO"
            " IBM ATM CEO CFO CTO DIY FAQ GPA IQ IRS NBA NFL MLB PDF PhD RSVP SUV TV UFO VIP VPN WWW HTML HTTP"
            " HTTPS SQL XML JSON AC DC AM PM CD DVD LED LCD MP HR IOU EKG ECG ER ICU MRI OK NYU UCLA SAT ACT"
            " AWS IOS SUV LA NY"
        )
    )
    - {"OK", "SAT", "ACT", "JSON", "PhD"},
    symbols={
        "&": "and",
        "+": "plus",
        "=": "equals",
        "×": "times",
        "÷": "divided by",
        "±": "plus or minus",
        "≈": "approximately",
        "≠": "is not equal to",
        "≤": "is less than or equal to",
        "≥": "is greater than or equal to",
        "<": "less than",
        ">": "greater than",
        "@": "at",
        "§": "section",
        "©": "copyright",
        "~": "about",
        "√": "square root of",
        "∞": "infinity",
    },
    number_sign="number",
    web=Web(),
    ambiguous_domains=frozenset(("in", "it", "me", "at", "us", "be", "to", "so", "is", "no", "my", "am")),
    roman=Roman(
        after=frozenset(
            listed(
                "Chapter chapter Part part Volume volume Act act Scene scene Book book Phase phase Type type War"
                " Section section Appendix appendix Article article Class class Level level Rocky Bowl"
                " Episode episode Season season Stage Grade Lesson Unit Title Table Figure Canto Psalm Step Tier"
            )
        ),
        kings=frozenset(
            listed(
                "Louis Henry Charles Edward George James William Richard Philip Frederick John Paul Pius Benedict"
                " Leo Gregory Innocent Alexander Nicholas Peter Ivan Francis Napoleon Clement Urban Julius"
                " Boniface"
            )
        ),
        queens=frozenset(listed("Elizabeth Mary Catherine Margaret Isabella Anne")),
        single_i=False,
    ),
    contraction=r"['’](?:t|re|ve|ll|d|m)\b",
    clause_words=word_set(
        "and but or nor because which who whom whose that when where "
        "while if although though since until before after as than unless whether whereas"
    ),
    leaning_words=word_set(
        "about above across after against along among around behind below beneath beside between beyond down "
        "during from into like near onto over through toward towards under until upon with within without this "
        "that these those their your some every very more most"
    ),
    clinging_words=word_set("me us him them it up out off away back"),
    sentences=Sentences(
        prefixes=word_set("mr mrs ms dr prof st gen col capt lt sgt rev hon gov sen rep messrs mt"),
        numbered=word_set("no nos vol vols p pp fig figs sec ch eq art pt op"),
    ),
)
