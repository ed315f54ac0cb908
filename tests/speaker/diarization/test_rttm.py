"""RTTM, there and back, and what is none."""

import pytest

from voice_stack.core.errors import InvalidRequestError
from voice_stack.speaker.diarization.rttm import from_rttm, to_rttm
from voice_stack.speaker.diarization.turns import Turn, letters

TURNS = [Turn(0.5, 2.0, "A", 0.9), Turn(1.5, 3.25, "Ann_Lee"), Turn(4.0, 4.1, "A", 1.0)]


def test_turns_come_back_as_they_went() -> None:
    assert from_rttm(to_rttm(TURNS, "a talk")) == TURNS


def test_names_with_blanks_keep_the_fields_apart() -> None:
    line = to_rttm([Turn(0.0, 1.0, " Ann  Lee ")], "")
    assert line == "SPEAKER <NA> 1 0.000 1.000 <NA> <NA> Ann_Lee <NA> <NA>\n"


def test_comments_and_other_lines_are_passed_over() -> None:
    text = ";; made by hand\nSPKR-INFO r 1 <NA> <NA> <NA> unknown A <NA> <NA>\n\nSPEAKER r 1 1 2 <NA> <NA> A <NA>\n"
    assert from_rttm(text) == [Turn(1.0, 3.0, "A")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("hello", "Line 1 of the RTTM begins with 'hello'"),
        ("SPEAKER r 1 0 1 <NA> <NA> A <NA> <NA>\nSPEAKER r 1 0", "Line 2 of the RTTM has 4 fields"),
        ("\nSPEAKER r 1 zero 1 <NA> <NA> A <NA> <NA>", "Line 2 .* 'zero' for its start"),
        ("SPEAKER r 1 0 inf <NA> <NA> A <NA> <NA>", "Line 1 .* not finite"),
        ("SPEAKER r 1 0 -1 <NA> <NA> A <NA> <NA>", "Line 1 .* below 0"),
        ("SPEAKER r 1 0 1 <NA> <NA> A sure <NA>", "Line 1 .* 'sure' for its confidence"),
        ("SPEAKER r 1 0 1 <NA> <NA> A 1 x\nSPEAKER s 1 0 1 <NA> <NA> A 1 x", "Line 2 .* about 's'"),
        ("", "no line SPEAKER"),
    ],
)
def test_what_is_none_is_told_with_its_line(text: str, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what) as caught:
        from_rttm(text)
    assert caught.value.param == "rttm"


def test_one_recording_of_several_can_be_named() -> None:
    text = to_rttm(TURNS[:1], "one") + to_rttm(TURNS[1:2], "two")
    assert from_rttm(text, "two") == TURNS[1:2]


def test_letters_go_on_behind_z() -> None:
    assert [letters(number) for number in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        *("A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA")
    ]
