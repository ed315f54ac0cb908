"""Models that tests of the speech service speak with."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_xtts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny XTTS-v2 of random weights, in the layout of the real one."""
    if importlib.util.find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed (extra `coqui`)")
    from tests.tiny_xtts.build import build_xtts

    return build_xtts(tmp_path_factory.mktemp("models") / "tiny-xtts")


@pytest.fixture(scope="session")
def tiny_piper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny Piper voices: en_US-alto-medium, en_US-choir-medium, en_US-soft-medium, de_DE-bass-low."""
    if importlib.util.find_spec("piper") is None:
        pytest.skip("piper-tts is not installed (extra `piper`)")
    from tests.tiny_voices.piper import build_voices

    return build_voices(tmp_path_factory.mktemp("piper-voices"))


@pytest.fixture(scope="session")
def tiny_kokoro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Kokoro in the hub's layout: onnx/model.onnx and voices/*.bin."""
    from tests.tiny_voices.kokoro import build_model

    return build_model(tmp_path_factory.mktemp("models") / "tiny-kokoro")
