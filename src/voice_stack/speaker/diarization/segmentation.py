"""Voices in a window of the recording: pyannote's segmentation network, or voice activity alone."""

import logging
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import VadOptions, speech_spans
from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.speaker.diarization.tracks import FRAME_S, Frames, Voice

logger = logging.getLogger("voice_stack.speaker")

RATE: Final = 16_000
_SPEECH: Final = VadOptions(threshold=0.4, min_silence_duration_ms=160, speech_pad_ms=60)
# Voices of three that speak at once, by the network's class: nobody, each alone, each two of them.
_SETS: Final = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.bool_)
_OUTPUTS: Final = (None, *_SETS.shape)
_SPEAKS: Final = 0.5
# Of the network's first frame, and from one to the next; after its layers' strides and widths.
_FIRST_S: Final = 0.0310
_STEP_S: Final = 0.016875


class Segmenter(ABC):
    """Voices in a window."""

    window_s: ClassVar[float]
    """Seconds of a window."""
    hop_s: float
    """Seconds from one window to the next."""
    overlaps: ClassVar[bool]
    """Whether it tells that two speak at once."""

    @abstractmethod
    def voices(self, clip: AudioClip) -> tuple[NDArray[np.uint8], list[Voice]]:
        """Number of those who speak in each frame of a window, and the voices in it.

        Args:
            clip: at 16,000 Hz, `window_s` at most.

        Raises:
            EngineError: the network failed.
            VadError: voice activity detection failed.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to free
        """Free the network."""


class SpeechSegmenter(Segmenter):
    """Stretches of a second and a half of speech, each of which is taken for one voice's. It hears no overlap.

    Its network is that of the voice activity detection, which comes with a package.
    """

    window_s = 30.0
    overlaps = False

    def __init__(self, stretch_s: float = 1.5, hop_s: float = 0.75, shortest_s: float = 0.4) -> None:
        self.hop_s = self.window_s
        self._stretch = round(stretch_s / FRAME_S)
        self._hop = round(hop_s / FRAME_S)
        self._shortest = round(shortest_s / FRAME_S)

    def voices(self, clip: AudioClip) -> tuple[NDArray[np.uint8], list[Voice]]:
        frames = round(clip.duration / FRAME_S)
        speech = np.zeros(frames, np.uint8)
        found: list[Voice] = []
        for span in speech_spans(clip, _SPEECH):
            first, last = round(span.start / RATE / FRAME_S), min(frames, round(span.end / RATE / FRAME_S))
            speech[first:last] = 1
            for begin, end in self._stretches(first, last):
                active = np.zeros(frames, np.bool_)
                active[begin:end] = True
                found.append(Voice(active, active))
        return speech, found

    def _stretches(self, first: int, last: int) -> list[tuple[int, int]]:
        starts = list(range(first, max(first + 1, last - self._stretch + 1), self._hop))
        places = [(start, min(start + self._stretch, last)) for start in starts]
        if places[-1][1] < last:
            places.append((max(first, last - self._stretch), last))
        return [place for place in places if place[1] - place[0] >= min(self._shortest, last - first)]


class NetworkSegmenter(Segmenter):
    """pyannote's segmentation as ONNX (Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker
    diarization", Interspeech 2023): three voices in ten seconds, two of them at once.

    Args:
        network: samples of (batch, 1, time) in; out come the classes' likelihoods, (batch, frames, 7), or which of the
            three speak, (batch, frames, 3). A file, or its content.
        name: of the network, for messages.
        hop_s: seconds from one window to the next: the lower, the more often each second is heard, and the dearer.
        options: of onnxruntime's session.

    Raises:
        EngineUnavailableError: the file is no such network, or does not fit into memory.
    """

    window_s = 10.0
    overlaps = True

    def __init__(self, network: Path | bytes, name: str, hop_s: float, options: Any, providers: list[Any]) -> None:
        import onnxruntime

        self.hop_s = hop_s
        try:
            content = network if isinstance(network, bytes) else str(network)
            self.session = onnxruntime.InferenceSession(content, options, providers=providers)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError("Not enough memory for the segmentation network.") from error
            reason = str(error) if isinstance(network, bytes) else str(error).replace(str(network), network.name)
            raise EngineUnavailableError(
                f"The segmentation network {name} is damaged or no ONNX model: {reason}"
            ) from error
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        shape = outputs[0].shape if outputs else []
        if len(inputs) != 1 or len(inputs[0].shape) != 3 or len(shape) != 3 or shape[2] not in _OUTPUTS:
            raise EngineUnavailableError(
                f"{name} is no segmentation network of pyannote's: its input or output is another."
            )
        self._input: str = inputs[0].name

    def voices(self, clip: AudioClip) -> tuple[NDArray[np.uint8], list[Voice]]:
        samples = np.zeros(round(self.window_s * RATE), np.float32)
        samples[: len(clip.samples)] = clip.samples[: len(samples)]
        try:
            scores = np.asarray(self.session.run(None, {self._input: samples[None, None]})[0], np.float32)[0]
        except Exception as error:  # as above
            if out_of_memory(error):
                raise EngineUnavailableError("Out of memory while the segmentation network was listening.") from error
            raise EngineError(f"The segmentation network failed on this audio: {error}") from error
        sets = scores > _SPEAKS if scores.shape[1] == _SETS.shape[1] else _SETS[scores.argmax(axis=1)]
        frames = round(clip.duration / FRAME_S)
        middles = (np.arange(frames) + 0.5) * FRAME_S
        places = np.clip(np.rint((middles - _FIRST_S) / _STEP_S).astype(int), 0, len(sets) - 1)
        active: Frames = sets[places]
        alone = active & (active.sum(axis=1, keepdims=True) == 1)
        voices = [Voice(active[:, one].copy(), alone[:, one].copy()) for one in range(active.shape[1])]
        return active.sum(axis=1).astype(np.uint8), [voice for voice in voices if voice.active.any()]

    def close(self) -> None:
        del self.session
