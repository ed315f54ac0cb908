"""Recordings by kind: what a check should say of each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.reference_doctor import degradations as spoil
from benchmarks.reference_doctor import music
from voice_stack.audio.clip import AudioClip, Samples


@dataclass(frozen=True, slots=True)
class Case:
    """A recording of a known kind.

    Attributes:
        kind: what was done to it, with how much.
        expected: codes of which one should be found; empty for a clean recording.
    """

    kind: str
    clip: AudioClip
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clean:
    """A recording as it is, with its speaker."""

    speaker: str
    clip: AudioClip


Spoiler = Callable[[Samples, int, int], Samples]
"""Samples, rate and seed to samples."""

Maker = Callable[[float, int, int], NDArray[np.float64]]
"""Seconds, rate and seed to music."""

# Of a recording that is spoilt.
_LONGEST_S: Final = 10.0
_MUSIC: Final[dict[str, Maker]] = {
    "chords": music.chords,
    "melody": music.melody,
    "drums": music.drums,
    "band": music.band,
}


def _spoilers() -> Iterator[tuple[str, tuple[str, ...], Spoiler]]:
    for db in (20, 10, 5, 0):
        yield f"white noise {db} dB", ("noisy",), partial(_noisy, spoil.white, db)
        yield f"pink noise {db} dB", ("noisy",), partial(_noisy, spoil.pink, db)
    for db in (3, 6, 10, 15, 20):
        yield f"clipped {db} dB", ("clipped",), partial(_clipped, db, 0.0)
        yield f"clipped {db} dB, softer", ("clipped",), partial(_clipped, db, -8.0)
        yield f"clipped {db} dB, resampled", ("clipped",), partial(_clipped_before_resampling, db)
    for db in (10, 15, 20):
        yield f"saturated {db} dB", ("clipped",), partial(_saturated, db)
    for seconds in (0.3, 0.5, 0.8, 1.2, 1.5):
        yield f"reverberant {seconds:g} s", ("reverberant",), partial(_reverberant, seconds)
    yield "shoebox, hard walls", ("reverberant",), _in_a_shoebox
    for mains, db in ((50, 10), (60, 10), (50, 20), (60, 20), (50, 30)):
        yield f"hum {mains} Hz, -{db} dB", ("hum",), partial(_hummed, mains, db)
    for rate in (8000, 11025):
        yield f"through {rate} Hz", ("narrow_band",), partial(_narrowed, rate)
    for name, make in _MUSIC.items():
        yield f"music: {name}", ("music", "no_speech"), partial(_music_alone, make)
        for db in (20, 10, 0):
            yield f"speech {db} dB over {name}", ("music",), partial(_over_music, make, db)
    for seconds in (0.5, 1.5, 2.5):
        yield f"{seconds:g} s long", ("too_short",), partial(_cut, seconds)
    yield "silence", ("silent",), _silence
    yield "hiss of an open input", ("silent", "no_speech"), _hiss


def _noisy(make: Callable[[int, int], NDArray[np.float64]], snr_db: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.mixed(x, make(len(x), seed), rate, snr_db)


def _clipped(drive_db: float, level_db: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.clipped(x, drive_db, level_db=level_db)


def _clipped_before_resampling(drive_db: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.narrowed(spoil.clipped(x, drive_db, level_db=-3), rate, round(rate * 0.9))


def _saturated(drive_db: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.saturated(x, drive_db)


def _reverberant(rt60_s: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.reverberant(x, rate, rt60_s, seed)


def _in_a_shoebox(x: Samples, rate: int, seed: int) -> Samples:
    return spoil.in_a_shoebox(x, rate, (6, 5, 3), 0.15, seed)


def _hummed(mains_hz: float, below_db: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.hummed(x, rate, mains_hz, below_db, seed)


def _narrowed(through: int, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.narrowed(x, rate, through)


def _music_alone(make: Maker, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.at_level(make(len(x) / rate, rate, seed).astype(np.float32), -6)


def _over_music(make: Maker, snr_db: float, x: Samples, rate: int, seed: int) -> Samples:
    return spoil.mixed(x, make(len(x) / rate, rate, seed), rate, snr_db)


def _cut(seconds: float, x: Samples, rate: int, seed: int) -> Samples:
    return x[: round(seconds * rate)]


def _silence(x: Samples, rate: int, seed: int) -> Samples:
    return np.zeros(len(x), np.float32)


def _hiss(x: Samples, rate: int, seed: int) -> Samples:
    hiss: Samples = (spoil.white(len(x), seed) * 2e-4).astype(np.float32)
    return hiss


def cases(clean: Sequence[Clean], most: int) -> Iterator[Case]:
    """Every kind, each of up to `most` recordings; the clean ones all.

    Args:
        clean: six seconds or longer, where it should be good.
    """
    for one in clean:
        yield Case("clean", one.clip, frozenset())
    some = [
        replace(one, clip=one.clip.slice(0, _LONGEST_S)) for one in list(clean)[:: max(1, len(clean) // most)][:most]
    ]
    for kind, codes, spoiler in _spoilers():
        for seed, one in enumerate(some):
            spoilt = spoiler(one.clip.samples, one.clip.sample_rate, seed)
            yield Case(kind, AudioClip(spoilt, one.clip.sample_rate), frozenset(codes))
    for share in (0.5, 0.3, 0.2):
        for number, one in enumerate(some):
            other = next((c for c in [*some[number + 1 :], *some[:number]] if c.speaker != one.speaker), None)
            if other is not None:
                yield _conversation(one, other, share)


def _conversation(one: Clean, other: Clean, share: float) -> Case:
    rate = one.clip.sample_rate
    second = other.clip.samples
    if other.clip.sample_rate != rate:
        second = spoil.resampled(second, other.clip.sample_rate, rate)
    both = spoil.one_after_the_other(one.clip.samples, second, rate, share, 10.0)
    return Case(f"two speakers, {share:.0%} of 10 s", AudioClip(both, rate), frozenset({"several_speakers"}))
