"""What the benchmarks listen to, and the model that they listen with."""

import json
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.real_models import real_model
from tests.tiny_whisper.bench import CONTEXT, HEADS, LAYERS, TEXT_CONTEXT, WIDTH, bench_weights
from tests.tiny_whisper.build import FIXTURES, MEL_BINS, build_bench
from tests.tiny_whisper.vocabulary import VOCABULARY_SIZE, read_merges, tokens
from tests.tiny_xtts.build import build_xtts
from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.ffmpeg import ffmpeg_path

ROOT = Path(__file__).parent.parent
SAMPLE_RATE = 16_000
# Of the files that `wave` writes.
_WAV_HEADER_BYTES = 44
_UNHEARD_SAMPLES = 8
# What whisper-tiny writes for 30 s of real speech, about.
TOKENS_A_WINDOW = 92
_SENTENCE = ROOT / "tests" / "fixtures" / "hello.wav"
_CORPUS = ROOT.parent / "shared" / "corpus"
# Between two sentences of different people.
_PAUSE_S = 0.6


def bench_model() -> Path:
    """A faster-whisper folder of whisper-tiny's size that writes 92 tokens for every 30 s window, whatever it hears."""
    folder = ROOT / ".cache" / "bench-model"
    if not (folder / "model.bin").exists():
        build_bench(folder, TOKENS_A_WINDOW)
    return folder


def bench_checkpoint() -> Path:
    """The same for openai-whisper, whose key projections have no bias."""
    path = ROOT / ".cache" / "bench-model.pt"
    if not path.exists():
        import torch

        names = tokens(read_merges(FIXTURES / "merges.txt.xz"))
        weights = bench_weights(names, TOKENS_A_WINDOW)
        state = {name: torch.from_numpy(value) for name, value in weights.items() if not name.endswith(".key.bias")}
        dims = {"n_mels": MEL_BINS, "n_audio_ctx": CONTEXT, "n_text_ctx": TEXT_CONTEXT, "n_vocab": VOCABULARY_SIZE}
        for side in ("audio", "text"):
            dims |= {f"n_{side}_state": WIDTH, f"n_{side}_head": HEADS, f"n_{side}_layer": LAYERS}
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        torch.save({"dims": dims, "model_state_dict": state}, unfinished)
        unfinished.replace(path)
    return path


def speech(seconds: float) -> Samples:
    """A sentence over and over, (time,) float32 at 16 kHz: the VAD keeps all of it."""
    return np.resize(read_samples(_SENTENCE), round(seconds * SAMPLE_RATE))


@dataclass(frozen=True, slots=True)
class Weights:
    """A model to transcribe with.

    Attributes:
        name: in the table.
        model: a faster-whisper folder.
        real: whether it was trained, so that what it hears matters.
    """

    name: str
    model: Path
    real: bool


def fixed_weights() -> Weights:
    """The model that writes a fixed number of tokens."""
    return Weights("fixed tokens", bench_model(), real=False)


def best_weights() -> Weights:
    """Real Whisper base where `make real` has fetched it, else the model that writes a fixed number of tokens."""
    found = real_model("whisper-base")
    return Weights("Whisper base", found, real=True) if found else fixed_weights()


def real_speech(seconds: float) -> Samples:
    """Sentences of many people, (time,) float32 at 16 kHz, where the corpus is at hand; else the one sentence."""
    sentences = _sentences()
    if not sentences:
        return speech(seconds)
    pause = np.zeros(round(_PAUSE_S * SAMPLE_RATE), np.float32)
    return np.resize(np.concatenate([part for one in sentences for part in (one, pause)]), round(seconds * SAMPLE_RATE))


@cache
def _sentences() -> tuple[Samples, ...]:
    return tuple(_read_corpus())


def _read_corpus() -> Iterator[Samples]:
    manifest = _CORPUS / "manifest.jsonl"
    for line in manifest.read_text().splitlines() if manifest.exists() else ():
        path = _CORPUS / json.loads(line)["path"]
        if path.parts[-3] == "librispeech_test-other" or path.parent.name == "ljspeech":
            command = [ffmpeg_path(), "-v", "error", "-nostdin", "-i", str(path), "-ac", "1", "-ar", str(SAMPLE_RATE)]
            yield from_s16le(subprocess.run([*command, "-f", "s16le", "-"], capture_output=True, check=True).stdout)


def tiny_xtts(most_tokens: int | None = None) -> Path:
    """An XTTS-v2 with a small language model and random weights: noise, made by a vocoder of the real size.

    Args:
        most_tokens: audio tokens, 46 ms each, of one utterance; None for as many as the real one.
    """
    folder = ROOT / ".cache" / (f"tiny-xtts-{most_tokens}" if most_tokens else "tiny-xtts")
    if not (folder / "speakers_xtts.pth").exists():
        build_xtts(folder, most_tokens=most_tokens)
    return folder


@dataclass(frozen=True, slots=True)
class Recording:
    """A 16-bit mono WAV file."""

    path: Path
    seconds: float

    def fresh_wav(self) -> bytes:
        """The file with an end of its own, which nobody hears: no server has answered it before."""
        end = np.random.default_rng().integers(-100, 100, _UNHEARD_SAMPLES).astype("<i2").tobytes()
        return self.path.read_bytes()[: -len(end)] + end

    def fresh_pcm(self) -> bytes:
        """The same without the header."""
        return self.fresh_wav()[_WAV_HEADER_BYTES:]


def write_samples(path: Path, samples: Samples) -> Recording:
    """Samples at 16 kHz as a 16-bit mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Recording(path, len(samples) / SAMPLE_RATE)


def read_samples(path: Path) -> Samples:
    """Samples of a 16-bit mono WAV file."""
    with wave.open(str(path)) as file:
        return from_s16le(file.readframes(file.getnframes()))


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
