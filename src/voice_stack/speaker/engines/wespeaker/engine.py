"""WeSpeaker's ResNet34 on onnxruntime."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import missing_package
from voice_stack.speaker.community import INSTALL, PACKAGE, CommunityNetwork, is_there, read_network
from voice_stack.speaker.engines.base import Calibration
from voice_stack.speaker.engines.onnx_engine import Config, OnnxEmbeddingEngine
from voice_stack.speaker.engines.wespeaker.files import EMBEDDED, ENGINE_NAME, FILES, is_embedded
from voice_stack.speaker.features import BANDS, log_mel

# These networks have learnt from numbers of 16 bits.
_SIXTEEN_BITS: Final = 32768.0
_INSTALL: Final = f"{INSTALL} onnxruntime"


class WespeakerEngine(OnnxEmbeddingEngine):
    """ResNet34 as WeSpeaker trains it (Wang et al., "WeSpeaker: A Research and Production Oriented Speaker Embedding
    Learning Toolkit", ICASSP 2023).

    The network takes (batch, frames, 80) log mel energies whose mean over time is taken away; community-1's also how
    much each frame counts, (batch, frames).
    """

    name = ENGINE_NAME
    label = "WeSpeaker"
    vector_size = 256
    calibration = Calibration(
        0.36,
        "equal error rate 7.8 % on 144 pairs of one and 279 of two speakers recorded alike, of 29 who are not "
        "reported on (python -m benchmarks.speaker_trials --calibrate)",
        one_voice=0.35,
        one_voice_brief=0.25,
        apart=0.42,
    )

    def __init__(self, config: Config) -> None:
        if is_embedded(config):
            content = read_network(CommunityNetwork.EMBEDDING)
            if content is None:
                raise EngineUnavailableError(_lacking())
            super().__init__(config, content, EMBEDDED, is_calibrated=True)
        else:
            network = FILES.ensure(config)
            super().__init__(config, network, model_id(config.model), is_calibrated=False)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        found = missing_package("onnxruntime", cls.name, _INSTALL)
        if found is None and is_embedded(config):
            found = missing_package(PACKAGE, cls.name, _INSTALL)
            if found is None and not is_there(CommunityNetwork.EMBEDDING):
                return _lacking()
        return found

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return is_there(CommunityNetwork.EMBEDDING) if is_embedded(config) else FILES.on_disk(config) is not None

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return None if is_embedded(config) else FILES.ensure(config, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return [] if is_embedded(config) else FILES.files(config)

    def _features(self, samples: Samples) -> dict[str, NDArray[np.float32]]:
        features = log_mel(samples, _SIXTEEN_BITS, "hamming")
        features -= features.mean(axis=0, keepdims=True)
        given = {self._inputs[0]: features[None]}
        if len(self._inputs) > 1:
            given[self._inputs[1]] = np.ones((1, len(features)), np.float32)
        return given

    def _fits(self, shape: list[Any]) -> bool:
        return len(shape) == 3 and shape[2] == BANDS


def _lacking() -> str:
    return f"The network that comes with {INSTALL} is not here. Install it: pip install {_INSTALL}"
