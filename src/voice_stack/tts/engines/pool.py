"""The speech engines of the service, by the names of their models."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from voice_stack.serving import pool
from voice_stack.tts.engines.base import EngineConfig, TTSEngine
from voice_stack.tts.engines.factory import build_engine, engine_config
from voice_stack.tts.models import ModelCatalogue, ModelEntry
from voice_stack.tts.settings import EngineName, TtsSettings

logger = logging.getLogger("voice_stack.tts")

LeasedEngine = pool.Leased[ModelEntry, TTSEngine]


class EnginePool(pool.EnginePool[ModelEntry, TTSEngine]):
    """Leases engines by the model's name, and falls back when the configured engine cannot be built. Thread-safe.

    Args:
        build: makes an engine (`factory.build_engine`).
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        settings: TtsSettings,
        catalogue: ModelCatalogue,
        *,
        build: Callable[[EngineName, EngineConfig], TTSEngine] = build_engine,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            lambda name, _: build(EngineName(name), engine_config(settings, EngineName(name))),
            idle_s=settings.tts_idle_unload_s,
            retry_s=settings.tts_retry_engine_s,
            log=logger,
            clock=clock,
        )
        self._settings = settings
        self._catalogue = catalogue

    @contextmanager
    def lease(self, requested_model: str) -> Iterator[LeasedEngine]:
        """Hold the engine for a model; loads it when needed, which may take minutes. Call it from worker threads.

        Raises:
            ModelNotFoundError: the name stands for nothing here.
            EngineUnavailableError: neither the engine nor a fallback can be built; the message says why.
        """
        with self.lease_chain(self._catalogue.chain(requested_model)) as leased:
            yield leased

    def status(self) -> Mapping[str, object]:
        """What `/health` says of the configured model."""
        return self.chain_status(self._catalogue.chain(), self._settings.tts_device)
