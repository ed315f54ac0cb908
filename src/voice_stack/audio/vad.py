"""Voice activity detection: where in a clip somebody speaks.

The model is Silero VAD as faster-whisper carries it, run by onnxruntime. Times and samples are the same as with
faster-whisper's own `vad_filter=True`.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic_settings import SettingsConfigDict

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import VadError
from voice_stack.core.settings import SettingsGroup, setting

logger = logging.getLogger("voice_stack.audio")

SAMPLE_RATE: Final = 16_000
SOFT_SHARE: Final = 0.3
"""Of the threshold: what is above that may be whispered."""

_QUIET_WINDOW_S: Final = 0.1
_CONTEXT_S: Final = 1.0
# Of 32 ms each.
_VAD_WINDOWS: Final = 1000


class VadOptions(SettingsGroup):
    """Voice activity detection, under Silero's names."""

    model_config = SettingsConfigDict(env_prefix="ASR_VAD_")

    enabled: bool = setting(True, description="Skip what Silero VAD hears no speech in.")
    threshold: float = setting(0.5, ge=0, le=1, description="Probability from which a frame is speech.")
    min_speech_duration_ms: int = setting(0, ge=0, description="Shorter speech is dropped, in milliseconds.")
    max_speech_duration_s: float = setting(math.inf, gt=0, description="Longer speech is split, in seconds.")
    min_silence_duration_ms: int = setting(2000, ge=0, description="Silence that ends speech, in milliseconds.")
    speech_pad_ms: int = setting(400, ge=0, description="Padding around speech, in milliseconds.")


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """A stretch of speech: samples from `start` up to but not including `end`."""

    start: int
    end: int


def speech_spans(clip: AudioClip, options: VadOptions) -> list[SpeechSpan]:
    """The speech in a clip, in order of time. Safe to call from several threads.

    Args:
        clip: at 16,000 Hz; may be empty.
        options: of the detection; `enabled` is not looked at.

    Raises:
        VadError: the model or its runtime failed.
    """
    if clip.sample_rate != SAMPLE_RATE:
        raise VadError(f"Voice activity detection takes {SAMPLE_RATE} Hz, not {clip.sample_rate} Hz.")
    try:
        from faster_whisper.vad import VadOptions as SileroOptions
        from faster_whisper.vad import get_speech_timestamps, get_vad_model

        model = get_vad_model()
        if not isinstance(model.session, _SmallBatches):
            model.session = _SmallBatches(model.session)
        silero = SileroOptions(**options.model_dump(exclude={"enabled"}))
        found = get_speech_timestamps(clip.samples, silero, SAMPLE_RATE)
    except Exception as error:  # onnxruntime's exceptions have no common base but this one
        raise VadError(f"Voice activity detection failed: {error}") from error
    return [SpeechSpan(int(span["start"]), int(span["end"])) for span in found]


class _SmallBatches:
    """Silero's session, fed about half a minute at a time.

    faster-whisper feeds it five minutes at once, which takes 130 MB. Its state goes from one part to the next, so the
    probabilities are the same.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(self, names: None, feeds: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        windows, h, c = feeds["input"], feeds["h"], feeds["c"]
        outputs = []
        for first in range(0, len(windows), _VAD_WINDOWS):
            output, h, c = self._session.run(names, {"input": windows[first : first + _VAD_WINDOWS], "h": h, "c": c})
            outputs.append(output)
        return [np.concatenate(outputs), h, c]


class SpeechMap:
    """The speech of a clip, cut out and joined, and the way back from its times to those of the clip.

    Times come back as faster-whisper gives them: rounded to 10 ms.

    Args:
        clip: the whole.
        spans: its speech, in order of time, without overlaps.

    Attributes:
        speech: the spans joined; empty without spans.
    """

    def __init__(self, clip: AudioClip, spans: Sequence[SpeechSpan]) -> None:
        from faster_whisper.vad import SpeechTimestampsMap

        self.speech = AudioClip(_joined(clip.samples, spans), clip.sample_rate)
        self._map = SpeechTimestampsMap([asdict(span) for span in spans], clip.sample_rate) if spans else None

    def original_time(self, seconds: float, *, is_end: bool = False) -> float:
        """The time in the clip of a time in the speech.

        Args:
            is_end: on the seam of two spans, take the end of the first and not the start of the second.
        """
        return seconds if self._map is None else float(self._map.get_original_time(seconds, is_end=is_end))

    def original_word_times(self, start: float, end: float) -> tuple[float, float]:
        """The times in the clip of a word in the speech: both in the span that holds the word's middle."""
        if self._map is None:
            return start, end
        span = self._map.get_chunk_index((start + end) / 2)
        return float(self._map.get_original_time(start, span)), float(self._map.get_original_time(end, span))


def cut_point(clip: AudioClip, earliest_s: float) -> float:
    """A good place to cut a long clip: where it hurts no word.

    The middle of the longest silence after `earliest_s`, or of the quietest tenth of a second when there is no silence
    or its detection fails.

    Args:
        clip: at 16,000 Hz.
        earliest_s: seconds, from 0 to the clip's duration.

    Returns:
        Seconds, from `earliest_s` to the clip's duration.
    """
    lead = min(_CONTEXT_S, max(0.0, earliest_s))
    first = round((earliest_s - lead) * clip.sample_rate)
    skipped = round(lead * clip.sample_rate)
    tail = AudioClip(clip.samples[first:], clip.sample_rate)
    if len(tail.samples) <= skipped:
        return max(earliest_s, clip.duration)
    try:
        middle = _longest_silence(tail, skipped)
    except VadError as error:
        logger.warning("Cutting at the quietest place instead of a silence: %s", error)
        middle = None
    if middle is None:
        middle = skipped + _quietest(tail.samples[skipped:], round(_QUIET_WINDOW_S * clip.sample_rate))
    return min(max(earliest_s, (first + middle) / clip.sample_rate), clip.duration)


def _joined(samples: Samples, spans: Sequence[SpeechSpan]) -> Samples:
    parts = [samples[span.start : span.end] for span in spans]
    # One span shares the clip's memory, several cost one copy.
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.float32), *parts])


def _longest_silence(clip: AudioClip, earliest: int) -> int | None:
    """The middle, in samples, of the longest silence at or after `earliest`; None when there is none."""
    spans = speech_spans(clip, VadOptions(min_silence_duration_ms=round(_QUIET_WINDOW_S * 1000), speech_pad_ms=0))
    starts = [earliest, *(max(earliest, span.end) for span in spans)]
    ends = [*(max(earliest, span.start) for span in spans), len(clip.samples)]
    length, start = max((end - start, start) for start, end in zip(starts, ends, strict=True))
    return start + length // 2 if length > 0 else None


def _quietest(samples: Samples, window: int) -> int:
    """The middle, in samples, of the window with the least energy."""
    if len(samples) <= window:
        return len(samples) // 2
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    return int(np.argmin(energy[window:] - energy[:-window])) + window // 2
