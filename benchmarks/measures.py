"""The measurements. Each returns figures that were taken side by side in this run."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.material import Recording, bench_model, speech, write_wav
from tests.live_server import Server, serve_asr

# The model's output is fixed, so the ladder would only repeat it; without context every window costs the same.
SETTINGS = {
    "ASR_TEMPERATURE": "0",
    "ASR_CONDITION_ON_PREVIOUS_TEXT": "false",
    "ASR_LANGUAGE": "en",
    "ASR_FALLBACK_ENGINES": "",
    "ASR_COMPUTE_TYPE": "int8",
}
_SILENT_HOURS_S = 7200.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio with its spread, or a plain figure.

    Attributes:
        what: in words.
        values: one for each repetition.
        unit: `x` for ratios.
        detail: the absolute figures behind it.
    """

    what: str
    values: Sequence[float]
    unit: str = "x"
    detail: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def transcribe(server: Server, recording: Recording) -> None:
    with recording.path.open("rb") as file:
        response = httpx.post(
            f"{server.v1}/audio/transcriptions", data={"model": "whisper-1"}, files={"file": file}, timeout=3600
        )
    response.raise_for_status()


def service_over_engine(server: Server, folder: Path, seconds: float, repetitions: int) -> Figure:
    """Wall time of a request over that of faster-whisper called directly on the decoded samples, in turns."""
    from faster_whisper import WhisperModel

    engine = WhisperModel(str(bench_model()), device="cpu", compute_type="int8")
    recording = write_wav(folder / f"{seconds:g}s.wav", seconds)
    samples = speech(seconds)

    def direct() -> None:
        segments, _ = engine.transcribe(
            samples, language="en", vad_filter=True, temperature=0, condition_on_previous_text=False
        )
        for _segment in segments:
            pass

    direct()
    transcribe(server, recording)
    pairs = [(timed(lambda: transcribe(server, recording)), timed(direct)) for _ in range(repetitions)]
    served, raw = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Figure(
        f"service over engine, {seconds:g} s clip",
        [a / b for a, b in pairs],
        detail=f"{served:.2f} s against {raw:.2f} s",
    )


def first_delta_over_total(server: Server, folder: Path, seconds: float, repetitions: int) -> Figure:
    """When the first SSE delta arrives, as a share of the time that the whole stream takes."""
    recording = write_wav(folder / "stream.wav", seconds)
    shares, firsts, totals = [], [], []
    for _ in range(repetitions):
        started = time.perf_counter()
        first = 0.0
        with recording.path.open("rb") as file:
            form = {"model": "whisper-1", "stream": "true"}
            url = f"{server.v1}/audio/transcriptions"
            with httpx.stream("POST", url, data=form, files={"file": file}, timeout=3600) as response:
                response.raise_for_status()
                for line in response.iter_lines():
                    if not first and line.startswith("data:") and "delta" in line:
                        first = time.perf_counter() - started
        totals.append(time.perf_counter() - started)
        firsts.append(first)
        shares.append(first / totals[-1])
    detail = f"{statistics.median(firsts):.2f} s of {statistics.median(totals):.2f} s"
    return Figure(f"first SSE delta over the whole stream, {seconds:g} s of speech", shares, detail=detail)


def film_memory(folder: Path, speech_s: float, total_s: float = _SILENT_HOURS_S) -> list[Figure]:
    """Peak memory of a two-hour upload above the loaded model, and of faster-whisper's own decoder on the same file."""
    film = write_wav(folder / "film.wav", speech_s, silence_s=total_s - speech_s)
    with serve_asr({"ASR_MODEL": str(bench_model()), **SETTINGS}) as server:
        transcribe(server, write_wav(folder / "warm.wav", 3.0))
        before = server.resident_mib()
        server.reset_peak()
        with film.path.open("rb") as file:
            file.seek(44)  # past the header: Bazarr sends raw PCM
            response = httpx.post(
                f"{server.v1}/bazarr/asr",
                params={"encode": "false", "output": "srt"},
                files={"audio_file": file},
                timeout=3600,
            )
        response.raise_for_status()
        above = server.peak_mib() - before
    theirs = decoder_peak_mib(film.path)
    return [
        Figure("peak memory of a two-hour upload above the model", [above], "MiB", f"{before:.0f} MiB with the model"),
        Figure("the same over faster-whisper's decode_audio alone", [above / theirs], detail=f"{theirs:.0f} MiB there"),
    ]


def decoder_peak_mib(path: Path) -> float:
    """Peak memory of `faster_whisper.decode_audio` above the imported package, in a process of its own."""
    program = """
import sys
from pathlib import Path
from faster_whisper import decode_audio
def mib(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) / 1024
Path("/proc/self/clear_refs").write_text("5")
before = mib("VmRSS")
decode_audio(sys.argv[1])
print(mib("VmHWM") - before)
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def start_up(repetitions: int) -> list[Figure]:
    """Start to the first healthy answer, and the import of the service, over an empty interpreter."""

    def run(program: str) -> float:
        return timed(lambda: subprocess.run([sys.executable, "-c", program], check=True))

    pairs = [(run("import voice_stack.asr.app"), run("import fastapi, uvicorn")) for _ in range(repetitions)]
    starts, resident = [], 0.0
    for _ in range(repetitions):
        started = time.perf_counter()
        with serve_asr({"ASR_MODEL": str(bench_model()), **SETTINGS}) as server:
            starts.append(time.perf_counter() - started)
            resident = server.resident_mib()
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [
        Figure(
            "importing the service over importing FastAPI",
            [a / b for a, b in pairs],
            detail=f"{ours:.2f} s against {theirs:.2f} s",
        ),
        Figure("start to healthy", starts, "s", f"{resident:.0f} MiB resident, no model"),
    ]
