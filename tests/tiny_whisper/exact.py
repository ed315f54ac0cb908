"""Sound that both engines transcribe exactly with the tiny Whisper, for tests that assert text.

`EXACT` was chosen by `find_exact.py`: each clip is right in openai-whisper and faster-whisper, with beams 1 and 5,
10 dB softer and louder, after 8 kHz mp3, with silence before it, and its language is detected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import audio
from ._types import Samples
from .build import FIXTURES
from .speak import Saying, speak_many

EXACT_FILE = FIXTURES / "exact.json"


@dataclass(frozen=True, slots=True)
class ExactClip:
    """How to make a sound with espeak-ng, and what it says."""

    name: str
    language: str
    voice: str
    rate_wpm: int
    pitch: int
    phrases: tuple[tuple[str, ...], ...]
    # "sentence": each phrase is spoken at once, commas between its words, as a user of text-to-speech gets it.
    # "joined": each word is spoken alone and put in its place, so that its time is known.
    style: str
    gap_s: float = 0.15  # between the words of a phrase, style "joined" only
    pause_s: float = 1.5  # between phrases

    @property
    def text(self) -> str:
        """The transcript, as both engines write it (after `strip()`)."""
        return " ".join(word for phrase in self.phrases for word in phrase)


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word and its time in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rendered:
    """A clip's sound."""

    samples: Samples  # (time,) at `sample_rate`
    sample_rate: int
    phrases: tuple[tuple[float, float], ...]  # start and end of each in seconds
    words: tuple[PlacedWord, ...]  # empty for style "sentence"


def render(clip: ExactClip) -> Rendered:
    """Speak a clip (16 kHz). A tenth of a second of silence stands before and after it."""
    if clip.style == "joined":
        texts = [word for phrase in clip.phrases for word in phrase]
    else:
        texts = [", ".join(phrase) for phrase in clip.phrases]
    spoken, rate = speak_many([Saying(text, clip.voice, clip.rate_wpm, clip.pitch) for text in texts])
    sounds = iter([audio.trim(audio.resample(samples, rate)) for samples in spoken])
    parts: list[Samples] = []
    words: list[PlacedWord] = []
    phrases: list[tuple[float, float]] = []
    position = 0  # samples

    def add(part: Samples) -> tuple[float, float]:
        nonlocal position
        start = position / audio.SAMPLE_RATE
        parts.append(part)
        position += len(part)
        return start, position / audio.SAMPLE_RATE

    add(_silence(0.1))
    for index, phrase in enumerate(clip.phrases):
        if index:
            add(_silence(clip.pause_s))
        if clip.style == "joined":
            for order, word in enumerate(phrase):
                if order:
                    add(_silence(clip.gap_s))
                words.append(PlacedWord(word, *add(next(sounds))))
            phrases.append((words[-len(phrase)].start, words[-1].end))
        else:
            phrases.append(add(next(sounds)))
    add(_silence(0.1))
    return Rendered(np.concatenate(parts), audio.SAMPLE_RATE, tuple(phrases), tuple(words))


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * audio.SAMPLE_RATE), np.float32)


def to_json(clip: ExactClip) -> dict[str, Any]:
    """A clip as an entry of exact.json."""
    return asdict(clip) | {"text": clip.text}


def from_json(entry: Mapping[str, Any]) -> ExactClip:
    """A clip from an entry of exact.json."""
    fields = {key: value for key, value in entry.items() if key not in ("text", "measured")}
    return ExactClip(**fields | {"phrases": tuple(tuple(phrase) for phrase in entry["phrases"])})


def load(path: Path = EXACT_FILE) -> dict[str, ExactClip]:
    """The clips of exact.json by name."""
    entries = json.loads(path.read_text("utf-8"))["clips"] if path.exists() else []
    return {clip.name: clip for clip in map(from_json, entries)}


def load_recordings(path: Path = EXACT_FILE) -> dict[str, str]:
    """Recordings of single digits in the test corpus that are exact: path below the corpus -> text."""
    recordings: dict[str, str] = json.loads(path.read_text("utf-8")).get("recordings", {}) if path.exists() else {}
    return recordings


EXACT: dict[str, ExactClip] = load()
EXACT_RECORDINGS: dict[str, str] = load_recordings()
