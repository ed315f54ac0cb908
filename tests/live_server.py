"""A real transcription service in a process of its own, on a loopback port."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0
STOP_S = 20.0
ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def live_server(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `voice-stack serve asr` and yield its URL, `http://127.0.0.1:PORT`.

    Args:
        folder: where it runs and where its log and models go; a `.env` there is read, the repository's is not.
        settings: environment variables on top of pocketsphinx as the engine.
    """
    port = free_port()
    own = {"ASR_ENGINE": "pocketsphinx", "MODEL_DIR": str(folder / "models"), **(settings or {})}
    command = [sys.executable, "-m", "voice_stack.cli.main", "serve", "asr", "--host", "127.0.0.1", "--port", str(port)]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=output, stderr=output)
        try:
            wait_until_healthy(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_healthy(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once /health answers 200; raise with the log when the process ends or takes too long."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"no healthy server (exit status {process.poll()}):\n{log.read_text(errors='replace')}")
