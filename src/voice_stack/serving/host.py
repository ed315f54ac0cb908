"""The engines of one kind in a service, and the order of the doors in front of them, written once."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.answering import Answering
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.engine import Engine, EngineConfig
from voice_stack.serving.options import HostOptions
from voice_stack.serving.pool import EnginePool, Key, Leased
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.seat import Seat
from voice_stack.serving.spec import EngineSpec, Kind, ModelEntry

EngineT = TypeVar("EngineT", bound=Engine)

Build = Callable[[EngineSpec, EngineConfig[Any]], Engine]


def answering(leased: Leased[ModelEntry, EngineT], *, voice: str = "", language: str = "") -> Answering:
    """Plain data about an engine in use."""
    engine = leased.engine
    return Answering(engine.name, engine.model, engine.device, leased.fallback_reason, voice, language)


class EngineHost(Generic[EngineT]):
    """Engines of one kind: which there are, which are in memory, and whose turn it is. Thread-safe.

    A request passes four doors, in this order, because the order is the policy: it **enters** (is counted before
    anything is loaded for it), **leases** an engine (which may load it), is **admitted** (the engine's scheduler
    bounds the seconds of work), and takes a **place** (only so many batch requests hold decoded audio).

    Args:
        queues: of the whole service: hosts of several kinds share the entrance.
        log: where fallbacks are told.
        build: makes an engine of its row and its configuration.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        options: HostOptions,
        queues: EngineQueues[Any],
        log: logging.Logger,
        *,
        build: Build = EngineSpec.build,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalogue = catalogue
        self.queues = queues
        self._options = options
        self._build = build
        self._log = log
        self.pool: EnginePool[ModelEntry, EngineT] = EnginePool(
            self._built,
            missing=self._missing,
            wait_s=options.download_wait_s,
            idle_s=options.idle_unload_s,
            retry_s=options.retry_engine_s,
            log=log,
            clock=clock,
        )

    @property
    def kind(self) -> Kind:
        """Kind of its engines."""
        return self.catalogue.kind

    @contextlib.contextmanager
    def lease(
        self, requested: str, language: str | None = None, *, patient: bool = False
    ) -> Iterator[Leased[ModelEntry, EngineT]]:
        """Hold the engine for a model, past all doors; loads it when needed. Call it from worker threads.

        Args:
            patient: wait for a model that has to be downloaded; without it a stand-in may answer meanwhile.

        Raises:
            ModelNotFoundError, UnsupportedError: the name stands for nothing here.
            EngineUnavailableError: neither the engine nor a fallback can be built; the message says why.
        """
        with self.pool.lease_chain(self.catalogue.chain(requested, language), patient=patient) as leased:
            yield leased

    @contextlib.contextmanager
    def enter(self, lane: Lane, stop: threading.Event) -> Iterator["Entrance[EngineT]"]:
        """Let a request in, inside the `with` block. A seat that it was given stays after it.

        Raises:
            OverloadedError: the lane holds as many as it may.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.queues.enter(lane))
            yield Entrance(self, lane, stop, stack)

    def status(self) -> Mapping[str, object]:
        """State of the configured model, for `/health`."""
        return self.pool.chain_status(self.catalogue.chain(self.catalogue.names.aliases[0]), self._options.device)

    def answering_engine(self, requested: str) -> str:
        """Name of the engine that answers for a model, as far as is known."""
        chain = self.catalogue.chain(requested)
        return (self.pool.answering(chain) or chain[0]).engine

    def close(self) -> None:
        """Free all engines. Nothing else is called afterwards."""
        self.pool.close()

    def _missing(self, key: Key) -> Callable[[Progress], object] | None:
        """A download of what is not on the disk."""
        engine, source = key
        spec, config = self.catalogue.spec(engine), self.catalogue.config(engine, source)
        if spec.obstacle(config) is not None or spec.load().is_downloaded(config):
            return None  # the build says what is in the way

        def fetch(progress: Progress) -> object:
            self._log.info(
                "%s is not on the disk: it is downloaded now (licence of its weights: %s), and stand-ins answer "
                "meanwhile, where there are some. HF_HUB_OFFLINE=1 keeps it from that",
                *(model_id(config.model) if config.model else engine, spec.licence.weights),
            )
            return spec.load().download(config, progress)

        return fetch

    def _built(self, engine: str, source: str) -> EngineT:
        return cast(EngineT, self._build(self.catalogue.spec(engine), self.catalogue.config(engine, source)))


@dataclass(frozen=True, slots=True)
class Entrance(Generic[EngineT]):
    """A request that was let in, on its way to a seat."""

    host: EngineHost[EngineT]
    lane: Lane
    stop: threading.Event
    resources: contextlib.ExitStack

    def lease(self, chain: Sequence[ModelEntry], *, patient: bool = False) -> Leased[ModelEntry, EngineT]:
        """Hold the first engine of a chain that can be had; loads it when needed, which may take minutes.

        Args:
            patient: wait for a model that has to be downloaded; without it a stand-in may answer meanwhile.

        Raises:
            EngineUnavailableError: none can be built; the message says why.
        """
        return self.resources.enter_context(self.host.pool.lease_chain(chain, patient=patient))

    def take_seat(
        self,
        engine: EngineT,
        cost: float,
        label: str,
        *,
        urgency: int = 0,
        before_waiting: Callable[[], None] = lambda: None,
    ) -> Seat:
        """Be admitted to the engine's scheduler, and wait for a place.

        Args:
            cost: of all units, in the engine's unit of cost; a guess is fine.
            label: names the request in the log.
            urgency: above 0 where its audio comes as it is spoken: its units go first in its lane.
            before_waiting: called when the place has to be waited for: lets go of what costs memory.

        Returns:
            The seat, which holds all that the request has taken so far.

        Raises:
            OverloadedError: there is too much work before it.
            CancelledWorkError: `stop` was set while it waited.
        """
        queues = self.host.queues
        ticket = self.resources.enter_context(
            queues.of(engine).admit(self.lane, cost, label, self.stop, urgency=urgency)
        )
        if self.lane is Lane.BATCH and queues.crowded:
            before_waiting()
        self.resources.enter_context(queues.place(self.lane, self.stop))
        return Seat(ticket, self.resources.pop_all(), self.stop)
