"""Loops: a decoder that says the same again and again."""

from collections.abc import Sequence
from typing import Final

# Longest phrase that is looked at, in tokens.
_LONGEST: Final = 24
# A phrase counts as a loop when its repetitions are so many, and so many tokens together.
_TIMES: Final = 3
_TOKENS: Final = 12


# So short a stretch of speech is often heard as the same word several times; faster than this nobody says them.
_SHORT_S: Final = 1.0
_WORDS_PER_S: Final = 4.0


def without_echoes(words: Sequence[tuple[str, float]], speech_s: float) -> list[tuple[str, float]]:
    """Words without those that only repeat the one before, where there are more than so short a speech has room for.

    Args:
        words: each with its probability.
        speech_s: seconds of speech.
    """
    if speech_s >= _SHORT_S or len(words) <= speech_s * _WORDS_PER_S:
        return list(words)
    return [word for index, word in enumerate(words) if not index or bare(word[0]) != bare(words[index - 1][0])]


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


def bare(word: str) -> str:
    """The letters and figures of a word, in lower case."""
    return "".join(character for character in word.lower() if character.isalnum())
