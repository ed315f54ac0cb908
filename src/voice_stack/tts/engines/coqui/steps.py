"""The passes of XTTS's language model for several rows at once, of different lengths.

Rows are padded on the left and masked there, so that each is computed as it would be alone, up to the rounding of sums
in another order. Imports transformers.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import DynamicCache
from transformers.generation.logits_process import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from voice_stack.tts.engines.coqui.options import CoquiOptions

# coqui-tts tells transformers that the text before the sound consists of this token, which is punished as repeated.
_PREFIX_TOKEN: Final = 1


@dataclass(slots=True, eq=False)
class Row:
    """An utterance.

    Attributes:
        prefix: (positions, channels): voice and text.
        tokens: audio tokens so far.
        ready: of these, with their latents, what the reader has not taken yet.
    """

    prefix: torch.Tensor
    limit: int
    tokens: list[int] = field(default_factory=list)
    ready: deque[tuple[int, torch.Tensor]] = field(default_factory=deque)
    over: bool = False
    error: Exception | None = None

    @property
    def cached(self) -> int:
        """Positions whose keys and values the cache holds once the row has a token: all but that of the last one."""
        return len(self.prefix) + len(self.tokens)


class GptSteps:
    """Computes the next audio token of rows. The keys and values of rows are in caches, which the caller holds.

    Args:
        gpt: the `gpt` of a loaded `Xtts`.
        options: how tokens are drawn, from torch's own generator.
    """

    def __init__(self, gpt: Any, options: CoquiOptions) -> None:
        self._gpt = gpt
        self._shape: Any = LogitsProcessorList(_processors(options))  # typed for LongTensor, which nothing makes

    def begin(self, rows: Sequence[Row]) -> Any:
        """Draw the next token of rows that are in no cache, with or without tokens so far; a cache with them."""
        prefixes = [self._embedded(row) for row in rows]
        cache = DynamicCache()
        padded = pad_sequence(prefixes, batch_first=True, padding_side="left")
        self._draw(rows, self._forward(padded, cache, [len(prefix) for prefix in prefixes]))
        return cache

    def go_on(self, rows: Sequence[Row], cache: Any) -> None:
        """Draw the next token of the rows that are in a cache, in its order."""
        device = rows[0].prefix.device
        tokens = torch.tensor([row.tokens[-1:] for row in rows], device=device)
        positions = torch.tensor([[len(row.tokens)] for row in rows], device=device)
        embedded = self._gpt.mel_embedding(tokens) + self._gpt.mel_pos_embedding.emb(positions)
        self._draw(rows, self._forward(embedded, cache, [row.cached + 1 for row in rows]))

    def _forward(self, embedded: torch.Tensor, cache: Any, lengths: Sequence[int]) -> torch.Tensor:
        """Latents of the last position, (rows, channels).

        Args:
            embedded: (rows, positions, channels).
            lengths: positions of each row, with those in the cache; what is left of them is padding.
        """
        ends = torch.tensor(lengths, device=embedded.device)[:, None]
        total = embedded.shape[1] + cache.get_seq_length()
        mask = torch.arange(total, device=embedded.device)[None] >= total - ends
        told = self._gpt.gpt(
            inputs_embeds=embedded, attention_mask=mask, past_key_values=cache, use_cache=True, return_dict=True
        )
        latents: torch.Tensor = self._gpt.final_norm(told.last_hidden_state[:, -1])
        return latents

    def _embedded(self, row: Row) -> torch.Tensor:
        """Voice, text and tokens of a row so far: (positions, channels)."""
        said = torch.tensor([self._gpt.start_audio_token, *row.tokens], device=row.prefix.device)
        return torch.cat([row.prefix, self._gpt.mel_embedding(said) + self._gpt.mel_pos_embedding(said[None])])

    def _draw(self, rows: Sequence[Row], latents: torch.Tensor) -> None:
        """Draw the next token of each row, from its latent."""
        if not torch.isfinite(latents).all():  # at these a GPU ends the whole process's work
            raise FloatingPointError("The language model gives numbers that are none.")
        start = self._gpt.start_audio_token
        longest = max(len(row.tokens) for row in rows)
        said = [[_PREFIX_TOKEN] * (longest + 1 - len(row.tokens)) + [start, *row.tokens] for row in rows]
        scores = self._shape(torch.tensor(said, device=latents.device), self._gpt.mel_head(latents).float())
        drawn = torch.multinomial(torch.softmax(scores, dim=-1), num_samples=1)[:, 0].tolist()
        for index, (row, token) in enumerate(zip(rows, drawn, strict=True)):
            row.tokens.append(token)
            row.ready.append((token, latents[index : index + 1]))
            row.over = row.over or token == self._gpt.stop_audio_token or len(row.tokens) >= row.limit


def merged(one: Any, other: Any) -> Any:
    """A cache with the rows of two; the shorter one is padded on the left. The first may be None."""
    if one is None:
        return other
    total = max(one.get_seq_length(), other.get_seq_length())
    return DynamicCache(
        [
            (
                torch.cat([_padded(keys, total), _padded(more_keys, total)]),
                torch.cat([_padded(values, total), _padded(more_values, total)]),
            )
            for (keys, values, *_), (more_keys, more_values, *_) in zip(one, other, strict=True)
        ]
    )


def selected(cache: Any, indexes: Sequence[int], length: int) -> Any:
    """A cache with some rows of another, of as many positions."""
    chosen = list(indexes)
    return DynamicCache([(keys[chosen, :, -length:], values[chosen, :, -length:]) for keys, values, *_ in cache])


def _processors(options: CoquiOptions) -> Iterator[Any]:
    """Those that transformers' `generate` applies, in its order."""
    if options.repetition_penalty != 1:
        yield RepetitionPenaltyLogitsProcessor(options.repetition_penalty)
    if options.temperature != 1:
        yield TemperatureLogitsWarper(options.temperature)
    yield TopKLogitsWarper(options.top_k)
    if options.top_p < 1:
        yield TopPLogitsWarper(options.top_p)


def _padded(states: torch.Tensor, length: int) -> torch.Tensor:
    """(rows, heads, positions, width) with zeros on the left."""
    return torch.nn.functional.pad(states, (0, 0, length - states.shape[2], 0))
