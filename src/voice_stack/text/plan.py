"""The speech plan: what an engine speaks for a text, piece by piece, with the pauses in between."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from voice_stack.text.cutting.chunks import Chunk, chunk_parts
from voice_stack.text.cutting.cuts import comma, finish, last_mark
from voice_stack.text.markup.pauses import PAUSE_MARK, natural_pause, split_pauses
from voice_stack.text.markup.say_as import say_as
from voice_stack.text.markup.spans import Pause, Span, TextSpan
from voice_stack.text.markup.ssml import is_ssml, parse_ssml
from voice_stack.text.normalisation.pipeline import normalise, normalise_pieces
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.text.pronunciation.stand_ins import StandIns

# Tags and entities of HTML and pause marks are no words, whatever stands in the lexicon.
_NO_WORDS = re.compile(rf"{PAUSE_MARK.pattern}|</?[a-z][^<>]{{0,1000}}>|&#?\w{{1,31}};", re.IGNORECASE)
# What is written against the front of a word, at the end of what comes before it.
_OPENING = re.compile(r"(?:(?<=\s)[^\w\s]+|[(\[{「『（【《〈“‘„«‹¿¡]+)$")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is spoken in one go, and the pause behind it.

    Attributes:
        parts: the words; empty for a pause alone.
        rate: factor on the request's own speed.
        gain_db: level relative to the rest; minus infinity is silence of the same length.
        pause_after_s: seconds of silence behind it.
    """

    parts: tuple[Pronounced, ...]
    rate: float = 1.0
    gain_db: float = 0.0
    pause_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """How long units are, in characters; see `text.chunks.chunk`.

    Attributes:
        limit: what the engine can speak in one go; at least `text.chunks.SMALLEST_LIMIT`.
        target: about what a unit should have.
        first_target: about what the first one should have, so that speech starts soon.
    """

    limit: int
    target: int = 180
    first_target: int = 80


@dataclass(frozen=True, slots=True)
class Plan:
    """How a text is spoken.

    Attributes:
        text: all of it in words, paragraphs parted by an empty line, with pauses that were asked for as marks.
        units: in order; empty when there is nothing to say.
    """

    text: str
    units: tuple[Unit, ...]


def check_text(text: str) -> None:
    """See that a text can be planned, as far as it can be told at once.

    Raises:
        InvalidRequestError: malformed SSML, with line and column; or a pause that is too long.
        UnsupportedError: SSML that is not supported, with line and column.
    """
    for span in _spans(text):
        if isinstance(span, TextSpan):
            split_pauses(span.text)


def plan_speech(text: str, language: str, limits: PlanLimits, *, lexicon: Lexicon, phonemes: bool) -> Plan:
    """Turn a text into what an engine speaks.

    Args:
        text: plain text, or SSML; both may hold pause marks such as `[pause:1.5s]`.
        language: ISO 639-1 code, with or without a region.
        phonemes: whether the engine takes IPA. Otherwise words are respelled where the lexicon says how, and a
            `<phoneme>` speaks its text.

    Raises:
        InvalidRequestError: malformed SSML, with line and column; or a pause that is too long.
        UnsupportedError: SSML that is not supported, with line and column.
        ValueError: a limit out of range.
    """
    spans = _spans(text)
    words = StandIns[Pronounced]("\n".join(span.text for span in spans if isinstance(span, TextSpan)))
    try:
        return _Planner(language, limits, lexicon, words, phonemes=phonemes).plan(spans)
    except _CutWordError:
        return _Planner(language, limits, lexicon, None, phonemes=False).plan(spans)


def _spans(text: str) -> list[Span]:
    return parse_ssml(text) if is_ssml(text) else [TextSpan(text)]


@dataclass(frozen=True, slots=True)
class _Style:
    rate: float = 1.0
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where the style changes: behind so many letters and digits of the whole text."""

    letters: int
    style: _Style


class _CutWordError(Exception):
    """A stand-in did not come through whole: it stood in a run of letters longer than half the limit, or in front of
    an accent."""


class _Planner:
    """Plans one text. With no `words` to stand in for others it does without pronunciations in IPA."""

    def __init__(
        self, language: str, limits: PlanLimits, lexicon: Lexicon, words: StandIns[Pronounced] | None, *, phonemes: bool
    ) -> None:
        self._language = language
        self._limits = limits
        self._lexicon = lexicon
        self._words = words
        self._phonemes = phonemes
        self._respelled: dict[str, str] = {}
        self._comma = comma(language.replace("_", "-").split("-", 1)[0].lower())

    def plan(self, spans: Sequence[Span]) -> Plan:
        parts: list[str | Pause] = []
        turns: list[_Turn] = []
        letters = 0
        style = _Style()
        for is_pause, group in groupby(spans, key=lambda span: isinstance(span, Pause)):
            if is_pause:
                parts += [span for span in group if isinstance(span, Pause)]
                continue
            pieces = self._section([span for span in group if isinstance(span, TextSpan)])
            parts += [
                Pause(part) if isinstance(part, float) else part
                for part in split_pauses("".join(text for _, text in pieces))
            ]
            for piece_style, text in pieces:
                count = sum(map(str.isalnum, PAUSE_MARK.sub("", text)))
                if count and piece_style != style:
                    style = piece_style
                    turns.append(_Turn(letters, style))
                letters += count
        limits = self._limits
        chunks = chunk_parts(
            parts, self._language, target=limits.target, limit=limits.limit, first_target=limits.first_target
        )
        if self._count(part for part in parts if isinstance(part, str)) != self._count(c.text for c in chunks):
            raise _CutWordError
        shown = (f"[pause:{part.seconds:g}s]" if isinstance(part, Pause) else self._shown(part) for part in parts)
        return Plan(" ".join(shown), tuple(self._units(chunks, turns)))

    def _section(self, spans: Sequence[TextSpan]) -> list[tuple[_Style, str]]:
        """What is between two pauses, normalised, in pieces of one style."""
        styles: list[_Style] = []
        written: list[str] = []
        for span in spans:
            style, text = _Style(span.rate, span.gain_db), self._written(span)
            if styles and styles[-1] == style:
                written[-1] += text
                continue
            if written:  # The rules read on best where a piece begins with a word.
                bare = text.lstrip()
                written[-1] += text[: len(text) - len(bare)]
                text = bare
            styles.append(style)
            written.append(text)
        pieces = normalise_pieces(written, self._language)
        if self._words is not None:
            if not all(map(self._words.is_whole, pieces)):
                raise _CutWordError
            # What is too long to stay in one piece may be cut like any text.
            pieces = [
                self._words.write_out(piece, lambda held: held.text if self._is_long(held) else None)
                for piece in pieces
            ]
        return list(zip(styles, pieces, strict=True))

    def _is_long(self, held: Pronounced) -> bool:
        return len(held.text) > self._limits.limit // 2

    def _written(self, span: TextSpan) -> str:
        """A span's text with stand-ins in the place of what is pronounced or read in its own way."""
        core = span.text.strip()
        before, _, after = span.text.partition(core) if core else (span.text, "", "")
        if span.say_as is not None:
            said = say_as(core, span.say_as, span.say_as_format, self._language)
            return f"{before}{self._hold(Pronounced(said), core) if said else ''}{after}"
        if span.phoneme is not None and self._phonemes:
            return f"{before}{self._hold(Pronounced(core, span.phoneme), core)}{after}"
        text, done = "", 0
        for match in _NO_WORDS.finditer(span.text):
            text += self._looked_up(span.text[done : match.start()]) + match.group()
            done = match.end()
        return text + self._looked_up(span.text[done:])

    def _looked_up(self, text: str) -> str:
        """A text with the lexicon's words held."""
        pieces: list[str] = []
        for piece, entry in self._lexicon.matches(text, self._language):
            if entry is not None and entry.ipa and self._phonemes:
                pieces.append(self._hold(Pronounced(piece, entry.ipa), piece))
            elif entry is not None and entry.say:
                if entry.say not in self._respelled:
                    self._respelled[entry.say] = normalise(entry.say, self._language)
                pieces.append(self._hold(Pronounced(self._respelled[entry.say]), piece))
            else:
                pieces.append(piece)
        return "".join(pieces)

    def _hold(self, held: Pronounced, like: str) -> str:
        length = 0 if self._is_long(held) else len(held.text)
        word = self._words.put(held, like, length) if self._words is not None else None
        return held.text if word is None else word

    def _count(self, texts: Iterable[str]) -> int:
        """How many stand-ins there are."""
        if self._words is None:
            return 0
        return sum(not isinstance(part, str) for text in texts for part in self._words.split(text))

    def _shown(self, text: str) -> str:
        return "".join(part.text for part in self._pronounced(text)).strip()

    def _units(self, chunks: Sequence[Chunk], turns: Sequence[_Turn]) -> Iterator[Unit]:
        """The chunks, cut where the style changes: without a pause, unless the text has a mark there."""
        style = _Style()
        ahead = deque(turns)
        spoken = 0
        for chunk in chunks:
            letters = [at for at, c in enumerate(chunk.text) if c.isalnum()]
            done = 0
            while ahead and ahead[0].letters < spoken + len(letters):
                turn = ahead.popleft()
                if turn.letters > spoken:
                    at = _start_of_word(chunk.text, letters[turn.letters - spoken])
                    piece = chunk.text[done:at].strip()
                    pause = natural_pause(last_mark(piece))
                    yield self._unit(finish(piece, self._comma), style, pause)
                    done = at
                style = turn.style
            spoken += len(letters)
            if chunk.text:
                yield self._unit(chunk.text[done:].strip(), style, chunk.pause_after_s)
            elif chunk.pause_after_s:
                yield Unit((), pause_after_s=chunk.pause_after_s)

    def _unit(self, text: str, style: _Style, pause_after_s: float) -> Unit:
        return Unit(self._pronounced(text), style.rate, style.gain_db, pause_after_s)

    def _pronounced(self, text: str) -> tuple[Pronounced, ...]:
        """A text in pieces that are spoken one way."""
        parts: list[Pronounced] = []
        for part in self._words.split(text) if self._words is not None else [text] if text else []:
            piece = Pronounced(part) if isinstance(part, str) else part
            if parts and parts[-1].ipa is None and piece.ipa is None:
                piece = Pronounced(parts.pop().text + piece.text)
            parts.append(piece)
        return tuple(parts)


def _start_of_word(text: str, letter: int) -> int:
    """Where a word begins of which a letter is given that it may begin with: brackets and quotes that open belong to
    it, what closes belongs to the one before."""
    match = _OPENING.search(text, 0, letter)
    return match.start() if match else letter
