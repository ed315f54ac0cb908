"""Times of words as they were written, from what an engine tells of the words that it spoke."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.audio.recogniser import HeardWord
from voice_stack.text.words import plain_tokens, tokens_of, written_words

# Below this share of words that are the same, what is spoken is not the text that was written.
_LEAST_LIKENESS: Final = 0.5
# Behind a word silence belongs to the pause: dBFS, told in steps of 5 ms.
_SILENCE: Final = 10 ** (-45 / 20)
_STEP_S: Final = 0.005


@dataclass(frozen=True, slots=True)
class SpokenUnit:
    """Sound of a unit, and what its engine tells of it.

    Attributes:
        text: its words as they are spoken.
        begin, end: its first sample and the one behind its last, from any beginning.
        starts: character of the text and sample at which each word begins, or words that are said as one; the samples
            from that beginning.
    """

    text: str
    begin: int
    end: int
    starts: Sequence[tuple[int, int]]


def written_times(
    written: Sequence[str], units: Sequence[SpokenUnit], sound: Samples, rate: int, language: str
) -> tuple[HeardWord, ...] | None:
    """Times of the words of a passage.

    The start of a word is what the engine tells. Its end is the start of the next, or the last sound before that. Words
    that are said as one, and what is written otherwise than it is spoken, share their time by their letters.

    Args:
        written: its words.
        units: all of its units, in order.
        sound: of the passage, (time,) float32; samples of the units count from its first.
        rate: Hz.
        language: ISO 639-1 code.

    Returns:
        Seconds from the first sample of the sound; None where the engine has told nothing, or another text is spoken.
    """
    if not all(unit.starts or not plain_tokens(unit.text) for unit in units):
        return None
    spoken = [token for unit in units for word in _spoken(unit, sound, rate) for token in _parted(word)]
    tokens = [(number, token) for number, word in enumerate(tokens_of(written, language)) for token in word]
    times: dict[int, tuple[float, float]] = {}
    alike = 0
    names = [token for _, token in tokens], [word.text for word in spoken]
    for tag, first, last, begin, end in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if tag == "insert" or first == last or begin == end:
            continue
        alike += (last - first) * (tag == "equal")
        pieces = spoken[begin:end] if tag == "equal" else _shared(names[0][first:last], spoken[begin], spoken[end - 1])
        for (number, _), piece in zip(tokens[first:last], pieces, strict=True):
            start = times.get(number, (piece.start, 0.0))[0]
            times[number] = (start, piece.end)
    if alike < _LEAST_LIKENESS * max(len(tokens), len(spoken)):
        return None
    return tuple(_in_order(written, times))


def _in_order(written: Sequence[str], times: dict[int, tuple[float, float]]) -> Iterator[HeardWord]:
    """All words; one without a sound (a dash) has the time at which the one before it ends."""
    before = min((start for start, _ in times.values()), default=0.0)
    for number, word in enumerate(written):
        start, end = times.get(number, (before, before))
        before = max(end, before)
        yield HeardWord(word, start, end)


def _spoken(unit: SpokenUnit, sound: Samples, rate: int) -> Iterator[HeardWord]:
    """The words of a unit."""
    runs = [word.strip() for word in written_words(unit.text)]
    ends: list[int] = []
    for run in runs:
        ends.append(unit.text.index(run, ends[-1] if ends else 0) + len(run))
    begun = _starts_of(ends, unit.starts)
    known = [number for number, start in enumerate(begun) if start is not None]
    if not known:
        return
    for number, following in zip(known, [*known[1:], len(runs)], strict=True):
        start = min(max(begun[number] or 0, unit.begin), unit.end)
        end = unit.end if following == len(runs) else max(begun[following] or 0, start)
        group = runs[0 if number == known[0] else number : following]
        whole = HeardWord("", start / rate, _last_sound(sound, start, min(end, unit.end), rate) / rate)
        yield from _shared(group, whole, whole)


def _starts_of(ends: Sequence[int], starts: Sequence[tuple[int, int]]) -> list[int | None]:
    """The sample at which each word begins; None for one that is said with the one before it.

    Where espeak-ng begins two words within one and none within the next, the second is the next one's: at times it
    loses count of characters.

    Args:
        ends: character behind each word.
    """
    found: list[list[int]] = [[] for _ in ends]
    number, latest = 0, -1
    for character, sample in starts:
        while number < len(ends) - 1 and character >= ends[number]:
            number += 1
        if sample >= latest:  # it never goes back
            found[number].append(sample)
            latest = sample
    for here, after in pairwise(found):
        if len(here) > 1 and not after:
            after.append(here.pop())
    return [samples[0] if samples else None for samples in found]


def _parted(word: HeardWord) -> list[HeardWord]:
    """The words as they are compared (forty-two are two), which share its time by their letters."""
    return _shared(plain_tokens(word.text), word, word)


def _shared(texts: Sequence[str], first: HeardWord, last: HeardWord) -> list[HeardWord]:
    """Words that share a stretch of time by their letters."""
    edges = np.cumsum([0, *map(len, texts)])
    a_letter = (last.end - first.start) / max(1, int(edges[-1]))
    times = [first.start + float(edge) * a_letter for edge in edges]
    return [HeardWord(text, times[at], times[at + 1]) for at, text in enumerate(texts)]


def _last_sound(sound: Samples, start: int, end: int, rate: int) -> int:
    """The sample behind the last that is heard of a stretch; its end where none is."""
    step = max(1, round(_STEP_S * rate))
    loud = np.flatnonzero(np.abs(sound[start:end]) > _SILENCE)
    return min(end, start + int(loud[-1]) + step) if len(loud) else end
