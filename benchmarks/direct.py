"""Engines called directly, in a process of their own, as a service's engine is.

`python -m benchmarks.direct` reads one JSON object a line (`engine`, `model`, `audio`, `options`) and answers with the
seconds of wall time that the engine took for that much speech; models stay loaded.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.bench import cores
from benchmarks.figures import timed
from benchmarks.material import ROOT, Recording, bench_checkpoint, bench_model, read_samples
from voice_stack.audio.clip import Samples

_BATCH = 8
# As the benchmarks' service is told: English, no temperature ladder, no context.
OPTIONS: Mapping[str, Any] = {"language": "en", "temperature": 0, "condition_on_previous_text": False}


class Direct(StrEnum):
    """What is called."""

    SEQUENTIAL = "faster-whisper"
    BATCHED = "faster-whisper, batched"
    OPENAI = "openai-whisper"


class DirectEngines:
    """The process that calls them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def seconds(
        self,
        engine: Direct,
        recording: Recording,
        *,
        model: Path | None = None,
        options: Mapping[str, Any] = OPTIONS,
    ) -> float:
        """Wall time for speech that is decoded already.

        Args:
            model: a faster-whisper folder; None: the bench model.
            options: of the engine, beside its own defaults.

        Raises:
            RuntimeError: the engine failed; its own words are on the terminal.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        usual = bench_checkpoint() if engine is Direct.OPENAI else bench_model()
        order = {
            "engine": engine.value,
            "model": str(model or usual),
            "audio": str(recording.path),
            "options": dict(options),
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{engine} failed on {recording.path.name}")
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


Transcribe = Callable[[Samples, Mapping[str, Any]], None]


def _load(engine: Direct, model: str) -> Transcribe:
    """Something that transcribes samples with all cores."""
    if engine is Direct.OPENAI:
        import torch
        import whisper

        torch.set_num_threads(cores())
        original = whisper.load_model(model, device="cpu")
        return lambda samples, options: original.transcribe(samples, fp16=False, beam_size=5, **options) and None
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    loaded = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=cores())
    if engine is Direct.BATCHED:
        batched = BatchedInferencePipeline(loaded)
        return lambda samples, options: _read(
            batched.transcribe(samples, batch_size=_BATCH, vad_filter=True, **options)
        )
    return lambda samples, options: _read(loaded.transcribe(samples, vad_filter=True, **options))


def _read(result: tuple[Any, Any]) -> None:
    """faster-whisper works while its segments are read."""
    if not any(segment.text.strip() for segment in list(result[0])):
        raise RuntimeError("the engine found no text")


def _serve() -> None:
    engines: dict[tuple[Direct, str], Transcribe] = {}
    for line in sys.stdin:
        order = json.loads(line)
        key = Direct(order["engine"]), order["model"]
        if key not in engines:
            engines[key] = _load(*key)
        transcribe, samples, options = engines[key], read_samples(Path(order["audio"])), order["options"]
        print(timed(lambda: transcribe(samples, options)), flush=True)  # noqa: B023 - called at once


if __name__ == "__main__":
    _serve()
