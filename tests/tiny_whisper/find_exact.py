"""Look for clips that both engines transcribe exactly and add them to `exact.json` until it has enough of each kind.

`python -m tests.tiny_whisper.find_exact [--check]`

A clip passes only in every way of `variations` and with every beam, so that tests on it do not hang by a thread.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

from . import audio
from ._types import Samples
from .build import build_ct2, build_openai, write_atomically
from .clips import DIGITS
from .engines import Engine, Heard, faster_engine, openai_engine
from .exact import EXACT_FILE, ExactClip, Rendered, load, render, to_json

BEAMS = (5, 1)
WORD_TOLERANCE_S = 0.35
SEGMENT_TOLERANCE_S = 0.4
RECORDINGS = 10
WANTED = {
    # name of a kind -> how many of them
    "en-sentence": 8,
    "de-sentence": 4,
    "en-long": 2,
    "en-joined": 4,
    "de-joined": 2,
    "de-long": 1,
}


def through_mp3(samples: Samples, bits_per_second: int = 16000) -> Samples:
    """Samples (time,) at 16 kHz after telephone quality: 8 kHz mp3 and back."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    raw = ["-f", "f32le", "-ar", str(audio.SAMPLE_RATE), "-ac", "1"]
    encode = [ffmpeg, "-v", "error", *raw, "-i", "-", "-ar", "8000", "-b:a", str(bits_per_second), "-f", "mp3", "-"]
    mp3 = subprocess.run(encode, input=samples.tobytes(), stdout=subprocess.PIPE, check=True).stdout
    decode = [ffmpeg, "-v", "error", "-i", "-", *raw, "-"]
    decoded = subprocess.run(decode, input=mp3, stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(decoded, np.float32).copy()  # torch wants to own it


def variations(clip: ExactClip) -> Iterator[Samples]:
    """The clip as it is and as it may reach an engine, spoken anew each time (espeak-ng differs a little)."""
    yield render(clip).samples
    yield through_mp3(render(clip).samples)
    yield render(clip).samples * np.float32(10 ** (-10 / 20))
    yield np.clip(render(clip).samples * np.float32(10 ** (10 / 20)), -1, 1)
    yield np.concatenate([np.zeros(audio.SAMPLE_RATE // 2, np.float32), render(clip).samples])
    yield render(clip).samples


def is_exact(engines: Mapping[str, Engine], clip: ExactClip) -> bool:
    """Whether every engine writes the clip exactly in every variation, and detects its language."""
    for samples in variations(clip):
        for engine in engines.values():
            for beam in BEAMS:
                if engine(samples, clip.language, beam, False).text != clip.text:
                    return False
            heard = engine(samples, None, 5, True)
            if (heard.text, heard.language) != (clip.text, clip.language):
                return False
    return True


def word_error_s(heard: Heard, rendered: Rendered) -> float:
    """The largest difference of a word's start or end from where it was put, in seconds."""
    if [word.text for word in heard.words] != [word.text for word in rendered.words]:
        return float("inf")
    pairs = zip(heard.words, rendered.words, strict=True)
    return max(max(abs(a.start - b.start), abs(a.end - b.end)) for a, b in pairs)


def segment_error_s(heard: Heard, rendered: Rendered) -> float:
    """The largest difference of a segment's start or end from its phrase, in seconds."""
    if len(heard.segments) != len(rendered.phrases):
        return float("inf")
    pairs = zip(heard.segments, rendered.phrases, strict=True)
    return max(max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairs)


def measure(engines: Mapping[str, Engine], clip: ExactClip) -> dict[str, dict[str, float | None]]:
    """Errors of word and segment times of each engine (None where words or segments do not match)."""
    rendered = render(clip)
    errors: dict[str, dict[str, float | None]] = {}
    for name, engine in engines.items():
        segments = segment_error_s(engine(rendered.samples, clip.language, 5, False), rendered)
        words = word_error_s(engine(rendered.samples, clip.language, 5, True), rendered)
        errors[name] = {
            key: round(value, 2) if math.isfinite(value) else None
            for key, value in (("segment_error_s", segments), ("word_error_s", words))
        }
    return errors


def candidate(kind: str, number: int, chance: random.Random) -> ExactClip:
    """A random clip of a kind; sentences keep to the voices, speeds and pitches that servers use by default."""
    language, style = kind.split("-")
    words = DIGITS[language]
    voice = chance.choice(["en-us", "en-us", "en-gb"]) if language == "en" else "de"
    rate = chance.choice([175, 175, 160, 140, 130])
    pitch = 50 if style == "sentence" else chance.choice([30, 40, 50, 60])
    phrases = chance.randint(3, 5) if style == "long" else 1
    said = tuple(tuple(chance.sample(words, chance.randint(2, 5))) for _ in range(phrases))
    return ExactClip(
        *(f"{kind}-{number}", language, voice, rate, pitch, said),
        *("sentence" if style == "sentence" else "joined", 0.15, chance.choice([1.2, 1.5, 2.0])),
    )


def good_times(kind: str, errors: Mapping[str, Mapping[str, float | None]]) -> bool:
    """Whether all the times that tests may look at are near enough in both engines."""
    segments = [error["segment_error_s"] for error in errors.values()]
    words = [error["word_error_s"] for error in errors.values()]
    if any(value is None or value > SEGMENT_TOLERANCE_S for value in segments):
        return False
    return not kind.endswith("joined") or all(value is not None and value <= WORD_TOLERANCE_S for value in words)


def find(engines: Mapping[str, Engine], kind: str, number: int, tries: int, seed: int) -> dict[str, object] | None:
    """An entry of exact.json: the first good clip of a kind among `tries` random ones."""
    chance = random.Random(f"{seed} {kind} {number}")
    for _ in range(tries):
        clip = candidate(kind, number, chance)
        samples = render(clip).samples
        # Most candidates fail here, at the smallest cost.
        if any(engine(samples, clip.language, 1, False).text != clip.text for engine in engines.values()):
            continue
        errors = measure(engines, clip)
        if good_times(kind, errors) and is_exact(engines, clip):
            print(clip.name, clip.voice, clip.rate_wpm, clip.pitch, clip.text, errors, flush=True)
            return to_json(clip) | {"measured": errors}
    print(f"{kind}-{number}: none in {tries} tries", flush=True)
    return None


def exact_recordings(engines: Mapping[str, Engine], corpus: Path, count: int) -> dict[str, str]:
    """Paths of single-digit recordings below `corpus` that are exact, also 10 dB softer, with what they say."""
    found: dict[str, str] = {}
    for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["kind"] != "digits" or len(found) == count:
            continue
        # Speakers that the training heard prove little; one take of a digit by a speaker is enough.
        path, text = entry["path"], entry["text"]
        same = any(known.split("_")[:-1] == path.split("_")[:-1] for known in found)
        if same or not path.endswith(".wav") or any(name in path for name in ("george", "jackson")):
            continue
        samples = audio.resample(*audio.read_wav(corpus / path))
        ways = (samples, samples * np.float32(10 ** (-10 / 20)))
        if all(engine(way, "en", 5, False).text == text for way in ways for engine in engines.values()):
            print(path, text, flush=True)
            found[path] = text
    return found


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Write exact.json."""
    write_atomically(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=EXACT_FILE)
    parser.add_argument("--tries", type=int, default=40, help="for each clip")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", choices=WANTED, default=list(WANTED))
    parser.add_argument("--corpus", type=Path, help="list recordings of the test corpus instead")
    parser.add_argument("--check", action="store_true", help="only check the clips that are listed already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        engines = {
            "openai-whisper": openai_engine(build_openai(Path(name))),
            "faster-whisper": faster_engine(build_ct2(Path(name) / "ct2")),
        }
    content: dict[str, Any] = {"clips": [], "recordings": {}}
    if options.out.exists():
        content |= json.loads(options.out.read_text("utf-8"))
    if options.check:
        for clip in load(options.out).values():
            print(clip.name, "exact" if is_exact(engines, clip) else "NOT EXACT", measure(engines, clip), flush=True)
        return
    if options.corpus is not None:
        content["recordings"] = exact_recordings(engines, options.corpus, RECORDINGS)
        save(options.out, content)
        return
    known = {clip["name"] for clip in content["clips"]}
    wanted = [(kind, number) for kind in options.kinds for number in range(1, WANTED[kind] + 1)]
    for kind, number in wanted:
        if f"{kind}-{number}" not in known:
            found = find(engines, kind, number, options.tries, options.seed)
            content["clips"] += [] if found is None else [found]
            save(options.out, content)


if __name__ == "__main__":
    main()
