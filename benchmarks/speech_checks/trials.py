"""Sentences with and without faults, spoken by a real engine, and what the checks say of them."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np
import soxr

from benchmarks.first_sound import real_voices
from benchmarks.speech_checks.texts import CALIBRATION, HELD_OUT, OTHERS, UNSEEN
from tests.faulty import Wrong
from tests.faulty.faults import Mouth, spoiled
from voice_stack.audio.clip import Samples
from voice_stack.audio.recogniser import Recogniser
from voice_stack.core.settings import load_settings
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.service import speech_models
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.checking.checker import SpeechChecker
from voice_stack.tts.speaking.checking.settings import Verify, VerifyOptions
from voice_stack.tts.types import Utterance

SETS: Final[Mapping[str, Sequence[str]]] = {"calibration": CALIBRATION, "held-out": HELD_OUT, "unseen": UNSEEN}
# Kokoro's voices, those of one set not in the other. Piper has one real voice here.
_VOICES: Final[Mapping[str, Sequence[str]]] = {
    "calibration": ("af_heart", "af_bella", "am_adam", "am_michael", "bf_emma", "bm_george", "af_nicole", "am_puck"),
    "held-out": ("af_aoede", "af_jessica", "am_eric", "af_nova", "bf_alice", "bm_fable", "af_river", "am_santa"),
    "unseen": ("af_alloy", "af_kore", "am_echo", "am_liam", "bf_isabella", "bm_daniel", "af_sarah", "am_onyx"),
}
_OTHER_VOICES: Final = {"es": "em_santa", "fr": "ff_siwis", "it": "if_sara", "pt": "pm_santa"}
# Most sentences are asked for at the natural speed.
_SPEEDS: Final = (1.0, 1.0, 1.0, 0.8, 1.25)
FAULTS: Final = tuple(wrong for wrong in Wrong if wrong is not Wrong.NOTHING)


@dataclass(slots=True)
class Score:
    """Sentences of one kind.

    Attributes:
        count: in all.
        signal: in which the sound alone told of a fault.
        asr: the same, or else what was read back.
        kinds: faults that were found.
        listened: whether anybody has read back.
        examples: texts of those that were judged wrongly.
    """

    count: int = 0
    signal: int = 0
    asr: int = 0
    listened: bool = False
    kinds: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Count the sentences of another kind in."""
        self.count, self.signal, self.asr = self.count + other.count, self.signal + other.signal, self.asr + other.asr
        self.listened = self.listened or other.listened
        self.kinds.update(other.kinds)


@dataclass(slots=True)
class Cost:
    """Seconds of sound, of its synthesis, of its checks by the sound, and of what was read back and by how much."""

    sound: float = 0.0
    synthesis: float = 0.0
    signal: float = 0.0
    read: float = 0.0
    reading: float = 0.0


class Trials:
    """Trials with one engine.

    Args:
        name: kokoro or piper.
        part: of the texts and voices that are spoiled, a key of SETS.
        clean: of those that are left as they are; None: the same.
        recogniser: reads back what passed by its sound; None: nobody.
    """

    def __init__(self, name: str, part: str, recogniser: Recogniser | None, clean: str | None = None) -> None:
        settings = {key.lower(): value for key, value in real_voices()[name].items()}
        loaded = load_settings(TtsSettings, tts_engine=name, tts_fallback_engines="", **settings)
        models = speech_models(loaded)
        self.engine = cast(TTSEngine, models.spec(name).build(models.config(name)))
        self.cost = Cost()
        self._own = self.engine.voices(models.config(name))[0].id
        self._part, self._clean = part, clean or part
        self._checker = SpeechChecker(VerifyOptions())
        how = VerifyOptions(how=Verify.ASR) if recogniser else VerifyOptions()
        self._listener = SpeechChecker(how, recogniser) if recogniser else None
        self._is_kokoro = name == "kokoro"

    def clean(self, most: int) -> Iterator[tuple[str, Score]]:
        """Scores of clean speech by language: those suspected are false alarms.

        Args:
            most: sentences in English, from all over the texts.
        """
        texts = SETS[self._clean]
        chosen = [texts[at] for at in np.linspace(0, len(texts), min(most, len(texts)), endpoint=False).astype(int)]
        said = {"en": chosen} | (OTHERS if self._clean != "calibration" else {})
        for language, sentences in said.items():
            if language not in self.engine.capabilities.languages or not (self._is_kokoro or language == "en"):
                continue
            score = Score()
            for at, text in enumerate(sentences):
                voice = self._voice(at, self._clean) if language == "en" else _OTHER_VOICES[language]
                speed = _SPEEDS[at % len(_SPEEDS)]
                begun = time.perf_counter()
                sound = self._say(text, voice, language, speed)
                self.cost.synthesis += time.perf_counter() - begun
                self.cost.sound += len(sound) / self.engine.capabilities.sample_rate
                self._judge(score, text, voice, language, speed, sound, is_clean=True)
            yield language, score

    def faulty(self, most: int, foreign: Mapping[str, tuple[Samples, int]]) -> Iterator[tuple[Wrong, Score]]:
        """Scores by what went wrong: those suspected are caught.

        Args:
            foreign: a sentence of another engine or voice in each language, and its rate in Hz; without any, nothing is
                said in another language.
        """
        rate = self.engine.capabilities.sample_rate
        texts = SETS[self._part]
        for wrong in FAULTS if foreign else (wrong for wrong in FAULTS if wrong is not Wrong.LANGUAGE):
            random = np.random.default_rng([len(texts), list(Wrong).index(wrong)])
            score = Score()
            for at in random.permutation(len(texts))[:most].tolist():
                voice, text = self._voice(at, self._part), texts[at]

                def say(words: str, voice: str = voice) -> Samples:
                    return self._say(words, voice, "en", 1.0)

                def other(words: str, language: str) -> Samples:
                    sound, own = foreign[language if language in foreign else "es"]
                    return soxr.resample(sound, own, rate).astype(np.float32) if own != rate else sound

                sound = spoiled(wrong, text, Mouth(say, rate, other), random)
                self._judge(score, text, voice, "en", 1.0, sound, is_clean=False)
            yield wrong, score

    def foreign(self) -> dict[str, tuple[Samples, int]]:
        """A sentence in each other language that the engine has a voice for."""
        rate = self.engine.capabilities.sample_rate
        return {code: (self._say(OTHERS[code][4], voice, code, 1.0), rate) for code, voice in _OTHER_VOICES.items()}

    def close(self) -> None:
        """Free the engine."""
        self.engine.close()
        self._checker.close()
        if self._listener is not None:
            self._listener.close()

    def _voice(self, at: int, part: str) -> str:
        return _VOICES[part][at % len(_VOICES[part])] if self._is_kokoro else self._own

    def _say(self, text: str, voice: str, language: str, speed: float) -> Samples:
        utterance = Utterance((Pronounced(text),), language, voice, speed)
        clips = [clip.samples for clip in self.engine.synthesize(utterance, threading.Event())]
        return np.concatenate([np.zeros(0, np.float32), *clips])

    def _judge(
        self, score: Score, text: str, voice: str, language: str, speed: float, sound: Samples, *, is_clean: bool
    ) -> None:
        utterance = Utterance((Pronounced(text),), language, voice, speed)
        rate = self.engine.capabilities.sample_rate
        begun = time.perf_counter()
        subject = self._checker.subject(self.engine, utterance)
        verdict = self._checker.judge(subject, sound, rate).verdict
        if is_clean:
            self.cost.signal += time.perf_counter() - begun
        score.count += 1
        score.signal += not verdict.passed
        if verdict.passed and self._listener is not None:
            begun = time.perf_counter()
            verdict = self._listener.judge(subject, sound, rate).verdict
            self.cost.reading += time.perf_counter() - begun
            self.cost.read += len(sound) / rate
            score.listened = verdict.listened or score.listened
        score.asr += not verdict.passed
        score.kinds.update(map(str, verdict.faults))
        if verdict.passed != is_clean:
            score.examples.append(f"{voice} {speed:g}: {text} {', '.join(verdict.faults)}")
