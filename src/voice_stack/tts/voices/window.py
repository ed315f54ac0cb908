"""The best part of a recording to clone from."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.quality.levels import noise_ratio
from voice_stack.audio.vad import SpeechSpan, cut_point
from voice_stack.tts.voices.report import Window

# Silence that stays around the speech.
_MARGIN_S: Final = 0.12
# A pause that may be cut in; shorter ones are inside words.
_PAUSE_S: Final = 0.15
_SURE_SNR_DB: Final = 40.0
_MOST: Final = 60


def best_window(
    clip: AudioClip,
    spans: Sequence[SpeechSpan],
    *,
    longest_s: float,
    advised_s: float,
    is_foreign: Callable[[float, float], float] = lambda start, end: 0.0,
) -> Window | None:
    """The part with the cleanest and most speech, cut in pauses, as long as is advised where there is so much.

    Args:
        clip: at 16,000 Hz.
        spans: its speech, in order of time.
        longest_s: seconds at most.
        advised_s: seconds from which a part is long enough.
        is_foreign: how little a part is of one speaker, 0 to 1.

    Returns:
        None without speech.
    """
    candidates = list(_candidates(clip, spans, (longest_s, advised_s + 1, advised_s / 2 + 1)))
    if len(candidates) > _MOST:
        candidates = [candidates[at] for at in np.linspace(0, len(candidates) - 1, _MOST).astype(int)]

    def score(window: Window) -> float:
        part = clip.slice(window.start_s, window.end_s)
        snr = min(max(noise_ratio(part), 0.0), _SURE_SNR_DB) / _SURE_SNR_DB
        speech = sum(
            max(
                0.0, min(span.end / clip.sample_rate, window.end_s) - max(span.start / clip.sample_rate, window.start_s)
            )
            for span in spans
        )
        length = min(1.0, window.seconds / advised_s)
        clear = 1.0 - is_foreign(window.start_s, window.end_s)
        return 2 * length + snr + speech / max(window.seconds, 1e-6) + 4 * clear

    return max(candidates, key=score, default=None)


def _candidates(clip: AudioClip, spans: Sequence[SpeechSpan], lengths_s: Sequence[float]) -> Iterator[Window]:
    """From every beginning of a stretch to the last end within each of the lengths, the longest first."""
    stretches = _stretches(spans, clip.sample_rate)
    for number, (start, _) in enumerate(stretches):
        begin = max(0.0, start - _MARGIN_S)
        ends = [end + _MARGIN_S for _, end in stretches[number:] if end + _MARGIN_S - begin <= lengths_s[0]]
        if not ends:  # one breath is longer than that
            part = clip.slice(begin, begin + lengths_s[0])
            ends = [begin + cut_point(part, 0.7 * part.duration)]
        last = {max((end for end in ends if end - begin <= length), default=ends[0]) for length in lengths_s}
        yield from (Window(begin, min(clip.duration, end)) for end in sorted(last))


def _stretches(spans: Sequence[SpeechSpan], rate: int) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for span in spans:
        start, end = span.start / rate, span.end / rate
        if joined and start - joined[-1][1] < _PAUSE_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
