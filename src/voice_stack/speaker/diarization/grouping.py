"""Tracks grouped by voice: how many speakers there are, and whose each track is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.speaker.diarization.tracks import Track
from voice_stack.speaker.diarization.turns import SpeakerBounds

# The table of similarities is quadratic in what it compares: of a long recording, so many tracks are first merged into
# small groups that nobody doubts.
_BLOCK: Final = 1200
_DOUBTLESS: Final = 0.8
_SHRUNK: Final = 0.9
_EQUAL: Final = 1e-9
# What a second of speech counts for in likeness, where two tracks want one speaker.
_LENGTH_TELLS: Final = 0.2
# Rounds of giving the tracks to the speakers and telling the voices again, at most.
_ROUNDS: Final = 3
# Weight of a second of speech that is too short to tell who there is.
_BRIEF: Final = 0.1


@dataclass(frozen=True, slots=True)
class Grouping:
    """Parameters of the clustering, chosen by measurement; see docs/diarization.md.

    Attributes:
        apart: similarity, -1 to 1, below which two groups are two speakers.
        smallest: share of the speech, 0 to 1, below which a group is no speaker of its own.
        long_s: seconds of speech from which a track counts for who there is; shorter ones only join.
    """

    apart: float = 0.5
    smallest: float = 0.02
    long_s: float = 1.0


Vectors = NDArray[np.float64]
"""(count, size)."""
Weights = NDArray[np.float64]
"""(count,): seconds of speech."""
Merge = tuple[float, int, int]
"""Similarity of two groups, and their numbers; the second goes into the first."""


def speakers_of(tracks: Sequence[Track], bounds: SpeakerBounds, grouping: Grouping) -> tuple[Vectors, list[int | None]]:
    """Voices of the speakers, and for each track whose it is.

    Average linkage of the cosine says how many there are; then the tracks of a window are given to different speakers,
    as like to them as can be, and the voices told again from what they were given.

    Returns:
        (speakers, size), each of length 1; and the number of a speaker for each track, None for those without a vector.
    """
    known = [number for number, track in enumerate(tracks) if track.vector is not None]
    whose: list[int | None] = [None] * len(tracks)
    if not known:
        return np.zeros((0, 0)), whose
    vectors = np.stack([np.asarray(tracks[number].vector, np.float64) for number in known])
    weights = np.array([tracks[number].seconds for number in known])
    long = weights >= min(grouping.long_s, float(weights.max()))
    # Somebody who is never heard for long is somebody all the same where so many are asked for.
    if long.sum() < bounds.least:
        long = np.ones(len(known), bool)
    voices = _voices(vectors[long], weights[long], bounds, grouping)
    windows = np.array([tracks[number].window for number in known])
    given = np.zeros(len(known), int)
    for _ in range(_ROUNDS):
        before = given.copy()
        given = _given(vectors @ voices.T, windows, weights)
        voices = _means(vectors, weights * np.where(long, 1.0, _BRIEF), given, voices)
        if (given == before).all():
            break
    for number, speaker in zip(known, given, strict=True):
        whose[number] = int(speaker)
    return voices, whose


def _voices(vectors: Vectors, weights: Weights, bounds: SpeakerBounds, grouping: Grouping) -> Vectors:
    """The voices of the speakers that there are: (speakers, size), each of length 1."""
    sums, sizes = vectors * weights[:, None], weights
    while len(sums) > _BLOCK:
        parts = [_small_groups(sums[at : at + _BLOCK], sizes[at : at + _BLOCK]) for at in range(0, len(sums), _BLOCK)]
        before = len(sums)
        sums, sizes = (np.concatenate(both) for both in zip(*parts, strict=True))
        if len(sums) > _SHRUNK * before:  # no two of them alike: the heaviest tell who there is
            heaviest = np.argsort(-sizes)[:_BLOCK]
            sums, sizes = sums[heaviest], sizes[heaviest]
    groups = _speakers(sizes, _merges(sums, sizes), bounds, grouping)
    return _unit(np.stack([sums[group].sum(axis=0) for group in groups]))


def _speakers(sizes: Weights, merges: Sequence[Merge], bounds: SpeakerBounds, grouping: Grouping) -> list[list[int]]:
    """The groups that are speakers: those of the level that the bounds and the threshold mean, without the small ones.

    How many large groups there are first grows with the merges and then falls; what is looked for is on the way down.
    """
    smallest = grouping.smallest * float(sizes.sum())
    members = [[number] for number in range(len(sizes))]
    weights = sizes.copy()
    large = int((weights >= smallest).sum())
    best: tuple[int, list[list[int]]] | None = None
    for alike, one, other in (*merges, (-np.inf, 0, 0)):
        groups = [list(members[number]) for number in np.flatnonzero(weights >= smallest)]
        if best is None or large >= bounds.least or large > best[0]:
            best = large, groups
        if alike == -np.inf or (alike < grouping.apart and large <= bounds.most):
            break
        large -= int(weights[one] >= smallest) + int(weights[other] >= smallest)
        weights[one] += weights[other]
        weights[other] = -1.0
        large += int(weights[one] >= smallest)
        members[one] += members[other]
        members[other] = []
    assert best is not None  # the loop runs once at least
    return best[1] or [max(members, key=len)]


def _merges(sums: Vectors, sizes: Weights) -> list[Merge]:
    """All merges by average linkage of the cosine, the most alike first.

    The mean of the cosines between the members of two groups is the product of the groups' mean vectors.
    """
    count = len(sums)
    means = sums / sizes[:, None]
    sizes = sizes.copy()
    alike = means @ means.T
    np.fill_diagonal(alike, -np.inf)
    nearest = alike.argmax(axis=1)
    highest = alike.max(axis=1)
    merges: list[Merge] = []
    for _ in range(count - 1):
        one = int(highest.argmax())
        other = int(nearest[one])
        one, other = min(one, other), max(one, other)
        merges.append((float(alike[one, other]), one, other))
        share = sizes[one] / (sizes[one] + sizes[other])
        row = share * alike[one] + (1.0 - share) * alike[other]
        sizes[one] += sizes[other]
        row[[one, other]] = -np.inf
        row[~np.isfinite(row)] = -np.inf
        alike[one], alike[:, one] = row, row
        alike[other], alike[:, other] = -np.inf, -np.inf
        highest[other] = -np.inf
        # Who was nearest to either is so to what they make, unless that is less alike: only then all are looked at.
        near = (nearest == one) | (nearest == other) | (row > highest)
        kept = near & (row >= highest - _EQUAL)
        nearest[kept], highest[kept] = one, row[kept]
        for number in {int(number) for number in np.flatnonzero(near & ~kept)} | {one}:
            nearest[number] = int(alike[number].argmax())
            highest[number] = alike[number, nearest[number]]
    return merges


def _small_groups(sums: Vectors, sizes: Weights) -> tuple[Vectors, Weights]:
    """Sums and sizes of the groups that nobody doubts."""
    sums, sizes = sums.copy(), sizes.copy()
    for alike, one, other in _merges(sums, sizes):
        if alike < _DOUBTLESS:
            break
        sums[one] += sums[other]
        sizes[one] += sizes[other]
        sizes[other] = 0.0
    return sums[sizes > 0], sizes[sizes > 0]


def _given(alike: NDArray[np.float64], windows: NDArray[np.int64], weights: Weights) -> NDArray[np.int64]:
    """A speaker for each track, to the tracks of one window different ones where there are enough: the surest first,
    which are those that are most like a speaker and heard for long."""
    given: NDArray[np.int64] = alike.argmax(axis=1)
    speakers = alike.shape[1]
    for window in np.unique(windows):
        rows = np.flatnonzero(windows == window)
        if len(set(given[rows])) == len(rows) or len(rows) > speakers:
            continue
        table = alike[rows] + _LENGTH_TELLS * np.minimum(weights[rows], 1.0)[:, None]
        for _ in rows:
            row, speaker = np.unravel_index(int(table.argmax()), table.shape)
            given[rows[row]] = speaker
            table[row], table[:, speaker] = -np.inf, -np.inf
    return given


def _means(vectors: Vectors, weights: Weights, given: NDArray[np.int64], voices: Vectors) -> Vectors:
    told = voices.copy()
    for speaker in range(len(voices)):
        mine = given == speaker
        if mine.any():
            told[speaker] = (vectors[mine] * weights[mine, None]).sum(axis=0)
    return _unit(told)


def _unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float64)
