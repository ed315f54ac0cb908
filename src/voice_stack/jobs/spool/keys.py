"""The identity of work: the same audio with the same parameters is the same work."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from voice_stack.jobs.types import Json, NewJob

_BLOCK = 1024 * 1024


def blocks(file: BinaryIO) -> Iterator[memoryview]:
    """The file from its start, a megabyte at a time; a block is valid until the next is asked for."""
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    file.seek(0)
    while count := file.readinto(buffer):  # type: ignore[attr-defined]
        yield view[:count]


def file_size(file: BinaryIO) -> int:
    """Bytes in the file."""
    return os.fstat(file.fileno()).st_size


def file_digest(file: BinaryIO) -> str:
    """SHA-256 of the file's contents, hexadecimal."""
    digest = hashlib.sha256()
    for block in blocks(file):
        digest.update(block)
    return digest.hexdigest()


def work_key(kind: str, params: Json, context: str, digests: Mapping[str, str]) -> str:
    """SHA-256 over all that the answer depends on, hexadecimal.

    Args:
        digests: of the files' contents, by the name of their part; their file names do not count.
    """
    whole = [kind, params, context, sorted(digests.items())]
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(new: NewJob) -> str:
    """The identity of work that is not on the spool. Reads the files."""
    return work_key(new.kind, new.params, new.context, {item.name: file_digest(item.file) for item in new.files})
