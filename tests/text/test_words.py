"""Words of a text, as they are written and as they are spoken."""

import pytest

from voice_stack.text.words import tokens_of, written_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  “Well-known”, it cost  $42 — ", [" “Well-known”,", " it", " cost", " $42", " —"]),
        ("你好,世界! OK吗?", [" 你", "好,", "世", "界!", " OK", "吗?"]),
        ("「今日は」と言う。", [" 「今", "日", "は」", "と", "言", "う。"]),
        ("안녕 하세요.", [" 안녕", " 하세요."]),
        (" ", []),
    ],
)
def test_words_stay_as_they_are_written(text: str, words: list[str]) -> None:
    assert written_words(text) == words


def test_words_that_are_joined_with_blanks_are_the_same_words_again() -> None:
    for text in ("「今日は」と言う。 OK吗?", "Don’t — say (it)."):
        words = [word.strip() for word in written_words(text)]
        assert [word.strip() for word in written_words(" ".join(words))] == words


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        (["42"], [["forty", "two"]]),
        (["Don’t", "—", "WELL-known,"], [["don't"], [], ["well", "known"]]),
        (["(I)"], [["i"]]),
    ],
)
def test_spoken_words_are_told_from_written_ones(words: list[str], spoken: list[list[str]]) -> None:
    assert tokens_of(words, "en") == spoken


def test_figures_are_spoken_in_the_language_of_the_text() -> None:
    assert tokens_of(["42"], "de") == [["zweiundvierzig"]]
