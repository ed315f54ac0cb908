"""Voices as Chatterbox takes them, kept for the next time."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import InvalidAudioError
from voice_stack.tts.engines.voice_cache import DamagedVoiceError, VoiceCache
from voice_stack.tts.recordings import read_voice
from voice_stack.tts.types import VoiceReference

# Part of the key: raise it when voices come to be heard in another way.
_VERSION: Final = 1
_SHORTEST_S: Final = 0.5
# It hears 6 s for the manner and 10 s for the sound.
_LONGEST_S: Final = 10.0


class ConditionalsCache(VoiceCache[Any]):
    """The `Conditionals` of cloned voices, in files of torch's format.

    Args:
        model: a loaded `ChatterboxMultilingualTTS`.
        folder: where the files are kept.
        weights: files of the model; another size or time is another model.
        megabytes: of the files; 0: none is written.
    """

    suffix = ".pth"

    def __init__(self, model: Any, folder: Path, weights: Path, *, megabytes: float) -> None:
        self._model = model
        files = [(path.name, path.stat().st_size) for path in sorted(weights.iterdir()) if path.is_file()]
        super().__init__(folder, hashlib.sha256(repr((_VERSION, files)).encode()).hexdigest()[:16], megabytes=megabytes)

    def hear(self, reference: VoiceReference) -> Any:
        rate = self._model.sr
        samples = np.concatenate([clip.samples for clip in read_voice(reference, rate)])[: round(rate * _LONGEST_S)]
        if len(samples) < rate * _SHORTEST_S:
            raise InvalidAudioError(f"The recordings of the voice {reference.id!r} are too short.", param="voice")
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:  # it takes no samples, and librosa reads few formats
            pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
            file.write(wav_header(rate, len(samples)) + pcm)
            file.flush()
            self._model.prepare_conditionals(file.name)
        return self._model.conds

    def save(self, voice: Any, path: Path) -> None:
        voice.save(path)

    def load(self, path: Path) -> Any:
        from chatterbox.mtl_tts import Conditionals

        if not path.is_file():
            raise FileNotFoundError(path.name)
        try:
            return Conditionals.load(path).to(self._model.device)
        except Exception as error:  # torch, pickle and chatterbox-tts raise whatever suits them
            raise DamagedVoiceError(type(error).__name__) from error
