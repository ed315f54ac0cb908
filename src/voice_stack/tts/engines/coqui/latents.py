"""Latents that XTTS hears in a voice's recordings: computed once, kept in memory and on the disk."""

import contextlib
import hashlib
import logging
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import InvalidAudioError, NotFoundError
from voice_stack.tts.recordings import read_recordings
from voice_stack.tts.types import VoiceReference

if TYPE_CHECKING:
    import torch

logger = logging.getLogger("voice_stack.tts")

# What both of coqui's methods are made for.
_SAMPLE_RATE: Final = 22050
# Below it the model finds no piece to listen to.
_SHORTEST_S: Final = 0.33
# 130 KB each.
_IN_MEMORY: Final = 64
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


class LatentsCache:
    """The latents of cloned voices, by the sound of their recordings and by the model. Thread-safe.

    Files hold one voice each, in the format of torch; one that cannot be read is made anew.

    Args:
        model: a loaded `Xtts`, still on any device.
        folder: where the files are kept; made when missing. When it cannot be written, a warning is all.
        device: where the latents are wanted.
    """

    def __init__(self, model: Any, folder: Path, device: str) -> None:
        self._model = model
        self._folder = folder
        self._device = device
        self._fingerprint = _fingerprint(model)
        self._memory: OrderedDict[str, VoiceLatents] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, reference: VoiceReference) -> VoiceLatents:
        """A voice's latents, computed when nobody has asked for them before.

        Raises:
            InvalidAudioError: its recordings are no audio, or too short.
            NotFoundError: they are gone.
        """
        with self._lock:  # two requests for a new voice compute it once
            latents = self._memory.get(reference.sha256)
            if latents is None:
                path = self._folder / f"{reference.sha256[:32]}-{self._fingerprint}.pth"
                latents = self._read(path, reference.id)
                if latents is None:
                    latents = compute_latents(self._model, reference)
                    self._write(path, latents, reference.id)
                latents = latents.to(self._device)
                self._memory[reference.sha256] = latents
                if len(self._memory) > _IN_MEMORY:
                    self._memory.popitem(last=False)
            self._memory.move_to_end(reference.sha256)
            return latents

    def _read(self, path: Path, voice: str) -> VoiceLatents | None:
        import torch

        try:
            stored = torch.load(path, map_location="cpu", weights_only=True)
            return VoiceLatents.of(stored, self._model.gpt.model_dim)
        except FileNotFoundError:
            return None
        except _DAMAGE as error:
            logger.warning("what was kept of the voice %s is damaged: computed anew (%s)", voice, type(error).__name__)
            return None

    def _write(self, path: Path, latents: VoiceLatents, voice: str) -> None:
        """Keep latents; under their name there is never a part of them."""
        import torch

        part = path.with_name(f"{path.name}.{time.time_ns()}.part")
        stored = {
            "gpt_cond_latent": latents.gpt_cond_latent.cpu(),
            "speaker_embedding": latents.speaker_embedding.cpu(),
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                torch.save(stored, file)
            part.replace(path)
        except OSError as error:
            logger.warning("the voice %s cannot be kept for the next start: %s", voice, error.strerror)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


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
    for samples in _read(reference):
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


def _read(reference: VoiceReference) -> list[Samples]:
    try:
        return [clip.samples for clip in read_recordings(reference, _SAMPLE_RATE)]
    except InvalidAudioError as error:
        message = f"The voice {reference.id!r} cannot be used: {error.message}"
        raise InvalidAudioError(message, param="voice") from error
    except OSError as error:
        raise NotFoundError(f"The recordings of the voice {reference.id!r} are gone.", param="voice") from error


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
