"""The recognition engines of the service, by the names of their models."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from voice_stack.asr.engines.base import ASREngine, EngineConfig
from voice_stack.asr.engines.factory import build_engine, engine_config
from voice_stack.asr.engines.whisper_names import WHISPER_NAMES, model_id, repo_of
from voice_stack.asr.models import ModelCatalogue, ModelEntry, pocketsphinx_entry
from voice_stack.asr.settings import AsrSettings, EngineName
from voice_stack.serving import pool

logger = logging.getLogger("voice_stack.asr")

LeasedEngine = pool.Leased[ModelEntry, ASREngine]


class EnginePool(pool.EnginePool[ModelEntry, ASREngine]):
    """Leases engines by the model's name, and falls back when the configured engine cannot be built. Thread-safe.

    ASR_FALLBACK_ENGINES answer for the configured model and its aliases. A client that names another model wants
    that model: when it cannot be built, its error is the answer.

    Args:
        build: makes an engine (`factory.build_engine`).
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        settings: AsrSettings,
        catalogue: ModelCatalogue,
        *,
        build: Callable[[EngineName, EngineConfig], ASREngine] = build_engine,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            lambda name, source: build(EngineName(name), engine_config(settings, source)),
            idle_s=settings.asr_idle_unload_s,
            retry_s=settings.asr_retry_engine_s,
            log=logger,
            clock=clock,
        )
        self._settings = settings
        self._catalogue = catalogue

    @contextmanager
    def lease(self, requested_model: str) -> Iterator[LeasedEngine]:
        """Hold the engine for a model; loads it when needed, which may take minutes. Call it from worker threads.

        Raises:
            ModelNotFoundError, UnsupportedError: the name stands for nothing here.
            EngineUnavailableError: neither the engine nor a fallback can be built; the message says why.
        """
        wanted = self._catalogue.resolve(requested_model)
        chain = self._chain(wanted) if self._catalogue.is_configured(requested_model) else [wanted]
        with self.lease_chain(chain) as leased:
            yield leased

    def status(self) -> Mapping[str, object]:
        """What `/health` says of the configured model."""
        return self.chain_status(self._chain(self._catalogue.configured), self._settings.asr_device)

    def _chain(self, wanted: ModelEntry) -> list[ModelEntry]:
        chain = [wanted]
        for name in self._settings.asr_fallback_engines:
            if all(entry.engine is not name for entry in chain):
                chain.append(_counterpart(wanted, name))
        return chain


def _counterpart(wanted: ModelEntry, engine: EngineName) -> ModelEntry:
    """The model that a fallback engine runs: the same one by name, where the engine has such a thing."""
    if engine is EngineName.POCKETSPHINX:
        return pocketsphinx_entry()
    name = next((name for name in WHISPER_NAMES[engine] if wanted.source in (name, repo_of(name))), wanted.source)
    return ModelEntry(model_id(name), engine, name, "openai", wanted.created, False)
