"""Turns of somebody who talks: where they begin, and when they are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voice_stack.audio.speech_stream import FRAME, FRAME_S

# Silero's own distance between where speech begins and where it ends.
_HYSTERESIS: Final = 0.15
# Frames of speech in a row that begin a turn: a click is none.
_ONSET: Final = 2


class Eagerness(StrEnum):
    """Haste with which a turn counts as over, where its words tell whether it may be."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    AUTO = "auto"

    @property
    def longest_s(self) -> float:
        """Seconds of silence after which any turn is over (OpenAI's)."""
        return {"low": 8.0, "high": 2.0}.get(self.value, 4.0)


@dataclass(frozen=True, slots=True)
class TurnRule:
    """A rule by which turns are told.

    Attributes:
        threshold: probability from which a frame is speech, 0..1.
        prefix_s: seconds before the speech that belong to the turn.
        silence_s: seconds of silence that end it, where no eagerness is named.
        eagerness: how soon a turn is over by what was said in it; None: by the silence alone.
        idle_s: seconds without speech after which a turn of silence is told; None: never.
    """

    threshold: float = 0.5
    prefix_s: float = 0.3
    silence_s: float = 0.2
    eagerness: Eagerness | None = None
    idle_s: float | None = None

    def patience_s(self, text: str) -> float:
        """Seconds of silence that end a turn in which so much was said."""
        return self.silence_s if self.eagerness is None else semantic_wait_s(self.eagerness, text)


# Shares of the longest wait: after a sentence, after words that may be one, after such as none ends with.
_SENTENCE, _OPEN, _HANGING = 0.125, 0.375, 1.0
_SENTENCE_ENDS = ".?!。？！…؟।"
_HANGING_ENDS = ",;:-–—、，"
# Words that nobody ends with, of the languages whose speakers are most.
_HANGING_WORDS = frozenset(
    " ".join(
        (
            # English, German, French, Spanish, Czech
            "and or but so because if when that which who the a an to of in on at for with from by as than my your his",
            "her our their is are was were um uh uhm erm er hmm",
            "und oder aber weil wenn dass der die das ein eine zu von mit für äh ähm",
            "et ou mais parce si que le la les un une de du des à avec pour euh",
            "y o pero porque el los las una con para eh",
            "nebo ale protože když že s na v k z pro",
        )
    ).split()
)


def semantic_wait_s(eagerness: Eagerness, text: str) -> float:
    """Seconds of silence that end a turn, by what was said in it last.

    A rule, not a network: a sentence's mark ends a turn soon, a comma, a filler or a word like `and` only when the
    longest wait is over, anything else in between.
    """
    said = text.strip()
    last = said.split()[-1].lower().strip("\"'»”)") if said else ""
    if not last or last[-1] in _HANGING_ENDS or last.strip(".…") in _HANGING_WORDS or last.endswith(("...", "…")):
        share = _HANGING
    elif last[-1] in _SENTENCE_ENDS:
        share = _SENTENCE
    else:
        share = _OPEN
    return share * eagerness.longest_s


class TurnChange(StrEnum):
    """Change that a frame makes."""

    STARTED = "started"
    STOPPED = "stopped"
    IDLE = "idle"


@dataclass(slots=True)
class TurnDetector:
    """Begin and end of turns, frame by frame: plain data.

    Attributes:
        rule: may be changed between two frames.
        frames: so far.
        talking: whether a turn is on.
        quiet: frames since the last that was speech.
    """

    rule: TurnRule
    frames: int = 0
    talking: bool = False
    quiet: int = 0
    _onset: int = 0

    def step(self, probability: float, said: str = "") -> TurnChange | None:
        """One frame.

        Args:
            probability: of speech, 0..1.
            said: in the turn so far.
        """
        self.frames += 1
        threshold = self.rule.threshold
        if probability >= threshold:
            self._onset += 1
            if self.talking or self._onset >= _ONSET:
                self.quiet = 0
                started, self.talking = not self.talking, True
                return TurnChange.STARTED if started else None
        elif probability < max(threshold - _HYSTERESIS, 0.01):
            self._onset = 0
        elif self.talking and not self.quiet:
            return None
        self.quiet += 1
        if self.talking:
            if self.quiet * FRAME_S >= self.rule.patience_s(said):
                self.reset()
                return TurnChange.STOPPED
        elif self.rule.idle_s is not None and self.quiet * FRAME_S >= self.rule.idle_s:
            self.quiet = 0
            return TurnChange.IDLE
        return None

    @property
    def onset_frames(self) -> int:
        """Frames of speech, the last one included, that a turn which has just started begins with."""
        return self._onset

    def reset(self) -> None:
        """No turn is on: the last one was ended, by whomever."""
        self.talking, self.quiet, self._onset = False, 0, 0


def pause_in(probabilities: Sequence[float], first: int, last: int, least: int) -> int | None:
    """The middle, in frames, of the longest stretch without speech that lies between two frames; of several the last.

    Args:
        probabilities: of speech, of each frame.
        first, last: where it may lie.
        least: frames that it must have.
    """
    best: tuple[int, int] | None = None
    start = None
    for place in range(first, last + 1):
        quiet = place < last and probabilities[place] < VOICED
        if quiet and start is None:
            start = place
        elif not quiet and start is not None:
            if place - start >= least and (best is None or place - start >= best[0]):
                best = place - start, (start + place) // 2
            start = None
    return best[1] if best else None


VOICED: Final = 0.35
"""Probability from which a frame may hold some of a word."""


def frames_in(seconds: float) -> int:
    """Whole frames in so many seconds, at least one."""
    return max(1, round(seconds / FRAME_S))


def samples_of(frames: int) -> int:
    """Samples of so many frames."""
    return frames * FRAME
