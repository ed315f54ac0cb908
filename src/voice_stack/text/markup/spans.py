"""Marked-up speech as a flat sequence: pieces of text with how to say them, and pauses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby


class SayAs(StrEnum):
    """Ways to read a piece of text; the values of SSML's `interpret-as`."""

    CHARACTERS = "characters"
    CARDINAL = "cardinal"
    ORDINAL = "ordinal"
    DIGITS = "digits"
    FRACTION = "fraction"
    UNIT = "unit"
    DATE = "date"
    TIME = "time"
    TELEPHONE = "telephone"
    CURRENCY = "currency"
    ADDRESS = "address"


@dataclass(frozen=True)
class TextSpan:
    """A piece of text that is spoken one way.

    Attributes:
        text: what to say; empty only for a pronunciation that came without a spelling. Spaces at its ends are kept,
            so that the texts of neighbours can be put together.
        rate: speed as a factor of the request's own, 0.25 to 4; 1 is unchanged.
        gain_db: level relative to the request's own, at most 12 dB; minus infinity is silence of the same length.
        phoneme: pronunciation in IPA, for engines that take it; others speak the text.
        say_as: how to read the text, or None for the usual rules.
        say_as_format: detail of that, such as `dmy` for a date; empty when none was given.
    """

    text: str
    rate: float = 1.0
    gain_db: float = 0.0
    phoneme: str | None = None
    say_as: SayAs | None = None
    say_as_format: str = ""


@dataclass(frozen=True)
class Pause:
    """Silence between two pieces of text.

    Attributes:
        seconds: how long.
        ends_sentence: whether what comes before is said to be a whole sentence; otherwise one may go on behind it.
    """

    seconds: float
    ends_sentence: bool = field(default=False, compare=False)


Span = TextSpan | Pause


def sections(spans: Sequence[Span]) -> Iterator[Pause | list[TextSpan]]:
    """The spans in order: each pause by itself, all text between two pauses in one list."""
    for _, group in groupby(spans, key=lambda span: isinstance(span, Pause)):
        texts: list[TextSpan] = []
        for span in group:
            if isinstance(span, Pause):
                yield span
            else:
                texts.append(span)
        if texts:
            yield texts
