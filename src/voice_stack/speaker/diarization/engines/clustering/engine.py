"""Windows, voices, groups."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import missing_package
from voice_stack.serving.onnx_session import providers, real_device, session_options
from voice_stack.speaker.community import INSTALL, CommunityNetwork, is_there, read_network
from voice_stack.speaker.diarization.base import DiarizationCapabilities, DiarizationEngine
from voice_stack.speaker.diarization.engines.clustering.files import (
    COMMUNITY,
    ENGINE_NAME,
    VOICE_ACTIVITY,
    Config,
    chosen,
    comes_along,
    ensure,
    files,
    on_disk,
)
from voice_stack.speaker.diarization.grouping import Grouping
from voice_stack.speaker.diarization.listening import Listening, ListeningOptions
from voice_stack.speaker.diarization.placing import Placing
from voice_stack.speaker.diarization.segmentation import NetworkSegmenter, Segmenter, SpeechSegmenter
from voice_stack.speaker.diarization.turns import SpeakerBounds
from voice_stack.speaker.encoder import SpeakerEncoder

logger = logging.getLogger("voice_stack.speaker")

_VARIABLE: Final = "DIARIZATION_DEVICE"
_LACKING: Final = f"The segmentation network that comes with {INSTALL} is not here. Install it: pip install {INSTALL}"
# Whole windows are more like each other than stretches of a second and a half are: so much less is asked of these.
_SHORT: Final = 0.05


class ClusteringEngine(DiarizationEngine):
    """Voices of windows of ten seconds, or of stretches of speech, grouped by the configured embedding model."""

    name = ENGINE_NAME
    needs_encoder = True

    def __init__(self, config: Config) -> None:
        self._options = config.options
        name = chosen(config)
        self.model = model_id(name)
        self.device = "cpu"
        self._segmenter: Segmenter = SpeechSegmenter()
        if name != VOICE_ACTIVITY:
            wanted, device = providers(config, _VARIABLE, logger)
            content = read_network(CommunityNetwork.SEGMENTATION) if name == COMMUNITY else ensure(config)
            if content is None:
                raise EngineUnavailableError(_LACKING)
            options = session_options(config)
            network = NetworkSegmenter(content, self.model, config.options.hop_s, options, wanted)
            self.device = real_device([network.session], device, self.model, config, _VARIABLE, logger)
            self._segmenter = network
        overlap = self._segmenter.overlaps
        self.capabilities = DiarizationCapabilities(overlap, confidence=True, online=True, concurrency=config.workers)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        if chosen(config) == COMMUNITY and not is_there(CommunityNetwork.SEGMENTATION):
            return _LACKING
        return missing_package("onnxruntime", cls.name, "onnxruntime")

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return comes_along(config) or on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset()

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return None if comes_along(config) else ensure(config, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return files(config)

    def begin(self, encoder: SpeakerEncoder, bounds: SpeakerBounds) -> Listening:
        same = encoder.apart if self._options.threshold is None else self._options.threshold
        apart = same if self._segmenter.overlaps or self._options.threshold is not None else same - _SHORT
        grouping = replace(Grouping(), apart=apart)
        return Listening(self._segmenter, encoder.embed_speech, bounds, ListeningOptions(grouping, Placing()))

    def close(self) -> None:
        self._segmenter.close()
