"""Speakers told apart in process: a network that is loaded when it is first needed."""

import threading
import time
from dataclasses import replace
from typing import Any, Final, cast

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.resample import resampled
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.settings import Settings
from voice_stack.core.storage import StorageOptions
from voice_stack.hub.settings import HubOptions
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.registry import REGISTRY, Registry
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.speaker.engines.base import Calibration, EmbeddingEngine
from voice_stack.speaker.settings import SpeakerOptions
from voice_stack.speaker.vectors import Embedding, similarity

UNSET: Final = (
    "Speakers are not compared here: SPEAKER_MODEL is empty. Set it to campplus, or to the path of a CAM++ .onnx file."
)
# What could not be loaded is tried again after this.
_RETRY_S: Final = 60.0


class SpeakerEncoder:
    """The speaker embedding engine of a service, in process. Thread-safe; its methods block.

    Args:
        options: which model, where, and the threshold.
        config: what the engine is told.
        embedded: whether the engine's own network is meant where the options name none.
    """

    def __init__(
        self, options: SpeakerOptions, spec: EngineSpec, config: EngineConfig[Any], *, embedded: bool = False
    ) -> None:
        self._options = options
        self._is_named = bool(options.model) or embedded
        self._spec = spec
        self._config = config
        self._lock = threading.Lock()
        self._engine: EmbeddingEngine | None = None
        self._failure: tuple[float, EngineUnavailableError] | None = None

    @property
    def is_configured(self) -> bool:
        """True when SPEAKER_MODEL names a model, had or not; where the embedded one is taken, always."""
        return self._is_named

    @property
    def obstacle(self) -> str | None:
        """Reason why speakers cannot be compared, as far as it is known without loading; None when nothing is in the
        way."""
        return self._spec.obstacle(self._config) if self._is_named else UNSET

    @property
    def is_ready(self) -> bool:
        """True when the network can be loaded without a download."""
        return self.obstacle is None and self._spec.load().is_downloaded(self._config)

    @property
    def name(self) -> str:
        """Engine and model, `campplus/campplus`: what is compared is compared by somebody."""
        engine = self._loaded()
        return f"{engine.name}/{engine.model}"

    @property
    def device(self) -> str:
        """Device that it runs on: cpu, cuda:0 ...

        Raises:
            EngineUnavailableError: as `embed`.
        """
        return self._loaded().device

    @property
    def calibration(self) -> Calibration:
        """The threshold from which two recordings are of one speaker: SPEAKER_THRESHOLD, else the model's own.

        Raises:
            EngineUnavailableError: as `embed`.
        """
        if self._options.threshold is not None:
            own = self._loaded().capabilities.calibration
            return replace(own, same=self._options.threshold, source="SPEAKER_THRESHOLD")
        return self._loaded().capabilities.calibration

    @property
    def apart(self) -> float:
        """The similarity below which two groups of speech in one recording are of two people, for diarization: the
        model's own; where that was not measured, the threshold for recordings.

        Raises:
            EngineUnavailableError: as `embed`.
        """
        own = self._loaded().capabilities.calibration.apart
        return self.calibration.same if own is None else own

    def embed(self, clip: AudioClip) -> Embedding:
        """The speaker of a clip, silence left out: (size,) float32 of length 1.

        Args:
            clip: mono, at any rate, of one speaker.

        Raises:
            EngineUnavailableError: SPEAKER_MODEL is empty, or its model cannot be had.
            TooLittleSpeechError: there is too little speech in it.
            EngineError: the network failed.
        """
        engine = self._loaded()
        return engine.embed(resampled(clip, engine.sample_rate))

    def embed_speech(self, clip: AudioClip) -> Embedding:
        """The same for a clip that is known to be speech from its start to its end; nothing is left out.

        Raises:
            As `embed`.
        """
        engine = self._loaded()
        return engine.embed_speech(resampled(clip, engine.sample_rate))

    def is_same(self, a: Embedding, b: Embedding) -> bool:
        """True for two vectors that are taken to be of one speaker."""
        return similarity(a, b) >= self.calibration.same

    def close(self) -> None:
        """Free the network. It is loaded again when it is needed again."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _loaded(self) -> EmbeddingEngine:
        if not self._is_named:
            raise EngineUnavailableError(UNSET)
        with self._lock:
            if self._engine is None:
                if self._failure is not None and time.monotonic() < self._failure[0] + _RETRY_S:
                    raise EngineUnavailableError(self._failure[1].message) from self._failure[1]
                try:
                    self._engine = cast(EmbeddingEngine, self._spec.build(self._config))
                except EngineUnavailableError as error:
                    self._failure = time.monotonic(), error
                    raise
            return self._engine


def speaker_encoder(settings: Settings, registry: Registry = REGISTRY, *, embedded: bool = False) -> SpeakerEncoder:
    """The encoder that the settings mean. Loads nothing.

    Args:
        embedded: where SPEAKER_MODEL is empty, take the engine whose network comes with the install; else speakers are
            not compared there.

    Raises:
        SettingsError: SPEAKER_ENGINE names no engine, or another setting is wrong.
    """
    options = settings.group(SpeakerOptions)
    spec = registry.get(Kind.EMBEDDING, options.engine, "SPEAKER_ENGINE")
    rows = registry.of(Kind.EMBEDDING)
    if options.model:
        # The name of an engine means its usual network.
        spec = next((row for row in rows if row.name == options.model), spec)
    elif embedded:
        spec = next((row for row in rows if row.embedded), spec)
    storage = settings.group(StorageOptions)
    config: EngineConfig[Any] = EngineConfig(
        options=settings.group(spec.options),
        model=options.model,
        device=options.device,
        threads=options.threads,
        model_dir=storage.model_dir,
        cache_dir=storage.data_dir / "cache",
        hub_timeout_s=settings.group(HubOptions).timeout_s,
    )
    return SpeakerEncoder(options, spec, config, embedded=embedded)
