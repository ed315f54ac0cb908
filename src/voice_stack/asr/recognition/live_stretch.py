"""Stretches of a turn that a stream hears chunk by chunk: which sound goes to it next, and where a stretch ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voice_stack.asr.recognition.live_turns import VOICED, frames_in, pause_in

# Silence that ends a stretch, so that its last word is not waited for: frames.
_BREAK: Final = frames_in(1.0)
# A pause that a long stretch is cut in, and the silence behind a word that goes with it: frames.
_PAUSE, _TAIL = frames_in(0.16), frames_in(0.1)
# What is decoded at once: frames.
_MOST: Final = frames_in(10.0)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Sound for the stream: the first frames of what it has not had.

    Attributes:
        end: frames.
        is_last: whether the stretch ends behind them.
    """

    end: int
    is_last: bool


def next_chunk(
    speech: Sequence[float], fed: int, quiet: int, *, ended: bool, least: int, soft: int, hard: int
) -> Chunk | None:
    """The chunk to decode next; None while there is too little.

    Args:
        speech: probability of speech of each frame that the stream has not had.
        fed: frames of the stretch that it has had.
        quiet: frames without speech at the end of those.
        ended: nothing more comes.
        least: frames that are worth a decoding.
        soft: frames of a stretch from which it is cut in a pause.
        hard: frames at which it is cut wherever it is quietest.
    """
    count = len(speech)
    most = min(count, _MOST)
    cut = _cut(speech[:most], fed, quiet, soft, hard)
    if cut is not None:
        return Chunk(cut, is_last=True)
    last = max((place for place, one in enumerate(speech) if one >= VOICED), default=-1 - quiet)
    behind = min(count, max(0, last + 1 + _TAIL))
    if count > _MOST:
        return Chunk(_MOST, is_last=False)
    if ended or count - 1 - last > _BREAK:
        return Chunk(behind, is_last=True)
    return Chunk(count, is_last=False) if count >= least else None


def _cut(speech: Sequence[float], fed: int, quiet: int, soft: int, hard: int) -> int | None:
    """The frame to end a long stretch before; None where it is not long, or nobody pauses."""
    earliest, latest = max(1, soft - fed), min(len(speech), max(1, hard - fed))
    if latest < earliest:
        return None
    # A pause may have begun in what was fed: so much of it stands before the frames here.
    before = min(quiet, _PAUSE) if earliest == 1 else 0
    pause = pause_in([0.0] * before + list(speech), earliest - 1, before + latest, _PAUSE)
    if pause is not None:
        return max(1, pause - before)
    if fed + latest < hard:
        return None
    return 1 + min(range(earliest - 1, latest), key=speech.__getitem__)
