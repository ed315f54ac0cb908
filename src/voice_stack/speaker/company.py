"""More than one speaker in a recording, told by the vectors of its stretches."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SpeechSpan
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.vectors import Embedding, similarity, unit

_STRETCH_S: Final = 1.6
_HOP_S: Final = 0.8
_SHORTEST_S: Final = 0.7
# Pauses up to this do not end a stretch.
_PAUSE_S: Final = 0.25
_MOST_GROUPS: Final = 4
# One stretch alone tells less than several: it must differ by so much more.
_LONE: Final = 0.2
# Of a longer recording so many stretches are heard, evenly spread.
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A second and a half of speech, and who speaks it.

    Attributes:
        start, end: seconds.
    """

    start: float
    end: float
    vector: Embedding


@dataclass(frozen=True, slots=True)
class Company:
    """The two groups of a recording's stretches that differ most.

    Attributes:
        similarity: of the two groups' voices, -1 to 1; 1 where there are too few stretches to tell.
        minor_s: seconds of speech, about, in the smaller group.
        stretches: in order of time.
        in_minor: for each, whether it is of the smaller group.
    """

    similarity: float
    minor_s: float
    stretches: tuple[Stretch, ...]
    in_minor: tuple[bool, ...]


def company(clip: AudioClip, spans: Sequence[SpeechSpan], encoder: SpeakerEncoder) -> Company:
    """Two groups of voices in a recording, which are one voice's where their similarity is high.

    Stretches never reach over a pause, where speakers change. Groups by average linkage of the cosine.

    Args:
        clip: at 16,000 Hz.
        spans: its speech.

    Raises:
        EngineUnavailableError: there is no model to tell speakers by.
        EngineError: the network failed.
    """
    places = _places(spans, clip.sample_rate)
    if len(places) > _MOST:
        places = [places[at] for at in np.linspace(0, len(places) - 1, _MOST).astype(int)]
    stretches = tuple(Stretch(start, end, encoder.embed_speech(clip.slice(start, end))) for start, end in places)
    if len(stretches) < 2:
        return Company(1.0, 0.0, stretches, (False,) * len(stretches))
    vectors = np.stack([stretch.vector for stretch in stretches])
    found: list[tuple[float, float, Company]] = []
    for groups in _partitions(vectors):
        whole = [group for group in groups if len(group) > 1]
        pairs = list(combinations(whole, 2)) or ([(groups[0], groups[1])] if len(groups) == 2 else [])
        for pair in pairs:
            minor, major = sorted(pair, key=len)
            alike = similarity(unit(vectors[minor].mean(axis=0)), unit(vectors[major].mean(axis=0)))
            seconds = sum(min(stretches[at].end - stretches[at].start, _HOP_S) for at in minor)
            inside = tuple(at in minor for at in range(len(stretches)))
            found.append(
                (alike + (_LONE if len(minor) == 1 else 0.0), alike, Company(alike, seconds, stretches, inside))
            )
    return min(found, key=lambda one: one[:2])[2]


def _places(spans: Sequence[SpeechSpan], rate: int) -> list[tuple[float, float]]:
    """Start and end of the stretches, seconds."""
    joined: list[tuple[float, float]] = []
    for span in spans:
        start, end = span.start / rate, span.end / rate
        if joined and start - joined[-1][1] <= _PAUSE_S and end - joined[-1][0] <= _STRETCH_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    places: list[tuple[float, float]] = []
    for start, end in joined:
        if end - start < _SHORTEST_S:
            continue
        starts = np.arange(start, max(start, end - _STRETCH_S) + 1e-6, _HOP_S)
        places += [(float(at), min(float(at) + _STRETCH_S, end)) for at in starts]
    return places


def _partitions(vectors: NDArray[np.float32]) -> list[list[list[int]]]:
    """Groups by average linkage, as numbers of vectors: two of them, and three and four where there are so many.

    A cough is a group of its own before two voices are: so more than two groups are looked at.
    """
    alike = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(alike, -np.inf)
    members = [[number] for number in range(len(vectors))]
    partitions = []
    for left in range(len(vectors), 1, -1):
        if left <= _MOST_GROUPS:
            partitions.append([list(group) for group in members if group])
        one, other = sorted(int(at) for at in np.unravel_index(int(alike.argmax()), alike.shape))
        sizes = len(members[one]), len(members[other])
        merged = (alike[one] * sizes[0] + alike[other] * sizes[1]) / sum(sizes)
        alike[one] = alike[:, one] = merged
        alike[other] = alike[:, other] = alike[one, one] = -np.inf
        members[one] += members[other]
        members[other] = []
    return partitions
