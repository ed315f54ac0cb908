"""Turns out of tracks whose speakers are known: who speaks in each frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.speaker.diarization.tracks import FRAME_S, Track, Window, runs
from voice_stack.speaker.diarization.turns import Turn

# Overlap of more than two is told by nobody well.
_AT_ONCE: Final = 2
# A difference of so much between two voices' similarities makes one e times likelier than the other.
_SHARPNESS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Placing:
    """Parameters of the re-segmentation, chosen by measurement; see docs/diarization.md.

    Attributes:
        pause_s: a pause up to this in a speaker's speech does not end a turn.
        shortest_s: a turn shorter than this is none.
        change: what a change of speakers costs, in frames of certainty: the higher, the fewer turns.
    """

    pause_s: float = 0.5
    shortest_s: float = 0.1
    change: float = 5.0


def turns_of(
    windows: Sequence[Window],
    tracks: Sequence[Track],
    whose: Sequence[int | None],
    voices: NDArray[np.float64],
    placing: Placing,
) -> list[Turn]:
    """Turns of speakers, who are called by their numbers, in order of their starts.

    In every frame as many speak as the windows over it say on average, two at most: those who do by most windows, the
    change of whom costs something (Viterbi's path over the one who speaks most).

    Args:
        whose: number of the speaker of each track; None for nobody's.
        voices: (speakers, size).
    """
    count = max((window.start + len(window.speakers) for window in windows), default=0)
    if not count or not len(voices):
        return []
    covered, speaking = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for window in windows:
        where = slice(window.start, window.start + len(window.speakers))
        covered[where] += 1
        speaking[where] += window.speakers
    active, likely = _evidence(count, tracks, whose, voices)
    at_once = np.rint(speaking / np.maximum(covered, 1)).astype(int)
    at_once = np.minimum(at_once, np.minimum(_AT_ONCE, (active > 0).sum(axis=0)))
    share: NDArray[np.float32] = (active / np.maximum(covered, 1)).astype(np.float32)
    chosen = _chosen(share, at_once, placing.change)
    weight = np.maximum(active, 1e-9)
    found: list[Turn] = []
    for speaker, where in enumerate(chosen):
        sure = likely[speaker] / weight[speaker]
        for first, last in _closed(runs(where), placing):
            said = where[first:last]
            confidence = float(np.clip(sure[first:last][said].mean(), 0.0, 1.0))
            found.append(Turn(round(first * FRAME_S, 3), round(last * FRAME_S, 3), str(speaker), round(confidence, 3)))
    return sorted(found, key=lambda turn: (turn.start, turn.end))


def _evidence(
    count: int, tracks: Sequence[Track], whose: Sequence[int | None], voices: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each speaker and frame: in how many windows that one speaks, and the sum of how likely it is that one."""
    active = np.zeros((len(voices), count), np.float32)
    likely = np.zeros((len(voices), count), np.float32)
    for track, speaker in zip(tracks, whose, strict=True):
        if speaker is None or track.vector is None:
            continue
        where = slice(track.start, track.start + len(track.active))
        scores = (voices @ np.asarray(track.vector, np.float64)) / _SHARPNESS
        odds = np.exp(scores - scores.max())
        active[speaker, where] += track.active
        likely[speaker, where] += track.active * np.float32(odds[speaker] / odds.sum())
    return active, likely


def _chosen(share: NDArray[np.float32], at_once: NDArray[np.int64], change: float) -> NDArray[np.bool_]:
    """Speech of each speaker: (speakers, frames)."""
    chosen = np.zeros(share.shape, np.bool_)
    frames = np.arange(share.shape[1])
    first = _path(share, change)
    chosen[first, frames] = at_once > 0
    rest = share.copy()
    rest[first, frames] = -1.0
    second = rest.argmax(axis=0)
    both = (at_once > 1) & (rest[second, frames] > 0)
    chosen[second[both], frames[both]] = True
    # The path may lead over a frame in which its speaker is not heard at all: then nobody of the windows is.
    return chosen & (share > 0)


def _path(share: NDArray[np.float32], change: float) -> NDArray[np.int64]:
    """The speaker of each frame, as to have most of the windows and few changes."""
    if len(share) == 1:
        return np.zeros(share.shape[1], np.int64)
    # Frames that are as the one before make one step: it changes the path at their borders at most.
    firsts = np.flatnonzero(np.concatenate([[True], (np.diff(share, axis=1) != 0).any(axis=0)]))
    lengths = np.diff(np.concatenate([firsts, [share.shape[1]]]))
    return np.repeat(_steps(share[:, firsts] * lengths, change), lengths)


def _steps(share: NDArray[np.floating], change: float) -> NDArray[np.int64]:
    speakers, frames = share.shape
    came = np.zeros((frames, speakers), np.int8)
    score = share[:, 0].astype(np.float64)
    everyone = np.arange(speakers)
    for frame in range(1, frames):
        best = int(score.argmax())
        jump = score[best] - change
        stays = score >= jump
        came[frame] = np.where(stays, everyone, best)
        score = np.where(stays, score, jump) + share[:, frame]
    path = np.zeros(frames, np.int64)
    path[-1] = int(score.argmax())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path


def _closed(found: Sequence[tuple[int, int]], placing: Placing) -> list[tuple[int, int]]:
    """Stretches of a speaker without short pauses, and none that is too short."""
    joined: list[tuple[int, int]] = []
    for first, last in found:
        if joined and (first - joined[-1][1]) * FRAME_S <= placing.pause_s:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return [(first, last) for first, last in joined if (last - first) * FRAME_S >= placing.shortest_s]
