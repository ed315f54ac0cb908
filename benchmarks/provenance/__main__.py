"""Marks of synthetic speech, measured: `python -m benchmarks.provenance [--corpus FOLDER] [--texts N] [--only PART]`.

Needs the extras `watermark` and `c2pa`, and the real models: `make real`. Real voices say texts; their speech is marked
as the service marks it, goes every way of `ways`, and is looked into as the route does. DNSMOS rates it with and
without the mark, and Whisper reads it. Recordings of people, with `--corpus`, show how often a mark is heard where
there is none.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from rich.console import Console
from rich.table import Table

from benchmarks.first_sound import real_voices
from benchmarks.listeners import SAMPLE_RATE, Dnsmos, Reader, errors
from benchmarks.provenance.measures import (
    alarms,
    by_length,
    cost,
    difference_db,
    marked,
    speech,
    survival,
)
from benchmarks.spoken_texts import TEXTS
from tests.real_models import real_model
from tests.tts.provenance.certificates import make_chain
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.tts.provenance.credentials import CredentialSigner
from voice_stack.tts.provenance.detection import HEARD_FROM

PARTS: Final = ("survival", "quality", "length", "cost", "alarms")
Voices = dict[str, list[AudioClip]]


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder with a manifest.jsonl, for false alarms")
    parser.add_argument("--texts", type=int, default=4, help="texts that each voice says")
    parser.add_argument("--engine", action="append", help="kokoro, piper, espeak; again for more")
    parser.add_argument("--only", action="append", choices=PARTS)
    asked = parser.parse_args()
    console = Console(width=140, highlight=False)
    known = {"espeak": {"TTS_ENGINE": "espeak"}, **{n: {"TTS_ENGINE": n, **s} for n, s in real_voices().items()}}
    wanted = asked.engine or list(known)
    voices = {name: speech(known[name], TEXTS[: asked.texts]) for name in wanted}
    seconds = sum(clip.duration for clips in voices.values() for clip in clips)
    console.print(f"{', '.join(voices)}: {asked.texts} texts each, {seconds:.0f} s in all")
    for part in asked.only or PARTS:
        if part == "survival":
            show_survival(console, voices)
        elif part == "quality":
            show_quality(console, voices, TEXTS[: asked.texts])
        elif part == "length":
            show_lengths(console, voices)
        elif part == "cost":
            show_cost(console, voices)
        elif asked.corpus is not None:
            show_alarms(console, asked.corpus)


def show_survival(console: Console, voices: Voices) -> None:
    """A row for each way: what is left of each mark."""
    clips = [clip for one in voices.values() for clip in one]
    table = Table("way", "metadata", "watermark heard", "confidence: least, mean", "unmarked: most", "C2PA", box=None)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = make_chain(Path(folder))
        for row in survival(clips, CredentialSigner(chain, key.read_text())):
            heard = sum(one >= HEARD_FROM for one in row.heard)
            table.add_row(
                row.way.name,
                f"{row.metadata} of {len(clips)}",
                f"{heard} of {len(clips)}",
                f"{min(row.heard):.2f}, {statistics.mean(row.heard):.2f}",
                f"{max(row.unmarked):.2f}",
                row.signature or "-",
            )
    console.print(table)


def show_quality(console: Console, voices: Voices, texts: Sequence[str]) -> None:
    """A row for each voice: level of the mark, opinions and wrong words without it and with it."""
    dnsmos_folder, reader_folder = real_model("dnsmos"), real_model("whisper-base")
    dnsmos = Dnsmos(dnsmos_folder) if dnsmos_folder else None
    reader = Reader(reader_folder) if reader_folder else None
    table = Table("voice", "speech over mark, dB", "DNSMOS overall", "signal", "background", "wrong words", box=None)
    for name, clips in voices.items():
        with_mark = [marked(clip) for clip in clips]
        level = statistics.mean(difference_db(*pair) for pair in zip(clips, with_mark, strict=True))
        cells = ["not available"] * 4
        if dnsmos is not None:
            both = [[dnsmos.opinion(_at_16k(clip)) for clip in one] for one in (clips, with_mark)]
            for column, kind in enumerate(("overall", "signal", "background")):
                means = [statistics.mean(getattr(opinion, kind) for opinion in one) for one in both]
                cells[column] = f"{means[0]:.2f} -> {means[1]:.2f}"
        if reader is not None:
            wrong = [
                sum(errors(text, reader.text(_at_16k(clip)))[0] for text, clip in zip(texts, one, strict=True))
                for one in (clips, with_mark)
            ]
            cells[3] = f"{wrong[0]} -> {wrong[1]}"
        table.add_row(name, f"{level:.1f}", *cells)
    console.print(table)


def show_lengths(console: Console, voices: Voices) -> None:
    """A row for each length: how sure the ear is of so much sound."""
    clips = [clip for one in voices.values() for clip in one]
    table = Table("seconds heard", "marked: least", "share heard", "unmarked: most", "share heard", "pieces", box=None)
    rows = zip(by_length([marked(clip) for clip in clips]), by_length(clips), strict=True)
    for (seconds, there), (_, none) in rows:
        shares = [f"{sum(one >= HEARD_FROM for one in heard) / len(heard):.1%}" for heard in (there, none)]
        table.add_row(f"{seconds:g}", f"{min(there):.2f}", shares[0], f"{max(none):.2f}", shares[1], str(len(there)))
    console.print(table)


def show_cost(console: Console, voices: Voices) -> None:
    """A row for each voice: CPU seconds for a second of sound."""
    table = Table("voice", "whole sentences", "pieces of 0.25 s", box=None)
    for name, clips in voices.items():
        marked(clips[0])
        costs = [statistics.median(cost(clip, piece) for clip in clips) for piece in (None, 0.25)]
        table.add_row(name, *(f"{one:.3f} s" for one in costs))
    console.print(table)


def show_alarms(console: Console, corpus: Path) -> None:
    """A row for each kind of recording without a mark."""
    table = Table("recordings", "taken for marked", "most", "surest", box=None)
    kinds = {
        "people, 2 s and more": lambda e: e["kind"] != "noise" and e["duration_s"] >= 2,
        "people, 1 to 2 s": lambda e: e["kind"] != "noise" and 1 <= e["duration_s"] < 2,
        "people, below 1 s": lambda e: e["kind"] != "noise" and e["duration_s"] < 1,
        "noise": lambda e: e["kind"] == "noise",
    }
    for name, wanted in kinds.items():
        found = alarms(corpus, wanted)
        if found.files:
            surest = ", ".join(f"{Path(path).name} {one:.2f}" for path, one in found.surest[:3])
            table.add_row(name, f"{found.false} of {len(found.files)}", f"{max(found.files):.2f}", surest)
    console.print(table)


def _at_16k(clip: AudioClip) -> Samples:
    heard: Samples = soxr.resample(clip.samples, clip.sample_rate, SAMPLE_RATE).astype(np.float32)
    return heard


if __name__ == "__main__":
    main()
