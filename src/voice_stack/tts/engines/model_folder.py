"""Models that are a folder, the user's own or the hub's: found, or downloaded first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.engine import EngineConfig

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class ModelFolder(Generic[F]):
    """Ways to the parts of an engine's model.

    Attributes:
        name: of the model, as its makers call it.
        patterns: of the hub's files.
        find: the parts in a folder of the hub's layout; None where some are missing.
        wants: what a folder holds, for people.
        hint: what to do where the hub cannot be reached.
        find_own: the parts in a folder of the user's, where that may look otherwise.
    """

    name: str
    patterns: Sequence[str]
    find: Callable[[Path], F | None]
    wants: str
    hint: str
    find_own: Callable[[Path], F | None] | None = None

    def on_disk(self, config: EngineConfig[Any], source: str) -> F | None:
        """The parts, when all of them are on the disk. Imports and downloads nothing.

        Args:
            source: hub id or local folder.
        """
        if is_local(source):
            return (self.find_own or self.find)(Path(source).expanduser().resolve())
        found = (self.find(path) for path in cached_snapshots(source, config.model_dir))
        return next((parts for parts in found if parts is not None), None)

    def ensure(self, config: EngineConfig[Any], source: str, progress: Progress | None = None) -> F:
        """The parts, downloaded first when they are not on the disk.

        Args:
            source: hub id or local folder.
            progress: of the download; the default writes lines to the log.

        Raises:
            EngineUnavailableError: no such model, or the hub cannot be reached.
        """
        found = self.on_disk(config, source)
        if found is not None:
            return found
        if is_local(source):
            raise EngineUnavailableError(
                f"The folder {model_id(source)!r} holds no {self.name} model: it takes {self.wants}."
            )
        if source.count("/") != 1:
            raise EngineUnavailableError(f"{source!r} is neither a local folder nor a hub id (organisation/name).")
        snapshot = fetch_snapshot(
            source,
            config.model_dir,
            self.patterns,
            name=source,
            is_complete=lambda folder: self.find(folder) is not None,
            timeout_s=config.hub_timeout_s,
            hint=self.hint,
            progress=progress,
        )
        parts = self.find(snapshot)
        if parts is None:
            raise EngineUnavailableError(f"The files of {source} vanished during its download. {self.hint}")
        return parts
