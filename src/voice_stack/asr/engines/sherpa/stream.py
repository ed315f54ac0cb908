"""A stretch of sound that sherpa-onnx hears chunk by chunk."""

from typing import Any

import numpy as np

from voice_stack.asr.engines.base import ASREngine, LiveStream
from voice_stack.asr.engines.sherpa.words import hypothesis_words
from voice_stack.asr.engines.token_words import phrases, timed_segment
from voice_stack.asr.types import LanguageGuess, Segment, Word
from voice_stack.audio.clip import Samples
from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory


class SherpaStream(LiveStream):
    """A stretch of sound, whose state sherpa-onnx holds.

    Args:
        recogniser: sherpa-onnx's `OnlineRecognizer`; it decodes many streams at once.
        language: of the stretch.
        tail_s: seconds of silence behind its end.
    """

    def __init__(self, recogniser: Any, language: LanguageGuess, tail_s: float) -> None:
        self.language = language
        self._recogniser = recogniser
        self._stream = recogniser.create_stream()
        self._tail = np.zeros(round(tail_s * ASREngine.sample_rate), np.float32)
        self._heard_s = 0.0

    def accept(self, samples: Samples) -> list[Segment]:
        self._heard_s += len(samples) / ASREngine.sample_rate
        self._decode(samples)
        return _segments(self.words())

    def finish(self) -> list[Segment]:
        self._decode(self._tail)
        return _segments(self.words())

    def words(self) -> list[Word]:
        """The words so far, with seconds from the start of the stretch."""
        found = self._recogniser.get_result_all(self._stream)
        starts = [round(float(start), 3) for start in found.timestamps]
        return hypothesis_words(found.text, found.tokens, starts, list(found.ys_probs), 0.0, self._heard_s)

    def close(self) -> None:
        self._stream = None

    def _decode(self, samples: Samples) -> None:
        try:
            self._stream.accept_waveform(ASREngine.sample_rate, samples)
            while self._recogniser.is_ready(self._stream):
                self._recogniser.decode_stream(self._stream)
        except Exception as error:  # sherpa-onnx's onnxruntime has no classes of its own in Python
            if out_of_memory(error):
                raise EngineUnavailableError("Out of memory while sherpa-onnx was decoding.") from error
            raise EngineError(f"sherpa-onnx failed on this audio: {error}") from error


def _segments(words: list[Word]) -> list[Segment]:
    return [timed_segment(phrase, 0.0, keep_words=True) for phrase in phrases(words)]
