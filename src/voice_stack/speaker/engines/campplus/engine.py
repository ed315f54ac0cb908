"""CAM++ on onnxruntime."""

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
from voice_stack.serving.onnx_session import providers, real_device, session_options
from voice_stack.speaker.engines.base import Calibration, EmbeddingCapabilities, EmbeddingEngine
from voice_stack.speaker.engines.campplus.features import BANDS, log_mel
from voice_stack.speaker.engines.campplus.files import (
    ENGINE_NAME,
    Config,
    ensure_file,
    files,
    is_calibrated,
    on_disk,
)
from voice_stack.speaker.vectors import Embedding

logger = logging.getLogger("voice_stack.speaker")

_VARIABLE: Final = "SPEAKER_DEVICE"
_SIXTEEN_BITS: Final = 32768.0


class CampplusEngine(EmbeddingEngine):
    """CAM++ (Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking",
    Interspeech 2023), exported to ONNX by us or by sherpa-onnx.

    The network takes (batch, frames, 80) log mel energies whose mean over time is taken away. sherpa-onnx writes into
    the file whether its samples go up to 1 or to 32,768 (`normalize_samples`); without a word of it they go up to 1.
    """

    name = ENGINE_NAME
    vector_size = 192
    calibration = Calibration(
        0.58,
        "equal error rate 0.4 % at 0.58 on 450 pairs of 58 clips, mostly read English (python -m benchmarks.speakers)",
    )

    def __init__(self, config: Config) -> None:
        self.model = model_id(config.model) if config.model else ENGINE_NAME
        network = ensure_file(config)
        self._session, self.device = self._open(network, config)
        facts = self._facts()
        self._scale = 1.0 if facts.get("normalize_samples", "1") != "0" else _SIXTEEN_BITS
        normal = facts.get("feature_normalize_type", "global-mean")
        size = self._check_shapes()
        if normal not in ("global-mean", ""):
            raise EngineUnavailableError(
                f"The model {self.model} wants features normalised by {normal!r}, not CAM++'s."
            )
        source = "not calibrated for this network: set SPEAKER_THRESHOLD"
        own = self.calibration if is_calibrated(network) else Calibration(self.calibration.same, source)
        self.capabilities = EmbeddingCapabilities(size, own, max(1, config.workers))
        logger.info("loaded %s %s on %s, %d numbers a voice", self.name, self.model, self.device, size)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("onnxruntime", cls.name, "onnxruntime")

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset()

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_file(config, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return files(config)

    def close(self) -> None:
        del self._session

    def _vector(self, samples: Samples) -> Embedding:
        features = log_mel(samples, self._scale)
        features -= features.mean(axis=0, keepdims=True)
        try:
            output = np.asarray(self._session.run(None, {self._input: features[None]})[0], np.float32)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Out of memory while {self.model} was listening.") from error
            raise EngineError(f"{self.model} failed on this audio: {error}") from error
        vector = output.reshape(-1)
        if not np.isfinite(vector).all():
            raise EngineError(f"{self.model} failed on this audio: its vector is no number.")
        return vector

    def _open(self, network: Path, config: Config) -> tuple[Any, str]:
        import onnxruntime

        wanted, device = providers(config, _VARIABLE, logger)
        try:
            session = onnxruntime.InferenceSession(str(network), session_options(config), providers=wanted)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Not enough memory for the model {self.model}.") from error
            reason = str(error).replace(str(network), network.name)
            raise EngineUnavailableError(f"The model {self.model} is damaged or no ONNX model: {reason}") from error
        return session, real_device([session], device, self.model, config, _VARIABLE, logger)

    def _facts(self) -> dict[str, str]:
        """Metadata that the exporter wrote into the file."""
        return {str(key): str(value) for key, value in self._session.get_modelmeta().custom_metadata_map.items()}

    def _check_shapes(self) -> int:
        """The size of a vector, when the network is one of this kind."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = inputs[0].shape if len(inputs) == 1 else []
        size = outputs[0].shape[-1] if outputs and outputs[0].shape else None
        if len(shape) != 3 or shape[2] != BANDS:
            raise EngineUnavailableError(f"The model {self.model} is no CAM++ network: its input is another.")
        self._input: str = inputs[0].name
        return size if isinstance(size, int) else self.vector_size
