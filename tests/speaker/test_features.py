"""Features are Kaldi's."""

import numpy as np
import pytest

from tests.engines.cases import hello
from voice_stack.speaker.features import log_mel


def test_they_are_those_of_kaldi_native_fbank() -> None:
    knf = pytest.importorskip("kaldi_native_fbank", reason="the comparison needs kaldi-native-fbank")
    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 80
    bank = knf.OnlineFbank(options)
    bank.accept_waveform(16_000, hello().samples.tolist())
    bank.input_finished()
    theirs = np.stack([bank.get_frame(frame) for frame in range(bank.num_frames_ready)])
    ours = log_mel(hello().samples)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 0.01


def test_a_tone_is_in_its_band() -> None:
    def loudest(hertz: float) -> int:
        tone = np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000).astype(np.float32)
        return int(log_mel(tone).mean(axis=0).argmax())

    def band(hertz: float) -> float:
        low, high, own = (1127 * np.log1p(f / 700) for f in (20.0, 8000.0, hertz))
        return float((own - low) / (high - low) * 81 - 1)

    for hertz in (200.0, 1000.0, 5000.0):
        assert loudest(hertz) == round(band(hertz))


def test_frames_lie_inside_the_clip_and_silence_is_finite() -> None:
    assert log_mel(np.zeros(400, np.float32)).shape == (1, 80)
    assert log_mel(np.zeros(400 + 159, np.float32)).shape == (1, 80)
    assert log_mel(np.zeros(400 + 160, np.float32)).shape == (2, 80)
    assert np.isfinite(log_mel(np.zeros(16_000, np.float32))).all()


def test_a_scale_moves_all_energies_alike() -> None:
    plain, scaled = log_mel(hello().samples), log_mel(hello().samples, 32768.0)
    # Where the floor does not hold a silent band up.
    loud = plain > -10
    np.testing.assert_allclose((scaled - plain)[loud], 2 * np.log(32768.0), rtol=1e-3)
