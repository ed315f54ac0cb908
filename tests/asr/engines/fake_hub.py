"""A model hub on loopback that speaks as much of the Hugging Face hub's protocol as a download needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """One repository's files.

    Attributes:
        repo: organisation/name.
        folder: what the repository holds.
        broken_after: bytes of the file `broken` after which the connection is cut; None: it is not.
        held: with it, that file's connection is not cut there but waits until this is set.
        step: bytes of that file that a connection carries before it is cut; None: all.
        damaged: name of a file of which the last byte arrives changed.
        gated: it is given to those with a token only.
        requests: `METHOD path` of everything asked.
        starts: name and first byte of everything sent.
    """

    repo: str
    folder: Path
    broken_after: int | None = None
    broken: str = "model.bin"
    held: threading.Event | None = None
    step: int | None = None
    damaged: str = ""
    gated: bool = False
    requests: list[str] = field(default_factory=list)
    starts: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def tree(self) -> list[dict[str, object]]:
        return [_described(name, path) for name, path in sorted(self.files().items())]

    def files(self) -> dict[str, Path]:
        """What the repository holds, by path within it."""
        return {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*") if path.is_file()}

    def small_bytes(self) -> int:
        """Bytes of all files but `broken`, which are fetched before it."""
        return sum(path.stat().st_size for path in self.files().values() if path.name != self.broken)

    def resolved(self, path: str) -> Path | None:
        """The file that an address means: /organisation/name/resolve/REVISION/PATH."""
        _, _, rest = path.partition(f"/{self.repo}/resolve/")
        return self.files().get(rest.partition("/")[2])


def etag(path: Path) -> str:
    """As the hub names contents: large files by their SHA-256, the others by git's SHA-1 of a blob."""
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest() if _is_large(path) else _git_sha1(content)


def _described(name: str, path: Path) -> dict[str, object]:
    """An entry of the repository's tree; of a large file git has but a pointer."""
    size = path.stat().st_size
    entry: dict[str, object] = {"type": "file", "path": name, "size": size, "oid": etag(path)}
    if _is_large(path):
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{etag(path)}\nsize {size}\n".encode()
        entry |= {
            "oid": _git_sha1(pointer),
            "lfs": {"oid": etag(path), "size": size, "pointerSize": len(pointer)},
        }
    return entry


def _is_large(path: Path) -> bool:
    return path.suffix in (".bin", ".onnx", ".pt", ".pth")


def _git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = unquote(self.path.partition("?")[0])
        self.hub.requests.append(f"{self.command} {path}")
        api = f"/api/models/{self.hub.repo}"
        if self.hub.gated and path.startswith(api):
            self._refuse(403, "GatedRepo")
        elif path.startswith(f"{api}/revision/"):
            asked = path.removeprefix(f"{api}/revision/")
            commit = COMMIT if asked == "main" else asked
            siblings = [{"rfilename": f["path"]} for f in self.hub.tree()]
            self._json({"id": self.hub.repo, "sha": commit, "siblings": siblings})
        elif path.startswith(f"{api}/tree/"):
            self._json(self.hub.tree())
        elif (file := self.hub.resolved(path)) is not None:
            self._file(file, body=body)
        else:
            self._refuse(404, "RepoNotFound")

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _file(self, path: Path, *, body: bool) -> None:
        data = path.read_bytes()
        if self.hub.damaged == path.name:
            data = data[:-1] + bytes([data[-1] ^ 1])
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{etag(path)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if not body:
            return
        self.hub.starts.append((path.name, start))
        cut, held = self.hub.broken_after, self.hub.held
        if cut is not None and path.name == self.hub.broken:
            self.wfile.write(data[start:cut])
            if held is None or not held.wait(60):
                self.close_connection = True
                return
            start = max(start, cut)
        if self.hub.step is not None and path.name == self.hub.broken:
            self.wfile.write(data[start : start + self.hub.step])
            self.close_connection = True
            return
        self.wfile.write(data[start:])


def use_hub(patch: pytest.MonkeyPatch, url: str) -> None:
    """Point huggingface_hub, which reads HF_ENDPOINT at its import, at another server."""
    from huggingface_hub import constants

    patch.setattr(constants, "ENDPOINT", url)
    patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    patch.setattr(constants, "HF_HUB_OFFLINE", False)


@contextmanager
def serve_hub(hub: FakeHub) -> Iterator[FakeHub]:
    """Run the hub; its `url` is set."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
