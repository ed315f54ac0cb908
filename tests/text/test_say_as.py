"""`say-as`: one table of how marked text is read, and what becomes of what does not fit its mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.text.languages import known_languages
from voice_stack.text.markup.spans import SayAs
from voice_stack.text.normalisation.characters import clean
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.normalisation.say_as import say_as

# Kind and format, a blank line, then "language: written -> spoken" a line.
TABLE = """
characters
en: SQL -> S Q L
en: a1-b_2@x.y -> A one dash B underscore two at X dot Y
en: AB 12 -> A B, one two
en: C#&+%² -> C hashtag and plus percent two
en: naïve -> N A Ï V E
de: größe5 -> G R Ö ß E fünf
fr: n°5 -> N degré cinq
ru: мир1 -> М И Р один
hi: कि२ -> कि दो
zh: 重庆A1 -> 重 庆 A 一
ko: 가1 -> 가 일
sv: ab1 -> a b 1
cardinal
en: 2024 -> two thousand and twenty-four
en: 0042 -> forty-two
en: -1,234.5 -> minus one thousand two hundred and thirty-four point five
en: +7 -> plus seven
en: ten -> ten
de: 1.234,5 -> eintausendzweihundertvierunddreißig Komma fünf
de: 3.14 -> drei Komma eins vier
fr: 1 234 -> mille deux cent trente-quatre
pl: 22 -> dwadzieścia dwa
hi: 12,34,567 -> बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ
zh: 10001 -> 一万零一
ordinal
en: 3 -> third
en: 21st -> twenty-first
en: XIV -> fourteenth
en: 1,000 -> one thousandth
de: 3. -> dritte
es: 3º -> tercero
es: 300 -> tricentésimo
pt: 2 -> segundo
zh: 3 -> 第三
hi: 3 -> तीन
tr: 10 -> onuncu
digits
en: 1234 -> one two three four
en: 12-34 -> one two, three four
en: 12a -> one two A
de: 1 2 -> eins, zwei
ja: 123 -> 一二三
fraction
en: 3/4 -> three quarters
en: 5+1/2 -> five and a half
en: ½ -> one half
en: 3/20 -> three over twenty
de: 1 1/2 -> eineinhalb
tr: 3/4 -> dörtte üç
zh: 2/3 -> 三分之二
unit
en: 5km -> five kilometres
en: km -> kilometre
de: 1 h -> eine Stunde
ru: 5 кг -> пять килограммов
ar: km -> كيلومتر
date dmy
en: 3/5/2024 -> May third, twenty twenty-four
de: 3. Mai 2024 -> dritter Mai zweitausendvierundzwanzig
es: 1/5/99 -> primero de mayo de mil novecientos noventa y nueve
pl: 3.5.2024 -> trzeciego maja dwa tysiące dwudziestego czwartego roku
hu: 3.5.2024 -> kétezer-huszonnégy május harmadika
en: 03052024 -> May third, twenty twenty-four
en: tomorrow -> tomorrow
date mdy
en: 3/5/2024 -> March fifth, twenty twenty-four
en: 3/5/68 -> March fifth, twenty sixty-eight
date yyyymmdd
en: 20240503 -> May third, twenty twenty-four
zh: 2024-5-3 -> 二零二四年五月三日
date
en: 3/5/24 -> March fifth, twenty twenty-four
de: 3.5.24 -> dritter Mai zweitausendvierundzwanzig
fr: 2024-05-03 -> trois mai deux mille vingt-quatre
en: May 3, 2024 -> May third, twenty twenty-four
date md
fr: 12/25 -> vingt-cinq décembre
date my
en: 5/2024 -> May, twenty twenty-four
es: 5/2024 -> mayo de dos mil veinticuatro
date ym
ja: 2024/5 -> 二千二十四年五月
date y
en: 1984 -> nineteen eighty-four
zh: 1984 -> 一九八四年
date d
de: 5 -> fünfter
zh: 5 -> 五日
date m
nl: 5 -> mei
time
en: 2:30pm -> two thirty P M
en: 3 p.m. -> three P M
en: 14:30 -> fourteen thirty
en: 1'21" -> one minute twenty-one seconds
de: 2:30 pm -> vierzehn Uhr dreißig
de: 14.30 -> vierzehn Uhr dreißig
fr: 21h30 -> vingt et une heures trente
es: 12:00 am -> cero en punto
ru: 9:05 -> девять ноль пять
zh: 14:30:05 -> 十四点三十分五秒
time hms24
en: 1430 -> fourteen thirty
it: 0905 -> nove e zero cinque
telephone
en: 555-1234 -> five five five, one two three four
en: +44 20 7946 0958 -> plus four four, two zero, seven nine four six, zero nine five eight
en: 1-800-FLOWERS -> one, eight zero zero, FLOWERS
en: 911 -> nine one one
fr: 0123456789 -> zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf
de: 030/123 -> null drei null, eins zwei drei
telephone 1
en: (555) 555-1212 -> plus one, five five five, five five five, one two one two
currency
en: 42.01 USD -> forty-two dollars and one cent
en: $42.5 -> forty-two dollars and fifty cents
en: USD45 -> forty-five dollars
en: -$5 -> minus five dollars
en: $3 billion -> three billion dollars
en: 3 XYZ -> three XYZ
de: 42.01 EUR -> zweiundvierzig Euro eins
fr: 3.50 EUR -> trois euros cinquante
pl: 12,50 zł -> dwanaście złotych pięćdziesiąt groszy
ja: ¥1,000 -> 千円
currency usd
en: 42 -> forty-two dollars
address
en: 5 Main Rd., Redmond, WA 98052-6399 -> five Main Road, Redmond, WA nine eight zero five two, six three nine nine
de: Weg 5, 10115 Berlin -> Weg fünf, eins null eins eins fünf Berlin
"""


def cases() -> list[tuple[SayAs, str, str, str, str]]:
    rows: list[tuple[SayAs, str, str, str, str]] = []
    kind = detail = ""
    for line in TABLE.strip().splitlines():
        written, arrow, spoken = line.partition(" -> ")
        if arrow:
            language, _, written = written.partition(": ")
            rows.append((SayAs(kind), detail, language, written, spoken))
        else:
            kind, _, detail = line.partition(" ")
    return rows


@pytest.mark.parametrize(("kind", "detail", "language", "written", "spoken"), cases())
def test_marked_text_is_read_as_its_kind(kind: SayAs, detail: str, language: str, written: str, spoken: str) -> None:
    assert say_as(written, kind, detail, language) == spoken


def test_the_table_covers_every_kind() -> None:
    assert {kind for kind, *_ in cases()} == set(SayAs)


@pytest.mark.parametrize(
    ("kind", "detail", "written"),
    [
        (SayAs.CARDINAL, "", "about 5"),
        (SayAs.CARDINAL, "", "12345678901234567890"),
        (SayAs.ORDINAL, "", "2.5"),
        (SayAs.FRACTION, "", "1 km"),
        (SayAs.DATE, "dmy", "31/2/2024"),
        (SayAs.DATE, "dmy", "3/0/2024"),
        (SayAs.DATE, "dmy", "3/5"),
        (SayAs.DATE, "dy", "3/2024"),
        (SayAs.DATE, "xyz", "Monday"),
        (SayAs.TIME, "", "25:00"),
        (SayAs.TIME, "", "noon"),
        (SayAs.CURRENCY, "", "5 apples"),
    ],
)
def test_what_does_not_fit_its_kind_is_read_by_the_usual_rules(kind: SayAs, detail: str, written: str) -> None:
    assert say_as(written, kind, detail, "en") == normalise(written, "en")


@pytest.mark.parametrize("kind", [SayAs.CHARACTERS, SayAs.DIGITS])
def test_what_has_no_name_is_not_said(kind: SayAs) -> None:
    assert say_as("!?", kind, "", "en") == ""


@pytest.mark.parametrize("language", known_languages())
def test_every_language_reads_numbers_dates_and_times(language: str) -> None:
    for kind, detail, written in [
        *(
            (SayAs.CHARACTERS, "", "a1"),
            (SayAs.CARDINAL, "", "1984"),
            (SayAs.ORDINAL, "", "3"),
            (SayAs.DIGITS, "", "19"),
        ),
        *((SayAs.DATE, "dmy", "3/5/2024"), (SayAs.DATE, "y", "1984"), (SayAs.TIME, "", "14:30")),
        *((SayAs.TELEPHONE, "", "0123 456"), (SayAs.CURRENCY, "", "5.20 USD"), (SayAs.CURRENCY, "usd", "1")),
    ]:
        said = say_as(written, kind, detail, language)
        assert said
        assert not any(c.isdigit() for c in said), (kind, said)
        assert "USD" not in said


@given(
    st.text(max_size=30) | st.text("0123456789.,:/-+'\" ampIVX$€%h", max_size=20),
    st.sampled_from(SayAs),
    st.sampled_from(["", "dmy", "ymd", "y", "my", "1", "usd", "??"]),
    st.sampled_from([*known_languages(), "en-US", "xx"]),
)
def test_any_text_is_read_somehow(text: str, kind: SayAs, detail: str, language: str) -> None:
    said = say_as(text, kind, detail, language)
    usual = normalise(" ".join(clean(text).split()), language)
    if any(c.isalpha() for c in usual) and any(c.isalpha() or c.isdecimal() for c in text):
        assert any(c.isalnum() for c in said)
