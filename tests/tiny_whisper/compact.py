"""A compact vocabulary for training: of Whisper's 51865 tokens only about thirty and the timestamps are ever spoken.

All unused tokens share one embedding row. In the softmax that row stands for all of them (its logit gets
log(count)), so training on the compact vocabulary is exact for the full one. The exported table is nearly all copies
of one row: it packs small. Timestamp rows are a linear map of sinusoids, so moments that were never heard work too.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from whisper.model import sinusoids
from whisper.tokenizer import get_tokenizer

from .clips import DIGITS
from .vocabulary import FIRST_TIMESTAMP, LANGUAGES, TIMESTAMPS, VOCABULARY_SIZE


class CompactVocabulary:
    """Compact ids: the used tokens in the order of their full ids, then one for all unused, then the timestamps."""

    def __init__(self) -> None:
        tokenizer = get_tokenizer(True, num_languages=len(LANGUAGES), language="en", task="transcribe")
        self.words: dict[str, list[list[int]]] = {
            language: [tokenizer.encoding.encode(f" {word}") for word in words] for language, words in DIGITS.items()
        }
        self.languages = {language: tokenizer.to_language_token(language) for language in DIGITS}
        self.start: int = tokenizer.sot
        self.end: int = tokenizer.eot
        self.previous: int = tokenizer.sot_prev
        self.no_speech: int = tokenizer.no_speech
        self.no_timestamps: int = tokenizer.no_timestamps
        self.transcribe: int = tokenizer.transcribe
        self.translate: int = tokenizer.translate
        spoken = {token for words in self.words.values() for word in words for token in word}
        control = {self.start, self.end, self.previous, self.no_speech, self.no_timestamps}
        used = spoken | control | set(self.languages.values()) | {self.transcribe, self.translate}
        self.used: list[int] = sorted(used)
        self._compact = {token: index for index, token in enumerate(self.used)}
        self.unused_id = len(self.used)
        self.timestamp_id = self.unused_id + 1
        self.size = self.timestamp_id + TIMESTAMPS

    def compact(self, token: int) -> int:
        """Compact id of a full one."""
        if token >= FIRST_TIMESTAMP:
            return self.timestamp_id + token - FIRST_TIMESTAMP
        return self._compact.get(token, self.unused_id)

    def unused_bias(self) -> Tensor:
        """What to add to compact logits (size,): the shared row weighs as much as all the tokens it stands for."""
        bias = torch.zeros(self.size)
        bias[self.unused_id] = math.log(VOCABULARY_SIZE - len(self.used) - TIMESTAMPS)
        return bias


class CompactEmbedding(nn.Module):
    """Token embedding over the compact vocabulary; stands in for `TextDecoder.token_embedding` (input and output)."""

    sines: Tensor

    def __init__(self, vocabulary: CompactVocabulary, width: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.rows = nn.Parameter(torch.randn(vocabulary.unused_id + 1, width) * 0.1)
        self.register_buffer("sines", sinusoids(TIMESTAMPS, width))
        self.map = nn.Parameter(torch.eye(width) * 0.1 + torch.randn(width, width) * 0.01)
        self.shift = nn.Parameter(torch.zeros(width))

    @property
    def weight(self) -> Tensor:
        """The compact table (size, width)."""
        return torch.cat([self.rows, self.sines @ self.map + self.shift])

    def forward(self, tokens: Tensor) -> Tensor:
        """Compact ids (batch, tokens) -> embeddings (batch, tokens, width)."""
        return F.embedding(tokens, self.weight)

    def full_table(self) -> Tensor:
        """The table of the whole vocabulary (51865, width)."""
        table = self.weight.detach()
        full = table[self.vocabulary.unused_id].repeat(VOCABULARY_SIZE, 1)
        full[self.vocabulary.used] = table[: self.vocabulary.unused_id]
        full[FIRST_TIMESTAMP:] = table[self.vocabulary.timestamp_id :]
        return full
