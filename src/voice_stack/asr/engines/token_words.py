"""Timed words of a model's tokens, and phrases of words."""

import math
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from voice_stack.asr.types import Segment, Word

_WIDE: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff"
WIDE_CHARACTER: Final = re.compile(f"[{_WIDE}]")
"""A character of a script without blanks."""

WORD: Final = re.compile(rf"\s*[{_WIDE}]|\s*[^\s{_WIDE}]+")
"""A word with the blanks before it: in scripts without any each character is one."""

# Silence between words that ends a segment, seconds.
_PAUSE_S = 0.5
# Longest that a token is taken to last, seconds: the most that a TDT says of one.
_LONGEST_TOKEN_S = 0.32
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
_FRAMES_PER_S = 100
_LOWEST = 1e-10


def timed_words(
    text: str, tokens: Sequence[str], starts: Sequence[float], logprobs: Sequence[float], begin: float, end: float
) -> list[Word]:
    """The words of a text, with the times of their tokens.

    A model tells where a token begins. A word ends where the next token begins, or as long after the beginning of its
    last token as tokens last at most.

    Args:
        text: what onnx-asr made of the tokens: theirs without some of their spaces.
        tokens: in order of time.
        starts: seconds from `begin`, of each token.
        logprobs: of each token, <= 0; may be empty.
        begin, end: of the audio, in seconds from the start of the clip: words lie within it.
    """
    owners = [index for index, token in enumerate(tokens) for character in token if not character.isspace()]
    words: list[Word] = []
    position = 0
    for spelled in text.split():
        own = owners[position : position + len(spelled)]
        position += len(spelled)
        first, last = own[0], own[-1]
        start = begin + max(0.0, starts[first])
        following = starts[last + 1] if last + 1 < len(starts) else math.inf
        stop = begin + max(starts[last], min(following, starts[last] + _LONGEST_TOKEN_S))
        probability = _mean_probability([logprobs[index] for index, _ in groupby(own)]) if logprobs else None
        words.append(Word(f" {spelled}", min(start, end), min(max(start, stop), end), probability))
    return words


def phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Cut words into phrases at the ends of sentences and at pauses."""
    phrase: list[Word] = []
    for word in words:
        if phrase and (phrase[-1].text.endswith(_SENTENCE_ENDS) or word.start - phrase[-1].end >= _PAUSE_S):
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def timed_segment(words: Sequence[Word], offset: float, *, keep_words: bool) -> Segment:
    """A segment of a phrase.

    Args:
        offset: seconds from the start of the clip to the audio that was decoded at once.
    """
    logs = [math.log(max(word.probability, _LOWEST)) for word in words if word.probability is not None]
    return plain_segment(
        "".join(word.text for word in words),
        words[0].start,
        words[-1].end,
        offset,
        words=tuple(words) if keep_words else (),
        avg_logprob=sum(logs) / len(logs) if logs else 0.0,
    )


def plain_segment(
    text: str, start: float, end: float, offset: float, *, words: tuple[Word, ...] = (), avg_logprob: float = 0.0
) -> Segment:
    """A segment of a text."""
    data = text.encode()
    return Segment(
        start=start,
        end=end,
        text=text,
        words=words,
        seek=round(offset * _FRAMES_PER_S),
        avg_logprob=min(0.0, avg_logprob),
        compression_ratio=len(data) / len(zlib.compress(data)),
    )


def _mean_probability(logprobs: Sequence[float]) -> float:
    """The geometric mean of the probabilities; 0 when one of them is no number."""
    mean = sum(logprobs) / len(logprobs)
    return min(1.0, math.exp(min(0.0, mean))) if math.isfinite(mean) else 0.0
