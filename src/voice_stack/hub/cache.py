"""What the hub's cache folder holds, told without importing the hub's client."""

from pathlib import Path


def cached_snapshots(repo: str, folder: Path) -> list[Path]:
    """The snapshots of a repository that are on the disk, the one that `main` stands for first.

    Each may be a part: what an interrupted download or a narrower pattern left.

    Args:
        repo: hub id, `organisation/name`.
        folder: the hub's cache folder.
    """
    storage = folder / f"models--{repo.replace('/', '--')}"
    try:
        main = (storage / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        main = ""
    found = sorted(path for path in storage.glob("snapshots/*") if path.is_dir())
    return sorted(found, key=lambda path: path.name != main)
