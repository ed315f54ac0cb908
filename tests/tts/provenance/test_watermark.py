"""The mark goes into a stream however it is cut, changes nothing else, and keeps little back."""

import numpy as np
import pytest

from tests.audio.tone import tone, uneven
from voice_stack.audio.clip import Samples
from voice_stack.tts.provenance.watermark import Watermarker

RATE = 32_000


class Scaled:
    """A mark that is the sound itself, quieter: out of place or lost, it shows."""

    def __init__(self, factor: float = 0.5) -> None:
        self.factor = factor
        self.longest = 0

    def mark(self, samples: Samples) -> Samples:
        self.longest = max(self.longest, len(samples))
        return samples * np.float32(self.factor)


def through(network: Scaled, rate: int, pieces: list[Samples]) -> Samples:
    watermarker = Watermarker(network, RATE, rate)
    return np.concatenate([*(watermarker.write(piece) for piece in pieces), watermarker.finish()])


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_the_mark_lies_where_the_sound_is_at_every_rate(rate: int) -> None:
    sound = tone(2 * rate + 77, rate)
    marked = through(Scaled(), rate, uneven(sound, 23))
    assert len(marked) == len(sound)
    inner = slice(round(0.05 * rate), -round(0.05 * rate))
    np.testing.assert_allclose(marked[inner], 1.5 * sound[inner], atol=2e-3)


def test_without_a_mark_not_a_bit_changes() -> None:
    sound = tone(50_000, 24_000)
    np.testing.assert_array_equal(through(Scaled(0.0), 24_000, uneven(sound, 11)), sound)


def test_how_a_stream_is_cut_does_not_matter() -> None:
    sound = tone(100_001, 24_000)
    whole = through(Scaled(), 24_000, [sound])
    for cuts in (2, 40, 400):
        np.testing.assert_allclose(through(Scaled(), 24_000, uneven(sound, cuts)), whole, atol=1e-5)


def test_no_more_is_held_back_than_stated() -> None:
    watermarker = Watermarker(Scaled(), RATE, 24_000)
    out = written = 0
    for piece in uneven(tone(96_000, 24_000), 60):
        out += len(watermarker.write(piece))
        written += len(piece)
        assert (written - out) / 24_000 <= watermarker.held_back <= 0.5
    assert out > 0


@pytest.mark.parametrize("samples", [0, 1, 100, 5759, 5760, 11_521])
def test_short_sounds_come_out_as_long_as_they_went_in(samples: int) -> None:
    assert len(through(Scaled(), 24_000, [tone(samples, 24_000)])) == samples


def test_silence_is_not_looked_at() -> None:
    network = Scaled()
    assert not through(network, 24_000, [np.zeros(48_000, np.float32)]).any()
    assert network.longest == 0
