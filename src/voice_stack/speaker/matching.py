"""Voices matched with those of the identities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voice_stack.speaker.identity import UNKNOWN, Identity
from voice_stack.speaker.identity_files import IdentityFiles
from voice_stack.speaker.vectors import Embedding


@dataclass(frozen=True, slots=True)
class Match:
    """An identity, and how much a voice is like it.

    Attributes:
        score: similarity, -1 to 1.
        threshold: from which it is taken to be this person.
    """

    id: str
    name: str
    score: float
    threshold: float

    @property
    def is_same(self) -> bool:
        """True where the voice is taken to be this person's."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class Identified:
    """The speaker of a recording.

    Attributes:
        match: the identity; None: nobody who is enrolled.
        candidates: the identities that it is most like, the likest first; the score of whoever is unknown is the first
            one's.
        threshold: similarity from which it is somebody.
        model: engine and model that have heard it.
        speech_s: seconds of speech in the recording.
    """

    match: Match | None
    candidates: tuple[Match, ...]
    threshold: float
    model: str
    speech_s: float

    @property
    def name(self) -> str:
        """Name of the identity, or `unknown`."""
        return UNKNOWN if self.match is None else self.match.name


@dataclass(frozen=True, slots=True)
class _Heard:
    """The voices of all identities as one model has heard them: a row of `matrix` (identities, size) each."""

    of: Mapping[str, Identity]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    matrix: NDArray[np.float32]


class Voices:
    """The voices of the identities, by the model that has heard them, as one matrix. Thread-safe.

    Args:
        files: of the identities.
    """

    def __init__(self, files: IdentityFiles) -> None:
        self._files = files
        self._by_model: dict[str, _Heard] = {}

    def rank(self, vector: Embedding, model: str, threshold: float, most: int) -> list[Match]:
        """The identities that a voice is most like, the likest first.

        Args:
            vector: (size,) float32 of length 1.
            model: that has heard it; identities that it has not heard are not among them.
            threshold: similarity from which it is the same person.
        """
        with self._files.reading() as identities:
            heard = self._heard_by(model, identities)
            if not heard.ids or heard.matrix.shape[1] != len(vector):
                return []
            scores = np.clip(heard.matrix @ np.asarray(vector, np.float32), -1, 1)
            order = np.argsort(-scores, kind="stable")[:most]
            return [Match(heard.ids[at], heard.names[at], float(scores[at]), threshold) for at in order]

    def look_again(self) -> None:
        """Notice what other processes have changed, and drop what they have forgotten."""
        with self._files.reading() as identities:
            if any(heard.of is not identities for heard in self._by_model.values()):
                self.drop()

    def drop(self) -> None:
        """Overwrite the vectors in memory. They are read again when they are needed."""
        with self._files.reading():
            for heard in self._by_model.values():
                heard.matrix.fill(0)
            self._by_model.clear()

    def _heard_by(self, model: str, identities: Mapping[str, Identity]) -> _Heard:
        known = self._by_model.get(model)
        if known is None or known.of is not identities:
            self.drop()
            found = [(one, voice) for one in identities.values() if (voice := one.voice(model)) is not None]
            matrix = np.stack([voice for _, voice in found]) if found else np.zeros((0, 0), np.float32)
            ids, names = tuple(one.id for one, _ in found), tuple(one.name for one, _ in found)
            known = self._by_model[model] = _Heard(identities, ids, names, matrix)
        return known
