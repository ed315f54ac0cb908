"""What the benchmarks listen to, and the model that they listen with."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.tiny_whisper.build import build_bench
from tests.tiny_xtts.build import build_xtts
from voice_stack.audio.clip import Samples, from_s16le

ROOT = Path(__file__).parent.parent
SAMPLE_RATE = 16_000
_SENTENCE = ROOT / "tests" / "fixtures" / "hello.wav"


def bench_model() -> Path:
    """A faster-whisper folder of whisper-tiny's size that writes 92 tokens for every 30 s window, whatever it hears."""
    folder = ROOT / ".cache" / "bench-model"
    if not (folder / "model.bin").exists():
        build_bench(folder)
    return folder


def speech(seconds: float) -> Samples:
    """A sentence over and over, (time,) float32 at 16 kHz: the VAD keeps all of it."""
    with wave.open(str(_SENTENCE)) as file:
        sentence = from_s16le(file.readframes(file.getnframes()))
    return np.resize(sentence, round(seconds * SAMPLE_RATE))


def tiny_xtts() -> Path:
    """An XTTS-v2 with a small language model and random weights: noise, made by a vocoder of the real size."""
    folder = ROOT / ".cache" / "tiny-xtts"
    if not (folder / "speakers_xtts.pth").exists():
        build_xtts(folder)
    return folder


@dataclass(frozen=True, slots=True)
class Recording:
    path: Path
    seconds: float


def write_wav(path: Path, seconds: float, *, silence_s: float = 0.0) -> Recording:
    """Speech, and silence after it, as 16-bit mono WAV; written in pieces."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        left = seconds
        while left > 0:
            piece = min(60.0, left)
            file.writeframes(np.rint(speech(piece) * 32767).astype("<i2").tobytes())
            left -= piece
        for _ in range(round(silence_s / 60)):
            file.writeframes(bytes(60 * SAMPLE_RATE * 2))
    return Recording(path, seconds + silence_s)
