"""The contract that every recognition engine fulfils."""

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import UnsupportedError
from voice_stack.core.settings import SettingsGroup, setting
from voice_stack.serving.attempt import Record
from voice_stack.serving.engine import Engine

NextUnit = Callable[[float], int | None]
"""Called by an engine, on the thread that takes the segments, before each unit of its work: at most 30 s of audio, or
several such windows that it computes together. It is told the unit's cost in seconds of audio, may keep the engine
waiting while others work, and raises `CancelledWorkError` when nobody wants the rest. It may give the unit's rank:
where several wait for the device, those of a lower one go first; None is 0."""


def go_on(cost_s: float) -> None:
    """The `NextUnit` of a caller that has the engine to itself."""


class UnitMemory:
    """Results of the clip's units that an attempt computed which did not come to its end.

    An engine that takes its results from here, as long as there are any, and notes those that it computes itself,
    goes on in the middle of a clip exactly as if it had never stopped. This one remembers nothing.
    """

    def recall(self) -> Record | None:
        """The note of the next unit; None when it is to be computed. On the thread that takes the segments."""
        return None

    def note(self, unit: Record) -> None:
        """Keep what was computed for a unit.

        Args:
            unit: JSON without NaN and infinities.

        Raises:
            OSError: it could not be written.
        """


@dataclass(frozen=True, slots=True)
class ASRCapabilities:
    """Abilities of an engine, as data.

    Attributes:
        languages: codes that it recognises.
        tasks: what it can be asked for.
        detects_language: whether it can tell the language of audio.
        word_timestamps: whether it can time words.
        cheap_word_times: whether they cost so little that they are computed where they are only of use.
        word_probabilities: whether its words carry probabilities.
        incremental: whether it hands out a segment as soon as it is decoded; others are given short clips when
            the client streams.
        concurrency: how many units of work, of different clips, it can do at once.
        background: how many units of batch requests it can do besides, without making others wait.
        window_s: seconds that every stretch of audio is padded to, so that a short one costs as much; 0: it is not.
        words_timed_by: name of another engine that aligns the words with the sound, where the model gives them no
            times; empty where it does.
        finds_speech: whether it looks for speech in what it is given, and so is given all that may be some, whispering
            too.
        aligned_s: longest clip in seconds whose known words it times at once; 0: it does not.
        streaming: whether it hears live speech chunk by chunk, by `open_stream`; others decode a window that grows
            again and again.
    """

    languages: frozenset[str]
    tasks: frozenset[Task]
    detects_language: bool
    word_timestamps: bool
    word_probabilities: bool
    incremental: bool
    concurrency: int = 1
    background: int = 0
    window_s: float = 0.0
    words_timed_by: str = ""
    finds_speech: bool = False
    aligned_s: float = 0.0
    cheap_word_times: bool = False
    streaming: bool = False

    def cost_s(self, seconds: float) -> float:
        """Cost of a stretch of audio, in seconds of audio: about the sum of what the engine will tell `NextUnit`."""
        return math.ceil(seconds / self.window_s) * self.window_s if self.window_s else seconds


class ContextOptions(SettingsGroup):
    """The text before a stretch of audio, given to the engine with it."""

    model_config = SettingsConfigDict(env_prefix="ASR_")

    condition_on_previous_text: bool = setting(
        True, description="Give each window the text before it. false: less context, fewer repetition loops."
    )
    prompt_reset_on_temperature: float = setting(
        0.5,
        ge=0,
        le=1,
        description="Forget the text before a window that needed a higher temperature than this.",
    )


class LiveStream(ABC):
    """A stretch of live speech that an engine hears chunk by chunk. Its state goes on: nothing is decoded twice.

    For one thread at a time. A word that has another behind it stays as it is; the last one may still grow.

    Attributes:
        language: of the stretch; of probability 0 where the engine does not tell.
    """

    language: LanguageGuess

    @abstractmethod
    def accept(self, samples: Samples) -> Sequence[Segment]:
        """Segments of all that is heard of the stretch so far, with their words.

        Args:
            samples: what is new: (time,) float32 at the engine's `sample_rate`, -1..1, 30 s at most.

        Raises:
            EngineError: it failed; the stream is of no more use.
            EngineUnavailableError: it ran out of memory.
        """

    @abstractmethod
    def finish(self) -> Sequence[Segment]:
        """Segments of the stretch, which ends here, with their words. Nothing but `close` is called afterwards.

        Raises:
            EngineError, EngineUnavailableError: as `accept`.
        """

    @abstractmethod
    def close(self) -> None:
        """Free its state. Idempotent."""


class ASREngine(Engine, abstract=True):
    """A loaded recogniser."""

    sample_rate: ClassVar[int] = 16_000
    """Hz of the clips that it takes."""

    aligns: ClassVar[bool] = False
    """Times words that are known to be said: it has `align`."""

    capabilities: ASRCapabilities

    @abstractmethod
    def transcribe(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
        memory: UnitMemory | None = None,
    ) -> Recognition:
        """Recognise a clip.

        Returns at once or after the language is known; the segments are computed while they are taken.

        Args:
            clip: mono, `sample_rate` Hz. Below 0.1 s there is no word to hear: no segments.
            stop: set by another thread when nobody waits any more; the work then ends at its next safe point
                with `CancelledWorkError`.
            next_unit: called before every unit that is computed while the segments are taken.
            memory: of the clip's units, when the work may be gone on with in another process.

        Raises (also while segments are taken):
            UnsupportedError: the engine cannot do what is asked.
            EngineError: it failed.
            EngineUnavailableError: it ran out of memory.
            CancelledWorkError: `stop` was set.
        """

    @abstractmethod
    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        """The likeliest languages of the first 30 s of a clip, best first; never empty.

        Raises:
            UnsupportedError: the engine cannot detect languages.
        """

    def open_stream(self, request: RecognitionRequest) -> LiveStream:
        """A stretch of live speech, to be closed in any case.

        Raises:
            UnsupportedError: the engine hears no streams, or cannot do what is asked.
        """
        raise UnsupportedError(f"The engine {self.name} hears no streams.", param="model")

    def align(
        self,
        clip: AudioClip,
        words: Sequence[str],
        language: str,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
    ) -> list[Word] | None:
        """Times of words that are known to be said, one for each, in order.

        Args:
            clip: mono, `sample_rate` Hz, `capabilities.aligned_s` seconds at most.
            words: as they are written, with their signs and without blanks: `42`, `don’t`, `(well)`.
            language: one of the engine's.
            next_unit: called before each unit, as in `transcribe`.

        Returns:
            The words with seconds from the start of the clip, and with probabilities where the engine has any; None
            where it finds that the words are not what is said.

        Raises:
            UnsupportedError: the engine cannot.
            EngineError, EngineUnavailableError, CancelledWorkError: as `transcribe`.
        """
        raise UnsupportedError(f"The engine {self.name} cannot align words with sound.", param="model")
