"""Speech plan: what an engine speaks for a text, piece by piece, with the pauses in between.

A text is parsed to spans once. The spans then go through `STAGES`, each of which takes spans and gives spans, and what
comes out at the end is put into units:

    text -> parse_text -> pronounce -> normalise_spans -> mark_pauses -> cut_spans -> units
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from voice_stack.text.markup.pauses import mark_breaks, split_pauses
from voice_stack.text.markup.spans import Pause, Span, TextSpan, sections
from voice_stack.text.markup.ssml import is_ssml, parse_ssml
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.text.pronunciation.stand_ins import StandIns
from voice_stack.text.stages.context import CutWordError, PlanContext, PlanLimits
from voice_stack.text.stages.cut import cut_spans
from voice_stack.text.stages.marks import mark_pauses
from voice_stack.text.stages.normalise import normalise_spans
from voice_stack.text.stages.pronounce import pronounce

__all__ = ["Plan", "PlanLimits", "Unit", "check_text", "parse_text", "plan_speech"]

Stage = Callable[[Sequence[Span], PlanContext], list[Span]]

# The order matters: rules read words that are pronounced as words, and pause marks as what they are; only what is
# written out is cut.
_TO_WORDS: tuple[Stage, ...] = (pronounce, normalise_spans, mark_pauses)
_TO_PIECES: tuple[Stage, ...] = (cut_spans,)
STAGES = (*_TO_WORDS, *_TO_PIECES)


@dataclass(frozen=True, slots=True)
class Unit:
    """Words that are spoken in one go, and the pause behind them.

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
class Plan:
    """Words of a whole text, and the units that they are spoken in.

    Attributes:
        text: all of it in words, paragraphs parted by an empty line, with pauses that were asked for as marks.
        units: in order; empty when there is nothing to say.
    """

    text: str
    units: tuple[Unit, ...]


def parse_text(text: str) -> list[Span]:
    """The spans of a text: plain, or SSML; both may hold pause marks such as `[pause:1.5s]`, and a plain
    one breaks of SSML.

    Raises:
        InvalidRequestError: malformed SSML, with line and column.
        UnsupportedError: SSML that is not supported, with line and column.
    """
    return parse_ssml(text) if is_ssml(text) else [TextSpan(mark_breaks(text))]


def check_text(text: str) -> list[Span]:
    """The spans of a text that can be planned, as far as it can be told at once.

    Raises:
        InvalidRequestError: malformed SSML, with line and column; or a pause that is too long.
        UnsupportedError: SSML that is not supported, with line and column.
    """
    spans = parse_text(text)
    for span in spans:
        if isinstance(span, TextSpan):
            split_pauses(span.text)
    return spans


def plan_speech(spans: Sequence[Span], language: str, limits: PlanLimits, *, lexicon: Lexicon, phonemes: bool) -> Plan:
    """Units that an engine speaks for the spans of a text.

    Args:
        spans: by `parse_text` or `check_text`.
        language: ISO 639-1 code, with or without a region.
        phonemes: whether the engine takes IPA. Otherwise words are respelled where the lexicon says how, and a
            `<phoneme>` speaks its text.

    Raises:
        InvalidRequestError: a pause that is too long.
        ValueError: a limit out of range.
    """
    words = StandIns[Pronounced]("\n".join(span.text for span in spans if isinstance(span, TextSpan)))
    context = PlanContext(language, limits, lexicon, phonemes, words)
    try:
        return _plan(spans, context)
    except CutWordError:
        return _plan(spans, replace(context, phonemes=False, words=StandIns(None)))


def _plan(spans: Sequence[Span], context: PlanContext) -> Plan:
    said = _through(_TO_WORDS, spans, context)
    return Plan(_shown(said, context), tuple(_units(_through(_TO_PIECES, said, context), context)))


def _through(stages: Sequence[Stage], spans: Sequence[Span], context: PlanContext) -> Sequence[Span]:
    for stage in stages:
        spans = stage(spans, context)
    return spans


def _shown(spans: Sequence[Span], context: PlanContext) -> str:
    """The spans as a text, with pauses as marks."""
    parts = (
        f"[pause:{part.seconds:g}s]"
        if isinstance(part, Pause)
        else "".join(piece.text for piece in context.pronounced("".join(span.text for span in part))).strip()
        for part in sections(spans)
    )
    return " ".join(parts)


def _units(spans: Sequence[Span], context: PlanContext) -> list[Unit]:
    """A unit for each text, with the pause behind it; and one for a pause at the beginning."""
    units: list[Unit] = []
    for span in spans:
        if isinstance(span, TextSpan):
            units.append(Unit(context.pronounced(span.text), span.rate, span.gain_db))
        elif units:
            units[-1] = replace(units[-1], pause_after_s=span.seconds)
        else:
            units.append(Unit((), pause_after_s=span.seconds))
    return units
