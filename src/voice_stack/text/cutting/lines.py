"""Lines of a text that can be read as subtitles."""

import re
from collections.abc import Sequence
from typing import Final

from voice_stack.text.cutting.sentences import split_sentences

# Two lines of a subtitle.
_LONGEST_TEXT: Final = 84
_CLAUSE_END: Final = re.compile(r"[,;:、，；：–—]$")


def lines(words: Sequence[str], language: str) -> list[int]:
    """Cut a text into lines that can be read as subtitles: at the ends of sentences, and inside of long ones.

    Args:
        words: of the text.
        language: ISO 639-1 code.

    Returns:
        Number of words of each line.
    """
    ends, position = set(), 0
    for sentence in split_sentences(" ".join(words), language):
        position += len("".join(sentence.split()))
        ends.add(position)
    sentences: list[list[str]] = [[]]
    position = 0
    for word in words:
        sentences[-1].append(word)
        position += len(word)
        if position in ends:
            sentences.append([])
    return [count for sentence in sentences if sentence for count in _folded(sentence)]


def _folded(words: list[str]) -> list[int]:
    """Numbers of words of the lines of a sentence."""
    text = " ".join(words)
    if len(text) <= _LONGEST_TEXT or len(words) < 2:
        return [len(words)]
    position, middle = 0, len(text) / 2
    costs: list[tuple[float, int]] = []
    for index, word in enumerate(words[:-1]):
        position += len(word) + 1
        # A comma further from the middle is a better place than no comma.
        is_clause = _CLAUSE_END.search(word) is not None
        costs.append((abs(position - middle) * (1 if is_clause else 3), index + 1))
    cut = min(costs)[1]
    return [*_folded(words[:cut]), *_folded(words[cut:])]
