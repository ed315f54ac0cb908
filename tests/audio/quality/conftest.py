"""Speech to spoil."""

from pathlib import Path

import numpy as np
import pytest

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="session")
def voice() -> AudioClip:
    """Eight seconds of clean speech at 16 kHz: two sentences, one of them twice."""
    parts = []
    for name in ("hello.wav", "road.wav", "hello.wav"):
        with (FIXTURES / name).open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
            parts += [sound.read(60.0).samples, np.zeros(3200, np.float32)]
    return AudioClip(np.concatenate(parts), 16_000)
