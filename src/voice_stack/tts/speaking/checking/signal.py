"""Faults that can be told from the sound of a sentence and the time that its text should take.

The thresholds stand here together. Each says what it is a multiple of; they were chosen on the texts `CALIBRATION` of
`benchmarks/speech_checks/texts.py`, spoken by Kokoro and Piper, and on recordings of people, and are judged on others.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from voice_stack.tts.speaking.checking.expectation import Expectation
from voice_stack.tts.speaking.checking.faults import Fault
from voice_stack.tts.speaking.checking.loops import find_loop
from voice_stack.tts.speaking.checking.measures import FRAME_S, Island, Measures, window_power, window_sums
from voice_stack.tts.speaking.checking.pace import Pace

# Speech that is softer than this in dBFS, or shorter in seconds, is none.
_SILENT_DB: Final = -50.0
_LEAST_SPEECH_S: Final = 0.06
# Pauses that people and networks make end well before; whispering voices take the longest. A mark in the text explains
# a longer one than none.
_GAP_S: Final = 1.0
_MARKED_GAP_S: Final = 1.4
# Under the level of speech, as the loudest frame of half a second in which something is heard most of the time. Clean
# speech comes down to 12 dB, a whispering voice to 17, the breath that a voice ends in to 24.
_FAINT_DB: Final = 25.0
_BLOCK_S: Final = 0.5
_HEARD: Final = 0.6
# Behind the last that counts as sound: the level under speech down to which something is heard there, and for how long.
_AFTER_DB: Final = 50.0
_AFTER_S: Final = 0.85
# Share of the samples within a thousandth of the peak. A clean wave has a ten-thousandth there.
_CLIPPED: Final = 0.004
_CONSTANT: Final = 0.03
# A frame is voiced from here on. The longest that clean speech goes without is a drawn "sh" of 0.32 s.
_VOICED: Final = 0.55
_UNVOICED_S: Final = 0.5
# Power of the changes in half a second, over all bands: speech has 17 and more, hiss 10 and a hum none.
_LEAST_CHANGE: Final = 12.0
# Under the level of speech, on the average: in what is softer most bands are at the floor, and nothing changes there.
_SOFT_DB: Final = 22.0
# Of a voice that whispers nothing can be said by that.
_LEAST_VOICED: Final = 0.3
# Level of the last 20 ms under that of speech: networks end in their own silence, 70 dB down. What ends so and is
# about as long as its text may end so by nature.
_CUT_DB: Final = 18.0
_END_S: Final = 0.02
_ABOUT: Final = (0.88, 1.12)
# Likeness of a loop by itself; and of one in a sentence that is longer than the voice's pace lets expect, or than most
# voices' where that is not known yet.
_LOOP: Final = 0.92
_LOOP_WHERE_LONG: Final = 0.85
_LONGER: Final = 1.12
_LONGER_THAN_MOST: Final = 1.35
# A part behind a gap is a tail when as much as this was said before it, of all that was to be said and beyond what was
# to be said before the last mark.
_SAID: Final = 0.88
_BEYOND_MARK: Final = 0.35
_TAIL_GAP_S: Final = 0.2
_LEAST_TAIL_S: Final = 0.25


def signal_faults(measures: Measures, expected: Expectation, pace: Pace) -> Iterator[Fault]:
    """Faults in the sound of a sentence.

    Args:
        measures: of all that the engine gave for it.
        pace: of the voice: what it takes for a second that is expected.
    """
    if not expected.speech_s:
        return  # an emoji, a dash: any sound and none are as good
    if _is_broken(measures):
        yield Fault.BROKEN
    islands = measures.islands
    spoken_s = speech_seconds(measures)
    if measures.speech_db < _SILENT_DB or spoken_s < _LEAST_SPEECH_S:
        yield Fault.SILENT
        return
    shortest, longest = pace.bounds(expected)
    if spoken_s < shortest:
        yield Fault.SHORT
    if spoken_s > longest:
        yield Fault.LONG
    if _is_clipped(measures):
        yield Fault.CLIPPED
    allowed = (_MARKED_GAP_S if expected.pauses else _GAP_S) * max(1.0, expected.slowness)
    if any((after.start - before.end) * FRAME_S > allowed for before, after in gaps(islands)):
        yield Fault.GAP
    if _is_faint(measures):
        yield Fault.FAINT
    share = spoken_s / pace.seconds(expected)
    if not _ABOUT[0] < share < _ABOUT[1] and _is_cut(measures):
        yield Fault.CUT
    if _has_noise(measures):
        yield Fault.NOISE
    if _has_tail(islands, expected, pace):
        yield Fault.TAIL
    if not expected.repeats and _loops(measures, share > (_LONGER if pace.known else _LONGER_THAN_MOST)):
        yield Fault.LOOP


def speech_seconds(measures: Measures) -> float:
    """Seconds of sound, pauses not counted."""
    return sum(island.seconds for island in measures.islands)


def gaps(islands: list[Island]) -> Iterator[tuple[Island, Island]]:
    """Neighbours with a gap between them, in order."""
    yield from pairwise(islands)


def _is_broken(measures: Measures) -> bool:
    return measures.invalid > 0 or abs(float(measures.samples.mean() if len(measures.samples) else 0.0)) > _CONSTANT


def _is_clipped(measures: Measures) -> bool:
    level = np.abs(measures.samples)
    peak = float(level.max(initial=0.0))
    return float((level >= 0.999 * peak).mean()) > _CLIPPED


def _is_faint(measures: Measures) -> bool:
    """True where it goes on and is softer by far than the rest."""
    first, last = measures.islands[0].start, measures.islands[-1].end
    heard = np.flatnonzero(measures.level_db > measures.speech_db - _AFTER_DB)
    if (int(heard[-1]) + 1 - last) * FRAME_S > _AFTER_S:
        return True
    width = round(_BLOCK_S / FRAME_S)
    if last - first < width:
        return False
    loudest = np.lib.stride_tricks.sliding_window_view(measures.level_db[first:last], width).max(axis=1)
    sound = window_sums(measures.is_sound[first:last].astype(np.float64), width)
    return bool(((loudest < measures.speech_db - _FAINT_DB) & (sound > _HEARD * width)).any())


def _is_cut(measures: Measures) -> bool:
    end = measures.samples[-round(_END_S * measures.sample_rate) :].astype(np.float64)
    level_db = 10 * np.log10(np.square(end).mean() + 1e-12) if len(end) else -120.0
    return bool(level_db > measures.speech_db - _CUT_DB)


def _has_noise(measures: Measures) -> bool:
    """True where a stretch does not change, or nobody has a voice in it though elsewhere somebody has."""
    sound, voiced = measures.is_sound, measures.voicing > _VOICED
    if _is_held(measures):
        return True
    if (voiced & sound).sum() < _LEAST_VOICED * sound.sum():
        return False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (sound & ~voiced).astype(np.int8), [0]])))
    longest = int(np.max(edges[1::2] - edges[::2], initial=0))
    return longest * FRAME_S > _UNVOICED_S


def _is_held(measures: Measures) -> bool:
    """True where a sound of half a second stays as it is."""
    width = round(_BLOCK_S / FRAME_S)
    if len(measures.bands) <= width:
        return False
    change = window_power(measures.bands, width) / width
    heard = window_sums(measures.is_sound.astype(np.float64), width) > width - 2
    level_db = window_sums(measures.level_db, width) / width
    heard &= level_db > measures.speech_db - _SOFT_DB
    return bool((change[heard] < _LEAST_CHANGE).any())


def _has_tail(islands: list[Island], expected: Expectation, pace: Pace) -> bool:
    """True where enough was said before a gap, and then something more is heard."""
    whole_s = pace.seconds(expected)
    before_mark_s = whole_s * (1 - expected.last_share)
    said_s, rest_s = 0.0, sum(island.seconds for island in islands)
    for before, after in gaps(islands):
        said_s += before.seconds
        rest_s -= before.seconds
        if (after.start - before.end) * FRAME_S < _TAIL_GAP_S or rest_s < _LEAST_TAIL_S:
            continue
        if said_s > _SAID * whole_s and said_s > before_mark_s + _BEYOND_MARK * whole_s:
            return True
    return False


def _loops(measures: Measures, is_long: bool) -> bool:
    return find_loop(measures).likeness > (_LOOP_WHERE_LONG if is_long else _LOOP)
