"""Even loudness, no peaks over the ceiling, no clicks at joints."""

import math
import re
import subprocess

import numpy as np
import pytest

from tests.audio.media import SHIPPED_FFMPEG
from tests.audio.tone import tone, uneven
from voice_stack.audio.clip import Samples
from voice_stack.audio.loudness import JointSmoother, Leveler, LoudnessMeter, limit, loudness

RATE = 24_000


def hiss(seconds: float, level: float, rate: int = RATE, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal(round(seconds * rate)) * level).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), np.float32)


def ebur128(samples: Samples, rate: int) -> float:
    """What FFmpeg's own measure says."""
    command = [SHIPPED_FFMPEG, "-nostdin", "-nostats", "-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    command += ["-af", "ebur128", "-f", "null", "-"]
    log = subprocess.run(command, input=samples.tobytes(), capture_output=True, timeout=60).stderr.decode()
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1])


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_loudness_is_what_ffmpeg_measures(rate: int) -> None:
    for sound in (
        tone(3 * rate, rate, 997),
        tone(3 * rate, rate, 60),
        hiss(3, 0.1, rate),
        np.concatenate([hiss(2, 0.1, rate), silence(2, rate), hiss(2, 0.02, rate), hiss(1, 0.001, rate)]),
    ):
        assert loudness(sound, rate) == pytest.approx(ebur128(sound, rate), abs=0.15)


def test_silence_has_no_loudness_and_a_short_sound_has_one() -> None:
    assert loudness(silence(1), RATE) == loudness(silence(0), RATE) == -np.inf
    assert loudness(hiss(0.1, 0.1), RATE) == pytest.approx(loudness(hiss(2, 0.1), RATE), abs=1)


@pytest.mark.parametrize(
    ("pieces_each", "levels", "within"),
    [(1, (0.1, 0.03, 0.2, 0.05), 0.5), (3, (0.1, 0.05, 0.14, 0.07), 1.5), (10, (0.1, 0.05, 0.14, 0.07), 2.5)],
    ids=["whole sentences", "thirds", "small pieces"],
)
def test_sentences_of_different_levels_come_out_alike(
    pieces_each: int, levels: tuple[float, ...], within: float
) -> None:
    leveler = Leveler(RATE, target_lufs=-19)
    results = []
    for index, level in enumerate(levels):
        sentence = np.concatenate([silence(0.25), hiss(2, level, seed=index), silence(0.05)])
        leveler.next_sentence()
        pieces = np.array_split(sentence, pieces_each)
        results.append(loudness(np.concatenate([leveler.process(piece) for piece in pieces]), RATE))
    # They differ by 16 or 9 dB when they come in.
    assert max(results) - min(results) < within
    assert np.mean(results) == pytest.approx(-19, abs=within)


def test_gain_is_limited_and_silence_is_not_lifted() -> None:
    leveler = Leveler(RATE, target_lufs=-19, max_gain_db=12)
    faint = hiss(2, 0.001)
    assert loudness(leveler.process(faint), RATE) == pytest.approx(loudness(faint, RATE) + 12, abs=0.2)
    assert not Leveler(RATE).process(silence(1)).any()


@pytest.mark.parametrize("chunks", [1, 7, 60])
def test_gain_never_jumps_within_or_between_chunks(chunks: int) -> None:
    carrier = np.ones(6 * RATE, np.float32) * tone(6 * RATE, RATE, 997)
    carrier[: 2 * RATE] *= 0.2
    carrier[4 * RATE :] *= 0.05
    leveler = Leveler(RATE)
    levelled = np.concatenate([leveler.process(chunk) for chunk in uneven(carrier, chunks)])
    assert len(levelled) == len(carrier)
    sounding = np.abs(carrier) > 1e-4
    gain = 20 * np.log10(levelled[sounding] / carrier[sounding])
    # 6 dB a second are 0.00025 dB a sample; neighbours here are up to some samples apart.
    assert np.abs(np.diff(gain)).max() < 0.003


def test_first_short_piece_does_not_set_the_gain_alone() -> None:
    first = Leveler(RATE)
    first.process(hiss(0.2, 0.01))
    assert 0 < first.gain_db < 6


def test_limit_leaves_quiet_sound_alone_and_keeps_peaks_under_the_ceiling() -> None:
    quiet = tone(RATE, RATE)
    np.testing.assert_array_equal(limit(quiet), quiet)
    loud = np.array([-np.inf, -50, -1, 0, 1, 50, np.inf, np.nan], np.float32)
    limited = limit(loud)
    assert np.abs(limited).max() <= 10 ** (-1 / 20) + 1e-6
    assert limited[-1] == limited[3] == 0
    ramp = limit(np.linspace(-2, 2, 4001, dtype=np.float32))
    assert (np.diff(ramp) >= 0).all()
    assert np.diff(ramp).max() < 0.0011


def test_continuous_sound_passes_the_smoother_bit_for_bit() -> None:
    whole = tone(RATE, RATE)
    smoother = JointSmoother(RATE)
    smoothed = [smoother.process(chunk) for chunk in uneven(whole, 50)]
    np.testing.assert_array_equal(np.concatenate(smoothed), whole)


@pytest.mark.parametrize("shift", [35, 60, 75])
def test_click_between_chunks_is_taken_out(shift: int) -> None:
    whole = tone(RATE, RATE, 300)
    first, second = whole[:10_020], whole[10_000 + shift : 20_000]
    smoother = JointSmoother(RATE)
    smoothed = np.concatenate([smoother.process(first), smoother.process(second)])
    raw = np.concatenate([first, second])
    steepest = np.abs(np.diff(whole)).max()
    assert np.abs(np.diff(raw)).max() > 2 * steepest
    assert np.abs(np.diff(smoothed)).max() < 2 * steepest
    # Only 5 ms are touched.
    assert len(smoothed) == len(raw)
    changed = np.flatnonzero(smoothed != raw)
    assert (changed[0] >= 10_020, changed[-1] < 10_020 + 120) == (True, True)


def test_abrupt_beginning_and_end_are_led_from_and_into_silence() -> None:
    smoother = JointSmoother(RATE)
    cosine = (0.5 * np.cos(2 * np.pi * 300 * np.arange(2400) / RATE)).astype(np.float32)
    smoothed = np.concatenate([silence(0.01), smoother.process(cosine), smoother.finish(), silence(0.01)])
    assert np.abs(np.diff(smoothed)).max() < 0.1
    assert len(smoothed) == 480 + 2400 + 120


def test_soft_end_gets_nothing_added() -> None:
    smoother = JointSmoother(RATE)
    smoother.process(tone(2400, RATE, 300))
    assert len(smoother.finish()) == 0


def test_chunks_of_one_sample_and_of_none_pass() -> None:
    smoother = JointSmoother(RATE)
    whole = tone(500, RATE)
    pieces = [smoother.process(piece) for piece in [*np.split(whole, 500), whole[:0]]]
    assert sum(map(len, pieces)) == 500
    assert len(smoother.process(silence(0.1))) == 2400


def test_a_meter_hears_clips_as_the_whole_they_make() -> None:
    generator = np.random.default_rng(2)
    clips = [generator.normal(0, level, 48_000).astype(np.float32) for level in (0.1, 0.02, 0.1, 0.0)]
    meter = LoudnessMeter(16_000)
    assert meter.lufs == -math.inf
    for clip in clips:
        meter.add(clip)
    assert meter.lufs == pytest.approx(loudness(np.concatenate(clips), 16_000), abs=0.5)
