"""Windows of long recordings, found by the words that were heard."""

from itertools import pairwise

import pytest

from voice_stack.asr.recognition.anchors import Anchor, anchors_of, windows_of
from voice_stack.asr.types import Word


def heard(text: str, *, every_s: float = 0.5, begin: float = 0.0) -> list[Word]:
    return [
        Word(word, begin + every_s * number, begin + every_s * number + 0.3) for number, word in enumerate(text.split())
    ]


def anchors(said: str, words: list[Word]) -> list[Anchor]:
    return anchors_of([[word] for word in said.split()], words, [[word.text] for word in words])


def test_words_that_were_heard_are_found_in_the_text() -> None:
    found = anchors("a b c d e f", heard("a x c d f"))
    assert [(anchor.word, anchor.heard) for anchor in found] == [(0, 0), (2, 2), (3, 3), (5, 4)]
    assert found[1].start == 1.0


def test_what_the_text_has_behind_what_was_heard_pulls_nothing_away() -> None:
    found = anchors("the cat sat here and the dog ran far", heard("the cat sat"))
    assert [anchor.word for anchor in found] == [0, 1, 2]


def test_strange_words_are_no_anchors() -> None:
    assert anchors("one two three", heard("four five six")) == []


def test_windows_hold_every_word_once_and_none_is_too_long() -> None:
    words = " ".join(f"w{number}" for number in range(100))
    found = windows_of(anchors(words, heard(words)), 0, 100, 50.0, 20.0)
    assert found is not None
    assert (found[0].first, found[-1].last) == (0, 100)
    assert all(before.last == after.first for before, after in pairwise(found))
    assert all(0 < window.end - window.start <= 20.0 for window in found)
    assert all(before.end <= after.start + 1e-6 for before, after in pairwise(found))


def test_windows_are_cut_in_the_longest_pause() -> None:
    sound = [*heard("a b c d e f g h"), *heard("i j k l", begin=8.0)]
    found = windows_of(anchors("a b c d e f g h i j k l", sound), 0, 12, 10.0, 9.0)
    assert found is not None
    assert [(window.first, window.last) for window in found] == [(0, 8), (8, 12)]
    assert found[0].end == pytest.approx((3.8 + 8.0) / 2, abs=2.1)


def test_a_silence_longer_than_a_window_is_left_out() -> None:
    sound = [*heard("a b c d"), *heard("e f g h", begin=100.0)]
    found = windows_of(anchors("a b c d e f g h", sound), 0, 8, 110.0, 20.0)
    assert found is not None
    assert all(window.end - window.start <= 20.0 for window in found)
    assert found[-1].start <= 100.0 < found[-1].end


def test_no_window_is_made_up_where_nothing_was_heard_for_long() -> None:
    sound = [*heard("a"), *heard("z", begin=100.0)]
    assert windows_of(anchors("a b c d z", sound), 0, 5, 101.0, 20.0) is None
