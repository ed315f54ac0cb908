"""Tally of the checks of one speech."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from voice_stack.tts.speaking.checking.faults import Fault


class Outcome(StrEnum):
    """Ends of a check."""

    PASSED = "passed"
    TRIMMED = "trimmed"
    """Sound after the sentence was cut off."""
    RETRIED = "retried"
    """Another attempt passed."""
    ACCEPTED = "accepted"
    """It failed, and so did all attempts: the best of them was taken."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Checks of a speech.

    Attributes:
        outcomes: sentences by how their check ended; empty where nothing is checked.
        faults: of the sentences that were accepted with them.
        found: all that were found, healed or not.
        retries: further attempts that were made.
        unheard: sentences that were to be read back, and nobody could in time.
        seconds: spent on checking, the wait for a recogniser included.
    """

    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    faults: Mapping[Fault, int] = field(default_factory=dict)
    found: Mapping[Fault, int] = field(default_factory=dict)
    retries: int = 0
    unheard: int = 0
    seconds: float = 0.0

    @property
    def checked(self) -> int:
        """Sentences that were checked."""
        return sum(self.outcomes.values())

    @property
    def accepted(self) -> int:
        """Sentences that were taken though they failed."""
        return self.outcomes.get(Outcome.ACCEPTED, 0)

    @property
    def summary(self) -> str:
        """In a few words: `passed`, or what was wrong and how it ended; empty where nothing was checked."""
        if not self.checked:
            return ""
        if self.accepted:
            return f"accepted {self.accepted} of {self.checked}: {', '.join(sorted(self.faults))}"
        healed = (Outcome.TRIMMED, Outcome.RETRIED)
        parts = [
            f"{outcome} {self.outcomes[outcome]} of {self.checked}" for outcome in healed if outcome in self.outcomes
        ]
        return ", ".join(parts) or str(Outcome.PASSED)


class Tally:
    """A report that grows. Used by one thread."""

    def __init__(self) -> None:
        self._outcomes: Counter[Outcome] = Counter()
        self._faults: Counter[Fault] = Counter()
        self._found: Counter[Fault] = Counter()
        self.retries = 0
        self.unheard = 0
        self.seconds = 0.0

    def add(self, outcome: Outcome, faults: tuple[Fault, ...] = ()) -> None:
        """Count a sentence.

        Args:
            faults: that it leaves with.
        """
        self._outcomes[outcome] += 1
        self._faults.update(faults)

    def find(self, faults: tuple[Fault, ...]) -> None:
        """Count what was found in an attempt."""
        self._found.update(faults)

    @property
    def report(self) -> CheckReport:
        """The report so far."""
        return CheckReport(
            dict(self._outcomes), dict(self._faults), dict(self._found), self.retries, self.unheard, self.seconds
        )
