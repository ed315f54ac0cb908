"""Embedding networks on onnxruntime: features in, a vector out."""

import logging
from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.serving.engine import EngineConfig, EngineOptions, missing_package
from voice_stack.serving.onnx_session import providers, real_device, session_options
from voice_stack.speaker.engines.base import EmbeddingCapabilities, EmbeddingEngine
from voice_stack.speaker.vectors import Embedding

logger = logging.getLogger("voice_stack.speaker")

Config = EngineConfig[EngineOptions]

_VARIABLE: Final = "SPEAKER_DEVICE"


class OnnxEmbeddingEngine(EmbeddingEngine, abstract=True):
    """A network that takes features of speech and gives one vector.

    Args:
        network: its file, or its content.
        model: its id.
        is_calibrated: whether it is the network that the class's threshold was measured with.
    """

    label: ClassVar[str]
    """The network's name, for messages: `CAM++`."""

    def __init__(self, config: Config, network: Path | bytes, model: str, *, is_calibrated: bool) -> None:
        self.model = model
        self._session, self.device = self._open(network, config)
        size = self._check_shapes()
        own = self.calibration
        if not is_calibrated:
            source = "not calibrated for this network: set SPEAKER_THRESHOLD"
            own = replace(own, source=source, one_voice=None, one_voice_brief=None)
        self.capabilities = EmbeddingCapabilities(size, own, max(1, config.workers))
        logger.info("loaded %s %s on %s, %d numbers a voice", self.name, self.model, self.device, size)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("onnxruntime", cls.name, "onnxruntime")

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset()

    def close(self) -> None:
        del self._session

    @abstractmethod
    def _features(self, samples: Samples) -> dict[str, NDArray[np.float32]]:
        """Arrays that the network takes, by the names of its inputs."""

    @abstractmethod
    def _fits(self, shape: list[Any]) -> bool:
        """True for the shape of the first input of a network of this kind."""

    def _vector(self, samples: Samples) -> Embedding:
        try:
            output = np.asarray(self._session.run(None, self._features(samples))[0], np.float32)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Out of memory while {self.model} was listening.") from error
            raise EngineError(f"{self.model} failed on this audio: {error}") from error
        vector = output.reshape(-1)
        if not np.isfinite(vector).all():
            raise EngineError(f"{self.model} failed on this audio: its vector is no number.")
        return vector

    def _open(self, network: Path | bytes, config: Config) -> tuple[Any, str]:
        import onnxruntime

        wanted, device = providers(config, _VARIABLE, logger)
        content = network if isinstance(network, bytes) else str(network)
        try:
            session = onnxruntime.InferenceSession(content, session_options(config), providers=wanted)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Not enough memory for the model {self.model}.") from error
            reason = str(error) if isinstance(network, bytes) else str(error).replace(str(network), network.name)
            raise EngineUnavailableError(f"The model {self.model} is damaged or no ONNX model: {reason}") from error
        return session, real_device([session], device, self.model, config, _VARIABLE, logger)

    def _facts(self) -> dict[str, str]:
        """Metadata that the exporter wrote into the file."""
        return {str(key): str(value) for key, value in self._session.get_modelmeta().custom_metadata_map.items()}

    def _check_shapes(self) -> int:
        """The size of a vector, when the network is one of this kind."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        size = outputs[0].shape[-1] if outputs and outputs[0].shape else None
        if not inputs or not self._fits(list(inputs[0].shape)):
            raise EngineUnavailableError(f"The model {self.model} is no {self.label} network: its input is another.")
        self._inputs: list[str] = [one.name for one in inputs]
        return size if isinstance(size, int) else self.vector_size
