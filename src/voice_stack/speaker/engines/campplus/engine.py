"""CAM++ on onnxruntime."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.speaker.engines.base import Calibration
from voice_stack.speaker.engines.campplus.files import ENGINE_NAME, FILES
from voice_stack.speaker.engines.onnx_engine import Config, OnnxEmbeddingEngine
from voice_stack.speaker.features import BANDS, log_mel

_SIXTEEN_BITS: Final = 32768.0


class CampplusEngine(OnnxEmbeddingEngine):
    """CAM++ (Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking",
    Interspeech 2023), exported to ONNX by us or by sherpa-onnx.

    The network takes (batch, frames, 80) log mel energies whose mean over time is taken away. sherpa-onnx writes into
    the file whether its samples go up to 1 or to 32,768 (`normalize_samples`); without a word of it they go up to 1.
    """

    name = ENGINE_NAME
    label = "CAM++"
    vector_size = 192
    calibration = Calibration(
        0.54,
        "equal error rate 9.0 % on 144 pairs of one and 279 of two speakers recorded alike, of 29 who are not "
        "reported on (python -m benchmarks.speaker_trials --calibrate)",
        one_voice=0.6,
        one_voice_brief=0.48,
        apart=0.6,
    )

    def __init__(self, config: Config) -> None:
        network = FILES.ensure(config)
        model = model_id(config.model) if config.model else ENGINE_NAME
        super().__init__(config, network, model, is_calibrated=FILES.is_calibrated(network))
        facts = self._facts()
        self._scale = 1.0 if facts.get("normalize_samples", "1") != "0" else _SIXTEEN_BITS
        normal = facts.get("feature_normalize_type", "global-mean")
        if normal not in ("global-mean", ""):
            raise EngineUnavailableError(
                f"The model {self.model} wants features normalised by {normal!r}, not CAM++'s."
            )

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
        features = log_mel(samples, self._scale)
        features -= features.mean(axis=0, keepdims=True)
        return {self._inputs[0]: features[None]}

    def _fits(self, shape: list[Any]) -> bool:
        return len(shape) == 3 and shape[2] == BANDS
