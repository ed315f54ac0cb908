"""Words of a text that is to be aligned."""

from voice_stack.asr.recognition.known_text import known_text, likeness, line_bounds


def test_words_stay_as_they_are_written() -> None:
    text = "  “Well-known”, it cost $42 —\ndon’t  tell HIM!  "
    words = known_text(text, "en").words
    assert [word.strip() for word in words] == text.split()
    assert "".join(words).strip() == " ".join(text.split())


def test_lines_hold_all_words_and_end_with_sentences() -> None:
    known = known_text("One two three. Four five!", "en")
    assert line_bounds(known) == [(0, 3), (3, 5)]


def test_the_same_words_are_like_and_others_are_not() -> None:
    said = ["the", "man", "was", "walking", "along", "the", "road"]
    assert likeness(said, said) == 1
    assert likeness(said, ["quick", "brown", "foxes", "jump", "over", "it"]) < 0.42
