"""The two services of a soak, and what can be seen of them from outside."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.processes import descendants, resident_mib
from tests.live_server import Server, serve_asr, serve_tts
from tests.tiny_whisper.build import build_ct2

# Results of jobs expire while the soak runs.
_RESULT_TTL_S = 60


@dataclass(frozen=True, slots=True)
class Soaked:
    """A service and its folders.

    Attributes:
        name: `asr` or `tts`.
        uploads: where what is sent to it is kept while it is needed.
        data: its DATA_DIR.
    """

    name: str
    server: Server
    uploads: Path
    data: Path

    def look(self) -> "Look":
        """How the process is now.

        Raises:
            httpx.HTTPError: its health is not told.
        """
        response = httpx.get(f"{self.server.url}/health", timeout=30)
        response.raise_for_status()
        health = response.json()
        children = descendants(self.server)
        return Look(
            memory_mib=self.server.resident_mib() + sum(resident_mib(child) for child in children),
            threads=self.server.threads(),
            descriptors=len(self.server.open_files()),
            children=len(children),
            running=health["running"],
            waiting=health["waiting"],
            health_s=response.elapsed.total_seconds(),
        )

    def leftovers(self) -> list[str]:
        """Files that belong to no request and no job: uploads, spooled inputs, files that are open and deleted."""
        kept = [path for path in self.uploads.rglob("*") if path.is_file()]
        for folder in self.data.glob("jobs/*/*"):
            if folder.is_dir():
                kept += list(folder.iterdir())
        deleted = [name for name in self.server.open_files() if name.endswith("(deleted)")]
        return sorted([*(str(path.relative_to(self.data.parent)) for path in kept), *deleted])


@dataclass(frozen=True, slots=True)
class Look:
    """A service at one moment.

    Attributes:
        memory_mib: resident, of the process and its children.
        health_s: until it told its health.
    """

    memory_mib: float
    threads: int
    descriptors: int
    children: int
    running: int
    waiting: int
    health_s: float


@contextlib.contextmanager
def soaked_services(folder: Path) -> Iterator[tuple[Soaked, Soaked]]:
    """Transcription by a tiny Whisper that hears digits, so that its answers can be checked; speech by espeak-ng.

    Args:
        folder: for everything that they keep.
    """
    model = build_ct2(folder / "tiny-digits")
    with contextlib.ExitStack() as stack:
        found = []
        for name, serve, settings in (
            # Without the temperature ladder, whose upper steps draw at random.
            ("asr", serve_asr, {"ASR_MODEL": str(model), "ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0"}),
            ("tts", serve_tts, {"TTS_ENGINE": "espeak", "TTS_MAX_INPUT_CHARS": "100000"}),
        ):
            uploads, data = folder / name / "uploads", folder / name / "data"
            uploads.mkdir(parents=True)
            data.mkdir()
            own = {"TMPDIR": str(uploads), "DATA_DIR": str(data), "JOB_RESULT_TTL_S": str(_RESULT_TTL_S)}
            found.append(Soaked(name, stack.enter_context(serve({**settings, **own})), uploads, data))
        yield found[0], found[1]
