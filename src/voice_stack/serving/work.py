"""Work as a run gets it: its seat, the attempt that it is, and its observer."""

import threading
from dataclasses import dataclass, field

from voice_stack.serving.attempt import Attempt
from voice_stack.serving.seat import Seat


class Observer:
    """Told by a run, on its thread, how it goes. This one does not listen."""

    def begun(self) -> None:
        """The first unit has its turn on the engine."""

    def wait_for_reader(self) -> None:
        """Called between two units: returns when who reads the results has not fallen behind.

        Raises:
            CancelledWorkError: the work was given up, or nobody has read for too long.
        """

    def progress(self, done_s: float, total_s: float | None) -> None:
        """Seconds of audio that are done, and of how many where that is known."""


UNOBSERVED = Observer()


@dataclass(frozen=True, slots=True)
class Ask:
    """The wish for some work: how to stop it, whom to tell, and which attempt it is.

    Attributes:
        stop: set when nobody waits any more; the work ends at its next safe point with `CancelledWorkError`.
        observer: told how it goes.
        attempt: of a job, which goes on with what earlier ones have finished.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    observer: Observer = UNOBSERVED
    attempt: Attempt | None = None

    def progress(self, done_s: float, total_s: float | None) -> None:
        """Tell observer and attempt how many seconds of audio are done, and of how many where that is known."""
        self.observer.progress(done_s, total_s)
        if self.attempt is not None:
            self.attempt.progress(done_s, total_s)


@dataclass(frozen=True, slots=True)
class Work:
    """All that a run needs besides its request: what was asked, and the seat at the engine. Closed with the run."""

    ask: Ask
    seat: Seat

    @property
    def stop(self) -> threading.Event:
        """Set when nobody waits any more."""
        return self.ask.stop
