"""What the clients of a soak send, and what they expect."""

import io
import wave
from dataclasses import dataclass

import numpy as np

from tests.tiny_whisper.exact import EXACT, render
from voice_stack.audio.clip import Samples

RATE = 16_000
_COMMAND = "en-sentence-3"
SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "On 3 May 2024 it cost $12.50, or 11 euros.",
    "Dr. Smith lives at 221b Baker Street; call 555-0199 [pause:300ms] before noon.",
    "Wer anderen eine Grube gräbt, fällt selbst hinein.",
    "Ask for the **latest** numbers at https://example.org/report?id=7 today.",
)


@dataclass(frozen=True, slots=True)
class Material:
    """Sounds.

    Attributes:
        command: a WAV file that the tiny Whisper transcribes exactly.
        text: what it says.
        film: headerless PCM: the command again and again, with silences.
    """

    command: bytes
    text: str
    film: bytes

    def fresh_film(self) -> bytes:
        """The film with an end of its own, so that it is no repetition of one that was answered already."""
        return self.film[:-8] + np.random.default_rng().integers(-50, 50, 4).astype("<i2").tobytes()


def make_material(film_s: float) -> Material:
    """Render what is sent.

    Args:
        film_s: seconds of the film.
    """
    clip = EXACT[_COMMAND]
    samples = np.clip(render(clip).samples, -1, 1)
    scene = np.concatenate((samples, np.zeros(5 * RATE, np.float32)))
    film = np.resize(scene, round(film_s * RATE))
    return Material(_wav(samples), clip.text, _pcm(film))


def book(sentences: int) -> str:
    """A long text."""
    return " ".join(SENTENCES[number % len(SENTENCES)] for number in range(sentences))


def _pcm(samples: Samples) -> bytes:
    return np.rint(samples * 32767).astype("<i2").tobytes()


def _wav(samples: Samples) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(_pcm(samples))
    return buffer.getvalue()
