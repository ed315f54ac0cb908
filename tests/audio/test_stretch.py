"""Speech at another speed: its length changes, its pitch does not."""

import numpy as np
import pytest

from tests.audio.media import CORPUS, SHIPPED_FFMPEG
from tests.audio.tone import LEVEL, decoded, fit, tone, uneven
from voice_stack.audio.clip import Samples
from voice_stack.audio.stretch import Stretcher
from voice_stack.core.errors import CancelledWorkError, InvalidRequestError

SPEEDS = (0.25, 0.4, 0.8, 1.25, 2.0, 2.7, 4.0)
NO_FFMPEG = "/nonexistent/ffmpeg"

pytestmark = pytest.mark.usefixtures("nothing_left")


def stretched(chunks: list[Samples], speed: float, sample_rate: int, binary: str = SHIPPED_FFMPEG) -> Samples:
    with Stretcher(speed, sample_rate, binary=binary) as stretcher:
        return np.concatenate([*(stretcher.write(chunk) for chunk in chunks), stretcher.finish()])


@pytest.mark.parametrize("sample_rate", [16_000, 22_050, 24_000, 44_100])
@pytest.mark.parametrize("speed", SPEEDS)
def test_pitch_and_level_stay_and_length_is_exact(speed: float, sample_rate: int, binary: str) -> None:
    chunks = uneven(tone(2 * sample_rate + 77, sample_rate, 220), 30)
    sound = stretched(chunks, speed, sample_rate, binary)
    assert len(sound) == round((2 * sample_rate + 77) / speed)
    inner = sound[len(sound) // 10 : -len(sound) // 10]
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner)), 1 << 21))
    hertz = spectrum.argmax() * sample_rate / (1 << 21)
    assert hertz == pytest.approx(220, rel=0.005)
    # The pieces are laid where they fit, which shifts the phase now and then, but leaves neither hole nor click.
    hops = np.lib.stride_tricks.sliding_window_view(inner, sample_rate // 50)[:: sample_rate // 100]
    levels = np.sqrt(np.mean(np.square(hops), axis=1)) * np.sqrt(2) / LEVEL
    assert (levels.min() > 0.85, levels.max() < 1.15) == (True, True)
    steepest = 2 * np.pi * 220 / sample_rate * LEVEL
    assert np.abs(np.diff(inner)).max() < 1.5 * steepest


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("seconds", [0.05, 0.3, 1.0])
def test_short_sound_keeps_its_end(seconds: float, speed: float) -> None:
    samples = round(24_000 * seconds)
    sound = stretched([tone(samples, 24_000, 220)], speed, 24_000)
    assert len(sound) == round(samples / speed)
    tail = sound[-max(120, len(sound) // 5) :]
    assert np.sqrt(np.mean(np.square(tail))) > 0.5 * LEVEL / np.sqrt(2)


@pytest.mark.parametrize("speed", SPEEDS)
def test_no_more_is_held_back_than_stated(speed: float) -> None:
    written = given = 0
    with Stretcher(speed, 24_000, binary=SHIPPED_FFMPEG) as stretcher:
        assert stretcher.held_back < 0.3
        for chunk in uneven(tone(24_000, 24_000), 30):
            given += len(stretcher.write(chunk))
            written += len(chunk)
            assert given * speed >= written - stretcher.held_back * 24_000 - speed


def test_chunks_make_no_difference() -> None:
    whole = tone(24_000, 24_000)
    np.testing.assert_array_equal(stretched([whole], 1.5, 24_000), stretched(uneven(whole, 40), 1.5, 24_000))


def test_natural_speed_passes_untouched_without_ffmpeg() -> None:
    chunks = uneven(tone(24_000, 24_000), 5)
    np.testing.assert_array_equal(stretched(chunks, 1.0, 24_000, NO_FFMPEG), np.concatenate(chunks))


def test_nothing_stays_nothing() -> None:
    assert len(stretched([], 2.0, 24_000)) == len(stretched([], 1.0, 24_000)) == 0


def test_nan_is_silence() -> None:
    samples = tone(24_000, 24_000)
    samples[12_000] = np.nan
    assert np.isfinite(stretched([samples], 2.0, 24_000)).all()


def test_stretched_speech_has_the_spectrum_of_the_speech() -> None:
    path = CORPUS / "asr" / "goforward.wav"
    if not path.exists():
        pytest.skip("no corpus")
    speech = decoded(SHIPPED_FFMPEG, path.read_bytes())
    spectra = [_bands(speech)] + [_bands(stretched([speech], speed, 16_000)) for speed in (0.5, 0.8, 1.5, 2.0)]
    for spectrum in spectra[1:]:
        assert np.abs(spectrum - spectra[0]).max() < 3


def _bands(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Decibels in eight bands of 500 Hz."""
    power = np.square(np.abs(np.fft.rfft(samples))) / len(samples)
    edges = np.arange(0, 4001, 500) * len(samples) // 16_000
    bands: np.ndarray[tuple[int], np.dtype[np.float64]] = 10 * np.log10(
        np.add.reduceat(power, edges)[:8] / len(samples)
    )
    return bands


@pytest.mark.parametrize("speed", [0.0, 0.2, 4.1, -1.0, float("nan"), float("inf")])
def test_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Stretcher(speed, 24_000)
    assert caught.value.param == "speed"


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_finished_stretcher_refuses(speed: float) -> None:
    stretcher = Stretcher(speed, 24_000, binary=SHIPPED_FFMPEG)
    stretcher.finish()
    with pytest.raises(CancelledWorkError):
        stretcher.write(tone(10, 24_000))


def test_fit_measures_a_tone() -> None:
    measured = fit(np.roll(tone(24_000, 24_000, 441), 3)[100:-100], 24_000)
    assert measured.hertz == pytest.approx(441)
    assert measured.level == pytest.approx(LEVEL)
