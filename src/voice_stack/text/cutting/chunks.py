"""Chunks: pieces of text that an engine speaks in one go, with the pause that follows each."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from voice_stack.language.codes import base_code
from voice_stack.text.cutting.cuts import comma, cut, finish, full_stop, join, last_mark
from voice_stack.text.cutting.opening import cut_opening, spoken_length
from voice_stack.text.cutting.sentences import split_paragraphs, split_sentences
from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S, check_pause, natural_pause, split_pauses
from voice_stack.text.markup.spans import Pause

SMALLEST_LIMIT = 10
# Very short sentences as a share of the limit, which is itself a measure of how much speech a character stands for: 250
# letters of English say about as much as 82 Chinese characters.
_SHORT_SHARE = 12
# Each of the first chunks may be so many times as long as the one before it: it is made while that one is heard.
_GROWTH = 2


@dataclass(frozen=True)
class Chunk:
    """A piece of text that is spoken in one go, and the pause behind it.

    Attributes:
        text: ends with punctuation; empty only when the input begins with a pause.
        pause_after_s: silence behind it, in seconds; 0 behind the last chunk unless the text asks for more, and where a
            sentence without a mark in that place was cut.
    """

    text: str
    pause_after_s: float


@dataclass(frozen=True)
class Opening:
    """Shape of the beginning, when somebody waits for its first sound.

    Attributes:
        target: characters that the first chunk should have, as `spoken_length` counts; the next ones may be twice as
            long each.
        anywhere: True where the first sentence may also be cut without a mark.
    """

    target: int = 80
    anywhere: bool = False


@dataclass(frozen=True)
class _Sizes:
    target: int
    limit: int
    short: int


@dataclass(frozen=True)
class _Unit:
    """A sentence or a part of one, with its punctuation.

    Attributes:
        opens: cut off from the first sentence, so that nothing is packed to it.
        seamless: cut off where the sentence has no mark, so that no pause follows.
    """

    text: str
    opens: bool = False
    seamless: bool = False


def chunk(text: str, language: str, *, target: int = 180, limit: int, opening: Opening | None = None) -> list[Chunk]:
    """Cut a text into chunks.

    Sentences are packed to about `target` characters, very short ones with a neighbour even beyond it. Nothing is
    packed across a paragraph or a pause mark. A sentence over the limit is cut at clauses, spaces, or anywhere. Each
    chunk ends with punctuation: what ends a sentence without any gets the language's full stop, what was cut off gets
    its comma. Pieces without anything to speak (only punctuation or pictures) are left out.

    Args:
        text: may hold pause marks such as `[pause:1.5s]` and `[pause:300ms]`, whose length is kept exactly.
        language: ISO 639-1 code, with or without a region.
        target: characters that a chunk should have.
        limit: characters that no chunk may exceed; at least SMALLEST_LIMIT.
        opening: makes the first chunk a short one; None: the first is like the others.

    Raises:
        InvalidRequestError: a pause longer than `pauses.MAX_PAUSE_S`.
        ValueError: a size out of range.
    """
    parts = [Pause(part) if isinstance(part, float) else part for part in split_pauses(text)]
    return chunk_parts(parts, language, target=target, limit=limit, opening=opening)


def chunk_parts(
    parts: Sequence[str | Pause], language: str, *, target: int = 180, limit: int, opening: Opening | None = None
) -> list[Chunk]:
    """Cut a text into chunks that comes in parts, with pauses between them; as `chunk` otherwise.

    Raises:
        InvalidRequestError: pauses in one place add up to more than `pauses.MAX_PAUSE_S`.
        ValueError: a size out of range.
    """
    if limit < SMALLEST_LIMIT or target < 1 or (opening and opening.target < 1):
        raise ValueError(f"sizes out of range: {target=}, {limit=} (at least {SMALLEST_LIMIT}), {opening=}")
    base = base_code(language)
    sizes = _Sizes(target=min(target, limit), limit=limit, short=max(limit // _SHORT_SHARE, 2))
    chunks: list[Chunk] = []
    pause_is_asked_for = False
    for part, following in pairwise([*parts, ""]):
        if isinstance(part, Pause):
            before = chunks.pop() if chunks else Chunk("", 0.0)
            asked = before.pause_after_s + part.seconds if pause_is_asked_for else part.seconds
            chunks.append(Chunk(before.text, check_pause(asked)))
            pause_is_asked_for = True
            continue
        goes_on = isinstance(following, Pause) and not following.ends_sentence
        begins = None if any(c.text for c in chunks) else opening
        if spoken := _chunk_part(part, base, sizes, opening=begins, goes_on=goes_on):
            chunks += spoken
            pause_is_asked_for = False
    if chunks and not pause_is_asked_for:
        chunks[-1] = Chunk(chunks[-1].text, 0.0)
    return chunks


def _chunk_part(text: str, language: str, sizes: _Sizes, *, opening: Opening | None, goes_on: bool) -> list[Chunk]:
    """The chunks of a text without pauses; `goes_on` when one comes behind it that ends no sentence."""
    chunks: list[Chunk] = []
    paragraphs = split_paragraphs(text)
    for number, paragraph in enumerate(paragraphs, start=1):
        begins = None if chunks else opening
        open_end = goes_on and number == len(paragraphs)
        units = _pack(_units(paragraph, language, sizes, opening=begins, open_end=open_end), sizes, begins)
        if units:
            chunks += [
                Chunk(unit.text, 0.0 if unit.seamless else natural_pause(last_mark(unit.text))) for unit in units[:-1]
            ]
            chunks.append(Chunk(units[-1].text, PARAGRAPH_PAUSE_S))
    return chunks


def _units(paragraph: str, language: str, sizes: _Sizes, *, opening: Opening | None, open_end: bool) -> Iterator[_Unit]:
    """Sentences and parts of sentences, none over the limit."""
    sentences = [sentence for sentence in split_sentences(paragraph, language) if _is_speakable(sentence)]
    for number, sentence in enumerate(sentences, start=1):
        # A pause inside a sentence: the voice should stay up.
        stop = comma(language) if open_end and number == len(sentences) else full_stop(language)
        parts = [finish(sentence, stop)]
        if opening and number == 1:
            parts = _openings(parts[0], opening, language)
        for part_number, part in enumerate(parts, start=1):
            pieces = [part] if len(part) <= sizes.limit else cut(part, sizes.limit - 1, language)
            for piece in filter(_is_speakable, pieces):
                finished = finish(piece, comma(language))
                yield _Unit(finished, opens=part_number < len(parts), seamless=finished != piece)


def _openings(sentence: str, opening: Opening, language: str) -> list[str]:
    """The first sentence with its opening cut off; and the one after that, where a clause of it ends in time."""
    first, *rest = cut_opening(sentence, opening.target, language, anywhere=opening.anywhere)
    if not rest or not opening.anywhere:
        return [first, *rest]
    return [first, *cut_opening(rest[0], opening.target * _GROWTH, language, anywhere=False)]


def _pack(units: Iterator[_Unit], sizes: _Sizes, opening: Opening | None) -> list[_Unit]:
    packed: list[_Unit] = []
    for unit in units:
        if packed and not packed[-1].opens:
            before = packed[-1]
            joined = join(before.text, unit.text)
            short = min(len(before.text), len(unit.text)) < sizes.short
            if len(joined) <= sizes.limit and _fits(joined, len(packed) - 1, short, sizes, opening):
                packed[-1] = _Unit(joined, seamless=unit.seamless)
                continue
        packed.append(unit)
    return packed


def _fits(text: str, index: int, short: bool, sizes: _Sizes, opening: Opening | None) -> bool:
    """True for a text that may be the chunk in this place; `short` when a very short sentence would stand alone."""
    if opening:
        goal = opening.target * int(_GROWTH**index)
        if goal < sizes.target:
            return spoken_length(text) <= (goal * 3 // 2 if short else goal)
    return short or len(text) <= sizes.target


def _is_speakable(text: str) -> bool:
    return any(c.isalnum() or unicodedata.category(c) in ("Sc", "Sm") for c in text)
