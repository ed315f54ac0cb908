"""Normalisation: what must hold for any text at all."""

from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_stack.text.languages import known_languages, locale_for
from voice_stack.text.languages.locale import listed
from voice_stack.text.normalisation.pipeline import normalise

PIECES = st.sampled_from(
    [
        *listed(
            "0 1 2 12 345 1984 2024 . , - – — / : % € $ km °C # * _ ` [ ] ( ) <b> & &amp; \\ | a A X IV Dr. z.B. May"
        ),
        *listed("мая в году @ http:// a.de e st º + = ~ ' \" ½ ... ! ? · 1. [pause:1s] 😀 年 月 个 ка w. Mai p.m. ^"),
        *(" ", "\n", "\n\n", "- "),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=16).map("".join))


@given(TEXTS, st.sampled_from([*known_languages(), "xx", ""]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_stays_as_it_is(text: str, language: str) -> None:
    once = normalise(text, language)
    assert normalise(once, language) == once


@given(st.integers(min_value=0, max_value=10**20), st.sampled_from(known_languages()))
@settings(max_examples=200, deadline=None)
def test_no_digit_of_a_number_is_left(number: int, language: str) -> None:
    said = normalise(str(number), language)
    assert said
    assert not any(c.isdigit() for c in said)


@given(st.integers(min_value=0, max_value=10**15 - 1), st.sampled_from(known_languages()))
@settings(max_examples=300, deadline=None)
def test_numerals_know_every_number_they_promise(number: int, language: str) -> None:
    locale = locale_for(language)
    assert locale is not None
    assert locale.numerals.cardinal(number).strip()
    assert locale.numerals.ordinal(number % 1_000_000) != ""
    assert locale.numerals.year(number % 10_000)


@given(
    st.lists(
        st.sampled_from(["[pause:1.5s]", "[pause:300ms]", "[pause:1,5]", "word ", "**b** ", "3 km. "]), max_size=12
    )
)
@settings(max_examples=100, deadline=None)
def test_pause_marks_survive_in_their_order(pieces: list[str]) -> None:
    said = normalise("".join(pieces), "en")
    assert [p for p in pieces if p.startswith("[pause")] == [
        mark for mark in said.replace("]", "]\0").split("\0") for mark in [mark[mark.find("[") :]] if "[" in mark
    ]


@pytest.mark.parametrize("language", ["pt-BR", "pt_br", "PT"])
def test_a_region_is_no_other_language(language: str) -> None:
    assert normalise("50%", language) == "cinquenta por cento"


HOSTILE = (
    "1", "1 111 ", "111,", "1.", "1/", "[", "[a](", "*", "*a", "_a ", "`a", "<", "<!--", "<a ", "&amp;", "a@", "a.",
    "http://", " ", "\n", "-", "- ", "—", "–", ",", ", ", "A", "A.", "IV ", "1:11:", "€1", "1%", "😀", "\u200d", "#",
    "|", "| - ", "\\", "+1 1 ", "[pause:1s]", "1年", "'\"", "> ", ". ", ":", "(", "(1", "==", "1-", "<script", ")", "é",
)  # fmt: skip


# Every fifth, and so each language, in every run.
ALWAYS = HOSTILE[::5]
CASES = [
    pytest.param(piece, language, marks=[] if piece in ALWAYS else [pytest.mark.long])
    for piece, language in zip(HOSTILE, cycle(("en", "ru", "zh", "de")), strict=False)
]


@pytest.mark.parametrize(("piece", "language"), CASES)
def test_a_hundred_kilobytes_of_anything_come_to_an_end(piece: str, language: str) -> None:
    """A quadratic rule would hold this test for many minutes."""
    text = "a" + piece * (100_000 // len(piece)) + "b"
    assert isinstance(normalise(text, language), str)
