"""Events of realtime sessions: what the server sends, and what is wrong with those of a client."""

import json
import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final

from voice_stack.core.errors import (
    InvalidEventError,
    InvalidValueError,
    MissingParameterError,
    UnknownParameterError,
)

Event = dict[str, Any]

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def new_id(kind: str) -> str:
    """A new id as OpenAI's are: `item_` and 21 letters and figures."""
    return f"{kind}_" + "".join(secrets.choice(_ALPHABET) for _ in range(21))


def event(kind: str, **fields: Any) -> Event:
    """An event of the server."""
    return {"type": kind, "event_id": new_id("event"), **fields}


def error_event(body: Mapping[str, Any], event_id: object = None) -> Event:
    """An `error`: the session goes on.

    Args:
        body: OpenAI's envelope.
        event_id: of the client's event that is at fault.
    """
    return event("error", error={**body["error"], "event_id": event_id if isinstance(event_id, str) else None})


def parse_event(text: str | bytes) -> Event:
    """A client's event: a JSON object with a `type`.

    Raises:
        InvalidEventError: it is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidEventError(f"The event is not valid JSON: {error}.") from error
    if not isinstance(found, dict):
        raise InvalidEventError("The event must be a JSON object.")
    if not isinstance(found.get("type"), str):
        raise InvalidEventError("The 'type' field is missing.")
    return found


def unknown_event(kind: str, known: Collection[str]) -> InvalidValueError:
    """The error of an event of a type that there is not."""
    named = ", ".join(f"'{one}'" for one in known)
    return InvalidValueError(f"Invalid value: '{kind[:100]}'. Supported values are: {named}.", param="type")


class Fields:
    """An object of a client's event, read field by field; what it has besides is refused.

    Args:
        content: the object.
        path: of it, for messages: `session.audio`; empty for the event itself.

    Raises:
        InvalidValueError: it is no object.
    """

    def __init__(self, content: object, path: str) -> None:
        if not isinstance(content, Mapping):
            raise _wrong_type(path, "an object", content)
        self._content = dict(content)
        self._path = path
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def path(self, name: str) -> str:
        """The path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def any(self, name: str) -> Any:
        """A field, whatever it is; None where it is left out."""
        self._read.add(name)
        return self._content.get(name)

    def required(self, name: str) -> Any:
        """A field that there must be."""
        if self._content.get(name) is None:
            raise MissingParameterError(f"Missing required parameter: '{self.path(name)}'.", param=self.path(name))
        return self.any(name)

    def object(self, name: str) -> "Fields | None":
        """An object; None where it is left out or null."""
        found = self.any(name)
        return None if found is None else Fields(found, self.path(name))

    def text(self, name: str) -> str | None:
        """A text; None where it is left out or null."""
        found = self.any(name)
        if found is not None and not isinstance(found, str):
            raise _wrong_type(self.path(name), "a string", found)
        return found

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """One of some texts; None where it is left out or null."""
        found = self.text(name)
        if found is not None and found not in allowed:
            named = ", ".join(f"'{one}'" for one in allowed)
            raise InvalidValueError(
                f"Invalid value: '{found[:100]}'. Supported values are: {named}.", param=self.path(name)
            )
        return found

    def texts(self, name: str) -> list[str] | None:
        """A list of texts; None where it is left out or null."""
        found = self.any(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise _wrong_type(self.path(name), "an array of strings", found)
        return found

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number in bounds; None where it is left out or null."""
        found = self.any(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise _wrong_type(self.path(name), "a number", found)
        if not low <= found <= high:
            raise InvalidValueError(
                f"Invalid '{self.path(name)}': expected a value from {low:g} to {high:g}, but got {found:g} instead.",
                param=self.path(name),
            )
        return float(found)

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number in bounds; None where it is left out or null."""
        found = self.number(name, low, high)
        if found is not None and found != int(found):
            raise _wrong_type(self.path(name), "an integer", found)
        return None if found is None else int(found)

    def flag(self, name: str) -> bool | None:
        """True or false; None where it is left out or null."""
        found = self.any(name)
        if found is not None and not isinstance(found, bool):
            raise _wrong_type(self.path(name), "a boolean", found)
        return found

    def done(self) -> None:
        """See that nothing is left.

        Raises:
            UnknownParameterError: there is, and it is null or not.
        """
        for name in self._content:
            if name not in self._read:
                raise UnknownParameterError(f"Unknown parameter: '{self.path(name[:100])}'.", param=self.path(name))


def _wrong_type(path: str, wanted: str, found: object) -> InvalidValueError:
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    kind = kinds.get(type(found), "a number")
    return InvalidValueError(f"Invalid type for '{path}': expected {wanted}, but got {kind} instead.", param=path)
