"""What is counted of a transcript whose truth is known."""

import difflib
from collections import Counter
from dataclasses import dataclass

from benchmarks.listeners import errors, words
from benchmarks.recognition_quality.material import Joined


@dataclass(slots=True)
class Score:
    """Words of a set.

    Attributes:
        wrong: that were heard wrongly, not at all, or too many.
        said: in all.
    """

    wrong: int = 0
    said: int = 0

    def add(self, said: str, heard: str, language: str) -> None:
        wrong, count = errors(said, heard, language)
        self.wrong += wrong
        self.said += count

    @property
    def rate(self) -> float:
        """Word error rate in percent."""
        return 100 * self.wrong / max(self.said, 1)


def lost(whole: Joined, heard: str) -> list[str]:
    """Recordings of which hardly a word was heard at its place."""
    places = [number for number, part in enumerate(whole.parts) for _ in words(part.text)]
    matcher = difflib.SequenceMatcher(None, words(whole.text), words(heard), autojunk=False)
    met = Counter(places[at] for block in matcher.get_matching_blocks() for at in range(block.a, block.a + block.size))
    return [part.name for number, part in enumerate(whole.parts) if met[number] < 0.3 * places.count(number)]


def repeated(said: str, heard: str) -> int:
    """Runs of four words that were heard more often than they were said, of those that were said at all."""

    def runs(text: str) -> list[tuple[str, ...]]:
        found = words(text)
        return [tuple(found[at : at + 4]) for at in range(len(found) - 3)]

    ours, theirs = runs(heard), runs(said)
    return sum(max(0, ours.count(run) - theirs.count(run)) for run in set(theirs))
