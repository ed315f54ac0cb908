"""Chunks: pieces of text that an engine speaks in one go, with the pause that follows each."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from voice_stack.language.codes import base_code
from voice_stack.text.cutting.cuts import clause_ends, comma, cut, finish, full_stop, join, last_mark
from voice_stack.text.cutting.sentences import split_paragraphs, split_sentences
from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S, check_pause, natural_pause, split_pauses
from voice_stack.text.markup.spans import Pause

SMALLEST_LIMIT = 10
# The first chunk and very short sentences as shares of the limit, which is itself a measure of how much speech
# a character stands for: 250 letters of English say about as much as 82 Chinese characters.
_FIRST_SHARE = 3
_SHORT_SHARE = 12


@dataclass(frozen=True)
class Chunk:
    """A piece of text that is spoken in one go, and the pause behind it.

    Attributes:
        text: ends with punctuation; empty only when the input begins with a pause.
        pause_after_s: silence behind it, in seconds; 0 behind the last chunk unless the text asks for more.
    """

    text: str
    pause_after_s: float


@dataclass(frozen=True)
class _Sizes:
    target: int
    limit: int
    first: int
    short: int


def chunk(text: str, language: str, *, target: int = 180, limit: int, first_target: int = 80) -> list[Chunk]:
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
        first_target: characters that the first chunk should have, so that speech starts soon; no more than a third
            of the limit counts.

    Raises:
        InvalidRequestError: a pause longer than `pauses.MAX_PAUSE_S`.
        ValueError: a size out of range.
    """
    parts = [Pause(part) if isinstance(part, float) else part for part in split_pauses(text)]
    return chunk_parts(parts, language, target=target, limit=limit, first_target=first_target)


def chunk_parts(
    parts: Sequence[str | Pause], language: str, *, target: int = 180, limit: int, first_target: int = 80
) -> list[Chunk]:
    """Cut a text into chunks that comes in parts, with pauses between them; as `chunk` otherwise.

    Raises:
        InvalidRequestError: pauses in one place add up to more than `pauses.MAX_PAUSE_S`.
        ValueError: a size out of range.
    """
    if limit < SMALLEST_LIMIT or target < 1 or first_target < 1:
        raise ValueError(f"sizes out of range: {target=}, {limit=} (at least {SMALLEST_LIMIT}), {first_target=}")
    base = base_code(language)
    sizes = _Sizes(
        target=min(target, limit),
        limit=limit,
        first=min(first_target, max(limit // _FIRST_SHARE, SMALLEST_LIMIT)),
        short=max(limit // _SHORT_SHARE, 2),
    )
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
        if spoken := _chunk_part(part, base, sizes, first=not any(c.text for c in chunks), goes_on=goes_on):
            chunks += spoken
            pause_is_asked_for = False
    if chunks and not pause_is_asked_for:
        chunks[-1] = Chunk(chunks[-1].text, 0.0)
    return chunks


def _chunk_part(text: str, language: str, sizes: _Sizes, *, first: bool, goes_on: bool) -> list[Chunk]:
    """The chunks of a text without pauses; `goes_on` when one comes behind it that ends no sentence."""
    chunks: list[Chunk] = []
    paragraphs = split_paragraphs(text)
    for number, paragraph in enumerate(paragraphs, start=1):
        begins = first and not chunks
        open_end = goes_on and number == len(paragraphs)
        texts = _pack(_units(paragraph, language, sizes, begins=begins, open_end=open_end), sizes, begins=begins)
        if texts:
            chunks += [Chunk(piece, natural_pause(last_mark(piece))) for piece in texts[:-1]]
            chunks.append(Chunk(texts[-1], PARAGRAPH_PAUSE_S))
    return chunks


def _units(paragraph: str, language: str, sizes: _Sizes, *, begins: bool, open_end: bool) -> list[str]:
    """Sentences and parts of sentences, none over the limit, each with its punctuation."""
    sentences = [sentence for sentence in split_sentences(paragraph, language) if _is_speakable(sentence)]
    units: list[str] = []
    for number, sentence in enumerate(sentences, start=1):
        # A pause inside a sentence: the voice should stay up.
        stop = comma(language) if open_end and number == len(sentences) else full_stop(language)
        finished = finish(sentence, stop)
        for part in _cut_first(finished, sizes.first) if begins and number == 1 else [finished]:
            pieces = [part] if len(part) <= sizes.limit else cut(part, sizes.limit - 1, language)
            units += [finish(piece, comma(language)) for piece in pieces if _is_speakable(piece)]
    return units


def _cut_first(sentence: str, target: int) -> list[str]:
    """The first sentence with its opening clause cut off, when it is long and has one of about the target's length."""
    if len(sentence) <= target * 5 // 4:
        return [sentence]
    smallest = target // 4
    ends = [at for at in clause_ends(sentence, target * 3 // 2) if smallest <= at <= len(sentence) - smallest]
    if not ends:
        return [sentence]
    within = [at for at in ends if at <= target]
    at = max(within) if within else min(ends)
    return [sentence[:at].strip(), sentence[at:].strip()]


def _pack(units: list[str], sizes: _Sizes, *, begins: bool) -> list[str]:
    texts: list[str] = []
    for unit in units:
        if texts:
            joined = join(texts[-1], unit)
            is_first = begins and len(texts) == 1
            short = min(len(texts[-1]), len(unit)) < sizes.short
            goal, most = (sizes.first, sizes.first * 3 // 2) if is_first else (sizes.target, sizes.limit)
            if len(joined) <= (min(most, sizes.limit) if short else goal):
                texts[-1] = joined
                continue
        texts.append(unit)
    return texts


def _is_speakable(text: str) -> bool:
    return any(c.isalnum() or unicodedata.category(c) in ("Sc", "Sm") for c in text)
