"""Loops: a decoder that says the same again and again."""

from collections.abc import Sequence
from typing import Final

# Longest phrase that is looked at, in tokens.
_LONGEST: Final = 24
# A phrase counts as a loop when its repetitions are so many, and so many tokens together.
_TIMES: Final = 3
_TOKENS: Final = 12


def loop_begin(tokens: Sequence[int]) -> int | None:
    """Position behind the first of the repetitions that a sequence ends with; None where it does not end in a loop.

    People do say "no, no, no": so three repetitions are a loop only of phrases, and of a word it takes twelve.
    """
    for period in range(1, min(_LONGEST, len(tokens) // _TIMES) + 1):
        times = max(_TIMES, -(-_TOKENS // period))
        length = period * times
        if length > len(tokens):
            continue
        tail = tokens[-length:]
        if all(tail[index] == tail[index % period] for index in range(period, length)):
            return len(tokens) - length + period
    return None
