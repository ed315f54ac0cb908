"""The identity of a service's folder of jobs: what its rows in the database are known by."""

import re
from pathlib import Path
from uuid import uuid4

from voice_stack.core.durable import replace_durably, write_durably
from voice_stack.jobs.spool.aside import SetAside

_NAME = "spool-id"
_IDENTITY = re.compile(rb"[\w-]{1,40}-[0-9a-f]{32}")


def find_identity(folder: Path, aside: SetAside) -> str:
    """The folder's identity; a new one where it has none, or junk.

    Raises:
        OSError: the disk failed.
    """
    path = folder / _NAME
    aside.move_unless(Path.is_file, path)
    aside.move_unless(Path.is_file, _part(folder))
    if path.exists():
        identity = path.read_bytes().strip()
        if _IDENTITY.fullmatch(identity):
            return identity.decode()
        aside.move(path, "no identity")
    return write_identity(folder, f"{folder.name}-{uuid4().hex}")


def write_identity(folder: Path, identity: str) -> str:
    """Give the folder an identity, durably; the identity itself.

    Raises:
        OSError: the disk failed.
    """
    write_durably(_part(folder), [identity.encode()])
    replace_durably(_part(folder), folder / _NAME)
    return identity


def _part(folder: Path) -> Path:
    return folder / f"{_NAME}.part"
