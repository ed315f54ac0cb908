"""RTTM, the text format of NIST's for who speaks when: written and read."""

import math
import re
from collections.abc import Iterable
from typing import Final

from voice_stack.core.errors import InvalidRequestError
from voice_stack.speaker.diarization.turns import Turn

MIME: Final = "text/plain; charset=utf-8"
_FIELDS: Final = 9
_SHOWN: Final = 60
# Other kinds of lines that the format has; they say nothing of turns.
_PASSED: Final = frozenset(
    ["SPKR-INFO", "LEXEME", "NON-LEX", "NON-SPEECH", "NOSCORE", "NO_RT_METADATA", "SEGMENT", "FILLER", "EDIT", "IP"]
) | {"SU", "CB", "A/P"}


def to_rttm(turns: Iterable[Turn], recording: str) -> str:
    """A line for each turn: `SPEAKER recording 1 start duration <NA> <NA> speaker confidence <NA>`.

    Names with white space in them have underscores there, as the format's fields are parted by it.

    Args:
        recording: its name.
    """
    return "".join(
        f"SPEAKER {_field(recording)} 1 {turn.start:.3f} {turn.end - turn.start:.3f} <NA> <NA> {_field(turn.speaker)} "
        f"{'<NA>' if turn.confidence is None else f'{turn.confidence:.3f}'} <NA>\n"
        for turn in turns
    )


def from_rttm(text: str, recording: str | None = None) -> list[Turn]:
    """Turns of an RTTM, in order of their starts. Comments (`;;`) and lines of other kinds are passed over.

    Args:
        recording: name of the one whose turns are wanted; None: the only one that it is about.

    Raises:
        InvalidRequestError: it is none; the message has the number of the line.
    """
    turns: list[Turn] = []
    recordings: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0].startswith(";;") or fields[0] in _PASSED:
            continue
        if fields[0] != "SPEAKER":
            raise _fault(number, f"begins with {fields[0][:_SHOWN]!r}, not with SPEAKER")
        if not _FIELDS <= len(fields) <= _FIELDS + 1:
            raise _fault(number, f"has {len(fields)} fields, not {_FIELDS} or {_FIELDS + 1}")
        start, seconds = _number(fields[3], number, "start"), _number(fields[4], number, "duration")
        if start < 0 or seconds < 0:
            raise _fault(number, "has a start or duration below 0")
        if recording is not None and fields[1] != recording:
            continue
        recordings.setdefault(fields[1], number)
        if len(recordings) > 1:
            raise _fault(
                number, f"is about {fields[1][:_SHOWN]!r}, those before about {next(iter(recordings))[:_SHOWN]!r}"
            )
        sure = None if fields[8] == "<NA>" else min(1.0, max(0.0, _number(fields[8], number, "confidence")))
        turns.append(Turn(start, start + seconds, fields[7], sure))
    if not turns:
        raise InvalidRequestError("The RTTM has no line SPEAKER of this recording.", param="rttm")
    return sorted(turns, key=lambda turn: (turn.start, turn.end))


def _field(text: str) -> str:
    return re.sub(r"\s+", "_", text.strip()) or "<NA>"


def _number(text: str, number: int, what: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise _fault(number, f"has {text[:_SHOWN]!r} for its {what}, which is no number") from error
    if not math.isfinite(value):
        raise _fault(number, f"has {text[:_SHOWN]!r} for its {what}, which is not finite")
    return value


def _fault(number: int, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"Line {number} of the RTTM {what}.", param="rttm")
