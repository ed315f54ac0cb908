"""Even loudness, a ceiling, and joints without clicks, for speech that comes chunk by chunk."""

import math
from collections import deque
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

SILENCE_LUFS: Final = -70.0
"""The absolute gate of BS.1770: what is softer does not count as sound."""

_BLOCK_S: Final = 0.4
_HOP_S: Final = 0.1
_RELATIVE_GATE_LU: Final = 10.0
_OFFSET: Final = -0.691
_GATE_POWER: Final = 10 ** ((SILENCE_LUFS - _OFFSET) / 10)


def loudness(samples: Samples, sample_rate: int) -> float:
    """Integrated, gated loudness of a clip in LUFS; -inf when nothing in it is over the absolute gate.

    ITU-R BS.1770-4: K-weighting, blocks of 400 ms every 100 ms, gates at -70 LUFS and 10 LU under the mean. A clip
    shorter than a block is one block. The two filters are given for any sample rate by their analogue parameters, as
    in libebur128 and in De Man, "Evaluation of implementations of the EBU R128 loudness measurement" (2018); they are
    applied as gains in the spectrum, which gives every block the same power.

    Args:
        samples: (time,) float32.
        sample_rate: Hz.
    """
    powers = _block_powers(samples, sample_rate)
    return _to_lufs(_gated_mean(powers))


class LoudnessMeter:
    """The same of what comes clip by clip, in bounded memory: ten numbers a second. Blocks do not span two clips.

    Args:
        sample_rate: Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._powers: list[NDArray[np.float64]] = []

    def add(self, samples: Samples) -> None:
        """Hear a clip: (time,) float32."""
        self._powers.append(_block_powers(samples, self._sample_rate))

    @property
    def lufs(self) -> float:
        """Loudness of all so far; -inf when nothing is over the absolute gate."""
        return _to_lufs(_gated_mean(np.concatenate(self._powers))) if self._powers else -math.inf


def limit(samples: Samples, ceiling_db: float = -1.0) -> Samples:
    """Bend peaks softly so that none is over the ceiling; NaN becomes silence.

    Sample by sample and without memory, so that chunks join as they are. What is 3 dB under the ceiling or less stays
    bit for bit.

    Args:
        samples: (time,) float32 of any level.
        ceiling_db: dBFS.
    """
    ceiling = 10 ** (ceiling_db / 20)
    knee = ceiling * 10 ** (-3 / 20)
    clean = np.nan_to_num(samples, nan=0.0, posinf=1e9, neginf=-1e9)
    level = np.abs(clean)
    over = level > knee
    if not over.any():
        return clean
    bent = knee + (ceiling - knee) * np.tanh((level - knee) / (ceiling - knee))
    limited: Samples = np.where(over, np.copysign(bent, clean), clean).astype(np.float32)
    return limited


class Leveler:
    """Brings speech to one loudness with a gain that moves slowly and never jumps, also between chunks.

    The gain follows the loudness of the chunk at hand, together with the last three seconds of its sentence when the
    chunk is short. While there is sound it moves by at most 6 dB a second; in the pauses and the first 0.4 seconds of a
    sentence, where nobody hears it, ten times as fast. So a sentence that an engine spoke more softly than the last one
    is at its level after the pause before it. A first sound has its gain from the start.

    Args:
        sample_rate: Hz.
        target_lufs: loudness to reach.
        max_gain_db: the gain stays within plus and minus this.
    """

    _SPEECH_DB_S: Final = 6.0
    _PAUSE_DB_S: Final = 60.0
    _ONSET_S: Final = 0.4
    _PAUSE_DB: Final = -50.0
    _STEP_S: Final = 0.01
    _MEMORY_BLOCKS: Final = 30
    # With less sound than this its loudness is a guess, and the gain goes only part of the way.
    _SURE_S: Final = 0.5

    def __init__(self, sample_rate: int, target_lufs: float = -19.0, max_gain_db: float = 12.0) -> None:
        self._sample_rate = sample_rate
        self._target = target_lufs
        self._max_gain_db = max_gain_db
        self._gain_db: float | None = None
        self._heard_s = 0.0
        self._onset_s = 0.0
        self._heard: deque[float] = deque(maxlen=self._MEMORY_BLOCKS)

    @property
    def gain_db(self) -> float:
        """Of the last sample."""
        return self._gain_db or 0.0

    def next_sentence(self) -> None:
        """Begin a sentence, which may be of another loudness. The gain goes on from where it is."""
        self._heard.clear()
        self._heard_s = 0.0
        self._onset_s = self._ONSET_S

    def process(self, samples: Samples) -> Samples:
        """(time,) float32 in, the same at its level out; it may be over 1, see `limit`."""
        if not len(samples):
            return samples
        clean = np.nan_to_num(samples.astype(np.float32, copy=False), nan=0.0)
        wanted = self._wanted_gain(clean)
        if self._gain_db is None:
            if wanted is None:
                return clean
            # The first sound: there is nothing to jump from.
            self._gain_db = wanted
        curve = self._curve(clean, self._gain_db if wanted is None else wanted, self._gain_db)
        self._gain_db = float(curve[-1])
        levelled: Samples = (clean * 10 ** (curve / 20)).astype(np.float32)
        return levelled

    def _wanted_gain(self, samples: Samples) -> float | None:
        """Decibels; None when nothing has been heard yet."""
        powers = _block_powers(samples, self._sample_rate)
        powers = powers[powers > _GATE_POWER]
        missing = self._MEMORY_BLOCKS - len(powers)
        known = np.concatenate([list(self._heard)[-missing:] if missing > 0 else [], powers])
        self._heard.extend(powers.tolist())
        if not len(known):
            return None
        self._heard_s += len(samples) / self._sample_rate if len(powers) else 0.0
        gain = float(np.clip(self._target - _to_lufs(_gated_mean(known)), -self._max_gain_db, self._max_gain_db))
        return self.gain_db + (gain - self.gain_db) * min(1.0, self._heard_s / self._SURE_S)

    def _curve(self, samples: Samples, wanted: float, gain: float) -> NDArray[np.float64]:
        """The gain of every sample in decibels, from `gain` towards `wanted`."""
        step = max(1, round(self._STEP_S * self._sample_rate))
        starts = np.arange(0, len(samples), step)
        power = np.add.reduceat(np.square(samples, dtype=np.float64), starts) / step
        times, gains = [0.0], [gain]
        for start, loud in zip(starts.tolist(), power > 10 ** (self._PAUSE_DB / 10), strict=True):
            length = min(step, len(samples) - start)
            seconds = length / self._sample_rate
            reach = seconds * (self._SPEECH_DB_S if loud and self._onset_s <= 0 else self._PAUSE_DB_S)
            self._onset_s -= seconds if loud else 0.0
            gain += float(np.clip(wanted - gain, -reach, reach))
            times.append(float(start + length))
            gains.append(gain)
        curve: NDArray[np.float64] = np.interp(np.arange(1, len(samples) + 1), times, gains)
        return curve


class JointSmoother:
    """Takes the clicks out of a stream of chunks that do not quite fit together.

    Where a chunk starts with a jump that the sound around it does not explain, the sound before the joint is carried
    on, mirrored, and crossfaded into the chunk with equal power for 5 ms. Every other sample passes bit for bit, no
    chunk gets longer or shorter, and nothing is held back.

    Args:
        sample_rate: Hz.
    """

    _FADE_S: Final = 0.005
    # A jump is a click when it is so many times the largest step between neighbours on either side of the joint.
    _STEEPNESS: Final = 2.0
    _INAUDIBLE: Final = 0.003

    def __init__(self, sample_rate: int) -> None:
        self._length = max(2, round(self._FADE_S * sample_rate))
        self._last = np.zeros(0, np.float32)

    def process(self, samples: Samples) -> Samples:
        """(time,) float32 in, the same with its beginning mended out. The stream begins after silence."""
        if not len(samples):
            return samples
        before = np.concatenate([np.zeros(self._length + 1, np.float32), self._last])[-self._length - 1 :]
        smoothed = samples
        if self._clicks(before, samples):
            smoothed = samples.copy()
            length = min(self._length, len(samples))
            smoothed[:length] = self._blend(before, samples[:length])
        self._last = np.concatenate([self._last, smoothed[-self._length - 1 :]])[-self._length - 1 :]
        return smoothed

    def finish(self) -> Samples:
        """The end of the stream: nothing, or 5 ms that lead from a loud last sample into silence."""
        silence = np.zeros(self._length, np.float32)
        before = np.concatenate([silence[:1], silence, self._last])[-self._length - 1 :]
        return self._blend(before, silence) if self._clicks(before, silence) else silence[:0]

    def _clicks(self, before: Samples, after: Samples) -> bool:
        jump = abs(float(after[0]) - float(before[-1]))
        steps = max(np.abs(np.diff(before)).max(), np.abs(np.diff(after[: self._length])).max(initial=0.0))
        return jump > max(self._INAUDIBLE, self._STEEPNESS * float(steps))

    def _blend(self, before: Samples, after: Samples) -> Samples:
        # Mirrored at its last point, the old sound goes on with the same value and the same slope.
        carried = 2 * before[-1] - before[-2::-1][: len(after)]
        angle = np.linspace(0, math.pi / 2, len(after), endpoint=False)
        blended: Samples = (np.cos(angle) * carried + np.sin(angle) * after).astype(np.float32)
        return blended


def _block_powers(samples: Samples, sample_rate: int) -> NDArray[np.float64]:
    """Mean square of every block of the K-weighted clip: (blocks,)."""
    if not len(samples):
        return np.zeros(0)
    block = min(len(samples), round(_BLOCK_S * sample_rate))
    # Room at the end, so that what the filters' tails spill does not come round to the front.
    size = 1 << (len(samples) + block - 1).bit_length()
    spectrum = np.fft.rfft(samples, size) * _k_weighting(np.fft.rfftfreq(size, 1 / sample_rate), sample_rate)
    squares = np.square(np.fft.irfft(spectrum, size)[: len(samples)])
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    starts = np.arange(0, len(samples) - block + 1, max(1, round(_HOP_S * sample_rate)))
    powers: NDArray[np.float64] = (sums[starts + block] - sums[starts]) / block
    return powers


def _k_weighting(frequencies: NDArray[np.floating[Any]], sample_rate: int) -> NDArray[np.float64]:
    """Gain at each frequency (Hz): a high shelf for the head, then a high-pass."""
    z = np.exp(-2j * np.pi * frequencies / sample_rate)

    f0, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k, high = math.tan(math.pi * f0 / sample_rate), 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    shelf = (high + band * k / q + k * k) + 2 * (k * k - high) * z + (high - band * k / q + k * k) * z**2
    shelf /= (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z**2

    f0, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * f0 / sample_rate)
    highpass = (1 - 2 * z + z**2) / (
        1 + 2 * (k * k - 1) / (1 + k / q + k * k) * z + (1 - k / q + k * k) / (1 + k / q + k * k) * z**2
    )
    gain: NDArray[np.float64] = np.abs(shelf * highpass)
    return gain


def _gated_mean(powers: NDArray[np.float64]) -> float:
    """Mean power of the blocks over both gates; 0 when there is none."""
    loud = powers[powers > _GATE_POWER]
    if not len(loud):
        return 0.0
    return float(loud[loud > loud.mean() * 10 ** (-_RELATIVE_GATE_LU / 10)].mean())


def _to_lufs(power: float) -> float:
    return _OFFSET + 10 * math.log10(power) if power > 0 else -math.inf
