"""Times of Moonshine's text, which has none: stretches of speech, and the segments of what was said in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SOFT_SHARE, SpeechSpan, VadOptions, speech_spans

# Silences from here on part spans of speech, and sentences are laid into them.
LISTENING: Final = VadOptions(min_silence_duration_ms=200, speech_pad_ms=60)
# Whispering and falsetto are half heard by the detection: it is in two minds for seconds, where for noise it is for
# fractions of one.
SOFTLY: Final = LISTENING.model_copy(update={"threshold": SOFT_SHARE * LISTENING.threshold})
# Seconds of a soft voice from which on it is believed, and how many times as much of it there is as of a clear one.
_SOFT_S: Final = 1.0
_SOFT_TIMES: Final = 3
# A silence so long parts two stretches: the model says things into what it has to wait through. Seconds.
_PART_S: Final = 1.2
# Kept around a stretch, seconds.
_PAD_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech that is recognised at once, in seconds.

    Attributes:
        start, end: of the sound, silence around the speech included.
        spans: of the speech in it: (start, end), in order.
        is_soft: whether the detection is not sure of it.
    """

    start: float
    end: float
    spans: tuple[tuple[float, float], ...]
    is_soft: bool = False

    @property
    def speech_s(self) -> float:
        """Seconds of speech."""
        return sum(end - start for start, end in self.spans)


def found_in(clip: AudioClip) -> list[Stretch]:
    """Stretches of speech in a clip; where a soft voice is nearly all there is of it, those of that.

    Raises:
        VadError: the detection failed.
    """
    clear = speech_spans(clip, LISTENING)
    clear_s = _total_s(clear, clip.sample_rate)
    if clip.duration >= max(_SOFT_S, _SOFT_TIMES * clear_s):  # else there is no room for so much of another
        soft = speech_spans(clip, SOFTLY)
        if _total_s(soft, clip.sample_rate) >= max(_SOFT_S, _SOFT_TIMES * clear_s):
            return stretches(soft, clip.sample_rate, clip.duration, are_soft=True)
    return stretches(clear, clip.sample_rate, clip.duration)


def stretches(spans: Sequence[SpeechSpan], rate: int, duration: float, *, are_soft: bool = False) -> list[Stretch]:
    """Stretches of speech without long silences in them.

    Args:
        spans: of the speech, in samples, in order of time.
        duration: of the whole, in seconds.
    """
    groups: list[list[tuple[float, float]]] = []
    for span in spans:
        start, end = span.start / rate, min(span.end / rate, duration)
        if groups and start - groups[-1][-1][1] < _PART_S:
            groups[-1].append((start, end))
        else:
            groups.append([(start, end)])
    return [
        Stretch(max(0.0, group[0][0] - _PAD_S), min(duration, group[-1][1] + _PAD_S), tuple(group), are_soft)
        for group in groups
    ]


def halves(stretch: Stretch) -> tuple[Stretch, Stretch] | None:
    """A stretch in two, cut in its longest silence; None where it has none."""
    if len(stretch.spans) < 2:
        return None
    gaps = [(after[0] - before[1], index) for index, (before, after) in enumerate(pairwise(stretch.spans))]
    index = max(gaps)[1] + 1
    left, right = stretch.spans[:index], stretch.spans[index:]
    middle = (left[-1][1] + right[0][0]) / 2
    return replace(stretch, end=middle, spans=left), replace(stretch, start=middle, spans=right)


def shares(weights: Sequence[int], stretch: Stretch) -> list[tuple[float, float]]:
    """Start and end of each part of what was said, by its share of the speech; what is near a silence is laid into it.

    Args:
        weights: characters of each part, above 0.
    """
    total, passed = sum(weights), 0
    gaps = [(before[1], after[0]) for before, after in pairwise(stretch.spans)]
    cuts: list[tuple[float, float]] = []
    for weight in weights[:-1]:
        passed += weight
        guess = _at_speech(stretch, passed / total * stretch.speech_s)
        gap = next((gap for gap in gaps if gap[0] <= guess <= gap[1]), (guess, guess))
        cuts.append(gap if not cuts or gap != cuts[-1] else (gap[1], gap[1]))
    starts = [stretch.spans[0][0], *(cut[1] for cut in cuts)]
    ends = [*(cut[0] for cut in cuts), stretch.spans[-1][1]]
    return list(zip(starts, ends, strict=True))


def _total_s(spans: Sequence[SpeechSpan], rate: int) -> float:
    return sum(span.end - span.start for span in spans) / rate


def _at_speech(stretch: Stretch, seconds: float) -> float:
    """Time at which so many seconds of a stretch's speech are over."""
    for start, end in stretch.spans:
        if seconds <= end - start:
            return start + seconds
        seconds -= end - start
    return stretch.spans[-1][1]
