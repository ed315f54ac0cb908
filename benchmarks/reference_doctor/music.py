"""Music by synthesis: chords, a melody, drums, and a band of the three."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]

_SCALE: Final = (0, 2, 4, 5, 7, 9, 11, 12)
_CHORDS: Final = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (-3, 0, 4))


def chords(seconds: float, rate: int, seed: int) -> Sound:
    """Pads: a chord of three a second or two, each note with harmonics and a soft onset."""
    rng = np.random.default_rng(seed)
    root, beat = 110 * 2 ** rng.uniform(0, 1), rng.uniform(0.8, 2.0)
    sound = np.zeros(round(seconds * rate))
    for number, start in enumerate(np.arange(0, seconds, beat)):
        for step in _CHORDS[(number + seed) % len(_CHORDS)]:
            _add(sound, _note(root * 2 ** (step / 12), beat, rate, attack=0.05, decay=0.5, harmonics=8), start, rate)
    return sound


def melody(seconds: float, rate: int, seed: int) -> Sound:
    """One voice of plucked notes, two to five a second."""
    rng = np.random.default_rng(seed)
    root, beat = 220 * 2 ** rng.uniform(0, 1), rng.uniform(0.2, 0.5)
    sound = np.zeros(round(seconds * rate))
    for start in np.arange(0, seconds, beat):
        hertz = root * 2 ** (rng.choice(_SCALE) / 12)
        _add(sound, _note(hertz, beat * 1.5, rate, attack=0.005, decay=2.0 / beat, harmonics=6), start, rate)
    return sound


def drums(seconds: float, rate: int, seed: int) -> Sound:
    """Bass drum, snare and hi-hat at 90 to 140 beats a minute."""
    rng = np.random.default_rng(seed)
    beat = 60 / rng.uniform(90, 140)
    sound = np.zeros(round(seconds * rate))
    for number, start in enumerate(np.arange(0, seconds, beat / 2)):
        _add(sound, 0.25 * _burst(0.05, rate, rng) * 1.0, start, rate)
        if number % 4 == 0:
            time = np.arange(round(0.25 * rate)) / rate
            _add(
                sound, 1.2 * np.sin(2 * np.pi * (45 + 60 * np.exp(-30 * time)) * time) * np.exp(-12 * time), start, rate
            )
        if number % 4 == 2:
            _add(sound, 0.8 * _burst(0.2, rate, rng), start, rate)
    return sound


def band(seconds: float, rate: int, seed: int) -> Sound:
    """All three."""
    parts = chords(seconds, rate, seed), melody(seconds, rate, seed + 1), drums(seconds, rate, seed + 2)
    both: Sound = np.sum([part / np.sqrt(np.square(part).mean()) for part in parts], axis=0)
    return both


def _note(hertz: float, seconds: float, rate: int, *, attack: float, decay: float, harmonics: int) -> Sound:
    time = np.arange(round(seconds * rate)) / rate
    shape = np.minimum(1, time / attack) * np.exp(-decay * time) * np.minimum(1, (seconds - time) / 0.02)
    tones = [np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, harmonics + 1) if hertz * k < rate / 2]
    note: Sound = np.sum(tones, axis=0) * shape
    return note


def _burst(seconds: float, rate: int, rng: np.random.Generator) -> Sound:
    time = np.arange(round(seconds * rate)) / rate
    burst: Sound = rng.standard_normal(len(time)) * np.exp(-6 * time / seconds)
    return burst


def _add(sound: Sound, part: Sound, start: float, rate: int) -> None:
    first = round(start * rate)
    last = min(len(sound), first + len(part))
    sound[first:last] += part[: last - first]
