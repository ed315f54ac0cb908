"""Zip archives from strangers, read into memory within bounds. Nothing is ever written to a disk by their names."""

import posixpath
import zipfile
import zlib
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote

from voice_stack.core.errors import InvalidRequestError, UnsupportedError

_MOST_MEMBERS: Final = 20_000
_MOST_MEMBER: Final = 64 * 2**20
_MOST_TOTAL: Final = 1024 * 2**20
_CHUNK: Final = 1 << 20


class Archive:
    """An archive that is open.

    Args:
        path: of the file.

    Raises:
        InvalidRequestError: it is no zip archive, is damaged, or has too many members.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise InvalidRequestError(f"{path.name} is no EPUB: it is damaged, or no zip archive.") from error
        if len(self._zip.infolist()) > _MOST_MEMBERS:
            self._zip.close()
            raise InvalidRequestError(f"{path.name} has more than {_MOST_MEMBERS:,} files in it.")
        self._members = {_plain(info.filename): info for info in self._zip.infolist() if not info.is_dir()}
        self._folded = {name.casefold(): name for name in self._members}
        self._left = _MOST_TOTAL

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """Names of the files, with plain slashes, in the archive's order."""
        return list(self._members)

    def find(self, base: str, href: str) -> str | None:
        """Name of the file that a reference means, without its fragment; None for what is not in the archive.

        A reference that leads out of the archive is not in it.

        Args:
            base: name of the file that it stands in.
            href: as it is written there.
        """
        target = unquote(href.partition("#")[0]).replace("\\", "/")
        if not target:
            return base if base in self._members else None
        if "://" in target or target.startswith("data:"):
            return None
        name = _plain(posixpath.join(posixpath.dirname(base), target))
        return name if name in self._members else self._folded.get(name.casefold())

    def read(self, name: str) -> bytes | None:
        """Contents of a file; None when there is none of that name, or it is damaged.

        Raises:
            InvalidRequestError: it, or all that was read, unpacks to more than an honest book holds.
            UnsupportedError: it is encrypted.
        """
        info = self._members.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise UnsupportedError("The book is encrypted with a password; it can only be read without one.")
        data = bytearray()
        try:
            with self._zip.open(info) as file:
                # The size in the list is only a claim.
                while chunk := file.read(_CHUNK):
                    data += chunk
                    self._left -= len(chunk)
                    if len(data) > _MOST_MEMBER or self._left < 0:
                        raise InvalidRequestError(f"The book unpacks to too much ({info.filename[:80]!r}).")
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError):
            return None
        return bytes(data)


def _plain(name: str) -> str:
    """A name without `.`, `..`, backslashes and a leading slash."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/")
