"""Recordings that a client sends."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

AudioFile = str | Path | BinaryIO
"""A path, or a file that is open in binary mode."""


@contextlib.contextmanager
def opened(file: AudioFile, field: str = "file") -> Iterator[dict[str, tuple[str, BinaryIO]]]:
    """A file of a form; the name says nothing, so that no path leaves this machine."""
    if isinstance(file, str | Path):
        with Path(file).open("rb") as audio:
            yield {field: ("audio", audio)}
    else:
        yield {field: ("audio", file)}
