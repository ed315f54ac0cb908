"""Time that a sentence should take, told before it is spoken.

espeak-ng says every sentence in a few milliseconds, in nearly eighty languages and with the length of every phoneme as
linguists wrote it down. What it takes without its pauses is what neural voices take, within a tenth: measured with
Kokoro and Piper in five languages. Where it does not know the language, letters and signs are counted, and trusted
less.
"""

import logging
import re
import threading
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np

from voice_stack.core.errors import VoiceStackError
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.speaking.checking.measures import Measures
from voice_stack.tts.types import Utterance

logger = logging.getLogger("voice_stack.tts")

# Of a neural voice for a second of espeak-ng's speech: the middle of what Kokoro's and Piper's voices take.
_PACE: Final = 1.02
_ESPEAK: Final = "espeak"
# Its voice without a variant of its own: each language's usual one.
_USUAL_VOICE: Final = "default"
# Seconds of a letter, and of a sign that is a syllable.
_LETTER_S: Final = 0.06
_SYLLABLES_S: Final = {"CJK": 0.22, "HANGUL": 0.18, "HIRAGANA": 0.13, "KATAKANA": 0.13}
# It spells kanji by their names.
_CANNOT_READ: Final = {"ja": "CJK"}
# By how much its time and the letters' may differ, as factors: it spells out what it does not know.
_LIKELY: Final = (0.4, 2.5)
_PAUSES: Final = re.compile(r"[^\s\w'’\-](?=\s)|[、。，；：！？…—–]")
_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Words that are looked through for one that is said twice.
_LONGEST_REPEAT: Final = 6


@dataclass(frozen=True, slots=True)
class Expectation:
    """Facts about a sentence before it is heard.

    Attributes:
        speech_s: seconds of sound in it, pauses not counted, at its speed; 0: there is nothing to say.
        sure: whether that is espeak-ng's word rather than a count of letters.
        last_share: share of what comes behind the last pause mark inside of the text, 0 to 1; 1 without a mark.
        pauses: marks in it at which a voice may pause.
        repeats: whether words are said twice in a row by the text itself.
        slowness: 1 divided by the speed: what silences are multiplied by.
    """

    speech_s: float
    sure: bool = True
    last_share: float = 1.0
    pauses: int = 0
    repeats: bool = False
    slowness: float = 1.0


class Timekeeper:
    """Tells what sentences should take. Thread-safe; espeak-ng's process is started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._speaker: TTSEngine | None = None
        self._missing = False

    def expect(self, utterance: Utterance) -> Expectation:
        """The expectation of an utterance. Never fails: it is less sure instead."""
        text, speed = utterance.text, utterance.speed
        counted = _counted_s(text)
        if not counted:
            return Expectation(0.0)
        spoken = self._spoken_s(text, utterance.language)
        marks = list(_PAUSES.finditer(text.strip()))
        last = _counted_s(text.strip()[marks[-1].end() :]) if marks else counted
        return Expectation(
            speech_s=(spoken or counted) / speed,
            sure=_LIKELY[0] * counted < spoken < _LIKELY[1] * counted,
            last_share=last / counted,
            pauses=len(marks),
            repeats=repeats_itself(text),
            slowness=1 / speed,
        )

    def unload_idle(self) -> None:
        """Nothing: the process is small, and starts slowly."""

    def close(self) -> None:
        """End espeak-ng's process."""
        with self._lock:
            if self._speaker is not None:
                self._speaker.close()
            self._speaker, self._missing = None, True

    def _spoken_s(self, text: str, language: str) -> float:
        """Seconds of speech by espeak-ng at natural speed; 0 where it cannot say it."""
        if language in _CANNOT_READ and _CANNOT_READ[language] in map(_script, text):
            return 0.0
        with self._lock:
            speaker = self._speaker = self._speaker or self._started()
        if speaker is None or language not in speaker.capabilities.languages:
            return 0.0
        utterance = Utterance((Pronounced(text),), language, _USUAL_VOICE)
        try:
            clips = [clip.samples for clip in speaker.synthesize(utterance, threading.Event())]
        except VoiceStackError as error:
            logger.debug("espeak-ng cannot tell how long a sentence takes: %s", error.message)
            return 0.0
        sound = np.concatenate([np.zeros(0, np.float32), *clips])
        return _PACE * sum(island.seconds for island in Measures(sound, speaker.capabilities.sample_rate).islands)

    def _started(self) -> TTSEngine | None:
        if self._missing:
            return None
        spec = REGISTRY.get(Kind.SPEECH, _ESPEAK, "")
        try:
            built = spec.build(EngineConfig(options=EngineOptions(), workers=1))
        except VoiceStackError as error:
            self._missing = True
            logger.warning("sentences are timed by their letters: %s", error.message)
            return None
        assert isinstance(built, TTSEngine)
        return built


def repeats_itself(text: str) -> bool:
    """True where words follow each other twice in a row, up to six of them: "no, no", "five five five"."""
    words = [word.lower() for word in _WORDS.findall(text)]
    return any(
        words[at : at + length] == words[at + length : at + 2 * length]
        for length in range(1, _LONGEST_REPEAT + 1)
        for at in range(len(words) - 2 * length + 1)
    )


def _counted_s(text: str) -> float:
    """Seconds by the letters of a text."""
    total = 0.0
    for character in text:
        if unicodedata.category(character)[0] in "LN":
            total += _SYLLABLES_S.get(_script(character), _LETTER_S)
    return total


def _script(character: str) -> str:
    """First word of its name, which is its script: LATIN, CJK, HIRAGANA ..."""
    return unicodedata.name(character, "").partition(" ")[0]
