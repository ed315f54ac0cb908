"""Scores of pyannote.metrics and meeteval."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voice_stack.speaker.diarization.turns import Turn

COLLARS: Final = {"strict": 0.0, "collar": 0.25}
"""Seconds on each side of a reference's bound that are not scored."""
_PARTS: Final = ("missed detection", "false alarm", "confusion", "total")


@dataclass(slots=True)
class Score:
    """Seconds of errors, and of the reference's speech.

    Attributes:
        found, there: numbers of speakers, for each recording.
    """

    missed: float = 0.0
    false_alarm: float = 0.0
    confusion: float = 0.0
    total: float = 0.0
    counts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Diarization error rate."""
        return (self.missed + self.false_alarm + self.confusion) / (self.total or 1.0)

    def __iadd__(self, other: "Score") -> "Score":
        self.missed += other.missed
        self.false_alarm += other.false_alarm
        self.confusion += other.confusion
        self.total += other.total
        self.counts += other.counts
        return self


def score(reference: Sequence[Turn], found: Sequence[Turn], duration: float, collar: float, *, overlap: bool) -> Score:
    """Errors of one recording.

    Args:
        collar: seconds on each side of a bound.
        overlap: whether what is said at once is scored.
    """
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    # Theirs is the width of both sides.
    metric = DiarizationErrorRate(collar=2 * collar, skip_overlap=not overlap)
    whole = Timeline([Segment(0, duration)])
    parts: Any = metric(_annotation(reference), _annotation(found), uem=whole, detailed=True)
    speakers = len({turn.speaker for turn in found}), len({turn.speaker for turn in reference})
    missed, false_alarm, confusion, total = (float(parts[name]) for name in _PARTS)
    return Score(missed, false_alarm, confusion, total, [speakers])


def word_errors(reference: Mapping[str, str], found: Mapping[str, str]) -> tuple[int, int]:
    """Errors and words of the concatenated minimum-permutation word error rate (meeteval's cpWER)."""
    from meeteval.wer.wer.cp import cp_word_error_rate

    result: Any = cp_word_error_rate(dict(reference), dict(found))
    return int(result.errors), int(result.length)


def by_speaker(words: Iterable[tuple[str, str]]) -> dict[str, str]:
    """All that each speaker says, in order; lower case, without punctuation."""
    texts: dict[str, list[str]] = {}
    for who, text in words:
        plain = re.sub(r"[^\w' ]+", " ", text.lower().replace("’", "'"))
        texts.setdefault(who, []).append(plain)
    return {who: " ".join(" ".join(parts).split()) for who, parts in texts.items()}


def _annotation(turns: Sequence[Turn]) -> Any:
    from pyannote.core import Annotation, Segment

    made = Annotation()
    for number, turn in enumerate(turns):
        made[Segment(turn.start, turn.end), number] = turn.speaker
    return made
