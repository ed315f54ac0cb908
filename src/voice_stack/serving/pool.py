"""Engines of a service: resident, shared, and honest about which one answers."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from voice_stack.core.errors import EngineUnavailableError, ModelInUseError
from voice_stack.hub.progress import Progress
from voice_stack.serving.arrivals import Arrivals
from voice_stack.serving.residency import Phase, Residency

Key = tuple[str, str]
"""Engine and source: what makes two models the same one in memory."""


class Entry(Protocol):
    """A model that an engine can load.

    Attributes:
        id: what requests name.
        engine: name of the engine that runs it.
        source: what the engine loads: a name, a hub id or a path.
    """

    @property
    def id(self) -> str:
        """Name of the model in requests."""
        ...

    @property
    def engine(self) -> str:
        """Name of its engine."""
        ...

    @property
    def source(self) -> str:
        """The model as the engine loads it."""
        ...


class Engine(Protocol):
    """The part of an engine that the pool needs."""

    @property
    def model(self) -> str:
        """Id of the loaded model."""
        ...

    @property
    def device(self) -> str:
        """The device that it runs on."""
        ...

    def check(self) -> None:
        """See that it can still work.

        Raises:
            EngineUnavailableError: it cannot work now, though it is loaded.
        """
        ...

    def close(self) -> None:
        """Free the model."""
        ...


# To ask a loaded engine costs little: a server behind it that was started again is found soon.
_CHECK_AGAIN_S = 5.0

EntryT = TypeVar("EntryT", bound=Entry)
EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(frozen=True, slots=True)
class Leased(Generic[EntryT, EngineT]):
    """An engine in use.

    Attributes:
        entry: the model that it runs.
        fallback_reason: why it answers in place of the engine that was asked for, or None when it is that one.
        meanwhile: whether that is because the model is on its way: who waits gets it.
    """

    engine: EngineT
    entry: EntryT
    fallback_reason: str | None
    meanwhile: bool = False


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    until: float


class EnginePool(Generic[EntryT, EngineT]):
    """Leases the first engine of a chain that can be built. Thread-safe.

    A build that failed is not tried again for `retry_s`; a loaded engine that cannot work is asked again sooner.

    Args:
        build: makes an engine, given its name and the model's source; may take minutes.
        missing: a download of what is not on the disk, as `Arrivals` takes it; a model without one is had by `build`.
        wait_s: seconds that a request waits for a download where a stand-in can answer.
        idle_s: seconds without a lease after which `unload_idle` frees an engine; 0: never.
        retry_s: seconds.
        log: where fallbacks are told, each reason once.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        build: Callable[[str, str], EngineT],
        *,
        idle_s: float,
        retry_s: float,
        log: logging.Logger,
        missing: Callable[[Key], Callable[[Progress], object] | None] = lambda key: None,
        wait_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._build_engine = build
        self._idle_s = idle_s
        self._retry_s = retry_s
        self._log = log
        self._clock = clock
        self._residency: Residency[Key, EngineT] = Residency(self._build, self._close, idle_s=idle_s, clock=clock)
        self._lock = threading.Lock()
        self._failures: dict[Key, _Failure] = {}
        self._warned: set[str] = set()
        self._devices: dict[Key, str] = {}
        self.arrivals = Arrivals(missing, wait_s=wait_s, ended=self._arrived, log=log)

    @contextmanager
    def lease_chain(self, chain: Sequence[EntryT], *, patient: bool = False) -> Iterator[Leased[EntryT, EngineT]]:
        """Hold the first engine of a chain that can be had; loads it when needed. Call it from worker threads.

        Args:
            patient: wait for a model that has to be downloaded, however long that takes. Without it the next of the
                chain that is here answers meanwhile.

        Raises:
            EngineUnavailableError: none can be built; the message says why.
        """
        with ExitStack() as stack:
            yield self._acquire(chain, stack, patient=patient)

    def answering(self, chain: Sequence[EntryT]) -> EntryT | None:
        """The model of a chain that answers, as far as is known: the first that is here and has not failed; None when
        all have failed."""
        with self._lock:
            left = [entry for entry in chain if _key(entry) not in self._failures]
        return next((entry for entry in left if not self.arrivals.is_under_way(_key(entry))), next(iter(left), None))

    def chain_status(self, chain: Sequence[EntryT], requested_device: str) -> Mapping[str, object]:
        """State for `/health`: the engine of the chain that answers, its model and device, and how it is.

        `state` is idle (nothing is loaded), loading, ready, degraded (a fallback answers) or unavailable. `download`
        is that of the configured model.
        """
        states = self._residency.states()
        answering = self.answering(chain)
        with self._lock:
            failures, devices = dict(self._failures), dict(self._devices)
        configured = chain[0]
        failure = failures.get(_key(configured))
        loaded = states.get(_key(answering)) if answering else None
        if answering is None:
            state = "unavailable"
        elif answering is not configured:
            state = "degraded"
        elif self.arrivals.is_under_way(_key(answering)):
            state = "loading"
        elif loaded is None or loaded.phase is Phase.CLOSING:
            state = "idle"
        else:
            state = "loading" if loaded.phase is Phase.LOADING else "ready"
        shown = answering or configured
        return {
            "state": state,
            "engine": str(shown.engine),
            "model": shown.id,
            "device": devices.get(_key(shown)) if loaded else None,
            "requested_engine": str(configured.engine),
            "requested_model": configured.id,
            "requested_device": requested_device,
            "reason": failure.reason if failure else self.arrivals.words(_key(configured)),
            "download": self.arrivals.status(_key(configured)),
        }

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for `idle_s`."""
        for name, source in self._residency.unload_idle():
            self._log.info("unloaded %s %s after %g s without a request", name, source, self._idle_s)

    def loaded(self) -> list[Key]:
        """Engine and source of what is in memory, or on its way into it."""
        return list(self._residency.states())

    def visit(self, look: Callable[[EngineT], None]) -> None:
        """Show every engine that is in memory to somebody. None is loaded for that, and none is freed meanwhile."""
        self._residency.visit(look)

    def unload(self, key: Key) -> None:
        """Free an engine now; nothing is done when it is not in memory.

        Raises:
            ModelInUseError: somebody uses it, or waits for it.
        """
        if not self._residency.unload(key):
            raise ModelInUseError("The model is in use at this moment; try again when nobody uses it.")

    def forget_failure(self, key: Key) -> None:
        """Let an engine be built again at once, although it has just failed: something has been done about it."""
        with self._lock:
            if self._failures.pop(key, None):
                self._warned.clear()

    def reset(self) -> None:
        """Free all engines that nobody uses, and forget failures."""
        self._residency.reset()
        with self._lock:
            self._failures.clear()
            self._warned.clear()

    def close(self) -> None:
        """Free all engines. Nothing else is called afterwards."""
        self.arrivals.close()
        self.reset()

    def _acquire(self, chain: Sequence[EntryT], stack: ExitStack, *, patient: bool) -> Leased[EntryT, EngineT]:
        wanted = chain[0]
        reasons: list[str] = []
        awaited: EntryT | None = None
        for entry in chain:
            key = _key(entry)
            if awaited is not None and not self.arrivals.is_here(key):
                continue  # one download is enough
            try:
                words = self._reason_to_wait(entry, patient=patient or entry is chain[-1])
                if words is not None:
                    awaited = entry
                    reasons.append(words)
                    continue
                engine = self._lease_one(key, stack)
            except EngineUnavailableError as error:
                reasons.append(error.message)
                continue
            reason = reasons[0] if reasons else None
            # A download is told by itself, and its words change all the time.
            if reason and awaited is not wanted:
                self._warn_once(f"{entry.engine} answers in place of {wanted.engine} {wanted.id}: {reason}")
            return Leased(engine, entry, reason, meanwhile=awaited is not None)
        if awaited is not None:  # nobody can stand in
            return self._acquire(chain, stack, patient=True)
        message = "; ".join(reasons)
        self._warn_once(f"no engine can answer for {wanted.id}: {message}")
        raise EngineUnavailableError(message)

    def _reason_to_wait(self, entry: EntryT, *, patient: bool) -> str | None:
        """Words on a model that is on its way; None when it is here.

        Raises:
            EngineUnavailableError: it cannot be had, or has just failed.
        """
        key = _key(entry)
        self._check_failure(key)
        if key in self._residency.states():
            return None
        return self.arrivals.reason_to_wait(key, entry.id, patient=patient)

    def _arrived(self, key: Key, error: EngineUnavailableError | None) -> None:
        if error is not None:
            self._fail(key, error, self._retry_s)

    def _check_failure(self, key: Key) -> None:
        with self._lock:
            failure = self._failures.get(key)
        if failure and self._clock() < failure.until:
            raise EngineUnavailableError(failure.reason)

    def _lease_one(self, key: Key, stack: ExitStack) -> EngineT:
        self._check_failure(key)
        with ExitStack() as leased:
            engine = leased.enter_context(self._residency.lease(key))
            try:
                engine.check()
            except EngineUnavailableError as error:
                self._fail(key, error, min(self._retry_s, _CHECK_AGAIN_S))
                raise
            stack.enter_context(leased.pop_all())
        self._work(key)
        return engine

    def _build(self, key: Key) -> EngineT:
        try:
            engine = self._build_engine(*key)
        except EngineUnavailableError as error:
            self._fail(key, error, self._retry_s)
            raise
        with self._lock:
            self._devices[key] = engine.device
        return engine

    def _fail(self, key: Key, error: EngineUnavailableError, retry_s: float) -> None:
        with self._lock:
            self._failures[key] = _Failure(error.message, self._clock() + retry_s)

    def _work(self, key: Key) -> None:
        with self._lock:
            if self._failures.pop(key, None):
                self._warned.clear()

    @staticmethod
    def _close(engine: EngineT) -> None:
        engine.close()

    def _warn_once(self, message: str) -> None:
        with self._lock:
            known = message in self._warned
            self._warned.add(message)
        if not known:
            self._log.warning("%s", message)


def _key(entry: Entry) -> Key:
    return entry.engine, entry.source
