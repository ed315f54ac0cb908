"""Models on the disk: found by the names that users know, downloaded, and removed."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from voice_stack.core.errors import (
    EngineUnavailableError,
    ModelNotFoundError,
    ModelNotRemovableError,
    ServiceUnavailableError,
)
from voice_stack.hub.progress import Progress
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import EngineSpec, ModelEntry

_REMOVED = ".removed-"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model, and the catalogue that knows it."""

    catalogue: Catalogue
    entry: ModelEntry

    @property
    def spec(self) -> EngineSpec:
        """The row of its engine."""
        return self.catalogue.spec(self.entry.engine)

    @property
    def config(self) -> EngineConfig[Any]:
        """The configuration with which its engine loads it."""
        return self.catalogue.config(self.entry.engine, self.entry.source)

    @property
    def is_embedded(self) -> bool:
        """True for a model that comes with its engine's package: there is nothing to download or to remove."""
        if not self.entry.source:
            return True
        return self.spec.embedded and self.spec.find(self.entry.source, self.config) is None

    def files(self) -> list[Path]:
        """Files and folders on the disk that are its own; those of an interrupted download too."""
        return [] if self.is_embedded else self.spec.load().files(self.config)


def find_model(name: str, catalogues: Iterable[Catalogue]) -> FoundModel:
    """A model by its name, its engine's, its hub id, its path, or OpenAI's name for the configured one.

    Args:
        catalogues: of all kinds, in the order in which they are asked.

    Raises:
        ModelNotFoundError: the name means nothing to any engine.
    """
    for catalogue in catalogues:
        entry = catalogue.find(name)
        if entry is not None:
            return FoundModel(catalogue, entry)
    raise ModelNotFoundError(f"No engine has a model {name[:100]!r}.")


def check_obstacle(spec: EngineSpec, config: EngineConfig[Any]) -> None:
    """See that an engine may be used at all: a licence is accepted before anything is downloaded.

    Raises:
        EngineUnavailableError: it may not; the message says what to do.
    """
    problem = spec.obstacle(config)
    if problem is not None:
        raise EngineUnavailableError(problem)


def download(found: FoundModel, progress: Progress) -> Path | None:
    """Get a model, unless it is on the disk. Blocking.

    Returns:
        Where it is; None when it comes with its engine.

    Raises:
        DownloadInterruptedError: the connection broke; another call goes on where it was.
        UnsupportedError: it is left out for its licence.
        EngineUnavailableError: it cannot be had.
        Whatever `progress` raises.
    """
    found.catalogue.check_licence(found.entry)
    check_obstacle(found.spec, found.config)
    return found.spec.load().download(found.config, progress)


def overlap(some: Sequence[Path], others: Sequence[Path]) -> bool:
    """True when a path of the ones is, holds or lies in a path of the others."""
    left, right = [path.resolve() for path in some], [path.resolve() for path in others]
    return any(one.is_relative_to(two) or two.is_relative_to(one) for one in left for two in right)


def removable_files(found: FoundModel) -> list[Path]:
    """Files of a model that are to be removed: all of them lie in MODEL_DIR.

    Raises:
        ModelNotRemovableError: it comes with its engine, or lies somewhere else, where it is not ours.
        ModelNotFoundError: nothing of it is on the disk.
    """
    id = found.entry.id
    if found.is_embedded:
        raise ModelNotRemovableError(f"The model {id!r} comes with its engine: it cannot be removed.")
    files = found.files()
    if not files:
        raise ModelNotFoundError(f"The model {id!r} is not on the disk.")
    root = found.config.model_dir.resolve()
    if any(path.resolve() == root or not path.resolve().is_relative_to(root) for path in files):
        raise ModelNotRemovableError(f"The model {id!r} does not lie in MODEL_DIR: what is the owner's is not removed.")
    return files


def remove_files(files: Sequence[Path]) -> None:
    """Remove files and folders. Each goes from its name at once, whoever reads in it still.

    Raises:
        ServiceUnavailableError: the disk refuses.
    """
    try:
        for path in files:
            for left in path.parent.glob(f"{_REMOVED}*"):  # of a process that ended in the middle
                shutil.rmtree(left, ignore_errors=True)
            gone = path.with_name(f"{_REMOVED}{uuid4().hex}")
            gone.mkdir()
            path.rename(gone / path.name)
            shutil.rmtree(gone, ignore_errors=True)
    except OSError as error:
        raise ServiceUnavailableError(f"The model cannot be removed: {error.strerror or error}.") from error
