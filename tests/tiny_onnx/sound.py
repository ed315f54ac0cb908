"""Sound that the tiny NeMo models hear: speech below 3 kHz, and above it a tone for each token.

The speech is for the voice activity detection, the tones are for the networks. A faint noise lies under all of it: the
features of a NeMo model are normalised over time, and a bin in which nothing ever sounds would be blown up.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import onnx_asr.preprocessors
from numpy.typing import NDArray

from tests.tiny_whisper.audio import trim
from voice_stack.audio.clip import AudioClip

RATE = 16_000
TOKEN_S = 0.28
"""Seconds that a token's tone lasts."""
TOKENS = ("▁hel", "lo", "▁wor", "ld", ".", "▁good", "▁morn", "ing", ",")
"""What there is to say, SentencePiece's way."""
WORDS = {
    "hello": ("▁hel", "lo"),
    "world": ("▁wor", "ld"),
    "world.": ("▁wor", "ld", "."),
    "good": ("▁good",),
    "morning": ("▁morn", "ing"),
    "morning,": ("▁morn", "ing", ","),
}
# Mel bins of the tokens, of NeMo's 80: far enough apart that one's tone is not heard in another's.
BINS = tuple(range(62, 80, 2))
_SPEECH_HZ = 3000.0
_RECORDING = Path(__file__).parent.parent / "fixtures" / "hello.wav"
_TONE, _NOISE = 0.03, 3e-4
_FADE_S = 0.01


@dataclass(frozen=True, slots=True)
class Said:
    """A word and its time, seconds."""

    text: str
    start: float
    end: float


@cache
def token_hertz() -> tuple[float, ...]:
    """The frequency of each token: where the filter of its bin is highest."""
    with (
        resources.as_file(resources.files(onnx_asr.preprocessors) / "data" / "fbanks.npz") as path,
        np.load(path) as data,
    ):
        filters = data["nemo80"]
    return tuple(float(filters[:, number].argmax()) * RATE / 512 for number in BINS)


@cache
def _speech() -> NDArray[np.float32]:
    """The recording of the README without what is above 3 kHz."""
    with wave.open(str(_RECORDING)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768)
    return _low(trim(samples))


def _low(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) > _SPEECH_HZ] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def _tone(hertz: float) -> NDArray[np.float32]:
    count, fade = round(TOKEN_S * RATE), round(_FADE_S * RATE)
    tone = _TONE * np.sin(2 * np.pi * hertz * np.arange(count) / RATE)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade)) ** 2
    tone[:fade] *= ramp
    tone[-fade:] *= ramp[::-1]
    return tone.astype(np.float32)


def say(
    sentences: Sequence[Sequence[str]], *, pause_s: float = 1.6, gap_s: float = 0.16
) -> tuple[AudioClip, list[Said]]:
    """Speak sentences.

    Args:
        sentences: words, keys of `WORDS`.
        pause_s: before, between and after sentences.
        gap_s: between words.

    Returns:
        The clip, and its words with their times.
    """
    parts: list[NDArray[np.float32]] = [_quiet(pause_s)]
    said: list[Said] = []
    position = len(parts[0])
    for sentence in sentences:
        for number, word in enumerate(sentence):
            sound = np.concatenate([_tone(token_hertz()[TOKENS.index(token)]) for token in WORDS[word]])
            sound += np.resize(_speech(), len(sound))  # said again where the tones last longer
            said.append(Said(word, position / RATE, (position + len(sound)) / RATE))
            after = _quiet(pause_s if number == len(sentence) - 1 else gap_s)
            parts += [sound, after]
            position += len(sound) + len(after)
    samples = np.concatenate(parts)
    noise = np.random.default_rng(7).normal(0, _NOISE, len(samples))
    return AudioClip(np.clip(samples + noise, -1, 1).astype(np.float32), RATE), said


def _quiet(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE), np.float32)
