"""Models that are configured as a folder or file of this machine."""

from pathlib import Path


def is_local(source: str) -> bool:
    """Whether a configured model is a folder or file of this machine rather than a name or a hub id."""
    path = Path(source).expanduser()
    return path.is_absolute() or source.startswith(".") or path.exists()


def model_id(source: str) -> str:
    """What clients call a configured model: a hub id itself, a folder's or file's own name, never its path."""
    return Path(source).expanduser().resolve().name if is_local(source) else source
