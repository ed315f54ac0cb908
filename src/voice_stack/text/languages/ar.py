"""Arabic: nouns in the dual and plural; the numbers themselves stay in the masculine."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Noun,
    Sentences,
    Web,
    currencies,
    listed,
    units,
    word_set,
)
from voice_stack.text.languages.numerals import Numerals


class _ArabicNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        # The letter that is not heard in "مائة" is heard from voices that read by letters.
        words = self._plain(n).replace(" و ", " و").replace("مائة", "مئة")
        for hundred in ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"):
            words = words.replace(f"{hundred}مئة", f"{hundred} مئة")
        # num2words leaves duals in the construct state, which only stands before a noun.
        for construct in ("مئتا", "ألفا", "مليونا", "ملياراً"):
            if words == construct or words.endswith(" و" + construct):
                words += "ن" if construct != "ملياراً" else ""
        return words


def _plural(n: int) -> int:
    """0 one, 1 two, 2 three to ten, 3 the rest (the accusative singular)."""
    if n in (1, 2):
        return n - 1
    return 2 if 3 <= n % 100 <= 10 else 3


LOCALE = Locale(
    code="ar",
    numerals=_ArabicNumerals("ar", "فاصلة", fraction_as_number=True),
    decimal=".",
    groups=",٬",
    plural=_plural,
    decimal_form=3,
    minus="سالب",
    span="من {a} إلى {b}",
    dates=Dates(
        months=listed("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
        day_suffix=" ",
    ),
    clock=Clock(full="{h}", both="{h} و{m} دقيقة"),
    units=units(
        """
        % = بالمئة
        ٪ = بالمئة
        °C = درجة مئوية
        ° = درجة
        km/h = كيلومتر في الساعة
        km = كيلومتر {}|=كيلومتران|{} كيلومترات|{} كيلومترا
        كم = كيلومتر {}|=كيلومتران|{} كيلومترات|{} كيلومترا
        m = متر {}|=متران|{} أمتار|{} مترا
        cm = سنتيمتر {}|=سنتيمتران|{} سنتيمترات|{} سنتيمترا
        kg = كيلوغرام {}|=كيلوغرامان|{} كيلوغرامات|{} كيلوغراما
        كغ = كيلوغرام {}|=كيلوغرامان|{} كيلوغرامات|{} كيلوغراما
        g = غرام {}|=غرامان|{} غرامات|{} غراما
        GB = {} غيغابايت
        MB = {} ميغابايت
        """
    ),
    currencies=currencies(
        """
        USD = دولار {}|=دولاران|{} دولارات|{} دولارا ; سنت {}|=سنتان|{} سنتات|{} سنتا
        EUR = {} يورو ; سنت {}|=سنتان|{} سنتات|{} سنتا
        GBP = جنيه {}|=جنيهان|{} جنيهات|{} جنيها ; بنس {}|=بنسان|{} بنسات|{} بنسا
        SAR = ريال {}|=ريالان|{} ريالات|{} ريالا ; {} هللة
        """
    ),
    money="{major} و{minor}",
    magnitudes={"مليون": Noun(("مليون",)), "مليار": Noun(("مليار",)), "ألف": Noun(("ألف",))},
    prefix_units=("%", "٪"),
    half="نصف",
    and_half="{} ونصف",
    and_fraction="{} و {}",
    over="على",
    fractions={
        2: Noun(("=نصف", "=نصفين", "{} أنصاف")),
        3: Noun(("=ثلث", "=ثلثين", "{} أثلاث")),
        4: Noun(("=ربع", "=ربعين", "{} أرباع")),
        5: Noun(("=خمس", "=خمسين", "{} أخماس")),
        6: Noun(("=سدس", "=سدسين", "{} أسداس")),
        7: Noun(("=سبع", "=سبعين", "{} أسباع")),
        8: Noun(("=ثمن", "=ثمنين", "{} أثمان")),
        9: Noun(("=تسع", "=تسعين", "{} أتساع")),
        10: Noun(("=عشر", "=عشرين", "{} أعشار")),
    },
    abbreviations={"د.": "دكتور", "م.": "مهندس", "أ.": "أستاذ"},
    symbols={"&": "و", "+": "زائد", "=": "يساوي", "×": "ضرب", "÷": "على", "±": "زائد ناقص", "@": "آت"},
    spelled=frozenset(listed("USA UK EU FBI CIA AI API USB URL ID IP CPU GPU TV")),
    number_sign="رقم",
    web=Web(at="آت", dot="دوت", slash="سلاش", dash="شرطة", underscore="شرطة سفلية", plus="زائد", hashtag="هاشتاغ"),
    comma="، ",
    particles=False,
    clause_words=word_set("أو ثم لكن لأن الذي التي الذين حيث عندما إذا حتى أن"),
    sentences=Sentences(
        prefixes=word_set("د أ م أ.د أ.م"),
        numbered=word_set("ص ج"),
    ),
)
