"""HTTP to one service. Errors of the connection, and answers that are no result, become errors of our tree."""

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from voice_stack.client.refusals import refusal
from voice_stack.core.errors import EngineError, InvalidRequestError, ServiceUnavailableError

if TYPE_CHECKING:
    import httpx2

_CONNECT_S: Final = 10.0
# Of an answer that is no result.
_MOST_REFUSAL: Final = 64 * 2**10
# uvicorn closes a connection that was idle for 5 s; one that is used just then would break.
_IDLE_S: Final = 2.0


class Transport:
    """Connections to one service. Redirects are not followed, so that no key goes to another address. Thread-safe.

    Args:
        base_url: with its `/v1`.
        api_key: bearer token; empty for none.
        timeout_s: seconds without a byte after which an answer is given up.
        use_proxy: take proxies from the environment.

    Raises:
        InvalidRequestError: `base_url` is none.
    """

    def __init__(self, base_url: str, api_key: str = "", *, timeout_s: float = 600.0, use_proxy: bool = False) -> None:
        import httpx2

        logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for every request, with its address
        self.base_url = base_url.strip().rstrip("/")
        if not self.base_url.startswith(("http://", "https://")):
            raise InvalidRequestError(f"{base_url[:100]!r} is no address: http://host:port/v1 is one.")
        headers = {"accept-encoding": "identity"}
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        self._client = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            limits=httpx2.Limits(keepalive_expiry=_IDLE_S),
            follow_redirects=False,
            trust_env=use_proxy,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def read(self, method: str, path: str, **request: Any) -> tuple[bytes, Mapping[str, str]]:
        """The whole body of an answer with a result, and its headers.

        Args:
            path: after the base URL.
            request: what the HTTP library takes: json, data, files, params, headers.

        Raises:
            ServiceUnavailableError: the service cannot be reached, does not answer in time, or breaks off.
            VoiceStackError: what it says.
        """
        with self.stream(method, path, **request) as (pieces, headers):
            return b"".join(pieces), headers

    def json(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        """The JSON object that answers; raises as `read`."""
        body, _ = self.read(method, path, **request)
        return parsed(body)

    @contextlib.contextmanager
    def stream(self, method: str, path: str, **request: Any) -> Iterator[tuple[Iterator[bytes], Mapping[str, str]]]:
        """The body of an answer as it comes, and its headers; leaving the block closes the connection.

        Raises:
            As `read`, also while pieces are taken.
        """
        import httpx2

        try:
            with self._client.stream(method, self.base_url + path, **request) as response:
                if response.is_success:
                    yield response.iter_bytes(), response.headers
                    return
                raise refusal(response.status_code, response.headers, _beginning(response))
        except httpx2.TimeoutException as error:
            raise ServiceUnavailableError(f"{self.base_url} does not answer in time.") from error
        except httpx2.ConnectError as error:
            raise ServiceUnavailableError(f"{self.base_url} cannot be reached; is the service running?") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise ServiceUnavailableError(f"{self.base_url} broke off in the middle of its answer.") from error
        except httpx2.InvalidURL as error:
            raise InvalidRequestError(f"{self.base_url[:100]!r} is no address.") from error

    def events(self, path: str) -> Iterator[Mapping[str, Any]]:
        """The server-sent events of a route, each a JSON object; raises as `read`."""
        with self.stream("GET", path) as (pieces, _):
            waiting = b""
            for piece in pieces:
                *whole, waiting = (waiting + piece).split(b"\n")
                for line in whole:
                    if line.startswith(b"data:"):
                        yield parsed(line[5:])


def parsed(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body.

    Raises:
        EngineError: it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineError("The answer is no JSON; the address may be of another kind of server.") from error
    if not isinstance(found, dict):
        raise EngineError("The answer is no JSON object; the address may be of another kind of server.")
    return found


def _beginning(response: "httpx2.Response") -> bytes:
    body = bytearray()
    for data in response.iter_bytes():
        body += data
        if len(body) >= _MOST_REFUSAL:
            break
    return bytes(body[:_MOST_REFUSAL])
