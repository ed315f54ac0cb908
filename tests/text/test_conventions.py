"""Conventions: where readers differ and neither is wrong, what is said here, and what others say.

`NORMALISER_PAIRS` names a file of written and spoken forms, JSON a line with `language`, `written` and `spoken`, such
as those of other projects' tests. Agreement with it is a distance, not an error rate, and may only rise.
"""

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from voice_stack.text.normalisation.pipeline import normalise

LEAST_AGREEMENT = 0.836
PAIRS = os.environ.get("NORMALISER_PAIRS", "")

# Language, what is written, what is said here, and what others say.
CONVENTIONS = [
    # A bare number of five digits is a number, and hundreds have their British "and".
    ("en", "24500", "twenty-four thousand five hundred", "two four five zero zero"),
    ("en", "117 kg", "one hundred and seventeen kilograms", "one hundred seventeen kilograms"),
    # A hyphen between numbers is a range.
    ("en", "4-9", "four to nine", "four - nine"),
    # A number begins with a digit.
    ("en", ".75", "zero point seven five", "point seven five"),
    # Units have their British names.
    ("en", "6 m", "six metres", "six meters"),
    # The year of a date is said whole, and times of the day without the word hours.
    ("en", "03/21/07", "March twenty-first, two thousand and seven", "march twenty first zero seven"),
    ("en", "16:20:45", "sixteen twenty and forty-five seconds", "sixteen hours twenty minutes and forty five seconds"),
    # Denominators beyond ten are said with "over".
    ("en", "9/40", "nine over forty", "nine fortieths"),
    # A wrong ending is mended.
    ("en", "22th", "twenty-second", "twenty two th"),
    # Cents behind euros need no noun.
    ("de", "4,30 €", "vier Euro dreißig", "vier Euro dreißig Cent"),
    ("it", "4,30 €", "quattro euro e trenta", "quattro euro trenta centesimi"),
    ("es", "4,30 €", "cuatro euros con treinta céntimos", "cuatro euros treinta céntimos"),
    # Without its noun a degree is a degree.
    ("fr", "7°", "sept degrés", "septième"),
    # Long decimals are read digit by digit, short ones as a number where the language does so.
    ("es", "2,7182", "dos coma siete uno ocho dos", "dos coma setenta y uno ochenta y dos"),
    ("pt", "2,71", "dois vírgula setenta e um", "dois vírgula sete um"),
    ("ar", "3.6", "ثلاثة فاصلة ستة", "ثلاثة وستة من عشرة"),
    # Half a thing stands behind the thing.
    ("es", "1 1/2 m", "un metro y medio", "uno y medio metro"),
    # None is singular in Portuguese.
    ("pt", "00:40", "zero hora e quarenta", "zero horas e quarenta"),
    ("pt", "1/2", "meio", "um meio"),
    # Two is "két" before what it counts, and inside a number; a million has its one.
    ("hu", "2 kg", "két kilogramm", "kettő kilogramm"),
    ("hu", "2300", "kétezer-háromszáz", "kettőezer-háromszáz"),
    ("hu", "1 000 000", "egymillió", "millió"),
    # A thousand needs no "one"; digits with zeros in front are a code; bare numbers are no years.
    ("ru", "1250", "тысяча двести пятьдесят", "одна тысяча двести пятьдесят"),
    ("ru", "007", "ноль ноль семь", "семь"),
    ("ru", "17:08", "семнадцать ноль восемь", "семнадцать часов восемь минут"),
    ("ru", "07.11.2011", "седьмого ноября две тысячи одиннадцатого года", "седьмое ноября две тысячи одиннадцатого"),
    # Nouns agree with their numbers.
    ("ar", "$8", "ثمانية دولارات", "ثمانية دولار"),
    # Minutes below ten have their zero; kilograms have their everyday name; ten of a scale has its one.
    ("zh", "08:07", "八点零七分", "八点七分"),
    ("zh", "4kg", "四公斤", "四千克"),
    ("zh", "1000100000", "十亿零一十万", "十亿零十万"),
    # Telephone numbers are read digit by digit, the country's code too.
    ("de", "+43 1 5322 114", "plus vier drei, eins, fünf drei zwei zwei, eins eins vier", "plus dreiundvierzig eins"),
    ("hu", "06 30 555 1212", "nulla hat, három nulla, öt öt öt, egy kettő egy kettő", "nulla hat harminc"),
]


@pytest.mark.parametrize(("language", "written", "ours", "theirs"), CONVENTIONS)
def test_what_readers_differ_in_is_said_one_way(language: str, written: str, ours: str, theirs: str) -> None:
    assert normalise(written, language) == ours
    assert _squashed(ours, language) != _squashed(theirs, language) or language == "en"


def _squashed(text: str, language: str) -> str:
    """A text as it is heard: without case, blanks and marks, and without the "and" inside numbers."""
    heard = unicodedata.normalize("NFC", text.lower()).replace("ё", "е")
    heard = re.sub(r"[\s\-‑.,;:!?\"'’“”«»、。]+", "", heard)
    link = {"en": "and", "de": "und"}.get(language)
    return heard.replace(link, "") if link else heard


@pytest.mark.skipif(not PAIRS, reason="NORMALISER_PAIRS names no file of written and spoken pairs")
def test_agreement_with_the_pairs_of_others_does_not_fall() -> None:
    rows = [json.loads(line) for line in Path(PAIRS).read_text(encoding="utf-8").splitlines()]
    agreed = sum(
        _squashed(normalise(row["written"], row["language"]), row["language"])
        == _squashed(row["spoken"], row["language"])
        for row in rows
    )
    assert agreed >= LEAST_AGREEMENT * len(rows), f"{agreed} of {len(rows)}"
