"""Damaged uploads: every one gets a transcript or a clear refusal, and nothing is left behind."""

import asyncio
import collections
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.audio.mutate import mutated_uploads
from tests.e2e.conftest import Spoken
from tests.live_server import Server, serve_asr
from voice_stack.audio.ffmpeg import ffmpeg_path

CLIENTS = 6
CODECS = {
    "wav": ["-c:a", "pcm_s16le"],
    "mp3": ["-c:a", "libmp3lame"],
    "flac": ["-c:a", "flac"],
    "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"],
    "m4a": ["-c:a", "aac"],
    "webm": ["-c:a", "libopus"],
    "aiff": [],
    "mka": ["-c:a", "pcm_s24le"],
}


@pytest.fixture(scope="module")
def quick_server(tiny_ct2: Path) -> Iterator[Server]:
    """One pass of greedy decoding: the uploads are the point here, not their words."""
    settings = {"ASR_TEMPERATURE": "0", "ASR_BEAM_SIZE": "1", "ASR_MAX_AUDIO_S": "60", "ASR_LANGUAGE": "en"}
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": "", **settings}) as server:
        yield server


def seeds(folder: Path, recording: Path, corpus: Path) -> list[bytes]:
    """A second of speech in every container, and the smallest files of the corpus where it is at hand."""
    made = []
    for suffix, codec in CODECS.items():
        out = folder / f"seed.{suffix}"
        command = [ffmpeg_path(), "-v", "error", "-y", "-i", str(recording), "-t", "1", *codec, str(out)]
        subprocess.run(command, check=True)
        made.append(out.read_bytes())
    if corpus.is_dir():
        files = sorted((p for p in corpus.rglob("*.*") if p.stat().st_size < 60_000), key=lambda p: p.stat().st_size)
        kinds: dict[str, list[Path]] = collections.defaultdict(list)
        for path in files:
            if path.suffix in (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".webm", ".aiff"):
                kinds[path.suffix].append(path)
        made += [path.read_bytes() for paths in kinds.values() for path in paths[:3]]
    return made


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_damaged_uploads_do_no_harm(quick_server: Server, digits: Spoken, tmp_path: Path, count: int) -> None:
    corpus = Path(__file__).parents[3] / "shared" / "corpus"
    statuses: collections.Counter[int] = collections.Counter()
    slow: list[tuple[float, str]] = []

    async def run() -> None:
        uploads = mutated_uploads(seeds(tmp_path, digits.path, corpus), count, 20261121)
        async with httpx.AsyncClient(timeout=30) as http:

            async def work() -> None:
                for label, data in uploads:
                    started = time.monotonic()
                    response = await http.post(
                        f"{quick_server.v1}/audio/transcriptions",
                        data={"model": "whisper-1"},
                        files={"file": ("a.wav", data)},
                    )
                    statuses[response.status_code] += 1
                    slow.append((time.monotonic() - started, f"{label}: {response.status_code}"))
                    assert response.status_code in (200, 400), (label, response.text)
                    if response.status_code == 400:
                        assert response.json()["error"]["code"] in ("invalid_audio", "audio_too_long"), label
                        assert response.json()["error"]["message"], label

            await asyncio.gather(*(work() for _ in range(CLIENTS)))

    http_before = httpx.post(
        f"{quick_server.v1}/audio/transcriptions",
        data={"model": "whisper-1"},
        files={"file": digits.path.read_bytes()},
        timeout=60,
    )
    assert http_before.status_code == 200
    files_before = len(quick_server.open_files())
    asyncio.run(run())
    print(f"statuses {dict(statuses)}, slowest {max(slow)}")
    assert sum(statuses.values()) == count
    assert statuses[200] > min(50, count // 4), "the damage was so great that nothing was decoded: this shows little"
    assert statuses[400] > min(50, count // 4), "hardly anything was damaged: this shows little"
    assert quick_server.children() == []
    deleted = [name for name in quick_server.open_files() if "(deleted)" in name and "/tmp" in name]
    assert deleted == [], "spooled uploads are still open"
    assert len(quick_server.open_files()) <= files_before + 2 * CLIENTS
    assert httpx.get(f"{quick_server.url}/health").json()["running"] == 0
