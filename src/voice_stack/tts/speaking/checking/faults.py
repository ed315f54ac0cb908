"""Faults of spoken sentences: their kinds, and the verdict on one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Kinds of faults, the least first: of several attempts the one with the least is taken."""

    CUT = "cut"
    """It ends in the middle of a sound."""
    GAP = "gap"
    """A long silence inside."""
    CLIPPED = "clipped"
    """Its peaks are cut off."""
    TAIL = "tail"
    """Sound after the sentence."""
    LOOP = "loop"
    """A part of it is said again and again."""
    LONG = "long"
    """It takes longer than its text."""
    EXTRA = "extra"
    """Words are heard that are not in the text."""
    FAINT = "faint"
    """It fades away before its end."""
    MISSING = "missing"
    """Words of the text are not heard."""
    SHORT = "short"
    """It takes less time than its text."""
    NOISE = "noise"
    """A long stretch of it is no voice."""
    OTHER = "other"
    """Other words are heard than those of the text, or another language."""
    BROKEN = "broken"
    """Samples that are no numbers, or a constant in the place of a wave."""
    SILENT = "silent"
    """Nothing is heard."""


_ORDER = list(Fault)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Faults that were found in a sentence; none in a good one.

    Attributes:
        faults: without doublets, the worst first.
        listened: whether a recogniser has heard it.
    """

    faults: tuple[Fault, ...] = ()
    listened: bool = False

    @property
    def passed(self) -> bool:
        """True where nothing is wrong."""
        return not self.faults

    @property
    def badness(self) -> tuple[int, ...]:
        """Place in the order of attempts: the smallest is the best."""
        return tuple(_ORDER.index(fault) + 1 for fault in self.faults)


def verdict(faults: Iterable[Fault], *, listened: bool = False) -> Verdict:
    """The verdict that holds these faults."""
    return Verdict(tuple(sorted(set(faults), key=_ORDER.index, reverse=True)), listened)
