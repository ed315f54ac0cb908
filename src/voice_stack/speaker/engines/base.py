"""The contract that every speaker embedding engine fulfils."""

import logging
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.vad import SAMPLE_RATE, SpeechSpan, VadOptions, speech_spans
from voice_stack.core.errors import TooLittleSpeechError, VadError
from voice_stack.serving.engine import Engine
from voice_stack.speaker.vectors import Embedding, unit

logger = logging.getLogger("voice_stack.speaker")

# A whisper is no speech to Silero most of the time, so the threshold is low.
_SPEECH: Final = VadOptions(threshold=0.3, min_silence_duration_ms=200, speech_pad_ms=50)
# The network's memory grows with the clip; what is longer is embedded in pieces, and their mean taken.
_PIECE_S: Final = 30.0
_VAD_PIECE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold of the similarity, and where it comes from. Thresholds belong to a model and are never copied.

    Attributes:
        same: similarity, -1 to 1, from which two clips are taken to be of one speaker.
        source: the measurement behind it, for people; says so where there is none for the model that is loaded.
        one_voice: similarity of a recording's two most different groups of stretches (`speaker/company`) from which
            they are of one person; None where that was not measured.
        one_voice_brief: the same where one of the groups has little more than a second of speech.
        apart: mean similarity of two groups of a recording's windows (`speaker/diarization/grouping`) below which they
            are of two people; None where that was not measured.
    """

    same: float
    source: str
    one_voice: float | None = None
    one_voice_brief: float | None = None
    apart: float | None = None


@dataclass(frozen=True, slots=True)
class EmbeddingCapabilities:
    """Abilities of an engine, as data.

    Attributes:
        vector_size: numbers in a vector.
        calibration: of the model that is loaded.
        concurrency: clips that it can embed at once.
        languages: empty: voices are told apart in any language, best in those that the model has learnt from.
    """

    vector_size: int
    calibration: Calibration
    concurrency: int = 1
    languages: frozenset[str] = field(default_factory=frozenset)


class EmbeddingEngine(Engine, abstract=True):
    """A loaded network that turns speech into a vector of the speaker. Thread-safe."""

    sample_rate: ClassVar[int] = SAMPLE_RATE
    """Hz of the clips that it takes."""
    vector_size: ClassVar[int]
    """Numbers in a vector of its usual model."""
    calibration: ClassVar[Calibration]
    """Of its usual model."""
    min_speech_s: ClassVar[float] = 0.5
    """Seconds of speech below which a vector would tell of the words rather than of the voice."""

    capabilities: EmbeddingCapabilities

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(abstract=abstract, **kwargs)
        missing = [fact for fact in ("vector_size", "calibration") if not hasattr(cls, fact)]
        if missing and not abstract:
            raise TypeError(f"{cls.__qualname__} lacks {', '.join(missing)}")

    def embed(self, clip: AudioClip) -> Embedding:
        """The speaker of a clip. Silence and noise between the speech are left out first.

        Args:
            clip: mono, `sample_rate` Hz, of one speaker.

        Returns:
            (vector_size,) float32 of length 1.

        Raises:
            TooLittleSpeechError: there is less than `min_speech_s` of speech in it.
            EngineError: the network failed.
            EngineUnavailableError: it ran out of memory.
        """
        speech = joined(clip, spans_of(clip))
        seconds = speech.duration
        if seconds < self.min_speech_s:
            raise TooLittleSpeechError(
                f"There are {seconds:.1f} seconds of speech in it; at least {self.min_speech_s:g} are needed to tell "
                "who speaks. Send a longer recording."
            )
        return self.embed_speech(speech)

    def embed_speech(self, clip: AudioClip) -> Embedding:
        """The speaker of a clip that is known to be speech from its start to its end.

        Args:
            clip: mono, `sample_rate` Hz, 0.1 s at least.

        Raises:
            TooLittleSpeechError: it is shorter than that.
            As `embed` otherwise.
        """
        if clip.sample_rate != self.sample_rate:
            raise ValueError(f"{self.name} takes {self.sample_rate} Hz, not {clip.sample_rate} Hz")
        if clip.duration < 0.1:
            raise TooLittleSpeechError("The recording is shorter than a tenth of a second.")
        count = max(1, round(clip.duration / _PIECE_S))
        pieces = np.array_split(clip.samples, count)
        # All pieces are as long as each other, give or take a sample.
        return unit(np.sum([unit(self._vector(piece)) for piece in pieces], axis=0))

    @abstractmethod
    def _vector(self, samples: Samples) -> Embedding:
        """The network's vector of (time,) float32, 0.1 to 45 s: (vector_size,), of any length."""


def spans_of(clip: AudioClip) -> list[SpeechSpan]:
    """The speech of a clip, whispering too, in order of time; all of the clip when the detection fails.

    Args:
        clip: at 16,000 Hz.
    """
    spans: list[SpeechSpan] = []
    start = 0.0
    try:
        while start < clip.duration:
            first = round(start * clip.sample_rate)
            piece = clip.slice(start, start + _VAD_PIECE_S)
            spans += [SpeechSpan(first + one.start, first + one.end) for one in speech_spans(piece, _SPEECH)]
            start += _VAD_PIECE_S
    except VadError as error:
        logger.warning("A speaker is told by the whole clip, silence included: %s", error)
        return [SpeechSpan(0, len(clip.samples))]
    return spans


def joined(clip: AudioClip, spans: Sequence[SpeechSpan]) -> AudioClip:
    """Parts of a clip, one after the other."""
    parts = [clip.samples[span.start : span.end] for span in spans]
    return AudioClip(np.concatenate([np.zeros(0, np.float32), *parts]), clip.sample_rate)
