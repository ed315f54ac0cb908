"""A server on loopback that answers as it is told, badly too: what an upstream may turn out to be."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = {"object": "list", "data": [{"id": "whisper-1", "object": "model"}]}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def field(self, name: str) -> list[str]:
        """The values of a field of a multipart form."""
        boundary = self.headers["content-type"].split("boundary=")[1].encode()
        found = []
        for part in self.body.split(b"--" + boundary):
            head, _, value = part.partition(b"\r\n\r\n")
            if f'name="{name}"'.encode() in head:
                found.append(value.removesuffix(b"\r\n").decode("utf-8", "replace"))
        return found


class Answer(BaseHTTPRequestHandler):
    """One request, for the function that answers it."""

    protocol_version = "HTTP/1.1"
    upstream: "FakeUpstream"
    body: bytes

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""

    def reply(
        self,
        body: object,
        status: int = 200,
        *,
        type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": type, "content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin_chunks(self, type: str = "audio/pcm", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in {"content-type": type, "transfer-encoding": "chunked", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end_chunks(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def hang(self) -> None:
        """Say nothing until the test is over or the client has closed the connection; tells the upstream of that."""
        self.connection.settimeout(0.05)
        while not self.upstream.over.is_set():
            try:
                if not self.connection.recv(1):
                    self.upstream.left.set()
                    break
            except TimeoutError:
                continue
            except OSError:
                self.upstream.left.set()
                break
        self.close_connection = True

    def break_off(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def _serve(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.upstream.received.append(Received(self.command, self.path, headers, self.body))
        answer = self.upstream.routes.get(self.path)
        with contextlib.suppress(OSError, ValueError):
            if answer is None:
                self.reply({"detail": "Not Found"}, 404)
            else:
                answer(self)

    do_GET = do_POST = _serve


@dataclass
class FakeUpstream:
    """The server.

    Attributes:
        url: with its /v1.
        routes: what answers a path.
        received: the requests, in order.
        left: set when a client has closed a connection that hangs.
        over: set at the end of the test.
    """

    url: str
    routes: dict[str, Callable[[Answer], None]]
    received: list[Received] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def asked(self, path: str) -> list[Received]:
        return [request for request in self.received if request.path == f"/v1{path}"]


@contextlib.contextmanager
def fake_upstream(routes: Mapping[str, Callable[[Answer], None]]) -> Iterator[FakeUpstream]:
    """Serve these routes (without their /v1), and a list of models, until the block ends."""
    handler = type("Handler", (Answer,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    listed = {"/models": lambda answer: answer.reply(MODELS)}
    upstream = FakeUpstream(
        f"http://127.0.0.1:{server.server_port}/v1",
        {f"/v1{path}": answer for path, answer in (listed | dict(routes)).items()},
    )
    handler.upstream = upstream  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        upstream.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def reply(body: object, status: int = 200, **options: Any) -> Callable[[Answer], None]:
    """What answers always the same."""
    return lambda answer: answer.reply(body, status, **options)
