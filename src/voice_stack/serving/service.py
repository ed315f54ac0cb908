"""Base of the services: the hosts of their engines, from the start to the end."""

from collections.abc import Mapping
from typing import Any, Self

from voice_stack.core.errors import EngineUnavailableError, UnsupportedError, VoiceStackError
from voice_stack.core.settings import Settings
from voice_stack.core.storage import StorageOptions
from voice_stack.hub.settings import HubOptions
from voice_stack.serving.answering import Answering
from voice_stack.serving.catalogue import Configure
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.host import EngineHost
from voice_stack.serving.options import HostOptions
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.spec import EngineSpec, Kind


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


class EngineService:
    """A service on resident engines of one kind or several. Thread-safe.

    Args:
        queues: that its hosts share.

    Attributes:
        hosts: by their kind, in the order in which they were added.
    """

    def __init__(self, queues: EngineQueues[Any]) -> None:
        self.queues = queues
        self.hosts: dict[Kind, EngineHost[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, host: EngineHost[Any]) -> None:
        """Take a host in: its engines are watched, shown and closed with the service."""
        self.hosts[host.kind] = host

    def preload(self) -> None:
        """Load the configured engine of the first host now.

        Raises:
            EngineUnavailableError: neither it nor a fallback can be built.
        """
        host = next(iter(self.hosts.values()))
        with host.lease(host.catalogue.names.aliases[0]):
            pass

    @property
    def waiting(self) -> int:
        """Requests that wait for a turn on an engine."""
        return self.queues.waiting

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for their time."""
        for host in self.hosts.values():
            host.pool.unload_idle()

    def status(self) -> Mapping[str, object]:
        """State of the first host's configured model, and of every kind's under `kinds`, for `/health`."""
        by_kind = {kind.value: host.status() for kind, host in self.hosts.items()}
        return {**next(iter(by_kind.values())), "kinds": by_kind}

    def close(self) -> None:
        """Free all engines. Nothing else is called afterwards."""
        for host in self.hosts.values():
            host.close()
