"""Script of a speech: which voice says what, and in which passages the result is told of.

Plain text is one passage. `[voice:NAME]` begins another voice; a dialogue has a voice for each of its lines; and where
the times of sentences are wanted, each sentence of the text is a passage of its own.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from voice_stack.core.errors import InvalidRequestError, VoiceStackError
from voice_stack.language.codes import base_code
from voice_stack.text.cutting.cuts import last_mark
from voice_stack.text.cutting.sentences import split_paragraphs, split_sentences
from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S, PAUSE_MARK, natural_pause
from voice_stack.text.markup.spans import Span
from voice_stack.text.markup.ssml import is_ssml
from voice_stack.text.plan import Plan, Unit, check_text

MOST_TURNS: Final = 500
MOST_VOICES: Final = 20
_NAME: Final = r"[^\[\]\n]{1,200}"
_TAG: Final = re.compile(rf"\[voice:\s*({_NAME}?)\s*\]", re.IGNORECASE)
_LINE: Final = re.compile(rf"^[ \t]*\[\s*(?!pause\b|voice:)({_NAME}?)\s*\]\s*:[ \t]*", re.IGNORECASE | re.MULTILINE)


_MARK: Final = f"(?i:{PAUSE_MARK.pattern})"
_SENTENCE_PAUSE: Final = re.compile(rf"[.!?…。！？][\"'”’»)\]]*\s*(?:{_MARK}\s*)+")
_MARK_BEFORE_SIGN: Final = re.compile(rf"\s*{_MARK}\s*(?=[,.;:!?])")


@dataclass(frozen=True, slots=True)
class Turn:
    """Text that a voice says.

    Attributes:
        voice: a name of OpenAI's, of the engine's or of the library; empty for the request's own.
        text: plain, or SSML.
        where: of a dialogue, what to call it in an error: `Line 3`.
        gap_s: seconds of silence behind it where its text asks for none.
    """

    voice: str
    text: str
    where: str = ""
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a script with one voice.

    Attributes:
        turn: whose it is, with the voice's name.
        spans: of its text.
        text: as it was written, without marks; None where only the words that are spoken can be told.
        gap_s: seconds of silence behind it where its text asks for none.
    """

    turn: Turn
    spans: tuple[Span, ...]
    text: str | None
    gap_s: float


def dialogue_lines(text: str, gap_s: float) -> tuple[Turn, ...]:
    """Turns of a text with lines `[name]: words`; what follows without a name belongs to the one before.

    Raises:
        InvalidRequestError: no line has a name, or one says nothing.
    """
    matches = list(_LINE.finditer(text))
    if not matches:
        raise InvalidRequestError(
            "A dialogue has lines such as `[alloy]: Hello.`; none of these begins so.", param="input"
        )
    found = (
        [Turn("", text[: matches[0].start()].strip(), "Line 1", gap_s)] if text[: matches[0].start()].strip() else []
    )
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for match, end in zip(matches, ends, strict=True):
        where = f"Line {text.count(chr(10), 0, match.start()) + 1}"
        found.append(Turn(match[1], text[match.end() : end].strip(), where, gap_s))
    return checked_turns(found)


def checked_turns(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The same turns, when they are such as can be spoken; the last has no gap.

    Raises:
        InvalidRequestError: there are too many, or one says nothing.
    """
    if len(turns) > MOST_TURNS:
        raise InvalidRequestError(f"A dialogue has {MOST_TURNS} lines at most, not {len(turns)}.", param="dialogue")
    for turn in turns:
        if not turn.text.strip():
            raise InvalidRequestError(f"{turn.where}: it says nothing.", param="dialogue")
    return (*turns[:-1], replace(turns[-1], gap_s=0.0))


def passages_of(turns: Sequence[Turn], voice: str, *, sentences: str | None) -> list[Passage]:
    """The passages of a speech, in order.

    Args:
        voice: of turns that name none.
        sentences: language by whose rules each sentence becomes a passage; None where they need not be told apart.

    Raises:
        InvalidRequestError: malformed SSML, a pause that is too long, or too many voices.
        UnsupportedError: SSML that is not supported.
    """
    found: list[Passage] = []
    for turn in turns:
        with_voice = replace(turn, voice=turn.voice or voice)
        for part in _tagged(with_voice):
            with named(part):
                found += _passages(part, sentences)
    voices = {passage.turn.voice for passage in found}
    if len(voices) > MOST_VOICES:
        raise InvalidRequestError(f"A speech has {MOST_VOICES} voices at most, not {len(voices)}.", param="input")
    return found


def joined(passages: Sequence[Passage], plan: Callable[[int, Passage], Plan]) -> tuple[list[Unit], list[int]]:
    """The units of all passages, and the number of the passage of each.

    Args:
        plan: makes the plan of a passage, given its number.
    """
    units: list[Unit] = []
    owners: list[int] = []
    for number, passage in enumerate(passages):
        own = list(plan(number, passage).units)
        if own and number < len(passages) - 1 and not own[-1].pause_after_s:
            own[-1] = replace(own[-1], pause_after_s=passage.gap_s)
        units += own
        owners += [number] * len(own)
    return units, owners


@contextlib.contextmanager
def named(turn: Turn) -> Iterator[None]:
    """Have errors inside of the `with` block say which line of a dialogue they are about."""
    try:
        yield
    except VoiceStackError as error:
        if turn.where and not error.message.startswith(turn.where):
            error.message = f"{turn.where}: {error.message}"
            error.args = (error.message,)
        raise


def _tagged(turn: Turn) -> Iterator[Turn]:
    """A turn in parts, cut at its tags `[voice:NAME]`."""
    if is_ssml(turn.text) or not _TAG.search(turn.text):
        yield turn
        return
    voice, begin = turn.voice, 0
    for match in [*_TAG.finditer(turn.text), None]:
        text = turn.text[begin : match.start() if match else None]
        if text.strip():
            is_last = match is None or not turn.text[match.end() :].strip()
            yield Turn(voice, text, turn.where, turn.gap_s if is_last else gap_after(text))
        if match:
            voice, begin = match[1], match.end()


def _passages(turn: Turn, sentences: str | None) -> Iterator[Passage]:
    if is_ssml(turn.text):
        yield Passage(turn, tuple(check_text(turn.text)), None, turn.gap_s)
        return
    check_text(turn.text)  # before it is cut: pauses in one place add up
    if sentences is None:
        yield Passage(turn, tuple(check_text(turn.text)), None, turn.gap_s)
        return
    paragraphs = split_paragraphs(turn.text)
    for at, paragraph in enumerate(paragraphs):
        parts = _sentences(paragraph, base_code(sentences))
        for number, part in enumerate(parts):
            ends_turn = at == len(paragraphs) - 1 and number == len(parts) - 1
            ends_paragraph = number == len(parts) - 1
            gap = turn.gap_s if ends_turn else PARAGRAPH_PAUSE_S if ends_paragraph else natural_pause(last_mark(part))
            yield Passage(turn, tuple(check_text(part)), _written(part), gap)


def _sentences(paragraph: str, language: str) -> list[str]:
    """The sentences of a paragraph, each with the pauses behind it."""
    ends = [match.end() for match in _SENTENCE_PAUSE.finditer(paragraph)]
    parts: list[str] = []
    for begin, end in pairwise([0, *ends, len(paragraph)]):
        for part in split_sentences(paragraph[begin:end], language) if paragraph[begin:end].strip() else []:
            if (parts and not any(map(str.isalnum, PAUSE_MARK.sub("", part)))) or (parts and not _written(parts[-1])):
                parts[-1] = f"{parts[-1]} {part}"
            else:
                parts.append(part)
    return parts


def _written(text: str) -> str:
    """A text without the marks in it."""
    return " ".join(PAUSE_MARK.sub(" ", _MARK_BEFORE_SIGN.sub("", text)).split())


def gap_after(text: str) -> float:
    """Seconds of pause that the end of a text asks for."""
    return PARAGRAPH_PAUSE_S if "\n\n" in text[len(text.rstrip()) :] else natural_pause(last_mark(text))
