"""Checks of a service's speech: by the sound, and by a recogniser where that is asked for."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.recogniser import Heard, Recogniser
from voice_stack.core.errors import VoiceStackError
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.speaking.checking.expectation import Expectation, Timekeeper
from voice_stack.tts.speaking.checking.faults import Fault, Verdict, verdict
from voice_stack.tts.speaking.checking.measures import FRAME_S, Measures
from voice_stack.tts.speaking.checking.pace import Pace, Paces
from voice_stack.tts.speaking.checking.settings import Verify, VerifyOptions
from voice_stack.tts.speaking.checking.signal import gaps, signal_faults, speech_seconds
from voice_stack.tts.speaking.checking.transcript import transcript_faults
from voice_stack.tts.types import Utterance

logger = logging.getLogger("voice_stack.tts")

# Faults that cutting off the end can heal.
_AT_THE_END: Final = frozenset({Fault.TAIL, Fault.LONG, Fault.LOOP, Fault.NOISE, Fault.GAP, Fault.CUT, Fault.EXTRA})
_ONLY_SILENCE: Final = frozenset({Fault.GAP})
NEAR: Final = 0.12
"""Share by which what is left of a trimmed sentence may be longer or shorter than its text asks for."""
WIDE: Final = 0.25
"""Share by which it may be longer, where nothing better can be had."""
_LISTENERS: Final = 4
# Silence before the sound, each time that it is read back: recognisers hear other words where it differs by nothing
# that people hear, so a fault counts when it is heard twice.
_LEADS_S: Final = (0.0, 0.2)


@dataclass(frozen=True, slots=True)
class Subject:
    """An utterance whose sound is checked.

    Attributes:
        engine: that speaks, by name and model.
        expected: of its text.
        pace: of its voice.
    """

    utterance: Utterance
    engine: str
    expected: Expectation
    pace: Pace


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and whether it lacks the recogniser's part.

    Attributes:
        unheard: it was to be read back, and nobody could in time.
    """

    verdict: Verdict
    unheard: bool = False


class SpeechChecker:
    """Checks for all speech of a service. Thread-safe.

    Args:
        recogniser: reads sentences back; None: nobody does.
    """

    def __init__(self, options: VerifyOptions, recogniser: Recogniser | None = None) -> None:
        self.options = options
        self._recogniser = recogniser if options.how is Verify.ASR else None
        self._timekeeper = Timekeeper()
        self._paces = Paces()
        self._lock = threading.Lock()
        self._listeners: ThreadPoolExecutor | None = None
        if options.how is Verify.ASR and recogniser is None:
            logger.warning("TTS_VERIFY=asr has nobody to read back (TTS_ASR is off): speech is checked by its sound")

    def applies(self, engine: TTSEngine) -> bool:
        """True for an engine whose speech is checked."""
        return engine.neural and self.options.how is not Verify.OFF

    def subject(self, engine: TTSEngine, utterance: Utterance) -> Subject:
        """An utterance with all that is known before it is heard; takes a few milliseconds."""
        name = f"{engine.name}/{engine.model}"
        pace = self._paces.of(name, utterance.voice, utterance.language)
        return Subject(utterance, name, self._timekeeper.expect(utterance), pace)

    def judge(self, subject: Subject, samples: Samples, rate: int, patience_s: float | None = None) -> Judged:
        """Judge the sound of an utterance.

        Args:
            samples: (time,) float32: all that the engine gave.
            rate: Hz.
            patience_s: most seconds to wait for the recogniser; None: as long as it takes.
        """
        measures = Measures(samples, rate)
        found = verdict(signal_faults(measures, subject.expected, subject.pace))
        judged = self._read_back(subject, found, samples, rate, patience_s) if found.passed else Judged(found)
        if judged.verdict.passed and subject.expected.speech_s:
            spoken_s = speech_seconds(measures)
            voice, language = subject.utterance.voice, subject.utterance.language
            self._paces.learn(subject.engine, voice, language, subject.expected, spoken_s)
        return judged

    def trimmed(
        self,
        subject: Subject,
        found: Verdict,
        samples: Samples,
        rate: int,
        *,
        tolerance: float,
        patience_s: float | None = None,
    ) -> int | None:
        """The sample behind which a faulty sound is cut off so that what is left passes; None where there is none.

        Args:
            found: the verdict on the whole; other faults than those at its end cannot be healed.
            tolerance: NEAR or WIDE.
            patience_s: see `judge`.
        """
        faults = frozenset(found.faults)
        if not faults <= _AT_THE_END or faults == _ONLY_SILENCE or not subject.expected.speech_s:
            return None
        if tolerance == NEAR and not subject.pace.known and self._recogniser is None:
            return None  # by an unknown voice's pace a word more or less could not be told
        measures = Measures(samples, rate)
        whole_s = subject.pace.seconds(subject.expected)
        said_s, ends = 0.0, []
        for before, after in gaps(measures.islands):
            said_s += before.seconds
            # Too much is a nuisance, but a word that is cut off is lost.
            if -NEAR * whole_s <= said_s - whole_s <= tolerance * (whole_s + subject.pace.slack_s):
                ends.append((abs(said_s / whole_s - 1), (before.end + after.start) // 2))
        for _, frame in sorted(ends):
            end = round(frame * FRAME_S * rate)
            left = Measures(np.concatenate([samples[:end], np.zeros(rate // 20, np.float32)]), rate)
            if not any(signal_faults(left, subject.expected, subject.pace)):
                judged = self._read_back(subject, Verdict(), samples[:end], rate, patience_s)
                if judged.verdict.passed:
                    return end
        return None

    def longest_s(self, subject: Subject) -> float:
        """Seconds of sound after which an utterance has certainly gone wrong, pauses included."""
        pauses_s = 0.7 * (subject.expected.pauses + 1) * max(1.0, subject.expected.slowness)
        return subject.pace.bounds(subject.expected)[1] + pauses_s

    def unload_idle(self) -> None:
        """Nothing: what is kept is small."""

    def close(self) -> None:
        """End what was started for the checks."""
        self._timekeeper.close()
        if self._listeners is not None:
            self._listeners.shutdown(wait=False, cancel_futures=True)

    def _read_back(
        self, subject: Subject, found: Verdict, samples: Samples, rate: int, patience_s: float | None
    ) -> Judged:
        if self._recogniser is None or not subject.expected.speech_s:
            return Judged(found)
        language = subject.utterance.language
        faults: tuple[Fault, ...] = ()
        for lead_s in _LEADS_S:
            clip = AudioClip(np.pad(samples, (round(lead_s * rate), 0)), rate)
            try:
                heard = self._hear(clip, language, patience_s)
            except (VoiceStackError, TimeoutError) as error:
                why = getattr(error, "message", None) or "not in time"
                logger.warning("a sentence could not be read back: %s", why)
                return Judged(verdict((*found.faults, *faults)), unheard=True)
            faults = tuple(transcript_faults(subject.utterance.text, heard.text, language))
            if not faults:
                break
        return Judged(replace(verdict((*found.faults, *faults)), listened=True))

    def _hear(self, clip: AudioClip, language: str, patience_s: float | None) -> Heard:
        assert self._recogniser is not None
        if patience_s is None:
            return self._recogniser.transcribe(clip, language)
        with self._lock:
            self._listeners = self._listeners or ThreadPoolExecutor(_LISTENERS, thread_name_prefix="tts-read-back")
        hearing: Future[Heard] = self._listeners.submit(self._recogniser.transcribe, clip, language)
        try:
            return hearing.result(timeout=patience_s)
        finally:
            hearing.cancel()
