"""A form that has been read: its text fields, in every way clients write lists and objects, and its files."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, Final, NoReturn, Self, TypeVar

import anyio.to_thread
from anyio import CancelScope, CapacityLimiter
from anyio.lowlevel import RunVar

from voice_stack.core.errors import InvalidRequestError

T = TypeVar("T")

# Threads that write and delete uploads. Their own, so that an upload never waits for one that computes; few, so that a
# crowd of uploads leaves no crowd of threads.
_THREADS: Final = 16
_LIMITER: RunVar[CapacityLimiter] = RunVar("voice_stack.uploads")


async def on_disk(work: Callable[[], T]) -> T:
    """The result of work on an upload's files, on one of the threads that all uploads share."""
    try:
        limiter = _LIMITER.get()
    except LookupError:
        limiter = CapacityLimiter(_THREADS)
        _LIMITER.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)


@dataclass
class UploadedFile:
    """A file part on disk.

    Attributes:
        file: an unlinked temporary file with a file descriptor, positioned at 0; gone when closed.
        size: bytes.
        filename: as the client sent it, often meaningless; empty when it sent none.
        content_type: as the client declared it, often wrong; empty when it declared none.
    """

    file: BinaryIO
    size: int
    filename: str
    content_type: str


@dataclass
class Form:
    """The fields in the order of their arrival, and the first file of each name. Close it to free the files.

    Attributes:
        more_files: further files of the names whose files were all asked for.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    more_files: list[UploadedFile] = field(default_factory=list)

    def close(self) -> None:
        """Delete the files from the disk. Large ones can take a while: on the event loop, use `async with`."""
        for upload in (*self.files.values(), *self.more_files):
            upload.file.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Freeing a large file can wait for the disk; neither the event loop nor a cancellation is to notice.
        with CancelScope(shield=True):
            await on_disk(self.close)

    def get(self, name: str) -> str | None:
        """The field's last value; None when it was not sent, `""` when it was sent empty."""
        return next((value for key, value in reversed(self.fields) if key == name), None)

    def get_list(self, name: str) -> list[str]:
        """The values of a list field, in order; empty ones are none.

        Accepted: `name` or `name[]` repeated, `name[0]` numbered, one `name` with a JSON array, each also as
        `extra_body[name]`. Items of a JSON array that are not text are given in JSON's words (`true`, `1.5`).
        """
        key = re.compile(rf"(?:{re.escape(name)}|extra_body\[{re.escape(name)}\])(?:\[(\d{{0,6}})\])?")
        plain: list[str] = []
        numbered: list[tuple[int, str]] = []
        for sent, value in self.fields:
            match = key.fullmatch(sent)
            if match is None:
                continue
            if match[1]:
                numbered.append((int(match[1]), value))
            else:
                plain.extend(_array_items(value))
        values = plain + [value for _, value in sorted(numbered, key=lambda item: item[0])]
        return [value for value in values if value.strip()]

    def get_object(self, name: str) -> dict[str, Any] | None:
        """An object field: one part with JSON text, or parts `name[key]` (their values stay text; empty ones are none).

        Returns:
            The object; None when the field was not sent as one (a word such as `auto`, or nothing).

        Raises:
            InvalidRequestError: it starts like a JSON object and is none.
        """
        result: dict[str, Any] = {}
        key = re.compile(rf"(?:{re.escape(name)}|extra_body\[{re.escape(name)}\])\[([^\[\]]+)\]")
        for sent, value in self.fields:
            match = key.fullmatch(sent)
            if match is not None and value.strip():
                result[match[1]] = value
        text = self.get(name) or self.get(f"extra_body[{name}]") or ""
        if text.lstrip().startswith("{"):
            try:
                result = json.loads(text, parse_constant=_refuse_constant) | result
            except (ValueError, RecursionError) as error:
                raise InvalidRequestError(f"{name} is not a valid JSON object.", param=name) from error
        return result or ({} if text.lstrip().startswith("{") else None)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _array_items(text: str) -> list[str]:
    """The items when `text` is a JSON array, else `text` itself as the one item."""
    if not text.lstrip().startswith("["):
        return [text]
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
