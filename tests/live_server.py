"""A real service process on loopback, for tests and benchmarks."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.nursery import Fork, nursery

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
# Engines that need no download, no model file and no extra.
MOONSHINE = {"ASR_ENGINE": "moonshine"}
POCKETSPHINX = {"ASR_ENGINE": "pocketsphinx"}
ESPEAK = {"TTS_ENGINE": "espeak"}
# The test signal.
TONE = {"TTS_ENGINE": "tone"}
KEPT = ("PATH", "PYTHONPATH", "HOME", "LANG", "TMPDIR")
# How the libraries compute: with other kernels or threads a sum ends in other digits, and a text may too.
ARITHMETIC = ("OMP_", "OPENBLAS_", "MKL_", "CT2_")
RUNNING: set[int] = set()
"""Process ids of the services that this process has started and not stopped."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running service.

    Attributes:
        url: without the `/v1`.
        log: what it writes.
    """

    url: str
    process: subprocess.Popen[bytes] | Fork
    log: Path

    @property
    def v1(self) -> str:
        return f"{self.url}/v1"

    @property
    def pid(self) -> int:
        return self.process.pid

    def children(self) -> list[int]:
        """Process ids of what it has started for requests and not yet reaped; not those that keep a model."""
        found = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text().split():
                    with contextlib.suppress(OSError):  # it has ended meanwhile
                        if b"apart_main" not in Path(f"/proc/{child}/cmdline").read_bytes():
                            found.append(int(child))
        return found

    def open_files(self) -> list[str]:
        """What its descriptors point to, pipes and sockets included."""
        found = []
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(str(entry.readlink()))
        return sorted(found)

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def peak_mib(self) -> float:
        """Most resident memory so far, in MiB."""
        return self._status("VmHWM")

    def resident_mib(self) -> float:
        return self._status("VmRSS")

    def reset_peak(self) -> None:
        """Let `peak_mib` start again from now (Linux)."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def _status(self, key: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) / 1024
        raise KeyError(key)


def two_roads(path: Path) -> Path:
    """The recording `road.wav` twice, one after the other: 5.4 seconds of clean speech, enough for a voice."""
    with wave.open(str(ROOT / "tests" / "fixtures" / "road.wav")) as file:
        parameters, frames = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as whole:
        whole.setparams(parameters)
        whole.writeframes(frames * 2)
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def serve_asr(environment: Mapping[str, str], *, cwd: Path | None = None) -> contextlib.AbstractContextManager[Server]:
    """Run `voice-stack serve asr` with nothing but these settings, until the block ends."""
    return serve("asr", environment, cwd=cwd)


def serve_tts(environment: Mapping[str, str], *, cwd: Path | None = None) -> contextlib.AbstractContextManager[Server]:
    """Run `voice-stack serve tts` with nothing but these settings, until the block ends."""
    return serve("tts", environment, cwd=cwd)


def is_fresh(environment: Mapping[str, str]) -> bool:
    """True where a service must not be forked: these settings are read while Python and its libraries start, or it is
    measured. Tests that share the machine measure nothing."""
    read_early = ("PYTHON", "LD_", "MALLOC_", *ARITHMETIC)
    return "PYTEST_XDIST_WORKER" not in os.environ or any(key.startswith(read_early) for key in environment)


@contextlib.contextmanager
def serve(name: str, environment: Mapping[str, str], *, cwd: Path | None = None) -> Iterator[Server]:
    """Run a service with nothing but these settings, on a free port, until the block ends.

    Folders that the settings do not name are in a temporary one, which is also where it runs.

    Args:
        name: what `voice-stack serve` calls it.
    """
    port = free_port()
    kept = {key: value for key, value in os.environ.items() if key in KEPT or key.startswith(ARITHMETIC)}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        usual = {
            f"{name.upper()}_HOST": "127.0.0.1",
            f"{name.upper()}_PORT": str(port),
            "MODEL_DIR": f"{folder}/models",
            "DATA_DIR": f"{folder}/data",
        }
        if name == "tts":
            usual |= {"TTS_VOICES_DIR": f"{folder}/voices", "TTS_LEXICON_DIR": f"{folder}/lexicon"}
        whole, where = {**kept, **usual, **environment}, cwd or Path(folder)
        process: subprocess.Popen[bytes] | Fork
        with log.open("wb") as output:
            if is_fresh(environment):
                command = [sys.executable, "-m", "voice_stack.cli.main", "serve", name]
                process = subprocess.Popen(command, env=whole, cwd=where, stdout=output, stderr=subprocess.STDOUT)
            else:
                process = nursery(name).start(whole, where, output)
        RUNNING.add(process.pid)
        server = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            _wait_until_healthy(server)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            finally:
                RUNNING.remove(process.pid)


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended with {server.process.returncode}: {server.log.read_text()[-3000:]}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(f"{server.url}/health", timeout=2):
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server does not answer: {server.log.read_text()[-3000:]}")
