"""Latents that XTTS hears in a voice's recordings: computed once, kept in memory and on the disk."""

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voice_stack.core.errors import InvalidAudioError
from voice_stack.tts.engines.voice_cache import DamagedVoiceError, VoiceCache
from voice_stack.tts.recordings import read_voice
from voice_stack.tts.types import VoiceReference

if TYPE_CHECKING:
    import torch

# What both of coqui's methods are made for.
_SAMPLE_RATE: Final = 22050
# Below it the model finds no piece to listen to.
_SHORTEST_S: Final = 0.33
# The weights that latents depend on; a fine-tuned language model leaves them as they were.
_CONDITIONING: Final = ("gpt.conditioning_", "hifigan_decoder.speaker_encoder.", "mel_stats")
# What `torch.load` and `VoiceLatents.of` raise at a file that is not what it should be.
_DAMAGE: Final = (
    *(OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError),
    pickle.UnpicklingError,
)
# Part of the key: raise it when latents come to be computed in another way.
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class VoiceLatents:
    """A voice as the model takes it.

    Attributes:
        gpt_cond_latent: (1, 32, channels) float32: how it speaks.
        speaker_embedding: (1, 512, 1) float32: how it sounds.
    """

    gpt_cond_latent: "torch.Tensor"
    speaker_embedding: "torch.Tensor"

    @classmethod
    def of(cls, stored: Any, channels: int) -> "VoiceLatents":
        """From a mapping of the two, as speakers_xtts.pth and the cache hold them.

        Raises:
            ValueError: it is something else, or made for a model of another size.
        """
        import torch

        if not isinstance(stored, Mapping):
            raise ValueError("no mapping")
        latents = cls(stored.get("gpt_cond_latent"), stored.get("speaker_embedding"))  # type: ignore[arg-type]
        for tensor, shape in (
            (latents.gpt_cond_latent, (1, None, channels)),
            (latents.speaker_embedding, (1, None, 1)),
        ):
            if not isinstance(tensor, torch.Tensor) or tensor.dim() != len(shape):
                raise ValueError("no tensors of three dimensions")
            if any(wanted not in (None, size) for size, wanted in zip(tensor.shape, shape, strict=True)):
                raise ValueError(f"a shape of {tuple(tensor.shape)}")
            if not torch.isfinite(tensor).all():
                raise ValueError("numbers that are none")
        return latents

    def to(self, device: str) -> "VoiceLatents":
        """The same on a device."""
        return VoiceLatents(self.gpt_cond_latent.to(device), self.speaker_embedding.to(device))


class LatentsCache(VoiceCache[VoiceLatents]):
    """The latents of cloned voices, 130 KB each, in files of torch's format.

    Args:
        model: a loaded `Xtts`, still on any device.
        folder: where the files are kept.
        device: where the latents are wanted.
        megabytes: of the files; 0: none is written.
        in_memory: voices that stay in memory.
    """

    suffix = ".pth"

    def __init__(self, model: Any, folder: Path, device: str, *, megabytes: float = 1000, in_memory: int = 64) -> None:
        self._model = model
        self._device = device
        super().__init__(folder, _fingerprint(model), megabytes=megabytes, in_memory=in_memory)

    def hear(self, reference: VoiceReference) -> VoiceLatents:
        return compute_latents(self._model, reference).to(self._device)

    def save(self, voice: VoiceLatents, path: Path) -> None:
        import torch

        stored = {
            "gpt_cond_latent": voice.gpt_cond_latent.cpu(),
            "speaker_embedding": voice.speaker_embedding.cpu(),
        }
        with path.open("wb") as file:
            torch.save(stored, file)

    def load(self, path: Path) -> VoiceLatents:
        import torch

        try:
            stored = torch.load(path, map_location="cpu", weights_only=True)
            return VoiceLatents.of(stored, self._model.gpt.model_dim).to(self._device)
        except FileNotFoundError:
            raise
        except _DAMAGE as error:
            raise DamagedVoiceError(type(error).__name__) from error


def compute_latents(model: Any, reference: VoiceReference) -> VoiceLatents:
    """Listen to all recordings of a voice, for as long as the model's config says.

    As coqui does for several files: each is heard by itself for the sound of the voice, and all one after the other for
    its way of speaking.

    Args:
        model: a loaded `Xtts`.

    Raises:
        InvalidAudioError: a recording is no audio, or all together are too short.
        NotFoundError: a recording is gone.
    """
    import torch

    settings = model.config
    recordings: list[torch.Tensor] = []
    for clip in read_voice(reference, _SAMPLE_RATE):
        samples = clip.samples
        audio = torch.from_numpy(samples[: _SAMPLE_RATE * settings.max_ref_len].copy()).clamp(-1, 1)
        if settings.sound_norm_refs and audio.abs().max() > 0:
            audio = audio / audio.abs().max() * 0.75
        recordings.append(audio[None].to(model.device))
    recordings = [audio for audio in recordings if audio.shape[-1] >= _SAMPLE_RATE * _SHORTEST_S]
    if not recordings:
        raise InvalidAudioError(f"The recordings of the voice {reference.id!r} are too short.", param="voice")
    embeddings = [model.get_speaker_embedding(audio, _SAMPLE_RATE) for audio in recordings]
    gpt_cond_latent = model.get_gpt_cond_latents(
        torch.cat(recordings, dim=-1),
        _SAMPLE_RATE,
        length=settings.gpt_cond_len,
        chunk_length=settings.gpt_cond_chunk_len,
    )
    return VoiceLatents(gpt_cond_latent, torch.stack(embeddings).mean(dim=0))


def _fingerprint(model: Any) -> str:
    """16 hex digits that differ between models that hear a voice differently."""
    settings = model.config
    lengths = (settings.gpt_cond_len, settings.gpt_cond_chunk_len, settings.max_ref_len, settings.sound_norm_refs)
    digest = hashlib.sha256(repr((_VERSION, lengths)).encode())
    for name, tensor in model.state_dict().items():
        if name.startswith(_CONDITIONING):
            digest.update(f"{name}{tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
