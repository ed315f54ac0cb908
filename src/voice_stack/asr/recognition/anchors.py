"""Long recordings in windows: where the words that were heard say which part of the text is said when."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from voice_stack.asr.types import Word

# What two equal words, two different ones and one without a partner count for.
_SAME: Final = 3
_OTHER: Final = -1
_ALONE: Final = -1
# A window shorter than this share of the longest is only made where nothing else goes.
_SHORT: Final = 0.4
# Kept of the sound before the first word that was heard and behind the last one, seconds: some may not have been.
_AROUND_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the recording, and the part of the text that is said in it.

    Attributes:
        start, end: seconds from the start of the recording's piece.
        first, last: number of its first word, and of the one behind its last.
    """

    start: float
    end: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A word of the text that was heard.

    Attributes:
        word: its number in the text.
        heard: its number among what was heard.
        start, end: seconds.
    """

    word: int
    heard: int
    start: float
    end: float


def anchors_of(said: Sequence[Sequence[str]], heard: Sequence[Word], tokens: Sequence[Sequence[str]]) -> list[Anchor]:
    """Words of a text that were heard, in order, one for each heard word at most.

    Args:
        said: what is said for each word of the text; the text may go on behind what was heard.
        heard: words with their times.
        tokens: the same words, as those of the text are written in `said`.
    """
    text = [(token, number) for number, part in enumerate(said) for token in part]
    sound = [(token, number) for number, part in enumerate(tokens) for token in part]
    anchors: list[Anchor] = []
    for at_text, at_sound in _matched([token for token, _ in text], [token for token, _ in sound]):
        word, number = text[at_text][1], sound[at_sound][1]
        if anchors and (word <= anchors[-1].word or number <= anchors[-1].heard):
            continue
        anchors.append(Anchor(word, number, heard[number].start, heard[number].end))
    return anchors


def windows_of(
    anchors: Sequence[Anchor], first: int, last: int, duration: float, longest_s: float
) -> list[Window] | None:
    """Windows for the words `first` to `last` of a text, cut in pauses between two words of it that were both heard,
    or in front of two such.

    Args:
        anchors: at least one; all within these words.
        duration: seconds of the piece.
        longest_s: no window is longer.

    Returns:
        None where there is no such place for longer than a window.
    """
    begin = max(0.0, anchors[0].start - _AROUND_S) if anchors[0].word == first else 0.0
    close = duration if duration - anchors[-1].end <= _AROUND_S else anchors[-1].end + _AROUND_S
    begin = max(begin, anchors[0].end - longest_s)
    cuts = [
        (before.end, after.start, after.word)
        for before, after in pairwise(anchors)
        if after.word == before.word + 1 and after.heard == before.heard + 1 and after.start >= before.end - 0.02
    ]
    # Where there is no pause, in front of two neighbours: a word alone may be heard by chance.
    cuts += [
        (before.start, before.start, before.word)
        for before, after in pairwise(anchors[1:])
        if after.word == before.word + 1 and after.heard == before.heard + 1
    ]
    windows: list[Window] = []
    while close - begin > longest_s:
        near = [cut for cut in cuts if begin < cut[0] and (cut[0] + cut[1]) / 2 - begin <= longest_s]
        far = [cut for cut in near if cut[0] - begin >= _SHORT * longest_s]
        # A long silence: the window ends with the speech before it, and the next one begins with that behind.
        over = [cut for cut in cuts if begin < cut[0] and cut[0] - begin <= longest_s < (cut[0] + cut[1]) / 2 - begin]
        if not near and not over:
            return None
        ends, starts, word = over[0] if over else max(far or near, key=lambda cut: (cut[1] - cut[0], cut[0]))
        gap = min((starts - ends) / 2, _AROUND_S)
        windows.append(Window(begin, min(ends + gap, begin + longest_s), first, word))
        begin, first = starts - gap, word
        cuts = [cut for cut in cuts if cut[2] > word]
    windows.append(Window(begin, close, first, last))
    return windows


def _matched(text: Sequence[str], sound: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal words on the best way through both; what the text has behind the last of them costs nothing."""
    if not text or not sound:
        return []
    codes = {token: code for code, token in enumerate({*text, *sound})}
    columns = np.array([codes[token] for token in text], np.int32)
    steps = np.arange(len(text) + 1, dtype=np.int32) * _ALONE
    score = steps.copy()
    ways = np.empty((len(sound), len(text) + 1), np.int8)  # 0: from above, 1: both, 2: from the left
    for row, token in enumerate(sound):
        both = np.full(len(text) + 1, np.iinfo(np.int32).min // 2, np.int32)
        both[1:] = score[:-1] + np.where(columns == codes[token], _SAME, _OTHER)
        above = score + _ALONE
        best = np.maximum(above, both)
        # From the left any number of steps: the best of all that come before, less what the steps cost.
        left = np.maximum.accumulate(best - steps) + steps
        ways[row] = np.where(left > best, 2, np.where(both > above, 1, 0))
        score = np.maximum(best, left)
    at_text, at_sound = int(score.argmax()), len(sound)
    pairs: list[tuple[int, int]] = []
    while at_sound and at_text:
        way = ways[at_sound - 1, at_text]
        if way == 2:
            at_text -= 1
            continue
        if way == 1:
            at_text -= 1
            if text[at_text] == sound[at_sound - 1]:
                pairs.append((at_text, at_sound - 1))
        at_sound -= 1
    return pairs[::-1]
