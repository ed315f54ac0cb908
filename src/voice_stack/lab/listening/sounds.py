"""Samples as a browser gets them: all of one kind and loudness, with nothing in them but sound."""

import tempfile
import threading
from pathlib import Path
from typing import Final, Self

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.loudness import limit, loudness

_RATE: Final = 48_000
# The louder of two is taken for the better one.
_TARGET_LUFS: Final = -23.0
_LIMITS: Final = DecodeLimits(600.0)


class Sounds:
    """Files ready to be sent, each made when it is first heard. Thread-safe; use it as a context manager.

    Args:
        keep_levels: leave every sample as loud as it is.
    """

    def __init__(self, *, keep_levels: bool = False) -> None:
        self._keep_levels = keep_levels
        self._folder = tempfile.TemporaryDirectory(prefix="voice-stack-")
        self._lock = threading.Lock()
        self._made: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def prepared(self, source: Path) -> Path:
        """WAV of a sample: 16 bits, mono, 48 kHz, at -23 LUFS.

        Raises:
            InvalidAudioError: it is no audio, or longer than ten minutes.
        """
        with self._lock:
            if source not in self._made:
                with source.open("rb") as file, open_audio(file, _LIMITS, sample_rate=_RATE) as sound:
                    clip = sound.read(_LIMITS.max_seconds)
                level = loudness(clip.samples, _RATE)
                if not self._keep_levels and np.isfinite(level):
                    gain = np.float32(10 ** ((_TARGET_LUFS - level) / 20))
                    clip = AudioClip(limit(clip.samples * gain), _RATE)
                target = Path(self._folder.name) / f"{len(self._made)}.wav"
                target.write_bytes(encode_whole(clip, AudioFormat.WAV))
                self._made[source] = target
            return self._made[source]
