"""The HTTP client of the engines `remote`: one address, bounded in time and size, given up when nobody waits."""

import asyncio
import contextlib
import json
import logging
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.logging import request_id
from voice_stack.serving.remote.loop import LoopThread
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.remote.refusals import refusal

if TYPE_CHECKING:
    import httpx2

logger = logging.getLogger("voice_stack.serving")

# Bytes of an answer in JSON: a window's transcript with all of its words and tokens has about 50 kB.
_MOST_JSON = 4 * 2**20
_MOST_REFUSAL = 64 * 2**10
_CONNECT_S: Final = 10.0
# For the question whether it is there.
_PROBE_S: Final = 5.0
# All of an answer may take so many times the silence that is borne: a byte now and then is no progress.
_PATIENCE: Final = 5
# An upstream that has answered within these seconds is not asked again whether it is there.
_FRESH_S: Final = 5.0
# uvicorn closes a connection that was idle for 5 s; one that is used just then would break.
_IDLE_S: Final = 2.0
_MISSING = frozenset({404, 405, 501})

Upload = tuple[str, bytes, str]
"""A file of a form: name, contents, media type."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an upstream tells of itself.

    Attributes:
        is_voice_stack: it is another Voice Stack, which takes and tells more than OpenAI's API has.
        models: ids that it lists.
    """

    is_voice_stack: bool = False
    models: tuple[str, ...] = ()


class Upstream:
    """One OpenAI-shaped server, for worker threads. Thread-safe.

    Redirects are not followed, and neither proxies nor credentials are taken from the environment, unless `use_proxy`
    says so. All methods raise, besides what is theirs:
        EngineUnavailableError: it cannot be reached, does not answer in time, or refuses the key.
        OverloadedError: it has too much to do.
        InvalidRequestError, ModelNotFoundError, VoiceNotFoundError: it refuses the request.
        EngineError: it failed, broke off in the middle, or what it says makes no sense.
        CancelledWorkError: `stop` was set.
    """

    def __init__(self, options: UpstreamOptions) -> None:
        self._options = options
        self._url, self._variable = options.url, options.variables()["url"]
        self._lock = threading.Lock()
        self._contact_at = -_FRESH_S
        self._has_failed = False
        self._under_way = 0
        self._loop = LoopThread("upstream")
        self._client = _make_client(options)

    def probe(self) -> Facts:
        """Ask whether it is there, and what it is. Takes 5 s at most."""
        with self._watched():
            status, headers, body = self._loop.run(self._get("/models"))
            if status in _MISSING:  # whisper.cpp and others have but the routes that compute
                return Facts()
            if status != 200:
                error = refusal(status, headers, body, self._options)
                raise EngineUnavailableError(error.message) from error
            listed = _read_object(body).get("data")
            if not isinstance(listed, list):
                raise EngineUnavailableError(
                    f"The upstream does not speak OpenAI's API. {self._variable} must end with its /v1."
                )
        entries = [entry for entry in listed if isinstance(entry, dict)]
        ours = bool(entries) and all({"engine", "installed"} <= entry.keys() for entry in entries)
        return Facts(ours, tuple(str(entry.get("id", "")) for entry in entries))

    def check(self) -> None:
        """See that it is there, where that is not known: it has been silent for a while, or failed the last time.

        Raises:
            EngineUnavailableError: it is not.
        """
        with self._lock:
            is_fresh = self._under_way > 0 or time.monotonic() - self._contact_at < _FRESH_S
            if is_fresh and not self._has_failed:
                return
        try:
            self.probe()
        except EngineUnavailableError:
            raise
        except EngineError as error:
            raise EngineUnavailableError(error.message) from error

    def get(self, path: str) -> Mapping[str, Any] | None:
        """The JSON object of a route that the upstream may have; None when it has none, or answers anything else.

        Raises:
            EngineUnavailableError: it cannot be reached.
        """
        with self._watched():
            status, _, body = self._loop.run(self._get(path))
        try:
            return _read_object(body) if status == 200 else None
        except EngineError:
            return None

    def post_form(
        self, path: str, fields: Mapping[str, str | list[str]], file: Upload, stop: threading.Event
    ) -> Mapping[str, Any]:
        """The JSON object that answers a form with a file."""
        with self._watched():
            answer = self._post(path, data=dict(fields), files={"file": file})
            return _read_object(self._loop.run(answer, stop))

    @contextlib.contextmanager
    def stream(self, path: str, body: Mapping[str, object], stop: threading.Event) -> Iterator["Stream"]:
        """The bytes that answer a JSON body, as they come; leaving the `with` block closes the connection."""
        with self._watched():
            with Stream(self, path, body, stop) as stream:
                yield stream

    def close(self) -> None:
        """Close all connections."""
        with contextlib.suppress(Exception):
            self._loop.run(self._client.aclose())
        self._loop.close()

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        with self._lock:
            self._under_way += 1
        failed = False
        try:
            yield
        except EngineUnavailableError:
            failed = True
            raise
        finally:
            with self._lock:
                self._under_way -= 1
                self._has_failed = failed

    async def _get(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and the beginning of the body, within seconds."""
        wait_s = min(_PROBE_S, self._options.timeout_s)
        with self._translated():
            async with asyncio.timeout(wait_s):
                async with self._client.stream("GET", self._url + path, headers=_headers()) as response:
                    self._noticed()
                    return response.status_code, response.headers, await _read(response, _MOST_JSON)

    async def _post(self, path: str, **body: Any) -> bytes:
        with self._translated():
            async with asyncio.timeout(self._options.timeout_s * _PATIENCE):
                response = await self.send(path, **body)
                try:
                    with self.translated_body():
                        return await _read(response, _MOST_JSON)
                finally:
                    await response.aclose()

    async def send(self, path: str, **body: Any) -> "httpx2.Response":
        """An answer with a result, its body still to be read. On the loop."""
        with self._translated():
            request = self._client.build_request("POST", self._url + path, headers=_headers(), **body)
            response = await self._client.send(request, stream=True)
            self._noticed()
            if response.status_code != 200:
                try:
                    text = await _read(response, _MOST_REFUSAL, cut=True)
                finally:
                    await response.aclose()
                raise refusal(response.status_code, response.headers, text, self._options)
            return response

    def run(self, work: Any, stop: threading.Event) -> Any:
        """The result of a coroutine of this client; see `LoopThread.run`."""
        return self._loop.run(work, stop)

    @property
    def whole_s(self) -> float:
        """Seconds that all of an answer may take."""
        return self._options.timeout_s * _PATIENCE

    def _noticed(self) -> None:
        with self._lock:
            self._contact_at = time.monotonic()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """What goes wrong before the upstream has answered, in our own errors."""
        import httpx2

        try:
            yield
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise EngineUnavailableError("The upstream does not answer in time.") from error
        except httpx2.ConnectError as error:
            raise EngineUnavailableError(f"The upstream cannot be reached: {_reason(error)}.") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise EngineUnavailableError("The upstream broke off before it answered.") from error
        except httpx2.InvalidURL as error:
            raise EngineUnavailableError(f"{self._variable} is no URL that can be used.") from error

    @contextlib.contextmanager
    def translated_body(self) -> Iterator[None]:
        """What goes wrong in the middle of an answer, in our own errors."""
        import httpx2

        try:
            yield
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise EngineError("The upstream stopped in the middle of its answer.") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise EngineError("The upstream broke off in the middle of its answer.") from error


class Stream:
    """The bytes of one answer. Iterate inside the `with` block.

    Attributes:
        headers: names in lower case; there inside the block.
    """

    def __init__(self, upstream: Upstream, path: str, body: Mapping[str, object], stop: threading.Event) -> None:
        self._upstream = upstream
        self._path = path
        self._body = body
        self._stop = stop
        self._left_s = upstream.whole_s

    def __enter__(self) -> Self:
        self._response: httpx2.Response = self._timed(self._upstream.send(self._path, json=self._body))
        self.headers: Mapping[str, str] = self._response.headers
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):
            self._upstream.run(self._response.aclose(), threading.Event())

    def __iter__(self) -> Iterator[bytes]:
        parts = self._response.aiter_bytes()
        while data := self._timed(self._next(parts)):
            yield data

    async def _next(self, parts: AsyncIterator[bytes]) -> bytes:
        with self._upstream.translated_body():
            async with asyncio.timeout(max(0.0, self._left_s)):
                async for data in parts:
                    if data:
                        return data
        return b""

    def _timed(self, work: Any) -> Any:
        """The result of a coroutine. Only the time that the upstream takes counts, not what its reader does between."""
        since = time.monotonic()
        try:
            return self._upstream.run(work, self._stop)
        finally:
            self._left_s -= time.monotonic() - since


async def _read(response: "httpx2.Response", most: int, *, cut: bool = False) -> bytes:
    """A body of at most `most` bytes; a longer one is cut there, or an error."""
    body = bytearray()
    async for data in response.aiter_bytes():
        body += data
        if len(body) > most:
            if cut:
                break
            raise EngineError(f"The upstream's answer is longer than {most:,} bytes.")
    return bytes(body[:most])


def _read_object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineError("The upstream's answer is no JSON.") from error
    if not isinstance(found, dict):
        raise EngineError("The upstream's answer is no JSON object.")
    return found


def _headers() -> dict[str, str]:
    """Headers of one request: its id goes along, so that it can be found in the logs of both servers."""
    known = request_id.get()
    return {} if known == "-" else {"x-request-id": known}


def _reason(error: BaseException) -> str:
    """Why there is no connection, in words that name no host."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "its certificate cannot be verified"
        if isinstance(cause, OSError) and cause.strerror and "[Errno" not in cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return "no connection"


def _make_client(options: UpstreamOptions) -> "httpx2.AsyncClient":
    """No redirects; proxy and certificates of the environment only where that is asked for."""
    import httpx2

    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for every request, with its address
    headers = {"accept-encoding": "identity"}
    if options.api_key:
        headers["authorization"] = f"Bearer {options.api_key}"
    timeout = httpx2.Timeout(options.timeout_s, connect=min(_CONNECT_S, options.timeout_s))
    # Some to spare for the questions whether it is there.
    limits = httpx2.Limits(max_connections=options.concurrency + 4, keepalive_expiry=_IDLE_S)
    return httpx2.AsyncClient(
        headers=headers, timeout=timeout, limits=limits, follow_redirects=False, trust_env=options.use_proxy
    )
