"""Base of the services: the hosts of their engines, from the start to the end."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, Self

from voice_stack.core.errors import EngineUnavailableError, UnsupportedError, VoiceStackError
from voice_stack.core.settings import Settings
from voice_stack.core.storage import StorageOptions
from voice_stack.hub.settings import HubOptions
from voice_stack.serving.answering import Answering
from voice_stack.serving.catalogue import Catalogue, Configure
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.host import EngineHost, EngineT
from voice_stack.serving.options import HostOptions
from voice_stack.serving.run import ReportT
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.spec import EngineSpec, Kind


class Companion(Protocol):
    """Something that lives as long as a service, beside its engines."""

    def unload_idle(self) -> None:
        """Free what nobody has used for its time."""

    def close(self) -> None:
        """Free all. Nothing else is called afterwards."""


def configure(settings: Settings, options: HostOptions) -> Configure:
    """A function that makes the configuration of any engine from the settings.

    Args:
        options: of the kind's engines: device, threads, workers.
    """

    storage, hub = settings.group(StorageOptions), settings.group(HubOptions)

    def made(spec: EngineSpec, model: str) -> EngineConfig[Any]:
        return EngineConfig(
            options=settings.group(spec.options),
            model=model,
            device=options.device,
            threads=options.threads,
            workers=options.workers or spec.workers(options.device),
            model_dir=storage.model_dir,
            cache_dir=storage.data_dir / "cache",
            hub_timeout_s=hub.timeout_s,
        )

    return made


def unable(answering: Answering, what: str, param: str) -> VoiceStackError:
    """The error of an engine that cannot do what is asked.

    Args:
        what: a predicate: "does not know German".
        param: the request field at fault.

    Returns:
        `UnsupportedError`; where the engine only stands in for one that could not be built, `EngineUnavailableError`.
    """
    engine = f"{answering.engine} ({answering.model})"
    if answering.fallback is None:
        return UnsupportedError(f"The engine {engine} {what}.", param=param)
    return EngineUnavailableError(
        f"The configured engine is not available: {answering.fallback} Its stand-in {engine} {what}."
    )


class EngineService(Generic[EngineT, ReportT]):
    """A service on resident engines of one kind or several. Thread-safe.

    Args:
        catalogue: the models of its own kind.
        options: of the engines of that kind.
        queues: that all of its hosts share.
        observe: called with the report of every run that came to its end, from its thread.
        log: where reports are written.

    Attributes:
        host: engines of its own kind.
        hosts: all, by their kind, in the order in which they were added.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        options: HostOptions,
        queues: EngineQueues[Any],
        observe: Callable[[ReportT], None],
        log: logging.Logger,
    ) -> None:
        self.catalogue = catalogue
        self.host: EngineHost[EngineT] = EngineHost(catalogue, options, queues, log)
        self.queues = queues
        self._observe = observe
        self._log = log
        self.hosts: dict[Kind, EngineHost[Any]] = {self.host.kind: self.host}
        self._companions: list[Companion] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, host: EngineHost[Any]) -> None:
        """Take the engines of a further kind in: its engines are watched, shown and closed with the service."""
        self.hosts[host.kind] = host

    def keep(self, companion: Companion) -> None:
        """Take in what is to be freed and closed with the service, and has no engines of its own to show."""
        self._companions.append(companion)

    def preload(self) -> None:
        """Load the configured engine of its own kind now.

        Raises:
            EngineUnavailableError: neither it nor a fallback can be built.
        """
        with self.host.lease(self.catalogue.names.aliases[0], patient=True):
            pass

    @property
    def waiting(self) -> int:
        """Requests that wait for a turn on an engine."""
        return self.queues.waiting

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for their time."""
        for host in self.hosts.values():
            host.pool.unload_idle()
        for companion in self._companions:
            companion.unload_idle()

    def status(self) -> Mapping[str, object]:
        """State of the configured model of its own kind, and of every kind's under `kinds`, for `/health`."""
        by_kind = {kind.value: host.status() for kind, host in self.hosts.items()}
        return {**by_kind[self.host.kind.value], "kinds": by_kind}

    def tell(self, report: ReportT, message: str, facts: Mapping[str, object]) -> None:
        """Write a report to the log, and hand it to who observes.

        Args:
            message: for people.
            facts: for machines, besides what every report has.
        """
        common = {
            "audio_s": round(report.audio_s, 3),
            "waited_s": round(report.waited_s, 3),
            "rtf": round(report.real_time_factor, 4),
            "engine": report.engine,
            "model": report.model,
        }
        self._log.info("%s", message, extra={**common, **facts})
        self._observe(report)

    def close(self) -> None:
        """Free all engines. Nothing else is called afterwards."""
        for host in self.hosts.values():
            host.close()
        for companion in self._companions:
            companion.close()
