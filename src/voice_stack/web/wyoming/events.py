"""Events of the protocol as bytes: read within bounds, and written."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wyoming.event import Event
from wyoming.version import __version__ as _VERSION

from voice_stack.core.errors import InvalidRequestError

_HEADER_BYTES: Final = 64 * 1024
# Half a minute of what microphones send.
_PAYLOAD_BYTES: Final = 1024 * 1024
_TYPE_CHARS: Final = 100
_READ_BYTES: Final = 64 * 1024
_NEWLINE: Final = b"\n"


class BrokenEventError(InvalidRequestError):
    """Bytes that are no event, or one beyond the bounds. What follows them cannot be read any more."""

    code = "broken_event"


class EventReader:
    """The events of one client.

    Args:
        stream: of its bytes.
        data_bytes: most that an event's data may take.
    """

    def __init__(self, stream: asyncio.StreamReader, data_bytes: int) -> None:
        self._stream = stream
        self._data_bytes = data_bytes
        self._buffer = bytearray()
        self._within = False

    @property
    def within(self) -> bool:
        """True while a part of an event has come, and not all of it."""
        return self._within or bool(self._buffer)

    async def read(self) -> Event | None:
        """The next event; None when the client has gone. May be cancelled, but not gone on with then.

        Raises:
            BrokenEventError: it is none, is too long, or breaks off.
        """
        self._within = False
        line = await self._line()
        if line is None:
            return None
        self._within = True
        header = _object(line, "header")
        kind = header.get("type")
        if not isinstance(kind, str) or not 0 < len(kind) <= _TYPE_CHARS:
            raise BrokenEventError("An event has a `type`, a text of 100 characters at most.")
        data = header.get("data") or {}
        if not isinstance(data, dict):
            raise BrokenEventError("The `data` of an event is an object.")
        length = _length(header, "data_length", self._data_bytes)
        if length:
            data = {**data, **_object(await self._exactly(length), "data")}
        payload = await self._exactly(_length(header, "payload_length", _PAYLOAD_BYTES))
        self._within = False
        return Event(kind, data, payload or None)

    async def skip(self, most: int) -> None:
        """Read and drop what still comes, until the client has gone.

        Args:
            most: bytes.
        """
        while most > 0 and (got := await self._stream.read(_READ_BYTES)):
            most -= len(got)

    async def _line(self) -> bytes | None:
        """A header, which must look like one from its first byte; None at the end."""
        seen = 0
        while (end := self._buffer.find(_NEWLINE, seen)) < 0:
            seen = len(self._buffer)
            if seen > _HEADER_BYTES:
                raise BrokenEventError(f"The header of an event has {_HEADER_BYTES} bytes at most.")
            if self._buffer and not self._buffer.startswith(b"{"):
                break
            if not await self._more():
                if self._buffer:
                    raise BrokenEventError("The header of an event breaks off.")
                return None
        if not self._buffer.startswith(b"{"):
            raise BrokenEventError("This port speaks Wyoming: an event is a line of JSON. HTTP is on another port.")
        return self._taken(end + 1)

    async def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            if not await self._more():
                raise BrokenEventError(f"An event breaks off: {len(self._buffer)} of {length} bytes came.")
        return self._taken(length)

    async def _more(self) -> bool:
        got = await self._stream.read(_READ_BYTES)
        self._buffer += got
        return bool(got)

    def _taken(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken


def encoded(event: Event) -> bytes:
    """An event as bytes. A lone surrogate, which JSON clients can send, comes back as a question mark."""
    data = _json(event.data) if event.data else b""
    header: dict[str, Any] = {"type": event.type, "version": _VERSION}
    if data:
        header["data_length"] = len(data)
    if event.payload:
        header["payload_length"] = len(event.payload)
    return b"".join((_json(header), _NEWLINE, data, event.payload or b""))


@dataclass(frozen=True, slots=True)
class Fields:
    """The data of an event, read field by field. A field that is null is as one that is absent.

    Raises:
        InvalidRequestError: a field is of another type, or missing; it is the error's `param`.
    """

    data: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A text, or None."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidRequestError(f"`{name}` must be a text.", param=name)
        return value

    def number(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self.data.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise InvalidRequestError(f"`{name}` must be a whole number.", param=name)
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when there is none."""
        value = self.data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise InvalidRequestError(f"`{name}` must be a list of texts.", param=name)
        return value

    def fields(self, name: str) -> "Fields":
        """An object; empty when there is none."""
        value = self.data.get(name) or {}
        if not isinstance(value, dict):
            raise InvalidRequestError(f"`{name}` must be an object.", param=name)
        return Fields(value)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _object(text: bytes, part: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenEventError(f"The {part} of an event is not valid JSON.") from error
    if not isinstance(found, dict):
        raise BrokenEventError(f"The {part} of an event is a JSON object.")
    return found


def _length(header: Mapping[str, Any], name: str, most: int) -> int:
    value = header.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BrokenEventError(f"The `{name}` of an event is a whole number from 0 to {most}.")
    return value
