"""An OpenAI-shaped server as the engines `remote` see it."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from voice_stack.core.errors import EngineError, EngineUnavailableError, OverloadedError
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.remote.refusals import refusal
from voice_stack.serving.remote.stream import Stream
from voice_stack.serving.remote.transport import Transport

# An upstream that has answered within this second is not asked again whether it is there.
_FRESH_S: Final = 1.0
_MISSING = frozenset({404, 405, 501})

Upload = tuple[str, bytes, str]
"""A file of a form: name, contents, media type."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that an upstream tells of itself.

    Attributes:
        is_voice_stack: it is another Voice Stack, which takes and tells more than OpenAI's API has.
        models: ids that it lists.
    """

    is_voice_stack: bool = False
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """An answer to a form: the JSON object, and the headers that came with it."""

    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Upstream:
    """One OpenAI-shaped server, for worker threads. Thread-safe.

    All methods raise, besides what is theirs:
        EngineUnavailableError: it cannot be reached, does not answer in time, or refuses the key.
        OverloadedError: it has too much to do.
        InvalidRequestError, ModelNotFoundError, VoiceNotFoundError: it refuses the request.
        EngineError: it failed, broke off in the middle, or what it says makes no sense.
        CancelledWorkError: `stop` was set.
    """

    def __init__(self, options: UpstreamOptions) -> None:
        self._options = options
        self._transport = Transport(options)
        self._lock = threading.Lock()
        self._is_doubtful = False
        self._under_way = 0

    def probe(self) -> Facts:
        """Ask whether it is there, and what it is. Takes 5 s at most."""
        with self._watched():
            status, headers, body = self._transport.run(self._transport.get("/models"))
            if status in _MISSING:  # whisper.cpp and others have but the routes that compute
                return Facts()
            if status != 200:
                raise refusal(status, headers, body, self._options)
            listed = _object(body).get("data")
            if not isinstance(listed, list):
                raise EngineError("The upstream does not list its models as OpenAI does.")
        entries = [entry for entry in listed if isinstance(entry, dict)]
        ours = bool(entries) and all({"engine", "installed"} <= entry.keys() for entry in entries)
        return Facts(ours, tuple(str(entry.get("id", "")) for entry in entries))

    def check(self) -> Facts | None:
        """See that it is there, where that is not known: it has been silent for a while, or failed the last time.

        Returns:
            What it tells of itself; None when it was not asked.

        Raises:
            EngineUnavailableError: it is not, or is no such server.
        """
        with self._lock:
            is_alive = self._under_way > 0 or time.monotonic() - self._transport.contact_at < _FRESH_S
            if is_alive and not self._is_doubtful:
                return None
        try:
            return self.probe()
        except OverloadedError:  # it is there
            return None
        except EngineError as error:
            variable = self._options.variables()["url"]
            raise EngineUnavailableError(f"{error.message} {variable} must end with its /v1.") from error

    def get(self, path: str) -> Mapping[str, Any] | None:
        """The JSON object of a route that the upstream may have; None when it has none, or answers anything else."""
        with self._watched():
            status, _, body = self._transport.run(self._transport.get(path))
        try:
            return _object(body) if status == 200 else None
        except EngineError:
            return None

    def post_form(
        self, path: str, fields: Mapping[str, str | list[str]], file: Upload, stop: threading.Event
    ) -> Mapping[str, Any]:
        """The JSON object that answers a form with a file."""
        with self._watched():
            answer = self._transport.post(path, data=dict(fields), files={"file": file})
            return _object(self._transport.run(answer, stop)[2])

    def answer_to_form(
        self,
        path: str,
        fields: Mapping[str, str | list[str]],
        file: Upload,
        stop: threading.Event,
        *,
        may_be_missing: bool = False,
    ) -> FormAnswer | None:
        """The same with its headers; None where the upstream has no such route, and that is no error here."""
        with self._watched():
            answer = self._transport.post(
                path, also=_MISSING if may_be_missing else (), data=dict(fields), files={"file": file}
            )
            status, headers, body = self._transport.run(answer, stop)
            return FormAnswer(headers, _object(body)) if status == 200 else None

    @contextlib.contextmanager
    def stream(self, path: str, body: Mapping[str, object], stop: threading.Event) -> Iterator[Stream]:
        """The bytes that answer a JSON body, as they come; leaving the `with` block closes the connection."""
        with self._watched(), Stream(self._transport, path, body, stop) as stream:
            yield stream

    def close(self) -> None:
        """Close all connections. Nothing else is called afterwards."""
        self._transport.close()

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        with self._lock:
            self._under_way += 1
        try:
            yield
        except (EngineError, EngineUnavailableError):
            self._is_doubtful = True
            raise
        else:
            self._is_doubtful = False
        finally:
            with self._lock:
                self._under_way -= 1


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineError("The upstream's answer is no JSON.") from error
    if not isinstance(found, dict):
        raise EngineError("The upstream's answer is no JSON object.")
    return found
