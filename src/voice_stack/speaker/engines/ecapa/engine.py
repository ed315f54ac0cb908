"""ECAPA-TDNN on torch."""

import logging
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import missing_package
from voice_stack.speaker.engines.base import Calibration, EmbeddingCapabilities, EmbeddingEngine
from voice_stack.speaker.engines.ecapa.features import BANDS, log_mel
from voice_stack.speaker.engines.ecapa.files import ENGINE_NAME, FILES
from voice_stack.speaker.engines.ecapa.network import Ecapa
from voice_stack.speaker.engines.onnx_files import Config
from voice_stack.speaker.vectors import Embedding

logger = logging.getLogger("voice_stack.speaker")

_CUDA: Final = "cuda"


class EcapaEngine(EmbeddingEngine):
    """ECAPA-TDNN of SpeechBrain's. Of its checkpoint tensors are read and nothing else (`weights_only`)."""

    name = ENGINE_NAME
    vector_size = 192
    calibration = Calibration(
        0.25, "SpeechBrain's own threshold, not calibrated here: no weights could be had; set SPEAKER_THRESHOLD"
    )

    def __init__(self, config: Config) -> None:
        import torch

        self.model = model_id(config.model or ENGINE_NAME)
        path = FILES.ensure(config)
        self.device = _device(config)
        try:
            tensors = torch.load(path, map_location=self.device, weights_only=True)
            self._network = Ecapa(tensors)
        except Exception as error:  # pickle's errors, torch's, ours: whatever is wrong with a file
            if out_of_memory(error):
                raise EngineUnavailableError(f"Not enough memory for the model {self.model}.") from error
            reason = str(error).replace(str(path), path.name).partition("\n")[0]
            raise EngineUnavailableError(f"The model {self.model} is no ECAPA-TDNN: {reason}") from error
        if self._network.bands != BANDS:
            raise EngineUnavailableError(f"The model {self.model} takes {self._network.bands} bands, not {BANDS}.")
        self.capabilities = EmbeddingCapabilities(self._network.size, self.calibration, max(1, config.workers))
        logger.info("loaded %s %s on %s, %d numbers a voice", self.name, self.model, self.device, self._network.size)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("torch", cls.name, "torch")

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return FILES.on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset()

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return FILES.ensure(config, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return FILES.files(config)

    def close(self) -> None:
        del self._network

    def _vector(self, samples: Samples) -> Embedding:
        import torch

        try:
            with torch.inference_mode():
                features = torch.from_numpy(log_mel(samples).T[None].copy()).to(self.device)
                vector: Embedding = self._network(features).float().cpu().numpy()
        except Exception as error:  # torch's errors have no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Out of memory while {self.model} was listening.") from error
            raise EngineError(f"{self.model} failed on this audio: {error}") from error
        if not np.isfinite(vector).all():
            raise EngineError(f"{self.model} failed on this audio: its vector is no number.")
        return vector


def _device(config: Config) -> str:
    """The device that the configuration means, where torch has it."""
    import torch

    cuda: Any = torch.cuda
    kind, _, number = config.device.partition(":")
    if kind == "cpu" or not cuda.is_available():
        if kind == _CUDA:
            logger.warning("SPEAKER_DEVICE=%s, but torch has no CUDA here: running on the CPU", config.device)
        return "cpu"
    return f"{_CUDA}:{int(number or 0)}"
