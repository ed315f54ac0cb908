"""Engines called directly, in a process of their own, as a service's engine is.

`python -m benchmarks.direct` reads one JSON object a line (`engine`, `model`, `seconds`) and answers with the seconds
of wall time that the engine took for so much speech; models stay loaded.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.bench import cores
from benchmarks.figures import timed
from benchmarks.material import ROOT, bench_checkpoint, bench_model, speech
from voice_stack.audio.clip import Samples

_BATCH = 8


class Direct(StrEnum):
    """What is called."""

    SEQUENTIAL = "faster-whisper"
    BATCHED = "faster-whisper, batched"
    OPENAI = "openai-whisper"

    @property
    def model(self) -> Path:
        return bench_checkpoint() if self is Direct.OPENAI else bench_model()


class DirectEngines:
    """The process that calls them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def seconds(self, engine: Direct, seconds: float) -> float:
        """Wall time for so much speech that is decoded already.

        Args:
            seconds: of speech.

        Raises:
            RuntimeError: the engine failed; its own words are on the terminal.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"engine": engine.value, "model": str(engine.model), "seconds": seconds}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{engine} failed on {seconds:g} s of speech")
        return float(line)


@contextlib.contextmanager
def direct_engines() -> Iterator[DirectEngines]:
    """Engines that are loaded when they are first called."""
    command = [sys.executable, "-m", "benchmarks.direct"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield DirectEngines(process)
        finally:
            process.terminate()


def _load(engine: Direct, model: str) -> Callable[[Samples], None]:
    """Something that transcribes samples as the service does: English, beam 5, no temperature ladder, no context."""
    options: dict[str, Any] = {
        "language": "en",
        "beam_size": 5,
        "temperature": 0,
        "condition_on_previous_text": False,
    }
    if engine is Direct.OPENAI:
        import torch
        import whisper

        torch.set_num_threads(cores())
        original = whisper.load_model(model, device="cpu")
        return lambda samples: original.transcribe(samples, fp16=False, **options) and None
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    loaded = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=cores())
    if engine is Direct.BATCHED:
        batched = BatchedInferencePipeline(loaded)
        return lambda samples: _read(batched.transcribe(samples, batch_size=_BATCH, vad_filter=True, **options))
    return lambda samples: _read(loaded.transcribe(samples, vad_filter=True, **options))


def _read(result: tuple[Any, Any]) -> None:
    """faster-whisper works while its segments are read."""
    if not any(segment.text.strip() for segment in list(result[0])):
        raise RuntimeError("the engine found no text")


def _serve() -> None:
    engines: dict[Direct, Callable[[Samples], None]] = {}
    for line in sys.stdin:
        order = json.loads(line)
        engine = Direct(order["engine"])
        if engine not in engines:
            engines[engine] = _load(engine, order["model"])
        transcribe, samples = engines[engine], speech(order["seconds"])
        print(timed(lambda: transcribe(samples)), flush=True)  # noqa: B023 - called at once


if __name__ == "__main__":
    _serve()
