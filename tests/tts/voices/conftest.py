"""Speech to make recordings of."""

from pathlib import Path

import numpy as np
import pytest

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio


@pytest.fixture(scope="session")
def speech() -> AudioClip:
    """5.4 seconds of clean speech at 16 kHz."""
    path = Path(__file__).parents[2] / "fixtures" / "road.wav"
    with path.open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
        clip = sound.read(60.0)
    return AudioClip(np.concatenate([clip.samples, clip.samples]), clip.sample_rate)
