"""What an engine is given: letters and marks, whatever the text was made of."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_stack.core.errors import VoiceStackError
from voice_stack.text.languages import known_languages
from voice_stack.text.languages.locale import listed
from voice_stack.text.plan import PlanLimits, parse_text, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon

NO_LEXICON = Lexicon(None)
LIMITS = PlanLimits(250)
MARKS = frozenset(".,;:!?¿¡'\"-–—…()«»‘’“”。，、！？；：（）「」『』《》〈〉【】・·؟،؛۔।॥׳״＇ \n")

NUMBERS = st.one_of(
    st.integers(0, 10**16).map(str),
    st.integers(0, 99_999).map(lambda n: f"{n:,}"),
    st.decimals(0, 10**6, places=2).map(str),
    st.tuples(st.integers(0, 31), st.integers(0, 13), st.integers(0, 2100)).map(lambda d: "/".join(map(str, d))),
    st.tuples(st.integers(0, 25), st.integers(0, 61)).map(lambda t: f"{t[0]}:{t[1]:02}"),
    st.text("٠١٢٣٤٥٦٧٨٩۰۱۲۳४५६७８９", min_size=1, max_size=6),
    st.text("⁰¹²³⁴⁻⁺₀₁₂₃①②⑳½⅓Ⅷⅳ〇㊿𝟏𝟚", min_size=1, max_size=3),
)
SIGNS = st.sampled_from(
    listed(
        "€ $ £ ¥ ₹ ₽ ₿ ¢ ¤ % ‰ ° ℃ ² ³ ^ _ * / \\ | # @ & + = < > ~ { } [ ] ` § © ™ ® → ⇒ ↔ √ ∞ ≤ ≠ µ ㎏ ㎡ ㍿ № ℡ ½"
    )
    + listed("• ● ★ ♥ 🏽 👩‍💻 🏳️‍🌈 1️⃣ ﷼ ∑ ∫ π ℝ 𝐇𝐞𝐥𝐥𝐨 ｶﾞ Ⓐ ﬁ")
)
MARKUP = st.sampled_from(
    [
        *("<b>", "</b>", "<br/>", "<think>", "</think>", "<a href='x'>", "<3", "</", "<", "&lt;", "&amp;", "&#65;"),
        *("[b]", "[/url]", "[1]", "[x](http://a.b/c)", "**", "__", "~~", "```", "$x^2$", "\\frac{1}{2}", "\x1b[31m"),
        *("a_1", "x^{10}", "H₂SO₄", "mc²", "5*3", "2**8", "m/s", "km/h", "and/or", "https://a.de/b?c=1", "a@b.io"),
        *("{{name}}", "%s", "$HOME", "<!--", "-->", "10^-3", "1/2", "3/4/", "24/7", "St.", "XIV.", "p.m.", "HELP US"),
        *("<|end|>", "#tag", "C:\\x", "&nbsp;"),
    ]
)
NEIGHBOURS = st.sampled_from(listed("a the km Uhr года 年 月 個 개 في के euro Main z.B. 第 No. Mio. per x"))
PIECES = st.tuples(st.one_of(NUMBERS, SIGNS, MARKUP, NEIGHBOURS), st.sampled_from(["", " ", " "]))
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=10).map(lambda parts: "".join(part + gap for part, gap in parts)),
)


def unspoken(text: str) -> set[str]:
    return {c for c in text if c not in MARKS and unicodedata.category(c)[0] not in "LM"}


def given_to_engine(text: str, language: str) -> str:
    plan = plan_speech(parse_text(text), language, LIMITS, lexicon=NO_LEXICON, phonemes=False)
    return " ".join(part.text for unit in plan.units for part in unit.parts)


def check(text: str, language: str) -> None:
    try:
        said = given_to_engine(text, language)
    except VoiceStackError:  # pauses that are too long, SSML that is none
        return
    assert not unspoken(said), f"{text!r} in {language}: {said!r}"


@given(TEXTS, st.sampled_from(known_languages()))
@settings(max_examples=400, deadline=None)
def test_no_digit_sign_or_markup_reaches_an_engine(text: str, language: str) -> None:
    check(text, language)


@pytest.mark.long
@given(TEXTS, st.sampled_from(known_languages()))
@settings(max_examples=20_000, deadline=None)
def test_no_digit_sign_or_markup_reaches_an_engine_in_many_texts(text: str, language: str) -> None:
    check(text, language)


@pytest.mark.parametrize("language", known_languages())
def test_signs_of_every_kind_are_said_or_left_out(language: str) -> None:
    check("5/6 | €7 {x_1} ^ ~ 8¢ \\ <q> ９٣४ ₄ ⁷ ㋀ ⅷ 𝟗 #9 * 3 [2] `c` 12% @ x=y² — § & ½ ★ 10⁻³ a/b", language)
