"""The model in training: openai-whisper's own modules, with three things added that do not go into the checkpoint."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from whisper.model import ModelDimensions, MultiHeadAttention, Whisper, sinusoids

from .batches import CONTEXT, IGNORED, Batch
from .build import MEL_BINS, write_atomically
from .compact import CompactEmbedding, CompactVocabulary
from .vocabulary import VOCABULARY_SIZE

WIDTH, HEADS, LAYERS, TEXT_CONTEXT = 64, 2, 2, 448
FRAME_CLASSES = 21  # silence, ten digits in English, ten in German
GUIDE_WEIGHT = 0.25
# (layer, head): cross-attention that is taught where the word is. Head (1, 0) gives faster-whisper's word times;
# openai-whisper averages all heads of layer 1, as for every model loaded from a file.
GUIDED_HEADS = ((0, 0), (1, 0), (1, 1))


class Losses:
    """One step's losses, and the share of digits predicted right."""

    def __init__(self, text: Tensor, guide: Tensor, frame: Tensor, accuracy: Tensor) -> None:
        self.text, self.guide, self.frame, self.accuracy = text, guide, frame, accuracy

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.text + GUIDE_WEIGHT * self.guide + self.frame

    def numbers(self) -> list[float]:
        """Text, guide and frame loss, accuracy."""
        return [float(value.detach()) for value in (self.text, self.guide, self.frame, self.accuracy)]


class Network(nn.Module):
    """Whisper over the compact vocabulary, with a frame classifier on the encoder and visible cross-attention."""

    def __init__(self, vocabulary: CompactVocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        # The embedding of 8 tokens is a placeholder for the compact one.
        self.whisper = Whisper(
            ModelDimensions(MEL_BINS, CONTEXT, WIDTH, HEADS, LAYERS, 8, TEXT_CONTEXT, WIDTH, HEADS, LAYERS)
        )
        self.embedding = CompactEmbedding(vocabulary, WIDTH)
        decoder = self.whisper.decoder
        decoder.token_embedding = self.embedding
        # Fixed sinusoids: positions beyond the training texts stay sane.
        decoder.positional_embedding = nn.Parameter(sinusoids(TEXT_CONTEXT, WIDTH) * 0.1, requires_grad=False)
        # Telling the digit of each frame teaches the encoder to hear; from the text alone it learns far too slowly.
        self.frame_classifier = nn.Linear(WIDTH, FRAME_CLASSES)
        self.register_buffer("unused_bias", vocabulary.unused_bias())
        self.attention: dict[int, Tensor] = {}  # layer -> (batch, heads, tokens, frames)
        for layer, block in enumerate(decoder.blocks):
            self._watch(block.cross_attn, layer)

    def _watch(self, attention: MultiHeadAttention, layer: int) -> None:
        """Make a cross-attention keep its weights; openai-whisper's own gives none that can be trained."""

        def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, None]:
            def split(part: Tensor) -> Tensor:  # (batch, time, width) -> (batch, heads, time, width / heads)
                return part.view(*part.shape[:2], attention.n_head, -1).transpose(1, 2)

            query, key, value = split(query), split(key), split(value)
            scale = query.shape[-1] ** -0.5
            weights = F.softmax(query @ key.transpose(2, 3) * scale, -1)
            self.attention[layer] = weights
            return (weights @ value).transpose(1, 2).flatten(2), None

        attention.qkv_attention = attend

    def encode(self, mel: Tensor, offsets: Sequence[int]) -> Tensor:
        """Encoder over windows (batch, 80, 2 * frames) at their places in the context: (batch, frames, width)."""
        encoder = self.whisper.encoder
        sound = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).transpose(1, 2)
        frames = sound.shape[1]
        positions = [encoder.positional_embedding[offset : offset + frames] for offset in offsets]
        sound = sound + torch.stack(positions)
        for block in encoder.blocks:
            sound = block(sound)
        encoded: Tensor = encoder.ln_post(sound)
        return encoded

    def losses(self, batch: Batch) -> Losses:
        """Losses of a batch."""
        sound = self.encode(batch.mel, batch.offsets)
        self.attention.clear()
        logits: Tensor = self.whisper.decoder(batch.tokens, sound) + self.unused_bias
        text = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED)
        seen = [(self.attention[layer][:, head] * batch.attention).sum(-1) for layer, head in GUIDED_HEADS]
        guide = -torch.stack([(part + 1e-5).log()[batch.guided].mean() for part in seen]).mean()
        frame = F.cross_entropy(self.frame_classifier(sound).flatten(0, 1), batch.labels.flatten())
        words = batch.guided & (batch.targets >= 0) & (batch.targets < self.vocabulary.unused_id)
        right = (logits.detach().argmax(-1) == batch.targets)[words]
        return Losses(text, guide, frame, right.float().mean())

    def save(self, path: Path) -> None:
        """Write a checkpoint (float16, full vocabulary) that `whisper.load_model` takes."""
        state = {
            name: value
            for name, value in self.whisper.state_dict().items()
            if not name.startswith("decoder.token_embedding")
        }
        state["decoder.token_embedding.weight"] = self.embedding.full_table()
        dims = asdict(self.whisper.dims) | {"n_vocab": VOCABULARY_SIZE}
        content = io.BytesIO()
        torch.save({"dims": dims, "model_state_dict": {k: v.half() for k, v in state.items()}}, content)
        write_atomically(path, content.getvalue())
