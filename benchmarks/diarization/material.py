"""Conversations with ground truth: the corpus's own, and some built of its readers for choosing parameters on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.speaker.diarization.rttm import from_rttm
from voice_stack.speaker.diarization.turns import Turn

RATE: Final = 16_000
_LIMITS: Final = DecodeLimits(max_seconds=900, timeout_s=120)
# Parameters are chosen on one meeting and on conversations built of readers who are in none of the others.
_CHOSEN_ON: Final = ("ami/trn04.wav",)
_REPORTED_ON: Final = ("ami/trn05.wav", "ami/trn07.wav", "sample.wav", "built_dev_conversation.flac")


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """A recording, and who speaks when in it.

    Attributes:
        words: speaker and text of what is said, in order; empty where nobody has written it down.
    """

    name: str
    clip: AudioClip
    turns: Sequence[Turn]
    words: Sequence[tuple[str, str]] = ()


def reported_on(corpus: Path) -> list[Conversation]:
    """The conversations that figures are told of."""
    return [_read(corpus, name) for name in _REPORTED_ON]


def chosen_on(corpus: Path) -> list[Conversation]:
    """Those that parameters are chosen on: none of their speakers is in the others."""
    readers = sorted((corpus / "speaker" / "librispeech_train-clean-100").rglob("*.flac"))
    built = [_built(f"built of {len(group)} readers, {seed}", group, seed) for seed, group in _groups(readers)]
    return [*(_read(corpus, name) for name in _CHOSEN_ON), *built]


def _groups(readers: Sequence[Path]) -> list[tuple[int, Sequence[Path]]]:
    return [(1, readers[:2]), (2, readers[2:5]), (3, readers[4:8])]


def _built(name: str, files: Sequence[Path], seed: int) -> Conversation:
    """Readers who speak in turn for 2 to 5 s each, every fourth turn into the end of the one before."""
    random = np.random.default_rng(seed)
    clips = [_sound(file) for file in files]
    at = [0.0] * len(clips)
    end, turns, parts = 0.5, list[Turn](), list[tuple[float, AudioClip]]()
    for number in range(6 * len(clips)):
        who = number % len(clips)
        seconds = float(random.uniform(2.0, 5.0))
        if at[who] + seconds > clips[who].duration:
            continue
        start = end + (-0.8 if number % 4 == 3 else float(random.uniform(0.2, 0.8)))
        parts.append((start, clips[who].slice(at[who], at[who] + seconds)))
        turns.append(Turn(start, start + seconds, files[who].stem))
        at[who] += seconds
        end = start + seconds
    samples = np.zeros(round((end + 0.5) * RATE), np.float32)
    for start, part in parts:
        first = round(start * RATE)
        samples[first : first + len(part.samples)] += part.samples[: len(samples) - first]
    return Conversation(name, AudioClip(samples, RATE), turns)


def _read(corpus: Path, name: str) -> Conversation:
    path = corpus / "diarization" / name
    turns = from_rttm(path.with_suffix(".rttm").read_text("utf-8"))
    return Conversation(path.stem, _sound(path), turns, _words(corpus, path))


def _words(corpus: Path, path: Path) -> list[tuple[str, str]]:
    stm = path.with_suffix(".stm")
    if stm.is_file():
        lines = [line.split(maxsplit=6) for line in stm.read_text("utf-8").splitlines() if not line.startswith(";;")]
        # Recording, channel, speaker, start, end, and the text, with or without a label before it.
        return [(fields[2], " ".join(fields[5:]).partition(">")[2] or " ".join(fields[5:])) for fields in lines]
    name = str(path.relative_to(corpus))
    for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["path"] == name:
            return [(part["speaker"], part["text"]) for part in entry.get("segments") or ()]
    return []


def _sound(path: Path) -> AudioClip:
    with path.open("rb") as file, open_audio(file, _LIMITS, sample_rate=RATE) as sound:
        return sound.read(_LIMITS.max_seconds)
