"""HTTP to one address for worker threads: bounded in time and size, given up when nobody waits."""

import asyncio
import contextlib
import logging
import ssl
import threading
import time
from collections.abc import Collection, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.logging import request_id
from voice_stack.serving.remote.loop import LoopThread
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.remote.refusals import refusal

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

# Bytes of an answer in JSON: a window's transcript with all of its words and tokens has about 50 kB.
_MOST_JSON: Final = 4 * 2**20
_MOST_REFUSAL: Final = 64 * 2**10
_CONNECT_S: Final = 10.0
# For the question whether it is there.
_PROBE_S: Final = 5.0
# All of an answer may take so many times the silence that is borne: a byte now and then is no progress.
_PATIENCE: Final = 5
# uvicorn closes a connection that was idle for 5 s; one that is used just then would break.
_IDLE_S: Final = 2.0


class Transport:
    """Requests to one upstream. Thread-safe; coroutines run on its own loop, by `run`.

    Redirects are not followed, and neither proxies nor credentials are taken from the environment, unless `use_proxy`
    says so.

    Attributes:
        whole_s: seconds that all of an answer may take.
        contact_at: when it has last answered, whatever it said; seconds, monotonic.
    """

    def __init__(self, options: UpstreamOptions) -> None:
        self.whole_s = options.timeout_s * _PATIENCE
        self.contact_at = float("-inf")
        self._options = options
        self._loop = LoopThread("upstream")
        self._client = _make_client(options)

    def run(self, work: Coroutine[Any, Any, T], stop: threading.Event | None = None) -> T:
        """The result of a coroutine; see `LoopThread.run`."""
        return self._loop.run(work, stop)

    async def get(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of a route, within 5 s."""
        import httpx2

        with self.translated():
            async with asyncio.timeout(min(_PROBE_S, self._options.timeout_s)):
                try:
                    return await self._get(path)
                except (httpx2.NetworkError, httpx2.RemoteProtocolError):
                    return await self._get(path)  # a connection that was kept may be of a server that is gone since

    async def _get(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        async with self._client.stream("GET", self._options.url + path, headers=_headers()) as response:
            self.contact_at = time.monotonic()
            return response.status_code, response.headers, await _read(response, _MOST_JSON)

    async def post(self, path: str, *, also: Collection[int] = (), **body: Any) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and the whole body of an answer with a result.

        Args:
            also: statuses besides 200 that are no error here.
        """
        with self.translated():
            async with asyncio.timeout(self.whole_s):
                response = await self.send(path, also=also, **body)
                try:
                    with self.translated_body():
                        return response.status_code, response.headers, await _read(response, _MOST_JSON)
                finally:
                    await response.aclose()

    async def send(self, path: str, *, also: Collection[int] = (), **body: Any) -> "httpx2.Response":
        """An answer with a result, or with one of the statuses `also`; its body is still to be read, and to be
        closed."""
        with self.translated():
            request = self._client.build_request("POST", self._options.url + path, headers=_headers(), **body)
            response = await self._client.send(request, stream=True)
            self.contact_at = time.monotonic()
            if response.status_code == 200 or response.status_code in also:
                return response
            try:
                text = await _read(response, _MOST_REFUSAL, cut=True)
            finally:
                await response.aclose()
            raise refusal(response.status_code, response.headers, text, self._options)

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of ours for what goes wrong before the upstream has answered."""
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
            variable = self._options.variables()["url"]
            raise EngineUnavailableError(f"{variable} is no URL that can be used.") from error

    @contextlib.contextmanager
    def translated_body(self) -> Iterator[None]:
        """Errors of ours for what goes wrong in the middle of an answer."""
        import httpx2

        try:
            yield
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise EngineError("The upstream stopped in the middle of its answer.") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise EngineError("The upstream broke off in the middle of its answer.") from error

    def close(self) -> None:
        """Close all connections. Nothing else is called afterwards."""
        with contextlib.suppress(Exception):
            self._loop.run(self._client.aclose())
        self._loop.close()


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


def _headers() -> dict[str, str]:
    """Headers of one request: its id goes along, so that it can be found in the logs of both servers."""
    known = request_id.get()
    return {} if known == "-" else {"x-request-id": known}


def _reason(error: BaseException) -> str:
    """Reason why there is no connection, in words that name no host."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "its certificate cannot be verified"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, OSError) and cause.strerror:
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
