"""Timed words of a streaming hypothesis."""

import math
from collections.abc import Sequence
from typing import Final

from voice_stack.asr.engines.token_words import WIDE_CHARACTER, WORD
from voice_stack.asr.types import Word

# Longest that a token is taken to last, seconds.
_LONGEST_TOKEN_S: Final = 0.32


def hypothesis_words(
    text: str, tokens: Sequence[str], starts: Sequence[float], logprobs: Sequence[float], begin: float, end: float
) -> list[Word]:
    """The words of a hypothesis, with the times of their tokens.

    A token has the time at which it was written, and its word ends where the next token begins, or as long after its
    last one as tokens last at most. Where text and tokens are not spelled alike (models of bytes), the tokens are
    shared among the characters evenly.

    Args:
        text: as sherpa-onnx joins it.
        tokens: in order of time.
        starts: seconds from `begin`, of each token.
        logprobs: of each token, <= 0; may be empty.
        begin, end: of the sound, seconds: words lie within it.
    """
    text = text.strip()
    if not text or not tokens or len(starts) < len(tokens):
        return []
    if not WIDE_CHARACTER.match(text):
        text = f" {text}"
    pieces = WORD.findall(text)
    owners = [index for index, token in enumerate(tokens) for character in token if not character.isspace()]
    owners = owners or list(range(len(tokens)))
    count = sum(len(piece.strip()) for piece in pieces)
    words: list[Word] = []
    position = 0
    for piece in pieces:
        size = len(piece.strip())
        begins, ends = (place * len(owners) // count for place in (position, position + size))
        first, last = owners[begins], owners[max(begins, ends - 1)]
        position += size
        following = starts[last + 1] if last + 1 < len(tokens) else math.inf
        stop = max(starts[last], min(following, starts[last] + _LONGEST_TOKEN_S))
        own = logprobs[first : last + 1]
        words.append(Word(piece, min(begin + starts[first], end), min(begin + stop, end), _probability(own)))
    return words


def _probability(logprobs: Sequence[float]) -> float | None:
    """The geometric mean of the probabilities; None where there are none."""
    if not logprobs:
        return None
    mean = sum(logprobs) / len(logprobs)
    return math.exp(min(0.0, mean)) if math.isfinite(mean) else 0.0
