"""Who says what: dialogues, tags, and sentences whose times are told."""

import pytest

from voice_stack.core.errors import InvalidRequestError, VoiceNotFoundError
from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S
from voice_stack.tts.speaking.script import (
    MOST_VOICES,
    Passage,
    Turn,
    checked_turns,
    dialogue_lines,
    named,
    passages_of,
)


def told(passages: list[Passage]) -> list[tuple[str, str | None]]:
    return [(passage.turn.voice, passage.text) for passage in passages]


def test_lines_with_names_are_turns() -> None:
    turns = dialogue_lines("[alloy]: Hello.\n  [af_bella(2)+af_sky] : Hi,\nyou!\n\n[onyx]:Bye.", 0.5)
    assert [(turn.voice, turn.text, turn.where) for turn in turns] == [
        ("alloy", "Hello.", "Line 1"),
        ("af_bella(2)+af_sky", "Hi,\nyou!", "Line 2"),
        ("onyx", "Bye.", "Line 5"),
    ]
    assert [turn.gap_s for turn in turns] == [0.5, 0.5, 0.0]


def test_what_comes_before_the_first_name_has_the_requests_voice() -> None:
    turns = dialogue_lines("Chapter one.\n[alloy]: Hello.", 0.5)
    assert told(passages_of(turns, "fable", sentences=None)) == [("fable", None), ("alloy", None)]


def test_pauses_and_tags_are_no_names() -> None:
    turns = dialogue_lines("[alloy]: Hello.\n[pause:1s]: no\n[voice:onyx]: no", 0.5)
    assert len(turns) == 1


@pytest.mark.parametrize("text", ["Hello.", "[alloy] Hello."])
def test_a_dialogue_without_names_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"\[alloy\]: Hello"):
        dialogue_lines(text, 0.5)


def test_a_turn_that_says_nothing_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="Line 2") as raised:
        dialogue_lines("[alloy]: Hello.\n[onyx]: \n[echo]: Bye.", 0.5)
    assert raised.value.param == "dialogue"


def test_more_turns_than_are_allowed_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="500"):
        checked_turns([Turn("alloy", "Hi.")] * 501)


def test_a_tag_begins_another_voice() -> None:
    passages = passages_of(
        [Turn("alloy", "He said [voice:onyx]no[voice: af_sky(2)+af_bella ], she yes.")], "", sentences="en"
    )
    assert told(passages) == [("alloy", "He said"), ("onyx", "no"), ("af_sky(2)+af_bella", ", she yes.")]
    assert [passage.gap_s for passage in passages] == [0.0, 0.0, 0.0]


def test_too_many_voices_are_refused() -> None:
    text = " ".join(f"[voice:v{number}] Hi." for number in range(MOST_VOICES + 1))
    with pytest.raises(InvalidRequestError, match="voices"):
        passages_of([Turn("", text)], "v0", sentences=None)


def test_sentences_are_passages_as_they_were_written() -> None:
    text = "It cost $5, Dr. Smith.  Really? [pause:1s] Yes[pause 200ms], really.\n\nNew\nparagraph."
    passages = passages_of([Turn("", text)], "alloy", sentences="en")
    assert [passage.text for passage in passages] == [
        "It cost $5, Dr. Smith.",
        "Really?",
        "Yes, really.",
        "New paragraph.",
    ]
    assert passages[2].gap_s == PARAGRAPH_PAUSE_S
    assert passages[-1].gap_s == 0


def test_ssml_is_one_passage() -> None:
    passages = passages_of([Turn("alloy", "<speak>One. [voice:x] Two.</speak>")], "", sentences="en")
    assert told(passages) == [("alloy", None)]


def test_errors_name_the_line_they_are_about() -> None:
    with pytest.raises(VoiceNotFoundError, match="Line 4: There is no voice"), named(Turn("x", "Hi.", "Line 4")):
        raise VoiceNotFoundError("There is no voice 'x'.")
