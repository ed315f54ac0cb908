"""What is sent to speech services in tests, and what is heard of it."""

import subprocess
from dataclasses import dataclass

import httpx
import numpy as np

from tests.live_server import Server
from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.ffmpeg import ffmpeg_path

SENTENCE = "The quick brown fox jumps over the lazy dog."
# Twenty sentences of about the same length.
TWENTY = " ".join(
    f"Sentence {word} is about a quick brown fox." for word in ["one", "two", "three", "four", "five"] * 4
)
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
MAGIC = {
    "mp3": (b"ID3", b"\xff\xf3", b"\xff\xfb"),
    "opus": (b"OggS",),
    "aac": (b"\xff\xf1", b"\xff\xf9"),
    "flac": (b"fLaC",),
    "wav": (b"RIFF",),
    "pcm": (b"",),
}


@dataclass(frozen=True)
class Heard:
    """Decoded speech.

    Attributes:
        samples: (time,) float32 at 24 kHz.
    """

    samples: Samples

    @property
    def duration(self) -> float:
        return len(self.samples) / 24_000

    @property
    def level(self) -> float:
        """Root mean square."""
        return float(np.sqrt(np.mean(np.square(self.samples)))) if len(self.samples) else 0.0


def hear(data: bytes, audio_format: str) -> Heard:
    """Decode a file as a player would, by FFmpeg."""
    assert data.startswith(MAGIC[audio_format]), data[:8]
    raw = ["-f", "s16le", "-ar", "24000", "-ac", "1"] if audio_format == "pcm" else []
    command = [ffmpeg_path(), "-nostdin", "-v", "error", *raw, "-i", "pipe:0", "-f", "s16le", "-ar", "24000", "pipe:1"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    # Sizes of a streamed WAV are unknown, which FFmpeg mentions.
    assert not done.stderr or audio_format == "wav", done.stderr.decode()
    return Heard(from_s16le(done.stdout))


def say(server: Server, text: str = SENTENCE, **fields: object) -> httpx.Response:
    """One request; the service's answer whatever it is."""
    body = {"model": "tts-1", "voice": "alloy", "input": text} | fields
    return httpx.post(f"{server.v1}/audio/speech", json=body, timeout=120)
