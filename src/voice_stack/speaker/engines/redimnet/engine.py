"""ReDimNet2 on onnxruntime."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.speaker.engines.base import Calibration
from voice_stack.speaker.engines.onnx_engine import Config, OnnxEmbeddingEngine
from voice_stack.speaker.engines.redimnet.features import BANDS, log_mel
from voice_stack.speaker.engines.redimnet.files import ENGINE_NAME, FILES

_RATE: Final = 16_000
# The exported networks take one second to thirty, and frames by the four.
_SHORTEST: Final = _RATE
_LONGEST: Final = 30 * _RATE


class RedimnetEngine(OnnxEmbeddingEngine):
    """ReDimNet2 (Yakovlev et al., "Reshape Dimensions Network for Speaker Recognition", Interspeech 2024, and its
    successor), as redimnet2-onnx exports it.

    The network takes (1, 1, 72, frames) log mel energies whose mean over time is taken away. What is shorter than a
    second is repeated to one.
    """

    name = ENGINE_NAME
    label = "ReDimNet2"
    vector_size = 192
    calibration = Calibration(0.5, "not calibrated: no weights could be had to measure it with; set SPEAKER_THRESHOLD")

    def __init__(self, config: Config) -> None:
        super().__init__(config, FILES.ensure(config), model_id(config.model or ENGINE_NAME), is_calibrated=False)

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return FILES.on_disk(config) is not None

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return FILES.ensure(config, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return FILES.files(config)

    def _features(self, samples: Samples) -> dict[str, NDArray[np.float32]]:
        if len(samples) < _SHORTEST:
            samples = np.resize(samples, _SHORTEST)
        features = log_mel(samples[:_LONGEST])
        return {self._inputs[0]: features[None, None]}

    def _fits(self, shape: list[Any]) -> bool:
        return len(shape) == 4 and shape[2] == BANDS
