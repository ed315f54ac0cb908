"""DNSMOS's own network, where it is."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reference_doctor import degradations as spoil
from tests.real_models import real_model
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.quality.dnsmos import Dnsmos, find_network


def test_without_a_network_there_is_none(tmp_path: Path) -> None:
    assert find_network(tmp_path) is None
    assert find_network(tmp_path / "missing.onnx") is None
    if importlib.util.find_spec("speechmos") is None:
        assert find_network(None) is None


def test_a_file_that_is_no_network_is_told_without_its_path(tmp_path: Path) -> None:
    bad = tmp_path / "sig_bak_ovr.onnx"
    bad.write_bytes(b"nothing")
    with pytest.raises(RuntimeError, match=r"sig_bak_ovr\.onnx") as raised:
        Dnsmos(bad)(AudioClip(np.zeros(16_000, np.float32), 16_000))
    assert str(tmp_path) not in str(raised.value)


def test_noise_costs_opinion(voice: AudioClip) -> None:
    folder = real_model("dnsmos")
    if folder is None:
        pytest.skip("DNSMOS is not here: make real MODELS=dnsmos")
    network = find_network(folder)
    assert network is not None
    opinion = Dnsmos(network)
    clean = opinion(voice)
    noisy = opinion(AudioClip(spoil.mixed(voice.samples, spoil.white(len(voice.samples), 1), 16_000, 5), 16_000))
    for mos in (clean, noisy):
        assert all(0.5 < score < 5 for score in (mos.signal, mos.background, mos.overall))
    assert clean.overall > noisy.overall + 0.5
    assert clean.background > noisy.background + 1
