"""French."""

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


class _FrenchNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words = self._plain(n)
        return words + "e" if gender == "f" and (words == "un" or words.endswith((" un", "-un"))) else words

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        if n == 1:
            return "première" if gender == "f" else "premier"
        if case == "second":
            return "seconde" if gender == "f" else "second"
        return super().ordinal(n)

    def day(self, n: int, before: str = "") -> str:
        return "premier" if n == 1 else self.cardinal(n)

    def denominator(self, n: int, form: int) -> str | None:
        part = self.ordinal(n) if n > 10 else None
        return f"{part}{'s' if form else ''}" if part else None

    def regnal(self, n: int, gender: str = "m") -> str:
        return (self.ordinal(1, gender) or "") if n == 1 else self.cardinal(n)


LOCALE = Locale(
    code="fr",
    numerals=_FrenchNumerals("fr", "virgule", fraction_as_number=True),
    decimal=",",
    groups=" .",
    plural=below_two,
    minus="moins",
    span="{a} à {b}",
    dates=Dates(
        months=listed("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        abbreviations={"janv.": 1, "févr.": 2, "avr.": 4, "juil.": 7, "sept.": 9, "oct.": 10, "nov.": 11, "déc.": 12},
        day_suffix=r"(?:er)? ",
    ),
    clock=Clock(
        full="{hour}",
        both="{hour} {m}",
        hour=noun("heure|heures", "f"),
        marks=("heures", "h"),
        hour_marks=("h",),
        long="{hour}",
        link="et",
    ),
    units=units(
        """
        % = pour cent
        ‰ = pour mille
        °C = degré Celsius|degrés Celsius
        °F = degré Fahrenheit|degrés Fahrenheit
        ° = degré|degrés
        km/h = kilomètre-heure|kilomètres-heure
        m/s = mètre par seconde|mètres par seconde
        km² = kilomètre carré|kilomètres carrés
        m² = mètre carré|mètres carrés
        m³ = mètre cube|mètres cubes
        km = kilomètre|kilomètres
        m = mètre|mètres
        cm = centimètre|centimètres
        mm = millimètre|millimètres
        µm = micromètre|micromètres
        nm = nanomètre|nanomètres
        ha = hectare|hectares
        kg = kilogramme|kilogrammes
        g = gramme|grammes
        mg = milligramme|milligrammes
        t = tonne|tonnes @f
        l = litre|litres
        L = litre|litres
        cl = centilitre|centilitres
        ml = millilitre|millilitres
        h = heure|heures @f
        min = minute|minutes @f
        s = seconde|secondes @f
        ms = milliseconde|millisecondes @f
        Ko = kilo-octet|kilo-octets
        Mo = mégaoctet|mégaoctets
        Go = gigaoctet|gigaoctets
        To = téraoctet|téraoctets
        MB = mégaoctet|mégaoctets
        GB = gigaoctet|gigaoctets
        Hz = hertz
        kHz = kilohertz
        MHz = mégahertz
        GHz = gigahertz
        W = watt|watts
        kW = kilowatt|kilowatts
        MW = mégawatt|mégawatts
        kWh = kilowattheure|kilowattheures
        V = volt|volts
        dB = décibel|décibels
        kcal = kilocalorie|kilocalories @f
        hPa = hectopascal|hectopascals
        """
    ),
    currencies=currencies(
        """
        EUR = euro|euros ; centime|centimes
        USD = dollar|dollars ; cent|cents
        GBP = livre|livres @f ; penny|pence
        CHF = franc suisse|francs suisses ; centime|centimes
        JPY = yen|yens ; sen
        CNY = yuan|yuans ; fen
        INR = roupie|roupies @f ; paisa
        RUB = rouble|roubles ; kopeck|kopecks
        PLN = zloty|zlotys ; grosz
        CZK = couronne tchèque|couronnes tchèques @f ; haléř
        HUF = forint|forints ; fillér
        TRY = livre turque|livres turques @f ; kuruş
        KRW = won|wons ; jeon
        BRL = réal|réaux ; centavo|centavos
        CAD = dollar canadien|dollars canadiens ; cent|cents
        SEK = couronne suédoise|couronnes suédoises @f ; öre
        """
    ),
    money="{major} {minor}",
    bare_cents=True,
    nouns=units("""
        personne = personne|personnes @f
        semaine = semaine|semaines @f
        année = année|années @f
        fois = fois @f
        page = page|pages @f
        femme = femme|femmes @f
        fille = fille|filles @f
        voiture = voiture|voitures @f
        maison = maison|maisons @f
        nuit = nuit|nuits @f
        chose = chose|choses @f
    """),
    magnitudes=units(
        """
        million = million|millions
        millions = million|millions
        M = million|millions
        Md = milliard|milliards
        Mds = milliard|milliards
        milliard = milliard|milliards
        milliards = milliard|milliards
        """
    ),
    magnitude_link=" de ",
    magnitude_elided=" d'",
    ordinal_suffixes={
        "er": ("m", ""),
        "re": ("f", ""),
        "ère": ("f", ""),
        "e": ("m", ""),
        "è": ("m", ""),
        "ème": ("m", ""),
        "eme": ("m", ""),
        "nd": ("m", "second"),
        "nde": ("f", "second"),
    },
    fractions=fractions(
        "m",
        *listed("demi|demis tiers quart|quarts cinquième|cinquièmes sixième|sixièmes septième|septièmes"),
        *["huitième|huitièmes", "neuvième|neuvièmes", "dixième|dixièmes"],
    ),
    half="un demi",
    and_half="{} et demi",
    and_fraction="{} et {}",
    over="sur",
    abbreviations={
        "M.": "Monsieur",
        "MM.": "Messieurs",
        "Mme": "Madame",
        "Mmes": "Mesdames",
        "Mlle": "Mademoiselle",
        "Dr": "Docteur",
        "Pr": "Professeur",
        "Me": "Maître",
        "p. ex.": "par exemple",
        "c.-à-d.": "c'est-à-dire",
        "etc.": "et cetera",
        "env.": "environ",
        "bd": "boulevard",
        "av.": "avenue",
        "St": "Saint",
        "Ste": "Sainte",
        "cf.": "voir",
        "apr.": "après",
        "J.-C.": "Jésus-Christ",
        "tél.": "téléphone",
        "svp": "s'il vous plaît",
        "chap.": "chapitre",
    },
    before_number={"n°": "numéro", "N°": "Numéro", "nº": "numéro", "No.": "numéro", "p.": "page", "art.": "article"},
    closing=frozenset(("etc.", "J.-C.")),
    spelled=frozenset(
        listed(
            "UE USA ONG CIA FBI IA API USB URL ID IP CPU GPU IRM SMIC EDF RATP ADN ARN AOC BD BTP CE CEDEX CV"
            " DVD HLM INSEE IVG PIB PME QI RER TGV TVA VTT UMP UV USB OVNI"
        )
    )
    - {"SMIC", "CEDEX", "INSEE", "OVNI"},
    symbols={
        "&": "et",
        "+": "plus",
        "=": "égale",
        "×": "fois",
        "÷": "divisé par",
        "±": "plus ou moins",
        "≈": "environ",
        "≠": "différent de",
        "≤": "inférieur ou égal à",
        "≥": "supérieur ou égal à",
        "<": "inférieur à",
        ">": "supérieur à",
        "@": "arobase",
        "§": "paragraphe",
        "©": "copyright",
        "~": "environ",
        "√": "racine de",
        "∞": "infini",
    },
    number_sign="numéro",
    web=Web(at="arobase", dot="point", dash="tiret", underscore="tiret bas", colon="deux points"),
    ambiguous_domains=frozenset(("de", "es", "me", "no", "se", "au", "tv", "us")),
    roman=Roman(
        after=frozenset(listed("chapitre Chapitre tome Tome acte Acte scène Scène livre Livre volume article annexe")),
        kings=frozenset(
            listed(
                "Louis Henri Charles Philippe François Jean Jean-Paul Paul Pie Benoît Léon Grégoire Alexandre"
                " Nicolas Pierre Ivan Napoléon Guillaume Frédéric Édouard Georges Jacques Richard Robert"
            )
        ),
        queens=frozenset(listed("Élisabeth Elizabeth Catherine Marie Marguerite Isabelle")),
    ),
    phone_pairs=True,
    clause_words=word_set(
        "et ou mais car donc que qu qui dont où quand lorsque si comme parce puisque tandis pour afin"
    ),
    leaning_words=word_set(
        "dans avec pour sans sous vers chez entre depuis pendant contre après avant cette leur leurs notre votre "
        "très plus"
    ),
    sentences=Sentences(
        prefixes=word_set("m mm mme mmes mlle mlles dr drs pr prof me mgr st ste av bd boul cf env"),
        numbered=word_set("n no nos p pp vol fig chap art t tél env"),
        ordinary=word_set("al art chap sing"),
    ),
)
