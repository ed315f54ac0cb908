"""Word error rates of a tiny Whisper through both engines, by group of voices.

`python -m tests.tiny_whisper.evaluate [--checkpoint FILE] [--corpus PATH]`; without a checkpoint, the fixture's.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import audio, clips
from ._types import Samples
from .build import build_ct2, build_openai, write_atomically
from .clips import DIGITS, Clip
from .engines import Engine, faster_engine, openai_engine
from .speak import Saying, speak_many
from .train import DEFAULT_CORPUS

MAX_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Utterance:
    """Sound and what is said in it."""

    language: str
    words: tuple[str, ...]
    samples: Samples  # (time,) at 16 kHz


def edits(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of words to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], index
        for column, other in enumerate(heard, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
    return row[-1]


def joined(voice: Sequence[Clip], chance: random.Random, phrases: int = 1) -> Utterance:
    """One to five digits a phrase out of a speaker's clips, with short gaps, and 0.9 to 2 s between phrases."""
    language = voice[0].language
    words: list[str] = []
    parts: list[Samples] = [_silence(chance.uniform(0, 0.5))]
    for phrase in range(phrases):
        if phrase:
            parts.append(_silence(chance.uniform(0.9, 2.0)))
        for _ in range(chance.randint(1, MAX_DIGITS)):
            clip = chance.choice(voice)
            words.append(DIGITS[language][clip.digit])
            parts += [clip.samples, _silence(chance.uniform(0.03, 0.35))]
    parts.append(_silence(chance.uniform(0, 0.5)))
    return Utterance(language, tuple(words), np.concatenate(parts))


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * audio.SAMPLE_RATE), np.float32)


def sentences(language: str, count: int, chance: random.Random) -> list[Utterance]:
    """Digits that espeak-ng speaks in one go, with commas between them, in its standard voices."""
    sayings: list[Saying] = []
    wanted: list[tuple[str, ...]] = []
    for _ in range(count):
        words = tuple(chance.choice(DIGITS[language]) for _ in range(chance.randint(1, MAX_DIGITS)))
        accent = chance.choice(clips.ESPEAK_LANGUAGES[language])
        wanted.append(words)
        sayings.append(Saying(", ".join(words), accent, chance.randint(120, 180), chance.randint(30, 70)))
    spoken, rate = speak_many(sayings)
    return [
        Utterance(language, words, audio.resample(samples, rate)) for words, samples in zip(wanted, spoken, strict=True)
    ]


def make_groups(corpus: Path | None, count: int, seed: int = 3) -> dict[str, list[Utterance]]:
    """The groups of utterances, all of voices that training does not hear."""
    voices: dict[str, dict[str, list[Clip]]] = {}
    for clip in clips.make_bank(corpus):
        if clip.held_out:
            person = clip.speaker if clip.kind in ("fsdd", "moonshine") else clip.language
            group = voices.setdefault(f"{clip.kind} {person}", {})
            group.setdefault(clip.speaker, []).append(clip)
    groups: dict[str, list[Utterance]] = {}
    for name, speakers in sorted(voices.items()):
        chance = random.Random(f"{seed} {name}")
        groups[name] = [joined(chance.choice(list(speakers.values())), chance) for _ in range(count)]
        long = [joined(chance.choice(list(speakers.values())), chance, phrases=5) for _ in range(count // 4)]
        groups[f"{name}, 5 phrases"] = long
    for language in DIGITS:
        name = f"espeak {language}, sentences"
        groups[name] = sentences(language, count, random.Random(f"{seed} {name}"))
    return groups


def word_error_rate(engine: Engine, utterances: Sequence[Utterance], beam: int) -> tuple[float, float]:
    """Word error rate, and the share of utterances whose detected language is right."""
    wrong = total = languages = 0
    for utterance in utterances:
        wrong += edits(utterance.words, engine(utterance.samples, utterance.language, beam, False).text.split())
        total += len(utterance.words)
        languages += engine(utterance.samples, None, 1, False).language == utterance.language
    return wrong / total, languages / len(utterances)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="an openai-whisper .pt; default: the fixture")
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS if DEFAULT_CORPUS.is_dir() else None)
    parser.add_argument("--count", type=int, default=40, help="utterances a group")
    parser.add_argument("--beam", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ct2 = build_ct2(folder / "ct2")
        checkpoint: Path | None = options.checkpoint
        if checkpoint is None:
            checkpoint = build_openai(folder)
        else:
            from .export import ct2_model_bin

            write_atomically(ct2 / "model.bin", ct2_model_bin(checkpoint))
        engines = {"openai-whisper": openai_engine(checkpoint), "faster-whisper": faster_engine(ct2)}
    print(f"{'group':32}" + "".join(f"{name:>16}{'language':>10}" for name in engines), flush=True)
    for group, utterances in make_groups(options.corpus, options.count).items():
        cells = [word_error_rate(engine, utterances, options.beam) for engine in engines.values()]
        print(f"{group:32}" + "".join(f"{wer:16.1%}{share:10.0%}" for wer, share in cells), flush=True)


if __name__ == "__main__":
    main()
