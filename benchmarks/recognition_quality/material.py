"""Real recordings with ground truth, and sounds in which nobody speaks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat

RATE: Final = 16_000

_LONGEST_S: Final = 4 * 3600.0

# Of a joined recording: silences between its parts, in seconds, again and again.
_PAUSES: Final = (0.4, 1.0, 2.5, 0.7, 6.0)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording and what is said in it.

    Attributes:
        name: its path within the corpus.
        samples: (time,) float32 at 16 kHz.
        text: as a person wrote it down.
        language: ISO 639-1.
    """

    name: str
    samples: Samples
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Recordings one after the other, with silences between them.

    Attributes:
        starts: seconds at which the speech of each begins: when it first has a tenth of its loudest 10 ms.
    """

    samples: Samples
    parts: tuple[Spoken, ...]
    starts: tuple[float, ...]

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts)


def entries(corpus: Path) -> list[dict[str, Any]]:
    """What the corpus' manifest says of each file."""
    return [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]


def spoken(corpus: Path, kind: str) -> list[Spoken]:
    """Recordings of a kind that have a transcript, those that were made of others left out.

    Args:
        kind: of the manifest (`asr`, `multilingual` ...), or `noisy`.
    """

    def is_wanted(entry: dict[str, Any]) -> bool:
        own = "noisy" if entry.get("noisy") else entry["kind"]
        return own == kind and bool(entry["text"]) and "formats" not in entry["path"]

    wanted = filter(is_wanted, entries(corpus))
    return [Spoken(e["path"], decoded(corpus / e["path"]), e["text"], e["language"]) for e in wanted]


def decoded(path: Path) -> Samples:
    """A file's sound, (time,) float32 at 16 kHz."""
    with path.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=_LONGEST_S)) as stream:
        return stream.read(_LONGEST_S).samples


def joined(parts: Sequence[Spoken], seconds: float) -> Joined:
    """The first parts that together last so long."""
    pieces: list[Samples] = [np.zeros(RATE // 2, np.float32)]
    starts: list[float] = []
    taken: list[Spoken] = []
    at = 0.5
    for number, part in enumerate(parts):
        if at > seconds:
            break
        pause = _PAUSES[number % len(_PAUSES)]
        pieces += [part.samples, np.zeros(round(pause * RATE), np.float32)]
        starts.append(at + _onset(part.samples))
        taken.append(part)
        at += len(part.samples) / RATE + pause
    return Joined(np.concatenate(pieces), tuple(taken), tuple(starts))


def _onset(samples: Samples) -> float:
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    level = np.sqrt(np.mean(frames**2, axis=1))
    return float(np.argmax(level > 0.1 * level.max())) * 0.01


def without_speech(corpus: Path | None, seconds: float) -> Iterator[tuple[str, Samples]]:
    """Sounds in which nobody speaks, each so long, by name.

    Args:
        corpus: whose noises come first; `sb_noise1` may hold babble, so it is left out.
    """
    if corpus is not None:
        for entry in entries(corpus):
            if entry["kind"] == "noise" and "noise1" not in entry["path"]:
                yield entry["path"], np.resize(decoded(corpus / entry["path"]), round(seconds * RATE))
    chance = np.random.default_rng(1)
    time = np.arange(round(seconds * RATE)) / RATE
    white = chance.standard_normal(len(time))
    spectrum = np.fft.rfft(white)
    bins = np.maximum(np.arange(len(spectrum)), 1)
    made = {
        "silence": np.zeros(len(time)),
        "faint noise": 0.0005 * white,
        "white noise": 0.1 * white,
        "pink noise": _levelled(np.fft.irfft(spectrum / np.sqrt(bins), len(time))),
        "brown noise": _levelled(np.fft.irfft(spectrum / bins, len(time))),
        "mains hum": 0.1 * sum(np.sin(2 * np.pi * 50 * k * time) / k for k in (1, 2, 3, 5)),
        "clicks": 0.5 * (chance.random(len(time)) < 3 / RATE),
        "music": _melody(time),
        "drums": 0.3 * white * np.exp(-12 * (time % 0.5)),
    }
    for name, samples in made.items():
        yield name, np.asarray(samples, np.float32)


def wav(samples: Samples) -> bytes:
    """A WAV file."""
    return encode_whole(AudioClip(samples, RATE), AudioFormat.WAV)


def _levelled(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.1 * samples / np.std(samples))


def _melody(time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Broken chords of plucked strings."""
    notes = np.array([220.0, 277.18, 329.63, 440.0, 246.94, 311.13, 369.99, 493.88])
    beat = 0.25
    pitch = notes[(time // beat).astype(int) % len(notes)]
    tone = sum(np.sin(2 * np.pi * pitch * k * time) / k**2 for k in (1, 2, 3, 4))
    return np.asarray(0.15 * tone * np.exp(-5 * (time % beat)))
