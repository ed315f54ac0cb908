"""The bank of single-digit clips that training and evaluation put together: 16 kHz, trimmed, of equal loudness."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import audio
from ._types import Samples
from .speak import Saying, speak_many

DIGITS: dict[str, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}
ESPEAK_LANGUAGES: dict[str, tuple[str, ...]] = {
    # American and British twice: most tests speak those.
    "en": (
        *("en-us", "en-us", "en-gb", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan"),
        *("en-gb-x-gbcwmd", "en-029", "en-us-nyc"),
    ),
    "de": ("de",),
}
_VARIANTS = """
Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Jacky Lee Marco Michael Mike Nguyen Storm adam
anika antonio aunty belinda benjamin boris caleb david ed edward f1 f2 f3 f4 f5 grandma grandpa gustave
iven iven2 iven3 john kaukovalta klatt klatt2 klatt3 klatt4 linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max
michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 travis victor zac
"""
ESPEAK_VARIANTS: tuple[str, ...] = tuple(_VARIANTS.split())
ESPEAK_VOICES = {"en": 260, "de": 200}
FLITE_VOICES = ("kal16", "awb", "rms", "slt")
FLITE_STRETCHES = (0.75, 0.85, 1.0, 1.15, 1.3)
# Never trained on, so that evaluation meets new voices.
HELD_OUT_SPEAKERS = frozenset({"theo", "lucas"})
HELD_OUT_VARIANTS = frozenset({"f4", "m6", "Andrea", "Marco", "robert"})


@dataclass(frozen=True, slots=True)
class Clip:
    """One spoken digit."""

    language: str
    digit: int
    kind: str  # espeak, flite, fsdd or moonshine
    speaker: str  # one voice at one speed and pitch, or one person
    held_out: bool
    samples: Samples  # (time,) at 16 kHz


def make_clip(language: str, digit: int, kind: str, speaker: str, held_out: bool, samples: Samples, rate: int) -> Clip:
    """Bring a recording (time,) at `rate` Hz into the bank's shape."""
    samples = audio.level(audio.trim(audio.resample(samples, rate)))
    return Clip(language, digit, kind, speaker, held_out, samples)


def espeak_clips(seed: int = 7) -> list[Clip]:
    """All ten digits by 260 English and 200 German combinations of accent, variant, speed and pitch."""
    chance = random.Random(seed)
    wanted: list[tuple[str, int, bool, Saying]] = []
    for language, count in ESPEAK_VOICES.items():
        for index in range(count):
            accent = chance.choice(ESPEAK_LANGUAGES[language])
            variant = chance.choice(ESPEAK_VARIANTS) if index % 6 else ""
            voice = f"{accent}+{variant}" if variant else accent
            rate, pitch = chance.randint(105, 215), chance.randint(15, 85)
            wanted += [
                (language, digit, variant in HELD_OUT_VARIANTS, Saying(word, voice, rate, pitch))
                for digit, word in enumerate(DIGITS[language])
            ]
    spoken, sample_rate = speak_many([saying for *_, saying in wanted])
    return [
        make_clip(
            *(language, digit, "espeak", f"{saying.voice}/{saying.rate_wpm}/{saying.pitch}", held_out),
            *(samples, sample_rate),
        )
        for (language, digit, held_out, saying), samples in zip(wanted, spoken, strict=True)
        # Some variants have no sound for some phonemes.
        if len(samples) and abs(samples).max() > 1e-3
    ]


def flite_clips() -> list[Clip]:
    """English digits by four flite voices at five speeds; none where flite is not installed."""
    if shutil.which("flite") is None:
        return []
    clips: list[Clip] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digit.wav"
        for voice in FLITE_VOICES:
            for stretch in FLITE_STRETCHES:
                for digit, word in enumerate(DIGITS["en"]):
                    setting = f"duration_stretch={stretch}"
                    subprocess.run(
                        ["flite", "-voice", voice, "--setf", setting, "-t", word, "-o", str(path)], check=True
                    )
                    clips.append(make_clip("en", digit, "flite", f"{voice}/{stretch}", False, *audio.read_wav(path)))
    return clips


def fsdd_clips(folder: Path) -> list[Clip]:
    """The free-spoken-digit-dataset's recordings (`7_theo_3.wav`) in a folder, all or a part of them."""
    clips: list[Clip] = []
    for path in sorted(folder.glob("[0-9]_*_*.wav")):
        digit, speaker, _ = path.stem.split("_")
        held_out = speaker in HELD_OUT_SPEAKERS
        clips.append(make_clip("en", int(digit), "fsdd", speaker, held_out, *audio.read_wav(path)))
    return clips


def moonshine_clips(folder: Path) -> list[Clip]:
    """Recordings named `seven_petewarden_nohash_0.wav`; one person, for evaluation only."""
    clips: list[Clip] = []
    for path in sorted(folder.glob("*_*.wav")):
        word, speaker, *_ = path.stem.split("_")
        if word in DIGITS["en"]:
            digit = DIGITS["en"].index(word)
            clips.append(make_clip("en", digit, "moonshine", speaker, True, *audio.read_wav(path)))
    return clips


def find_fsdd(corpus: Path) -> Path | None:
    """FSDD's recordings below `corpus`: our test corpus or a clone of FSDD itself."""
    for folder in (corpus / "recordings", corpus / "digits" / "fsdd", corpus):
        if any(folder.glob("[0-9]_*_*.wav")):
            return folder
    return None


def make_bank(corpus: Path | None) -> list[Clip]:
    """Every clip there is: espeak-ng always, flite where installed, recordings where `corpus` has them."""
    bank = espeak_clips() + flite_clips()
    if corpus is not None:
        fsdd = find_fsdd(corpus)
        if fsdd is not None:
            bank += fsdd_clips(fsdd)
        bank += moonshine_clips(corpus / "digits" / "moonshine")
    return bank
