"""The engines of the service: resident, shared, and honest about which one answers."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from voice_stack.asr.engines.base import ASREngine, EngineConfig
from voice_stack.asr.engines.factory import build_engine, engine_config
from voice_stack.asr.engines.names import WHISPER_NAMES, model_id, repo_of
from voice_stack.asr.models import ModelCatalogue, ModelEntry, pocketsphinx_entry
from voice_stack.asr.settings import AsrSettings, EngineName
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.residency import Phase, Residency

logger = logging.getLogger("voice_stack.asr")

Key = tuple[EngineName, str]


@dataclass(frozen=True, slots=True)
class LeasedEngine:
    """An engine in use.

    Attributes:
        entry: the model that it runs.
        fallback_reason: why it answers in place of the configured engine, or None when it is the one asked for.
    """

    engine: ASREngine
    entry: ModelEntry
    fallback_reason: str | None


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    at: float


class EnginePool:
    """Leases engines by the model's name, and falls back when the configured engine cannot be built. Thread-safe.

    ASR_FALLBACK_ENGINES answer for the configured model and its aliases. A client that names another model wants
    that model: when it cannot be built, its error is the answer. A build that failed is not tried again for
    ASR_RETRY_ENGINE_S.

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
        self._settings = settings
        self._catalogue = catalogue
        self._build_engine = build
        self._clock = clock
        self._residency: Residency[Key, ASREngine] = Residency(
            self._build, self._close, idle_s=settings.asr_idle_unload_s, clock=clock
        )
        self._lock = threading.Lock()
        self._failures: dict[Key, _Failure] = {}
        self._warned: set[str] = set()
        self._devices: dict[Key, str] = {}

    @contextmanager
    def lease(self, requested_model: str) -> Iterator[LeasedEngine]:
        """Hold the engine for a model; loads it when needed, which may take minutes. Call it from worker threads.

        Raises:
            ModelNotFoundError, UnsupportedError: the name stands for nothing here.
            EngineUnavailableError: neither the engine nor a fallback can be built; the message says why.
        """
        with ExitStack() as stack:
            yield self._acquire(requested_model, stack)

    def status(self) -> Mapping[str, object]:
        """What `/health` says: the engine that answers, its model and device, and how it is.

        `state` is idle (nothing is loaded), loading, ready, degraded (a fallback answers) or unavailable.
        """
        chain = self._chain(self._catalogue.configured)
        states = self._residency.states()
        with self._lock:
            failures, devices = dict(self._failures), dict(self._devices)
        configured = chain[0]
        failure = failures.get(_key(configured))
        answering = next((entry for entry in chain if _key(entry) not in failures), None)
        loaded = states.get(_key(answering)) if answering else None
        if answering is None:
            state = "unavailable"
        elif answering is not configured:
            state = "degraded"
        elif loaded is None or loaded.phase is Phase.CLOSING:
            state = "idle"
        else:
            state = "loading" if loaded.phase is Phase.LOADING else "ready"
        shown = answering or configured
        return {
            "state": state,
            "engine": shown.engine.value,
            "model": shown.id,
            "device": devices.get(_key(shown)) if loaded else None,
            "requested_engine": configured.engine.value,
            "requested_model": configured.id,
            "requested_device": self._settings.asr_device,
            "reason": failure.reason if failure else None,
        }

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for ASR_IDLE_UNLOAD_S."""
        for name, source in self._residency.unload_idle():
            logger.info("unloaded %s %s after %g s without a request", name, source, self._settings.asr_idle_unload_s)

    def reset(self) -> None:
        """Free all engines that nobody uses, and forget failures."""
        self._residency.reset()
        with self._lock:
            self._failures.clear()
            self._warned.clear()

    def close(self) -> None:
        """Free all engines. Nothing else is called afterwards."""
        self.reset()

    def _acquire(self, requested_model: str, stack: ExitStack) -> LeasedEngine:
        wanted = self._catalogue.resolve(requested_model)
        chain = self._chain(wanted) if self._catalogue.is_configured(requested_model) else [wanted]
        reasons: list[str] = []
        for entry in chain:
            try:
                engine = self._lease_one(_key(entry), stack)
            except EngineUnavailableError as error:
                reasons.append(error.message)
                continue
            reason = reasons[0] if reasons else None
            if reason:
                self._warn_once(f"{entry.engine} answers in place of {wanted.engine} {wanted.id}: {reason}")
            return LeasedEngine(engine, entry, reason)
        message = "; ".join(reasons)
        self._warn_once(f"no engine can answer for {wanted.id}: {message}")
        raise EngineUnavailableError(message)

    def _chain(self, wanted: ModelEntry) -> list[ModelEntry]:
        chain = [wanted]
        for name in self._settings.asr_fallback_engines:
            if all(entry.engine is not name for entry in chain):
                chain.append(_counterpart(wanted, name))
        return chain

    def _lease_one(self, key: Key, stack: ExitStack) -> ASREngine:
        with self._lock:
            failure = self._failures.get(key)
        if failure and self._clock() - failure.at < self._settings.asr_retry_engine_s:
            raise EngineUnavailableError(failure.reason)
        return stack.enter_context(self._residency.lease(key))

    def _build(self, key: Key) -> ASREngine:
        name, source = key
        try:
            engine = self._build_engine(name, engine_config(self._settings, source))
        except EngineUnavailableError as error:
            with self._lock:
                self._failures[key] = _Failure(error.message, self._clock())
            raise
        with self._lock:
            self._devices[key] = engine.device
            if self._failures.pop(key, None):
                self._warned.clear()
        return engine

    @staticmethod
    def _close(engine: ASREngine) -> None:
        engine.close()

    def _warn_once(self, message: str) -> None:
        with self._lock:
            known = message in self._warned
            self._warned.add(message)
        if not known:
            logger.warning("%s", message)


def _key(entry: ModelEntry) -> Key:
    return entry.engine, entry.source


def _counterpart(wanted: ModelEntry, engine: EngineName) -> ModelEntry:
    """The model that a fallback engine runs: the same one by name, where the engine has such a thing."""
    if engine is EngineName.POCKETSPHINX:
        return pocketsphinx_entry()
    name = next((name for name in WHISPER_NAMES[engine] if wanted.source in (name, repo_of(name))), wanted.source)
    return ModelEntry(model_id(name), engine, name, "openai", wanted.created, False)
