"""Models on this machine: which sources are paths, what they are called, and whether all of one is there."""

from collections.abc import Sequence
from pathlib import Path


def is_local(source: str) -> bool:
    """True for a configured model that is a folder or file of this machine rather than a name or a hub id."""
    path = Path(source).expanduser()
    return path.is_absolute() or source.startswith(".") or path.exists()


def model_id(source: str) -> str:
    """Name of a configured model for clients: a hub id itself, a folder's or file's own name, never its path."""
    if not is_local(source):
        return source
    path = Path(source).expanduser().resolve()
    return path.stem if path.is_file() else path.name


def missing_files(folder: Path, needed: Sequence[str]) -> list[str]:
    """Patterns of which a folder holds no file; all of them when there is no such folder.

    Args:
        needed: names or glob patterns; an interrupted download leaves a part of them.
    """
    return [pattern for pattern in needed if not any(path.is_file() for path in folder.glob(pattern))]


def is_complete(folder: Path, needed: Sequence[str]) -> bool:
    """True for a folder that holds a file for every pattern."""
    return not missing_files(folder, needed)
