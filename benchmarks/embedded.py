"""Accuracy of the embedded recognisers on a corpus with ground truth: `python -m benchmarks.embedded CORPUS`.

The service's whole path but HTTP (decode, voice activity detection, pieces, turns), with each engine; and beside it the
plain network on whole clips. The corpus is a folder with `manifest.jsonl`, as the tests use it.
"""

import argparse
import io
import itertools
import json
import re
import resource
import tempfile
import threading
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import Transcript
from voice_stack.audio.clip import AudioClip, Samples, to_s16le
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.settings import load_settings
from voice_stack.text.cutting.sentences import split_sentences
from voice_stack.text.normalisation.pipeline import normalise

ENGINES = ("moonshine", "pocketsphinx")
RATE = 16_000
# Between the clips of the joined hour, seconds.
PAUSES_S = (0.3, 0.6, 1.0, 2.5)
ANY_LENGTH = DecodeLimits(max_seconds=86_400, timeout_s=60)


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording and what is said in it."""

    path: Path
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of one engine on one set.

    Attributes:
        count: clips.
        words: that were said.
        errors: substituted, lost and added words.
    """

    engine: str
    material: str
    count: int
    words: int
    errors: tuple[int, int, int]
    audio_s: float
    took_s: float


def clips_of(corpus: Path) -> list[Clip]:
    """English clips with a transcript: of kind `asr`, and `noisy`."""
    entries = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    return [
        Clip(corpus / entry["path"], entry["text"], "noisy" if entry.get("noisy") else "asr")
        for entry in entries
        if entry["kind"] == "asr" and entry["language"] == "en" and entry.get("text")
    ]


def words_of(text: str) -> list[str]:
    """Words to compare: lower case, without punctuation, numbers and titles spelled out."""
    spelled = normalise(text, "en").lower().replace("’", "'").replace("-", " ")
    return re.findall(r"[a-z]+(?:'[a-z]+)*", spelled)


def samples_of(path: Path) -> Samples:
    """A recording at 16,000 Hz."""
    with path.open("rb") as file, open_audio(file, ANY_LENGTH) as sound:
        parts = []
        while len(part := sound.read(600.0).samples):
            parts.append(part)
        return np.concatenate(parts)


@contextmanager
def service(engine: str, **settings: Any) -> Iterator[TranscriptionService]:
    """The service with one engine and no stand-in."""
    given = {"asr_engine": engine, "asr_fallback_engines": "", "asr_max_audio_s": 86_400, **settings}
    with TranscriptionService(load_settings(AsrSettings, **given)) as made:
        yield made


def transcribe(made: TranscriptionService, file: Any) -> Transcript:
    """What a service hears in an open file."""
    options = TranscriptionOptions(vad=made.settings.vad)
    run = made.start(file, options)
    try:
        for _ in run:
            pass
        return run.transcript
    finally:
        run.close()


@contextmanager
def as_file(samples: Samples) -> Iterator[Any]:
    """A WAV file on disk, open."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(to_s16le(samples))
    with tempfile.TemporaryFile() as held:
        held.write(data.getvalue())
        held.seek(0)
        yield held


def plain(samples: Samples, network: Any, vocabulary: Any) -> str:
    """What the network alone makes of a clip of at most 30 s."""
    text: str = vocabulary.text(network.decode(samples, threading.Event()).tokens)
    return text


def score(
    engine: str, material: str, said: Sequence[str], heard: Sequence[str], audio_s: float, took_s: float
) -> Score:
    """The errors of texts against what was said."""
    import jiwer

    truth, found = [_spelled(text) for text in said], [_spelled(text) for text in heard]
    out = jiwer.process_words(truth, found)
    words = sum(len(text.split()) for text in truth)
    return Score(
        engine, material, len(said), words, (out.substitutions, out.deletions, out.insertions), audio_s, took_s
    )


def _spelled(text: str) -> str:
    # A sentence at a time: normalisation is for what is spoken at once.
    return " ".join(word for sentence in split_sentences(text, "en") for word in words_of(sentence))


def joined(clips: Sequence[Clip], seconds: float) -> tuple[Samples, list[str]]:
    """Clips one after the other, with pauses between them, again and again until it is long enough."""
    parts, texts, length = [], [], 0
    pauses = itertools.cycle(PAUSES_S)
    sounds = {clip.path: samples_of(clip.path) for clip in clips}
    for clip in itertools.cycle(clips):
        if length >= seconds * RATE:
            break
        pause = np.zeros(round(next(pauses) * RATE), np.float32)
        parts += [sounds[clip.path], pause]
        length += len(parts[-2]) + len(pause)
        texts.append(clip.text)
    return np.concatenate(parts), texts


def speechless(corpus: Path) -> dict[str, Samples]:
    """Sounds in which nobody speaks: noise of the corpus, noise and music made here, silence."""
    random = np.random.default_rng(7)
    t = np.arange(60 * RATE) / RATE
    notes = random.choice([220.0, 261.6, 329.6, 392.0, 440.0, 523.3], 120).repeat(RATE // 2)
    phase = 2 * np.pi * np.cumsum(notes) / RATE
    swell = np.exp(-3 * (t % 0.5))
    music = 0.2 * swell * sum(np.sin(k * phase) / k for k in (1, 2, 3, 5))
    pink = np.cumsum(random.standard_normal(60 * RATE)) / 400
    pink -= np.convolve(pink, np.ones(801) / 801, "same")
    found = {
        "silence": np.zeros(60 * RATE, np.float32),
        "white noise, soft": (random.standard_normal(60 * RATE) * 0.005).astype(np.float32),
        "white noise, loud": (random.standard_normal(60 * RATE) * 0.2).astype(np.float32),
        "brown noise": np.clip(pink * 0.3, -1, 1).astype(np.float32),
        "hum": (0.1 * np.sin(2 * np.pi * 50 * t) + 0.05 * np.sin(2 * np.pi * 150 * t)).astype(np.float32),
        "music": music.astype(np.float32),
        "clicks": (0.5 * (random.random(60 * RATE) > 0.9999)).astype(np.float32),
    }
    return found | {path.name: samples_of(path) for path in sorted((corpus / "noise").iterdir())}


def measure(corpus: Path, engines: Sequence[str], hour_s: float, console: Console) -> list[Score]:
    """All of it, told as it goes."""
    everything = clips_of(corpus)
    scores: list[Score] = []
    for kind in ("asr", "noisy"):
        clips = [clip for clip in everything if clip.kind == kind]
        said = [clip.text for clip in clips]
        sounds = [samples_of(clip.path) for clip in clips]
        audio_s = sum(map(len, sounds)) / RATE
        for engine in engines:
            with service(engine) as made:
                made.preload()
                began = time.process_time()
                heard = []
                for clip in clips:
                    with clip.path.open("rb") as file:
                        heard.append(transcribe(made, file).text)
                scores.append(score(engine, kind, said, heard, audio_s, time.process_time() - began))
        scores += _plain_scores(kind, said, sounds, audio_s)
    clean = [clip for clip in everything if clip.kind == "asr"]
    for engine in engines:
        with service(engine) as made:
            for name, sound in speechless(corpus).items():
                for vad in (True, False):
                    with as_file(sound) as file:
                        text = _heard(made, file, vad)
                    console.print(f"{engine}, {name}, detection {'on' if vad else 'off'}: {text!r}")
            if hour_s:
                sound, texts = joined(clean, hour_s)
                began = time.process_time()
                with as_file(sound) as file:
                    found = transcribe(made, file)
                took = time.process_time() - began
                scores.append(score(engine, "joined", ["\n".join(texts)], [found.text], len(sound) / RATE, took))
                longest = max(len(segment.text) for segment in found.segments)
                console.print(f"{engine}: {len(found.segments)} segments, the longest has {longest} characters")
        console.print(f"peak memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return scores


def _heard(made: TranscriptionService, file: Any, vad: bool) -> str:
    run = made.start(file, TranscriptionOptions(vad=made.settings.vad if vad else None))
    try:
        for _ in run:
            pass
        return run.transcript.text
    finally:
        run.close()


def _plain_scores(kind: str, said: Sequence[str], sounds: Sequence[Samples], audio_s: float) -> Iterator[Score]:
    """Of the network alone on whole clips: as they are, and in the silence that the service puts around speech."""
    from voice_stack.asr.engines.moonshine.files import on_disk, tokens_per_s
    from voice_stack.asr.engines.moonshine.network import Network
    from voice_stack.asr.engines.moonshine.options import Config, MoonshineOptions
    from voice_stack.asr.engines.moonshine.speech import in_silence
    from voice_stack.asr.engines.moonshine.vocabulary import read_vocabulary
    from voice_stack.serving.engine import EngineConfig
    from voice_stack.serving.onnx_session import session_options

    config: Config = EngineConfig(MoonshineOptions(), workers=2)
    files = on_disk(config)
    if files is None:
        raise SystemExit("moonshine-voice is not installed")
    network, vocabulary = (
        Network(files, session_options(config), tokens_per_s(config)),
        read_vocabulary(files.vocabulary),
    )
    for name, around in (("network alone", lambda sound: sound.samples), ("network in silence", in_silence)):
        began = time.process_time()
        heard = [plain(around(AudioClip(sound, RATE)), network, vocabulary) for sound in sounds]
        yield score(name, kind, said, heard, audio_s, time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedded", description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--engine", action="append", choices=ENGINES, help="this one; may be repeated")
    parser.add_argument("--joined-s", type=float, default=3600.0, help="length of the joined clips; 0: leave them out")
    arguments = parser.parse_args()
    console = Console(width=150)
    scores = measure(arguments.corpus, arguments.engine or ENGINES, arguments.joined_s, console)
    table = Table("engine", "material", "clips", "words", "WER %", "wrong / lost / added", "audio s", "CPU s / s")
    for one in scores:
        wrong = " / ".join(map(str, one.errors))
        rate = f"{100 * sum(one.errors) / one.words:.1f}"
        row = (one.engine, one.material, one.count, one.words, rate, wrong, f"{one.audio_s:.0f}")
        table.add_row(*map(str, row), f"{one.took_s / one.audio_s:.3f}")
    console.print(table)


if __name__ == "__main__":
    main()
