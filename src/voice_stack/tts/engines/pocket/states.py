"""Voices as Pocket TTS takes them: what its language model remembers of having heard a recording."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.core.errors import InvalidAudioError
from voice_stack.tts.engines.pocket.model import fingerprint
from voice_stack.tts.engines.voice_cache import DamagedVoiceError, VoiceCache
from voice_stack.tts.recordings import read_voice
from voice_stack.tts.types import VoiceReference

# Part of the key: raise it when voices come to be heard in another way.
_VERSION: Final = 1
# Below it there is nothing to tell a voice by.
_SHORTEST_S: Final = 0.5
# About 50 kB for each frame of 80 ms: 12 MB for 20 s.
_IN_MEMORY: Final = 16

State = dict[str, dict[str, Any]]
"""Tensors by module and name: keys and values of attention, (2, 1, frames, heads, size) float32, and their position."""


class StateCache(VoiceCache[State]):
    """The states of cloned voices, in files as `pocket-tts export-voice` writes them.

    Args:
        model: a loaded `TTSModel`.
        folder: where the files are kept.
        reference_s: seconds that it listens to.
        megabytes: of the files; 0: none is written.
    """

    suffix = ".safetensors"

    def __init__(self, model: Any, folder: Path, *, reference_s: float, megabytes: float) -> None:
        self._model = model
        self._reference_s = reference_s
        key = fingerprint(model, (_VERSION, reference_s))
        super().__init__(folder, key, megabytes=megabytes, in_memory=_IN_MEMORY)

    def hear(self, reference: VoiceReference) -> State:
        return hear_voice(self._model, reference, self._reference_s)

    def save(self, voice: State, path: Path) -> None:
        from pocket_tts import export_model_state

        export_model_state(voice, path)

    def load(self, path: Path) -> State:
        return read_state(self._model, path)


def hear_voice(model: Any, reference: VoiceReference, most_s: float) -> State:
    """Listen to the first seconds of a voice's recordings, one after the other.

    Args:
        model: a loaded `TTSModel`.
        most_s: seconds.

    Raises:
        InvalidAudioError: a recording is no audio, or all together are too short.
        NotFoundError: a recording is gone.
    """
    import torch

    rate = model.sample_rate
    samples = np.concatenate([clip.samples for clip in read_voice(reference, rate)])[: round(rate * most_s)]
    if len(samples) < rate * _SHORTEST_S:
        raise InvalidAudioError(f"The recordings of the voice {reference.id!r} are too short.", param="voice")
    heard: State = model.get_state_for_audio_prompt(torch.from_numpy(samples.copy())[None].clamp(-1, 1))
    return heard


def read_state(model: Any, path: Path) -> State:
    """A voice that was heard before, by this model or by its makers.

    Args:
        model: a loaded `TTSModel`.

    Raises:
        DamagedVoiceError: it is something else, or of a model of another size.
        FileNotFoundError: there is no such file.
    """
    import torch
    from pocket_tts.modules.stateful_module import init_states

    if not path.is_file():
        raise FileNotFoundError(path.name)
    try:
        state: State = model.get_state_for_audio_prompt(path)
    except Exception as error:  # safetensors, torch and pocket-tts raise whatever suits them
        raise DamagedVoiceError(type(error).__name__) from error
    expected = init_states(model.flow_lm, batch_size=1, sequence_length=1)
    if state.keys() != expected.keys():
        raise DamagedVoiceError("other modules")
    for module, tensors in state.items():
        cache, like = tensors.get("cache"), expected[module]["cache"]
        if cache is None or "offset" not in tensors or cache.dim() != like.dim():
            raise DamagedVoiceError("no attention")
        if cache.shape[:2] != like.shape[:2] or cache.shape[3:] != like.shape[3:]:
            raise DamagedVoiceError(f"a shape of {tuple(cache.shape)}")
        heard = int(tensors["offset"].view(-1)[0])
        if not 0 < heard <= cache.shape[2] or not torch.isfinite(cache[:, :, :heard]).all():
            raise DamagedVoiceError("numbers that are none")
        # Files of before pocket-tts 2 lack what it has come to keep.
        for name, tensor in expected[module].items():
            tensors.setdefault(name, tensor.clone())
    return state
