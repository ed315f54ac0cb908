"""Both Whisper engines behind one shape, for evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._types import Samples


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and when it was heard, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of some sound."""

    text: str
    language: str
    segments: list[tuple[float, float]]  # seconds
    words: list[HeardWord]


# (samples (time,) at 16 kHz, language or None to detect it, beam size, word times) -> Heard
Engine = Callable[[Samples, str | None, int, bool], Heard]


def openai_engine(checkpoint: Path) -> Engine:
    """openai-whisper with everything at its defaults but the beam."""
    import whisper

    model = whisper.load_model(str(checkpoint), device="cpu")

    def transcribe(samples: Samples, language: str | None, beam: int, words: bool) -> Heard:
        result: dict[str, Any] = model.transcribe(
            samples, language=language, beam_size=beam, word_timestamps=words, fp16=False
        )
        segments = result["segments"]
        heard = [
            HeardWord(word["word"].strip(), float(word["start"]), float(word["end"]))
            for segment in segments
            for word in segment.get("words", [])
        ]
        bounds = [(float(segment["start"]), float(segment["end"])) for segment in segments]
        return Heard(result["text"].strip(), result["language"], bounds, heard)

    return transcribe


def faster_engine(folder: Path, threads: int = 1) -> Engine:
    """faster-whisper in int8 on the CPU with everything at its defaults but the beam."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def transcribe(samples: Samples, language: str | None, beam: int, words: bool) -> Heard:
        found, info = model.transcribe(samples, language=language, beam_size=beam, word_timestamps=words)
        segments = list(found)
        heard = [
            HeardWord(word.word.strip(), float(word.start), float(word.end))
            for segment in segments
            for word in segment.words or []
        ]
        text = "".join(segment.text for segment in segments).strip()
        bounds = [(float(segment.start), float(segment.end)) for segment in segments]
        return Heard(text, info.language, bounds, heard)

    return transcribe
