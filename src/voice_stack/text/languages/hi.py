"""Hindi."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Sentences,
    Web,
    currencies,
    invariant,
    listed,
    noun,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals

# Zero to ninety-nine: no rule makes them.
_BELOW_HUNDRED = listed(
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस"
    " बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस"
    " तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस"
    " चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास"
    " पचास इक्यावन बावन तिरेपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ"
    " साठ इकसठ बासठ तिरेसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर"
    " सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी"
    " अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी"
    " नब्बे इक्यानबे बानबे तिरानबे चौरानबे पचानबे छियानबे सत्तानबे अट्ठानबे निन्यानबे"
)
_SCALES = ((10**11, "खरब"), (10**9, "अरब"), (10**7, "करोड़"), (10**5, "लाख"), (1000, "हज़ार"), (100, "सौ"))


_FIRST = {1: "पहल", 2: "दूसर", 3: "तीसर", 4: "चौथ", 6: "छठ"}
_FIRST_ENDINGS = listed("ला ली ले रा री रे था थी थे ठा ठी ठे")
_ENDINGS = listed("वां वाँ वीं वें वा वी वे")


class _HindiNumerals(Numerals):
    """num2words has no Hindi."""

    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        words: list[str] = []
        for scale, name in _SCALES:
            many, n = divmod(n, scale)
            if many:
                words += [self.cardinal(many), name]
        if n or not words:
            words.append(_BELOW_HUNDRED[n])
        return " ".join(words)

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        """`case` is the ending as it is written behind the digits; the first six have forms of their own."""
        if n in _FIRST and case in _FIRST_ENDINGS:
            return _FIRST[n] + case[1:]
        said = self.year(n) if 1100 <= n < 10_000 and n // 100 % 10 else self.cardinal(n)
        return said + case if case in _ENDINGS else None

    def year(self, n: int) -> str:
        if not 1100 <= n < 10_000 or not n // 100 % 10:
            return self.cardinal(n)
        century, rest = divmod(n, 100)
        return f"{self.cardinal(century)} सौ" + (f" {self.cardinal(rest)}" if rest else "")


LOCALE = Locale(
    code="hi",
    numerals=_HindiNumerals("en", "दशमलव"),
    decimal=".",
    groups=",",
    indian_groups=True,
    plural=invariant,
    minus="ऋण",
    span="{a} से {b}",
    dollar="USD",
    dates=Dates(
        months=listed("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर"),
        abbreviations={"फरवरी": 2},
        day_suffix=" ",
    ),
    clock=Clock(full="{h} बजे", both="{h} बजकर {m} मिनट", marks=("बजे",), hour_marks=("बजे",)),
    units=units(
        """
        % = प्रतिशत
        °C = डिग्री सेल्सियस
        ° = डिग्री
        km/h = किलोमीटर प्रति घंटा
        किमी = किलोमीटर
        km = किलोमीटर
        m = मीटर
        cm = सेंटीमीटर
        mm = मिलीमीटर
        kg = किलोग्राम
        g = ग्राम
        L = लीटर
        ml = मिलीलीटर
        GB = गीगाबाइट
        MB = मेगाबाइट
        """
    ),
    currencies=currencies(
        """
        INR = रुपए ; पैसे
        USD = डॉलर ; सेंट
        EUR = यूरो ; सेंट
        GBP = पाउंड ; पेंस
        """
    ),
    money="{major} {minor}",
    magnitudes=units(
        """
        लाख = लाख
        करोड़ = करोड़
        """
    ),
    ordinal_suffixes={ending: ("m", ending) for ending in (*_FIRST_ENDINGS, *_ENDINGS)},
    half="आधा",
    fractions={3: noun("तिहाई"), 4: noun("चौथाई")},
    over="बटा",
    and_fraction="{} और {}",
    and_half="साढ़े {}",
    year_words=frozenset(("सन", "सन्", "वर्ष", "साल")),
    plain_years=range(1900, 2000),
    abbreviations={"डॉ.": "डॉक्टर", "श्री.": "श्री"},
    symbols={"&": "और", "+": "जमा", "=": "बराबर", "×": "गुणा", "÷": "भाग", "@": "ऐट"},
    spelled=frozenset(listed("USA UK EU FBI CIA AI API USB URL ID IP CPU GPU TV")),
    number_sign="नंबर",
    web=Web(at="ऐट", dot="डॉट", slash="स्लैश", dash="डैश", underscore="अंडरस्कोर", plus="प्लस", hashtag="हैशटैग"),
    stop="।",
    clause_words=word_set("और या लेकिन मगर कि क्योंकि जो जब अगर तो ताकि"),
    clause_breaks=r"\s(?:में|को|से|पर|ने|लिए)\s+",
    sentences=Sentences(
        prefixes=word_set("डॉ डा प्रो श्री श्रीमती कु पं स्व"),
        numbered=word_set("सं पृ"),
    ),
)
