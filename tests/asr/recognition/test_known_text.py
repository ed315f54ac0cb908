"""Words of a text that is to be aligned."""

import pytest

from voice_stack.asr.recognition.known_text import known_text, likeness, line_bounds, tokens_of


def test_words_stay_as_they_are_written() -> None:
    text = "  “Well-known”, it cost $42 —\ndon’t  tell HIM!  "
    words = known_text(text, "en").words
    assert [word.strip() for word in words] == text.split()
    assert "".join(words).strip() == " ".join(text.split())


def test_characters_are_words_where_there_are_no_blanks() -> None:
    assert known_text("你好,世界! OK吗?", "zh").words == (" 你", "好,", "世", "界!", " OK", "吗?")


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


def test_lines_hold_all_words_and_end_with_sentences() -> None:
    known = known_text("One two three. Four five!", "en")
    assert line_bounds(known) == [(0, 3), (3, 5)]


def test_the_same_words_are_like_and_others_are_not() -> None:
    said = ["the", "man", "was", "walking", "along", "the", "road"]
    assert likeness(said, said) == 1
    assert likeness(said, ["quick", "brown", "foxes", "jump", "over", "it"]) < 0.42
