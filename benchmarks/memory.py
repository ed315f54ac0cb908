"""Peak memory of a two-hour upload, and of faster-whisper's own decoder on the same file."""

import subprocess
import sys
from pathlib import Path

from benchmarks.bench import Bench, service
from benchmarks.clients import subtitle, transcribe
from benchmarks.figures import Figure, Findings, Goal, ratio

_MOST_MIB = Goal(300.0)
# More than the service works on at once, so that it meets a piece without any silence.
_SPEECH_S = 330.0
_FILM_S = 7200.0


def film_memory(bench: Bench, findings: Findings) -> None:
    """Peak resident memory above the loaded model, over that of `faster_whisper.decode_audio` alone."""
    speech_s, total_s = (30.0, 300.0) if bench.quick else (_SPEECH_S, _FILM_S)
    film = bench.recording(speech_s, silence_s=total_s - speech_s)
    ours, theirs = [], []
    with service() as server:
        transcribe(server.v1, bench.recording(3.0))
        # What the first film leaves behind counts against the next ones.
        before = server.resident_mib()
        for _ in range(bench.repetitions):
            server.reset_peak()
            subtitle(server.v1, film)
            ours.append(server.peak_mib() - before)
            theirs.append(decoder_peak_mib(film.path))
    name = f"upload of {film.seconds / 60:g} min"
    findings.figures += [
        Figure(
            f"peak memory above the model, {name}",
            ours,
            "MiB",
            detail=f"{before:.0f} MiB with the model",
            goal=None if bench.quick else _MOST_MIB,
        ),
        ratio(f"peak memory of an {name} over decode_audio alone", ours, theirs, unit="MiB"),
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
