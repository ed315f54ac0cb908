"""Checks of a consent and of the voice that rests on it: the phrase, the speaker, and whether a machine spoke.

Each says what was found and by whom, or why nobody has looked; nothing is called verified that was not.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.recogniser import Recogniser
from voice_stack.core.errors import ConsentRefusedError, ServiceUnavailableError, UnsupportedError
from voice_stack.language.codes import find_language, language_name
from voice_stack.tts.voices.custom.phrases import Match, Phrases
from voice_stack.tts.voices.custom.records import Check, Status

_MOST_HEARD: Final = 300
NO_RECOGNISER: Final = "no recogniser is configured (TTS_ASR)"
NO_COMPARER: Final = "no engine that compares speakers is configured"
NO_MARKS: Final = "no detector of synthetic speech is configured"


@dataclass(frozen=True, slots=True)
class Similarity:
    """Likeness of two speakers.

    Attributes:
        value: higher is more alike.
        threshold: from which on it is the same person, by the engine's own calibration.
        engine: engine and model that have compared.
    """

    value: float
    threshold: float
    engine: str

    @property
    def is_same(self) -> bool:
        """True when both are the same person, as far as the engine can tell."""
        return self.value >= self.threshold


class SpeakerComparer(Protocol):
    """Tells whether two recordings are of one person. Filled by `apps`. Thread-safe; blocking."""

    def similarity(self, a: AudioClip, b: AudioClip) -> Similarity | None:
        """Likeness of the speakers of two clips; None where it cannot be told, as from too little speech.

        Args:
            a, b: mono, at any rate.

        Raises:
            ServiceUnavailableError: nobody can compare at the moment.
        """


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of synthetic speech in a recording.

    Attributes:
        maker: engine and model that it names, where it names any; empty for none.
        detector: who has found it.
    """

    maker: str
    detector: str


class MarkDetector(Protocol):
    """Looks for marks of synthetic speech. Filled by `apps`. Thread-safe; blocking.

    Attributes:
        name: who looks.
    """

    @property
    def name(self) -> str:
        """Detectors that look, for the record."""

    def find(self, recording: BinaryIO) -> Mark | None:
        """The mark in a file of sound, of any container; None when there is none.

        Args:
            recording: a real file (`fileno()`).

        Raises:
            ServiceUnavailableError: nobody can look at the moment.
        """


@dataclass(frozen=True, slots=True)
class Checkers:
    """Those who look at consents and voices; None for nobody."""

    recogniser: Recogniser | None = None
    comparer: SpeakerComparer | None = None
    marks: MarkDetector | None = None


class ConsentChecks:
    """Checks, by whoever there is to make them.

    Args:
        phrases: that a consent has to say.
        most_wrong: error rate from which on a phrase was not said.
    """

    def __init__(self, checkers: Checkers, phrases: Phrases, most_wrong: float) -> None:
        self.phrases = phrases
        self._checkers = checkers
        self._most_wrong = most_wrong

    @property
    def has_recogniser(self) -> bool:
        """True when phrases can be checked."""
        return self._checkers.recogniser is not None

    def phrase(self, clip: AudioClip, language: str) -> Check:
        """The check that the recording of a consent says what it has to.

        Args:
            language: BCP 47.
        """
        recogniser = self._checkers.recogniser
        if recogniser is None:
            return not_verified(NO_RECOGNISER)
        code = find_language(language) or language
        if not self.phrases.of(code):
            known = ", ".join(self.phrases.languages)
            return not_verified(f"there is no phrase in {language_name(code)}; there are some in {known}")
        try:
            heard = recogniser.transcribe(clip, code)
        except UnsupportedError:
            return not_verified(f"the recogniser does not know {language_name(code)}")
        except ServiceUnavailableError as error:
            return not_verified(f"the recogniser could not be asked: {error.message}")
        match = self.phrases.closest(heard.text, code) or Match("", 1.0)
        check = Check(
            status=Status.VERIFIED,
            engine=heard.engine,
            value=round(match.error_rate, 4),
            threshold=self._most_wrong,
            checked_at=int(time.time()),
            heard=heard.text[:_MOST_HEARD],
        )
        if match.error_rate <= self._most_wrong and match.denial is None:
            return check
        if match.denial is not None and match.error_rate <= self._most_wrong:
            reason = f"the recording says {match.denial!r}, which the phrase does not: {heard.text[:_MOST_HEARD]!r}"
            return check.model_copy(update={"status": Status.FAILED, "reason": reason})
        reason = (
            f"the recording does not say the phrase: {match.error_rate:.0%} of its words are wrong, and "
            f"{self._most_wrong:.0%} may be. Heard was {heard.text[:_MOST_HEARD]!r}; it has to say {match.phrase!r}"
        )
        return check.model_copy(update={"status": Status.FAILED, "reason": reason})

    def speaker(self, consent: AudioClip, sample: AudioClip) -> Check:
        """The check that who consents is who speaks in the sample."""
        comparer = self._checkers.comparer
        if comparer is None:
            return not_verified(NO_COMPARER)
        try:
            found = comparer.similarity(consent, sample)
        except ServiceUnavailableError as error:
            return not_verified(f"the speakers could not be compared: {error.message}")
        if found is None:
            return not_verified("there is too little speech in the recordings to compare their speakers")
        check = Check(
            status=Status.VERIFIED,
            engine=found.engine,
            value=round(found.value, 4),
            threshold=found.threshold,
            checked_at=int(time.time()),
        )
        if found.is_same:
            return check
        reason = (
            f"the sample is of somebody else than the consent: the similarity is {found.value:.2f}, and one person "
            f"has {found.threshold:.2f} or more"
        )
        return check.model_copy(update={"status": Status.FAILED, "reason": reason})

    def synthetic(self, recording: BinaryIO, what: str) -> Check:
        """The check that a recording is free of the mark of synthetic speech.

        Args:
            what: it is, for the reason: `the sample`.
        """
        marks = self._checkers.marks
        if marks is None:
            return not_verified(NO_MARKS)
        try:
            mark = marks.find(recording)
        except ServiceUnavailableError as error:
            return not_verified(f"marks of synthetic speech could not be looked for: {error.message}")
        now = int(time.time())
        if mark is None:
            return Check(status=Status.VERIFIED, engine=marks.name, checked_at=now)
        reason = f"{what} is synthetic speech, made by {mark.maker or 'an engine that it does not name'}"
        return Check(status=Status.FAILED, reason=reason, engine=mark.detector, checked_at=now)


def not_verified(reason: str) -> Check:
    """The check that nobody has made."""
    return Check(status=Status.NOT_VERIFIED, reason=reason)


def newer(old: Check, new: Check) -> Check:
    """The check that counts of two of the same: the later one, unless nobody could look then."""
    return old if new.status is Status.NOT_VERIFIED else new


def worst(*checks: Check) -> Check:
    """The check that counts of several of the same kind: a failed one, else one that was not made."""
    order = (Status.FAILED, Status.NOT_VERIFIED, Status.VERIFIED)
    return min(checks, key=lambda check: order.index(check.status))


def see_checks(checks: Mapping[str, Check], *, is_strict: bool, phrase_counts: bool) -> None:
    """See that a voice may be made of what was found.

    Args:
        checks: by name, as `Verification.checks` has them.
        is_strict: what was not verified counts as failed.
        phrase_counts: whether a phrase that failed counts without that.

    Raises:
        ConsentRefusedError: something failed; the message says what.
    """
    for name, check in checks.items():
        counts = name != "phrase" or phrase_counts or is_strict
        # That nobody has looked for marks is no reason against a person.
        needed = is_strict and name != "synthetic"
        if (check.status is Status.FAILED and counts) or (check.status is Status.NOT_VERIFIED and needed):
            verb = "failed" if check.status is Status.FAILED else "could not be made"
            raise ConsentRefusedError(f"The consent is not accepted: the check of the {name} {verb}: {check.reason}.")
