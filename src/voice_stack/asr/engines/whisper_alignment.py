"""Known words on Whisper's cross-attention: tokens of words, and times of words from those of tokens."""

import logging
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.asr.types import Word
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import VadOptions, speech_spans
from voice_stack.core.errors import VadError

logger = logging.getLogger("voice_stack.asr")

MOST_TOKENS: Final = 440
"""The decoder's length, less its own marks: more words are not said in a window."""

_UNPARTED: Final = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km"})
# The attention goes on to the next word this much before the next word begins: measured with base on real speech whose
# words' times were known, where 0.12 to 0.16 s were as good.
_EARLY_S: Final = 0.14
# It knows no pauses: the word behind one begins for it where the one before ends. What is no voice to Silero, or much
# quieter than the rest, is a pause from 50 ms on; the end of a word goes to the best one near it, where the length of a
# pause (up to 0.5 s) counts for it and twice its distance against it.
_LISTENING: Final = VadOptions(min_silence_duration_ms=60, speech_pad_ms=0)
_PAUSE_FRAMES: Final = 5
_REACH_S: Final = 0.25
_LONG_S: Final = 0.5
_DISTANCE_COST: Final = 2.0
_SHORTEST_S: Final = 0.02
_BELOW_DB: Final = 35.0
_ABOVE_DB: Final = 6.0
_FRAMES_A_SECOND: Final = 100

Span = tuple[float, float]


def word_tokens(words: Sequence[str], encode: Callable[[str], Sequence[int]], language: str) -> list[list[int]]:
    """Tokens of each word, none for what has none.

    Args:
        encode: the model's own; a word's blank belongs to its first token, where the script has blanks.
    """
    blank = "" if language in _UNPARTED else " "
    return [list(encode(blank + word.strip())) for word in words]


def timed_words(
    words: Sequence[str],
    counts: Sequence[int],
    begins: Sequence[float],
    probabilities: Sequence[float],
    clip: AudioClip,
) -> list[Word]:
    """Words with the times of their tokens, moved to the pauses of the sound where there are any.

    Args:
        counts: tokens of each word.
        begins: seconds at which each token begins for the attention, and behind them that at which the last ends.
        probabilities: of each token.
        clip: the sound, at 16 kHz.
    """
    edges = np.concatenate([[0], np.cumsum(counts)])
    times = [min(float(begins[at]) + _EARLY_S, clip.duration) for at in edges]
    times[0] = float(begins[0])
    voiced = voiced_frames(clip)
    spans = _parted(list(pairwise(times)), voiced)
    found: list[Word] = []
    for word, (start, end), first, last in zip(words, spans, edges, edges[1:], strict=False):
        own = [min(max(float(p), 0.0), 1.0) for p in probabilities[first:last]]
        start, end = _trimmed(start, end, voiced)
        found.append(Word(word, start, max(start, end), sum(own) / len(own) if own else 0.0))
    return found


def voiced_frames(clip: AudioClip) -> NDArray[np.bool_]:
    """(frames,) of 10 ms: whether somebody speaks in each."""
    size = clip.sample_rate // _FRAMES_A_SECOND
    frames = len(clip.samples) // size
    if not frames:
        return np.ones(1, np.bool_)
    power = np.square(clip.samples[: frames * size].reshape(frames, size), dtype=np.float64).mean(axis=1)
    level = 10 * np.log10(power + 1e-10)
    quiet, high = np.percentile(level, [10, 90])
    loud: NDArray[np.bool_] = level > max(high - _BELOW_DB, min(quiet + _ABOVE_DB, high - _ABOVE_DB))
    try:
        spans = speech_spans(clip, _LISTENING)
    except VadError as error:
        logger.warning("voice activity detection failed, going on without it: %s", error)
        return loud
    speech = np.zeros(frames, np.bool_)
    for span in spans:
        speech[span.start // size : -(-span.end // size)] = True
    return loud & speech if (loud & speech).any() else loud


def _parted(spans: Sequence[Span], voiced: NDArray[np.bool_]) -> list[Span]:
    """The spans of neighbours, with the pauses between them left out."""
    pauses = _pauses(voiced)
    found = [list(span) for span in spans]
    for before, after in pairwise(found):
        after[0] = max(after[0], before[1])
        after[1] = max(after[1], after[0])
        edge = before[1]
        earliest, latest = max(sum(before) / 2, edge - _REACH_S), edge + _REACH_S
        near = [pause for pause in pauses if pause[1] > earliest and pause[0] < latest and pause[0] > before[0]]
        if near:
            before[1], after[0] = max(near, key=lambda pause: _worth(pause, edge))
            after[1] = max(after[1], after[0] + _SHORTEST_S)
    return [(start, end) for start, end in found]


def _worth(pause: Span, edge: float) -> float:
    distance = max(pause[0] - edge, edge - pause[1], 0.0)
    return min(pause[1] - pause[0], _LONG_S) - _DISTANCE_COST * distance


def _pauses(voiced: NDArray[np.bool_]) -> list[Span]:
    """Stretches without a voice, in seconds."""
    changes = np.flatnonzero(np.diff(np.concatenate([[True], voiced, [True]]).astype(np.int8)))
    return [
        (float(start) / _FRAMES_A_SECOND, float(end) / _FRAMES_A_SECOND)
        for start, end in zip(changes[::2], changes[1::2], strict=True)
        if end - start >= _PAUSE_FRAMES
    ]


def _trimmed(start: float, end: float, voiced: NDArray[np.bool_]) -> Span:
    """A word's span without the pauses that it begins or ends with."""
    first, last = round(start * _FRAMES_A_SECOND), min(round(end * _FRAMES_A_SECOND), len(voiced))
    inside = np.flatnonzero(voiced[first:last])
    if not len(inside):
        return start, end
    head, tail = int(inside[0]), last - first - 1 - int(inside[-1])
    start += head / _FRAMES_A_SECOND if head >= _PAUSE_FRAMES else 0.0
    end -= tail / _FRAMES_A_SECOND if tail >= _PAUSE_FRAMES else 0.0
    return start, end
