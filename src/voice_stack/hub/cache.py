"""Content of the hub's cache folder, told without importing the hub's client."""

from collections.abc import Iterator
from pathlib import Path


def storage_folder(repo: str, folder: Path) -> Path:
    """Folder in the hub's cache that holds all of a repository."""
    return folder / f"models--{repo.replace('/', '--')}"


def stored_repos(folder: Path) -> Iterator[tuple[str, Path]]:
    """Hub ids of which something is in the cache, each with its folder, by name."""
    for path in sorted(folder.glob("models--*")):
        owner, _, name = path.name.removeprefix("models--").partition("--")
        yield (f"{owner}/{name}" if name else owner), path


def cached_snapshots(repo: str, folder: Path) -> list[Path]:
    """The snapshots of a repository that are on the disk, the one that `main` stands for first.

    Each may be a part: what an interrupted download or a narrower pattern left.

    Args:
        repo: hub id, `organisation/name`.
        folder: the hub's cache folder.
    """
    storage = storage_folder(repo, folder)
    try:
        main = (storage / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        main = ""
    found = sorted(path for path in storage.glob("snapshots/*") if path.is_dir())
    return sorted(found, key=lambda path: path.name != main)
