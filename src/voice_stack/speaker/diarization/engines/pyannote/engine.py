"""pyannote.audio, version 4: whole recordings, in one piece."""

import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import missing_package
from voice_stack.speaker.diarization.base import RATE, DiarizationCapabilities, DiarizationEngine
from voice_stack.speaker.diarization.engines.pyannote.files import COMMUNITY, ENGINE_NAME, Config, recipe
from voice_stack.speaker.diarization.turns import Diarization, SpeakerBounds, Turn, lettered
from voice_stack.speaker.encoder import SpeakerEncoder

logger = logging.getLogger("voice_stack.speaker")


class PyannoteEngine(DiarizationEngine):
    """A pipeline of pyannote's. It takes a recording as a whole: two hours are 460 MB, and there is nothing to hear
    before the end. Its own vectors are of another network than the configured one, so none are told."""

    name = ENGINE_NAME
    needs_encoder = False

    def __init__(self, config: Config) -> None:
        import torch
        from pyannote.audio import Pipeline

        self.model = model_id(config.model or COMMUNITY)
        folder = recipe(config)
        source = str(folder) if folder is not None else config.model or COMMUNITY
        pipeline = Pipeline.from_pretrained(source, token=config.options.token or None, cache_dir=config.model_dir)
        if pipeline is None:
            raise EngineUnavailableError(
                f"The pipeline {self.model} cannot be had: accept its conditions on the hub and set "
                "DIARIZATION_PYANNOTE_TOKEN, or set DIARIZATION_MODEL to a folder with it."
            )
        self.device = "cuda:0" if config.device != "cpu" and torch.cuda.is_available() else "cpu"
        pipeline.to(torch.device(self.device))
        self._pipeline: Any = pipeline
        self._lock = threading.Lock()
        self.capabilities = DiarizationCapabilities(overlap=True, confidence=False, online=False)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        try:
            return missing_package("pyannote.audio", cls.name, "'pyannote.audio>=4'")
        except ModuleNotFoundError:  # the namespace itself is not there
            return (
                f"The engine {cls.name} needs the package pyannote.audio. Install it: pip install 'pyannote.audio>=4'"
            )

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return recipe(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset()

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return recipe(config)  # its own package fetches the rest when it is loaded

    def begin(self, encoder: SpeakerEncoder, bounds: SpeakerBounds) -> "_Whole":
        return _Whole(self, bounds)

    def diarize(self, samples: Samples, bounds: SpeakerBounds) -> Diarization:
        """Turns of a whole recording.

        Args:
            samples: (time,) float32 at 16,000 Hz.
        """
        import torch

        waveform = torch.from_numpy(samples)[None]
        try:
            with self._lock:
                answer = self._pipeline(
                    {"waveform": waveform, "sample_rate": RATE}, min_speakers=bounds.least, max_speakers=bounds.most
                )
        except Exception as error:
            if out_of_memory(error):
                raise EngineUnavailableError(f"Out of memory while {self.model} was listening.") from error
            raise EngineError(f"{self.model} failed on this audio: {error}") from error
        found = getattr(answer, "speaker_diarization", answer)
        turns = [Turn(part.start, part.end, str(who)) for part, _, who in found.itertracks(yield_label=True)]
        turns.sort(key=lambda turn: (turn.start, turn.end))
        return Diarization(tuple(turns), {}, len(samples) / RATE).named(lettered(turns))

    def close(self) -> None:
        del self._pipeline


class _Whole:
    """A recording that is kept until its end."""

    def __init__(self, engine: PyannoteEngine, bounds: SpeakerBounds) -> None:
        self._engine = engine
        self._bounds = bounds
        self._parts: list[Samples] = []

    def hear(self, clip: AudioClip) -> None:
        self._parts.append(clip.samples)

    def so_far(self) -> Diarization:
        return Diarization((), {}, sum(map(len, self._parts)) / RATE)

    def finish(self) -> Diarization:
        samples = np.concatenate([np.zeros(0, np.float32), *self._parts])
        return self._engine.diarize(samples, self._bounds)
