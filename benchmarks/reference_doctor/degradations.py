"""Ways to spoil a recording, each as (time,) float32 in and out at any rate; the same seed spoils it the same way."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.audio.resample import Resampler

_SILENT: Final = 1e-3


def speech_power(samples: Samples, rate: int) -> float:
    """Mean square of the frames of 30 ms that are within 30 dB of the loudest."""
    size = max(1, round(0.03 * rate))
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.square(frames, dtype=np.float64).mean(axis=1)
    return float(power[power > power.max() * _SILENT].mean()) if len(power) else 0.0


def at_level(samples: Samples, peak_db: float) -> Samples:
    """The clip with its highest peak at so many dBFS."""
    return _float32(samples * (10 ** (peak_db / 20) / max(float(np.abs(samples).max()), 1e-9)))


def mixed(samples: Samples, other: NDArray[np.floating], rate: int, snr_db: float) -> Samples:
    """The clip with another sound below its speech by so many decibels, brought to the same peak."""
    other = np.resize(other, len(samples)).astype(np.float64)
    gain = np.sqrt(speech_power(samples, rate) / 10 ** (snr_db / 10) / max(float(np.square(other).mean()), 1e-20))
    return _not_over(samples + gain * other)


def white(count: int, seed: int) -> NDArray[np.float64]:
    """White noise."""
    return np.random.default_rng(seed).standard_normal(count)


def pink(count: int, seed: int) -> NDArray[np.float64]:
    """Pink noise: its power falls by 3 dB an octave."""
    spectrum = np.fft.rfft(white(count, seed))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.fft.irfft(spectrum, count)


def clipped(samples: Samples, drive_db: float, *, level_db: float = 0.0) -> Samples:
    """The clip driven so many decibels over full scale, cut off there, and then brought to `level_db`."""
    peak = max(float(np.abs(samples).max()), 1e-9)
    cut = np.clip(samples / peak * 10 ** (drive_db / 20), -1.0, 1.0)
    return _float32(cut * 10 ** (level_db / 20))


def saturated(samples: Samples, drive_db: float, *, level_db: float = -1.0) -> Samples:
    """The clip driven into a soft limiter (tanh)."""
    peak = max(float(np.abs(samples).max()), 1e-9)
    return _float32(np.tanh(samples / peak * 10 ** (drive_db / 20)) * 10 ** (level_db / 20))


def reverberant(samples: Samples, rate: int, rt60_s: float, seed: int, *, direct_db: float = 0.0) -> Samples:
    """The clip in a room: noise that decays by 60 dB in `rt60_s`, after 2 ms, behind the direct sound.

    Args:
        direct_db: energy of the direct sound over that of the rest.
    """
    count = round(rate * rt60_s * 1.2)
    time = np.arange(count) / rate
    tail = white(count, seed) * np.exp(-6.9078 * time / rt60_s)
    tail[: round(0.002 * rate)] = 0
    tail /= np.sqrt(np.square(tail).sum()) * 10 ** (direct_db / 20)
    tail[0] = 1.0
    return _convolved(samples, tail)


def in_a_shoebox(samples: Samples, rate: int, size_m: Sequence[float], absorption: float, seed: int) -> Samples:
    """The clip in a room of six like walls, by image sources (Allen and Berkley, 1979), up to a second.

    Args:
        size_m: length, width and height.
        absorption: share of the energy that a wall swallows, 0 to 1.
    """
    rng = np.random.default_rng(seed)
    room = np.asarray(size_m, float)
    source, listener = room * rng.uniform(0.2, 0.8, 3), room * rng.uniform(0.2, 0.8, 3)
    orders = [np.arange(-int(340.0 / side / 2) - 1, int(340.0 / side / 2) + 2) for side in room]
    response = np.zeros(rate)
    for mirrored in np.ndindex(2, 2, 2):
        sign = 1 - 2 * np.array(mirrored)
        axes = [2 * orders[axis] * room[axis] + sign[axis] * source[axis] - listener[axis] for axis in range(3)]
        walls = [np.abs(orders[axis] - mirrored[axis]) + np.abs(orders[axis]) for axis in range(3)]
        distance = np.sqrt(np.sum(np.square(np.meshgrid(*axes, indexing="ij")), axis=0))
        bounces = np.sum(np.meshgrid(*walls, indexing="ij"), axis=0)
        at = np.rint(distance / 343.0 * rate).astype(int)
        near = at < len(response)
        gain = np.power(1 - absorption, bounces[near] / 2) / np.maximum(distance[near], 0.1)
        np.add.at(response, at[near], gain * rng.choice([1.0, 1.0, 1.0, -1.0], size=gain.shape))
    first = int(np.flatnonzero(response)[0])
    return _convolved(samples, response[first:])


def hummed(samples: Samples, rate: int, mains_hz: float, below_speech_db: float, seed: int) -> Samples:
    """The clip with the hum of the mains: the tone and six harmonics, so many decibels below the speech."""
    rng = np.random.default_rng(seed)
    time = np.arange(len(samples)) / rate
    hum = sum(
        np.sin(2 * np.pi * mains_hz * k * time + rng.uniform(0, 6)) * rng.uniform(0.3, 1) / np.sqrt(k)
        for k in range(1, 8)
    )
    return mixed(samples, np.asarray(hum), rate, below_speech_db)


def resampled(samples: Samples, rate: int, to: int) -> Samples:
    """The clip at another rate."""
    resampler = Resampler(rate, to)
    return np.concatenate([resampler.write(samples), resampler.finish()])


def narrowed(samples: Samples, rate: int, through: int) -> Samples:
    """The clip through another rate and back: nothing is left above half of that."""
    there = resampled(samples, rate, through)
    return np.resize(resampled(there, through, rate), len(samples)).astype(np.float32)


def one_after_the_other(one: Samples, other: Samples, rate: int, share: float, seconds: float) -> Samples:
    """Two speakers: `share` of the seconds by the other one, behind a pause, at the same loudness."""
    first = np.resize(one, round(seconds * (1 - share) * rate))
    second = np.resize(other, round(seconds * share * rate))
    gain = np.sqrt(speech_power(first, rate) / max(speech_power(second, rate), 1e-12))
    pause = np.random.default_rng(0).standard_normal(round(0.3 * rate)) * 1e-4
    return _not_over(np.concatenate([first, pause, second * gain]))


def _convolved(samples: Samples, response: NDArray[np.float64]) -> Samples:
    size = 1 << (len(samples) + len(response)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]
    return at_level(_float32(wet), 20 * np.log10(max(float(np.abs(samples).max()), 1e-6)))


def _not_over(samples: NDArray[np.floating]) -> Samples:
    return _float32(samples / max(1.0, float(np.abs(samples).max()) / 0.98))


def _float32(samples: NDArray[np.floating]) -> Samples:
    made: Samples = samples.astype(np.float32)
    return made
