"""How the conformance suite builds the engines of this package, and what it gives them.

Its entry points are in the group `voice_stack.conformance`, under the engines' names.
"""

from importlib import import_module
from typing import Any, Final

import numpy as np

from tests.engines.cases import on_cpu
from tests.engines.subject import RATE, RecognitionCase, SpeechCase, Workshop
from voice_stack.audio.clip import AudioClip
from voice_stack.serving.engine import EngineConfig


def loud(seconds: int) -> AudioClip:
    """Seconds to count."""
    return AudioClip(np.random.default_rng(0).uniform(-0.1, 0.1, seconds * RATE).astype(np.float32), RATE)


def count(workshop: Workshop) -> EngineConfig[Any]:
    """The configuration of the engine that counts, its model downloaded."""
    config = on_cpu(import_module("stranger_count").CountOptions)(workshop)
    import_module("stranger_count.engine").CountEngine.download(config)
    return config


COUNT: Final = RecognitionCase(config=count, clip=lambda: loud(2), text="second second", long=lambda: loud(6))
NOISE: Final = SpeechCase(
    config=on_cpu(lambda: import_module("stranger_noise").NoiseOptions()),
    mute=("",),  # a space is noise
)
