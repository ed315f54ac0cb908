"""The engine that counts seconds."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, EngineUnavailableError, UnsupportedError
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import EngineConfig

from . import NAME, CountOptions, model_file

_WEIGHTS = b"one two three " * 1000
# Nothing louder than this is no second to count.
_QUIET = 0.06

Config = EngineConfig[CountOptions]


class CountEngine(ASREngine):
    """A word for each second that is not silent. It says so in all that it answers."""

    name = NAME

    def __init__(self, config: Config) -> None:
        if config.options.broken:
            raise EngineUnavailableError("The engine count is broken, as ASR_COUNT_BROKEN asks.")
        self.download(config)
        self.model = "count-1"
        self.device = "cpu"
        self._word = config.options.word
        self.capabilities = ASRCapabilities(
            languages=frozenset({"en"}),
            tasks=frozenset({Task.TRANSCRIBE}),
            detects_language=False,
            word_timestamps=False,
            word_probabilities=False,
            incremental=True,
        )

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return None

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return model_file(config).is_file()

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset({"en"})

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        path = model_file(config)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_WEIGHTS)
            if progress is not None:
                progress("count-1", len(_WEIGHTS), len(_WEIGHTS))
        return path

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return [model_file(config).parent] if model_file(config).is_file() else []

    def transcribe(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
        memory: UnitMemory | None = None,
    ) -> Recognition:
        if request.language not in (None, "en"):
            raise UnsupportedError("The engine count knows English only.", param="language")
        return Recognition(LanguageGuess("en", 1.0), self._segments(clip, stop, next_unit))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        raise UnsupportedError("The engine count cannot tell languages.")

    def close(self) -> None:
        """Nothing to free."""

    def _segments(self, clip: AudioClip, stop: threading.Event, next_unit: NextUnit) -> Iterator[Segment]:
        for second in range(int(clip.duration)):
            if stop.is_set():
                raise CancelledWorkError("The client is gone.")
            next_unit(1.0)
            if np.abs(clip.slice(second, second + 1).samples).max() < _QUIET:
                continue
            yield Segment(float(second), second + 1.0, f" {self._word}")
