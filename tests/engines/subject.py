"""An engine under test: how it is built, and what is asked of it."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
import pytest

from tests.audio.media import children
from voice_stack.asr.engines.base import ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.settings import Settings, load_settings
from voice_stack.serving.engine import Engine, EngineConfig
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.speaker.diarization.base import DiarizationEngine
from voice_stack.speaker.diarization.turns import Diarization, SpeakerBounds
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder
from voice_stack.speaker.engines.base import EmbeddingEngine
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.types import Utterance, VoiceReference

RATE = ASREngine.sample_rate


class NotPromised(Exception):
    """The engine does not say that it can do this, so there is nothing to check."""


def promised(promise: bool, lack: str) -> None:
    """Go on with a check only where the engine promises something.

    Args:
        lack: what it does without, for the report.

    Raises:
        NotPromised: it does not.
    """
    if not promise:
        raise NotPromised(lack)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What an engine is built from.

    Attributes:
        fixture: the value of a fixture of scope `session`, by its name: tiny models, upstreams.
        folder: an empty one that is this engine's alone.
    """

    fixture: Callable[[str], Any]
    folder: Path


@dataclass(frozen=True, kw_only=True)
class EngineCase:
    """How an engine of any kind is built for the checks.

    Attributes:
        config: what it is told. Its model is on the disk, or comes with it.
        variant: which of an engine's models or modes it is, where it has several cases.
        packages: modules without which it cannot be built.
        weights: glob of the files in `config.model` without which that is no model; empty: it loads none.
        is_costly: it computes so long that only `make test-long` runs all of its checks.
    """

    config: Callable[[Workshop], EngineConfig[Any]]
    variant: str = ""
    packages: Sequence[str] = ()
    weights: str = ""
    is_costly: bool = False


@dataclass(frozen=True, kw_only=True)
class RecognitionCase(EngineCase):
    """What a recogniser hears.

    Attributes:
        clip: sound that it recognises.
        text: what it writes.
        language: of the clip.
        most_wrong: share of the words that may be heard wrongly.
        long: sound of two units of its work or more, with speech in the first and in the last.
    """

    clip: Callable[[], AudioClip]
    text: str
    language: str = "en"
    most_wrong: float = 0.0
    long: Callable[[], AudioClip]


@dataclass(frozen=True, kw_only=True)
class SpeechCase(EngineCase):
    """What a voice is given to say.

    Attributes:
        text: a sentence in `language`.
        long: parts that it speaks in two clips or more.
        mute: texts in which there is nothing to say.
    """

    text: str = "Hello, church."
    language: str = "en"
    long: Sequence[Pronounced] = field(default_factory=lambda: (Pronounced("Hello there. You are here. " * 6),))
    mute: Sequence[str] = ("", " ", "…")


@dataclass(frozen=True, kw_only=True)
class EmbeddingCase(EngineCase):
    """A voice that a speaker embedding engine listens to.

    Attributes:
        clip: speech of one person.
        long: more of it than the engine takes at once.
    """

    clip: Callable[[], AudioClip]
    long: Callable[[], AudioClip]


@dataclass(frozen=True, kw_only=True)
class DiarizationCase(EngineCase):
    """A conversation that a diarization engine hears.

    Attributes:
        clip: two people who speak in turn: one, the other, the first again.
    """

    clip: Callable[[], AudioClip]


EngineT = TypeVar("EngineT", bound=Engine)
CaseT = TypeVar("CaseT", bound=EngineCase)
SubjectT = TypeVar("SubjectT", bound="Subject[Any, Any]")


class Subject(Generic[EngineT, CaseT]):
    """An engine with its case. It is built when it is first needed, and once.

    Attributes:
        told: what it told in a process of its own, once it was asked there.
    """

    def __init__(self, spec: EngineSpec, case: CaseT, workshop: Workshop) -> None:
        self.spec = spec
        self.case = case
        self.workshop = workshop
        self.told: dict[str, Any] = {}
        self._engine: EngineT | None = None
        self._before: tuple[set[int], set[threading.Thread]] = (set(), set())

    @cached_property
    def config(self) -> EngineConfig[Any]:
        """What the engine is told."""
        return self.case.config(self.workshop)

    @property
    def cls(self) -> type[Engine]:
        """The engine's class."""
        return self.spec.load()

    @property
    def engine(self) -> EngineT:
        """The loaded engine."""
        if self._engine is None:
            config = self.config  # what it starts is not the engine's
            self._before = (set(children()), set(threading.enumerate()))
            self._engine = cast(EngineT, self.spec.build(config))
        return self._engine

    def close(self) -> None:
        """Free the engine, if it is loaded."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def left(self) -> list[str]:
        """Processes and threads that have come since the engine was built."""
        processes, threads = self._before
        # tqdm's thread is the process's, not an engine's.
        names = [thread.name for thread in set(threading.enumerate()) - threads if thread.name != "tqdm_monitor"]
        return [f"process {pid}" for pid in set(children()) - processes] + names


class Recogniser(Subject[ASREngine, RecognitionCase]):
    """A recogniser with its case."""

    @cached_property
    def _heard(self) -> dict[tuple[bool, bool], list[Segment]]:
        return {}

    @cached_property
    def clip(self) -> AudioClip:
        """Sound that it recognises; nobody may write to it."""
        return _read_only(self.case.clip())

    @cached_property
    def long(self) -> AudioClip:
        """Sound of several units; nobody may write to it."""
        return _read_only(self.case.long())

    def alone(self, *, long: bool = False, words: bool = False) -> list[Segment]:
        """What it hears in a clip while it does nothing else; heard once."""
        if (long, words) not in self._heard:
            self._heard[long, words] = self.segments(self.long if long else self.clip, self.ask(words=words))
        return self._heard[long, words]

    def ask(self, *, words: bool = False, **fields: Any) -> RecognitionRequest:
        """A request in the language of the clips."""
        return RecognitionRequest(**{"language": self.case.language, "word_timestamps": words, **fields})

    def segments(
        self,
        clip: AudioClip,
        request: RecognitionRequest | None = None,
        next_unit: NextUnit = go_on,
        memory: UnitMemory | None = None,
    ) -> list[Segment]:
        """All that it hears."""
        stop = threading.Event()
        return list(self.engine.transcribe(clip, request or self.ask(), stop, next_unit, memory).segments)


class Speaker(Subject[TTSEngine, SpeechCase]):
    """A voice with its case."""

    @cached_property
    def lengths(self) -> tuple[int, int]:
        """Samples of the case's text and of its long parts, each spoken alone."""
        return len(self.say(self.utterance())), len(self.say(self.utterance(self.case.long)))

    @property
    def voice(self) -> str:
        """Its default voice."""
        return self.engine.voices(self.config)[0].id

    def utterance(
        self,
        parts: Sequence[Pronounced] | str | None = None,
        voice: str | VoiceReference | None = None,
        speed: float = 1.0,
    ) -> Utterance:
        """Words for it to say: the case's text where none are given, by its default voice."""
        said = self.case.text if parts is None else parts
        pronounced = (Pronounced(said),) if isinstance(said, str) else tuple(said)
        return Utterance(pronounced, self.case.language, self.voice if voice is None else voice, speed)

    def clips(self, utterance: Utterance, stop: threading.Event | None = None) -> Iterator[AudioClip]:
        """What it says, as it says it. Close it where a check may end before it does."""
        return self.engine.synthesize(utterance, stop or threading.Event())

    def say(self, utterance: Utterance) -> Samples:
        """All that it says: (time,) float32."""
        clips = [clip.samples for clip in self.clips(utterance)]
        return np.concatenate([np.zeros(0, np.float32), *clips])

    def first_of(self, utterance: Utterance) -> AudioClip:
        """The first clip; the rest is given up."""
        with closing(self.clips(utterance)) as clips:  # type: ignore[type-var]
            return next(clips)


class Listener(Subject[EmbeddingEngine, EmbeddingCase]):
    """A speaker embedding engine with its case."""

    @cached_property
    def clip(self) -> AudioClip:
        """Speech of one person; nobody may write to it."""
        return _read_only(self.case.clip())

    @cached_property
    def long(self) -> AudioClip:
        """More of it than the engine takes at once; nobody may write to it."""
        return _read_only(self.case.long())


class Diarist(Subject[DiarizationEngine, DiarizationCase]):
    """A diarization engine with its case."""

    @cached_property
    def clip(self) -> AudioClip:
        """A conversation of two; nobody may write to it."""
        return _read_only(self.case.clip())

    @cached_property
    def encoder(self) -> SpeakerEncoder:
        """The voices' network that comes with the install."""
        return speaker_encoder(load_settings(Settings, _env_file=None), embedded=True)

    @cached_property
    def alone(self) -> Diarization:
        """Turns of the conversation; heard once."""
        return self.hear(self.clip)

    def hear(self, clip: AudioClip, bounds: SpeakerBounds | None = None, piece_s: float = 10.0) -> Diarization:
        """Turns of a clip that comes in pieces."""
        hearing = self.engine.begin(self.encoder, bounds or SpeakerBounds())
        for start in np.arange(0.0, clip.duration, piece_s):
            hearing.hear(clip.slice(float(start), float(start) + piece_s))
        return hearing.finish()


class Checks(Generic[SubjectT]):
    """Functions that are given a subject, each named after what must hold; in their order. A decorator."""

    def __init__(self) -> None:
        self.all: list[Callable[[SubjectT], None]] = []

    def __call__(self, check: Callable[[SubjectT], None]) -> Callable[[SubjectT], None]:
        self.all.append(check)
        return check


MUCH_SOUND: set[Callable[[Any], None]] = set()
"""Checks that `make test` spares engines that compute long (`EngineCase.is_costly`)."""


def of_much_sound(check: Callable[[SubjectT], None]) -> Callable[[SubjectT], None]:
    """Mark a check as one of `MUCH_SOUND`. A decorator."""
    MUCH_SOUND.add(check)
    return check


SUBJECTS: dict[Kind, type[Subject[Any, Any]]] = {
    Kind.RECOGNITION: Recogniser,
    Kind.SPEECH: Speaker,
    Kind.EMBEDDING: Listener,
    Kind.DIARIZATION: Diarist,
}


def silence(seconds: float) -> AudioClip:
    """Nothing to hear."""
    return AudioClip(np.zeros(round(seconds * RATE), np.float32), RATE)


def joined(*clips: AudioClip) -> AudioClip:
    """Clips of one rate, one after the other."""
    return AudioClip(np.concatenate([clip.samples for clip in clips]), clips[0].sample_rate)


def is_share(value: float) -> bool:
    """True for a number from 0 to 1."""
    return math.isfinite(value) and 0 <= value <= 1


def about(value: float, share: float) -> Any:
    """A number, give or take a share of it."""
    return pytest.approx(value, rel=share)


def _read_only(clip: AudioClip) -> AudioClip:
    samples = clip.samples.copy()
    samples.flags.writeable = False
    return AudioClip(samples, clip.sample_rate)
