"""A conversation of two voices by espeak-ng, for tests: synthetic, and as different as a man and a woman are."""

import functools
from typing import Final

import numpy as np

from tests.tiny_whisper.audio import resample
from tests.tiny_whisper.speak import Saying, speak_many
from voice_stack.audio.clip import AudioClip

RATE: Final = 16_000
TEXTS: Final = (
    "good morning everybody how are you",
    "it was a cold day in the city",
    "the man was walking home",
)
"""What is said, by one and the other in turn."""
_VOICES: Final = (("en-us+m3", 30), ("en-us+f4", 80))
_PAUSE_S: Final = 0.4


@functools.cache
def said() -> tuple[AudioClip, ...]:
    """The turns, one by one."""
    sayings = [Saying(text, *_of(number)) for number, text in enumerate(TEXTS)]
    spoken, rate = speak_many(sayings)
    return tuple(AudioClip(resample(samples, rate), RATE) for samples in spoken)


@functools.cache
def two_voices() -> AudioClip:
    """The conversation: A, B, A, with pauses before each."""
    pause = np.zeros(round(_PAUSE_S * RATE), np.float32)
    return AudioClip(np.concatenate([part for clip in said() for part in (pause, clip.samples)] + [pause]), RATE)


def _of(number: int) -> tuple[str, int, int]:
    voice, pitch = _VOICES[number % 2]
    return voice, 160, pitch
