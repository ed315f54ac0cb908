"""The part of the contract that engines of every kind share: facts on the class, and a model that is freed."""

import importlib.util
import re
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from voice_stack.core.errors import CancelledWorkError
from voice_stack.core.settings import SettingsGroup
from voice_stack.hub.progress import Progress

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class EngineOptions(SettingsGroup):
    """Settings of one engine. It sees these and no other engine's; a subclass has a prefix of its own."""


OptionsT = TypeVar("OptionsT", bound=EngineOptions)


@dataclass(frozen=True, slots=True)
class EngineConfig(Generic[OptionsT]):
    """All that an engine is told.

    Attributes:
        options: its own settings.
        model: what to load: a name, a hub id or a local folder or file; empty for the engine's own default.
        device: auto, cpu, cuda or cuda:N.
        threads: CPU threads a worker; 0 lets the engine choose.
        workers: computations at once, where the engine can; 0 lets it choose.
        model_dir: where models are looked for and downloaded to.
        cache_dir: where what was computed once is kept.
        hub_timeout_s: seconds of silence after which the hub counts as unreachable.
    """

    options: OptionsT
    model: str = ""
    device: str = "auto"
    threads: int = 0
    workers: int = 1
    model_dir: Path = field(default=Path("models"))
    cache_dir: Path = field(default=Path("data/cache"))
    hub_timeout_s: float = 10.0


def missing_package(module: str, engine: str, install: str) -> str | None:
    """The obstacle of an engine whose package is not installed; None when it is. Imports nothing.

    Args:
        module: top-level module of the package.
        install: what `pip install` takes.
    """
    if importlib.util.find_spec(module) is None:
        return f"The engine {engine} needs the package {module}. Install it: pip install {install}"
    return None


class Capabilities(Protocol):
    """Abilities of an engine, as data; every kind adds its own."""

    @property
    def concurrency(self) -> int:
        """Units of work that it can do at once."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes."""
        ...


class Engine(ABC):
    """A loaded engine. Thread-safe up to `capabilities.concurrency` calls; knows nothing of HTTP.

    The facts are class methods and answer at once: they load, import and download nothing. So its module imports
    nothing heavy; that is left to the constructor, which loads the model and may take long.

    Raises (when the class is defined):
        TypeError: a fact is missing or its name is none. Contracts that have no name themselves say `abstract=True`.
    """

    name: ClassVar[str]
    """Lower-case letters, digits and hyphens: what settings and headers call it."""

    capabilities: Capabilities
    """What it can do, told of the model that is loaded."""
    model: str
    """The model's id, as `/v1/models` lists it; never a path."""
    device: str
    """Where it runs: cpu, cuda:0 ..."""

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        name = getattr(cls, "name", None)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise TypeError(f"{cls.__qualname__}.name must be lower-case letters, digits and hyphens, not {name!r}")
        missing = [fact for fact in dir(cls) if getattr(getattr(cls, fact, None), "__isabstractmethod__", False)]
        if missing:
            raise TypeError(f"{cls.__qualname__} lacks {', '.join(missing)}")

    @abstractmethod
    def __init__(self, config: EngineConfig[Any]) -> None:
        """Load the model, which may take long and may download.

        Raises:
            EngineUnavailableError: the package, the model, the device, the licence or the memory is missing; the
                message says which and what to do.
        """

    @classmethod
    @abstractmethod
    def obstacle(cls, config: EngineConfig[Any]) -> str | None:
        """Reason why it cannot be built as things are (package not installed, licence not accepted), and what to do.

        None when nothing is known to be in the way; building it may fail all the same.
        """

    @classmethod
    @abstractmethod
    def is_downloaded(cls, config: EngineConfig[Any]) -> bool:
        """Presence on the disk of all that it loads first."""

    @classmethod
    @abstractmethod
    def languages(cls, config: EngineConfig[Any]) -> frozenset[str]:
        """ISO 639-1 codes that it knows, as far as they can be told before it is loaded."""

    @classmethod
    def download(cls, config: EngineConfig[Any], progress: Progress | None = None) -> Path | None:
        """Folder or file that it loads, downloaded first when it is not on the disk. Blocking.

        Args:
            progress: of the download; the default writes lines to the log.

        Returns:
            None when the model comes with its package.

        Raises:
            EngineUnavailableError: no such model, or its server cannot be reached.
        """
        return None

    @classmethod
    def files(cls, config: EngineConfig[Any]) -> list[Path]:
        """Files and folders on the disk that are this model's alone: what `models remove` deletes."""
        return []

    def check(self) -> None:  # noqa: B027 - most engines have nothing that could go away
        """See that it can work now; asked before each request, so it answers at once or within seconds.

        Raises:
            EngineUnavailableError: what it needs is gone (a server that computes for it); a stand-in answers then.
        """

    @abstractmethod
    def close(self) -> None:
        """Free the model. Nothing else is called afterwards."""


def check_stop(stop: threading.Event) -> None:
    """The point at which an engine gives up work that nobody waits for any more.

    Raises:
        CancelledWorkError: it is to stop.
    """
    if stop.is_set():
        raise CancelledWorkError("The client is gone.")
