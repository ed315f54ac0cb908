"""The contract that every recognition engine fulfils."""

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Task
from voice_stack.audio.clip import AudioClip
from voice_stack.serving.attempt import Record

NextUnit = Callable[[float], int | None]
"""Called by an engine, on the thread that takes the segments, before each unit of its work: at most 30 s of audio, or
several such windows that it computes together. It is told the unit's cost in seconds of audio, may keep the engine
waiting while others work, and raises `CancelledWorkError` when nobody wants the rest. It may give the unit's rank:
where several wait for the device, those of a lower one go first; None is 0."""


def go_on(cost_s: float) -> None:
    """The `NextUnit` of a caller that has the engine to itself."""


class UnitMemory:
    """What an engine computed of the clip in an attempt that did not come to its end, unit by unit.

    An engine that takes its results from here, as long as there are any, and notes those that it computes itself,
    goes on in the middle of a clip exactly as if it had never stopped. This one remembers nothing.
    """

    def recall(self) -> Record | None:
        """What was noted for the next unit; None when it is to be computed. On the thread that takes the segments."""
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
    """What an engine can do, as data.

    Attributes:
        languages: codes that it recognises.
        tasks: what it can be asked for.
        detects_language: whether it can tell the language of audio.
        word_timestamps: whether it can time words.
        word_probabilities: whether its words carry probabilities.
        incremental: whether it hands out a segment as soon as it is decoded; others are given short clips when
            the client streams.
        concurrency: how many units of work, of different clips, it can do at once.
        window_s: seconds that every stretch of audio is padded to, so that a short one costs as much; 0: it is not.
    """

    languages: frozenset[str]
    tasks: frozenset[Task]
    detects_language: bool
    word_timestamps: bool
    word_probabilities: bool
    incremental: bool
    concurrency: int = 1
    window_s: float = 0.0

    def cost_s(self, seconds: float) -> float:
        """What audio costs, in seconds of audio: about what the engine will tell `NextUnit`, all in all."""
        return math.ceil(seconds / self.window_s) * self.window_s if self.window_s else seconds


@dataclass(frozen=True, slots=True)
class DecodingConfig:
    """How Whisper decodes; names and meaning are the engines' own.

    Attributes:
        temperature: the ladder, tried in order.
        hallucination_silence_threshold: seconds, or None.
        batch_size: windows of one clip decoded at once; 1 is the sequential algorithm.
    """

    beam_size: int = 5
    best_of: int = 5
    patience: float = 1.0
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    temperature: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    compression_ratio_threshold: float | None = 2.4
    log_prob_threshold: float | None = -1.0
    no_speech_threshold: float | None = 0.6
    condition_on_previous_text: bool = True
    prompt_reset_on_temperature: float = 0.5
    hallucination_silence_threshold: float | None = None
    initial_prompt: str | None = None
    hotwords: str | None = None
    batch_size: int = 1


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """All that an engine is told.

    Attributes:
        model: a name ("small"), a hub id ("Systran/faster-whisper-small") or a local folder or file.
        device: auto, cpu, cuda or cuda:N.
        compute_type: CTranslate2's name of the arithmetic ("auto", "int8", "float16" ...).
        threads: CPU threads a worker; 0 lets the engine choose.
        workers: computations at once, where the engine can.
        micro_batch_size: windows of different clips computed at once by each worker; 0: as suits the device.
        micro_batch_wait_s: seconds that a computation waits for more windows, at most.
        spare_cpu: whether the CPU computes a window that a GPU has no memory for.
        model_dir: where models are looked for and downloaded to.
        hub_timeout_s: seconds of silence after which the hub counts as unreachable.
    """

    model: str
    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    workers: int = 1
    micro_batch_size: int = 0
    micro_batch_wait_s: float = 0.01
    spare_cpu: bool = True
    model_dir: Path = Path("models")
    hub_timeout_s: float = 10.0
    decoding: DecodingConfig = DecodingConfig()


class ASREngine(ABC):
    """A loaded recogniser. Thread-safe up to `capabilities.concurrency` calls; knows nothing of HTTP.

    Constructing one loads its model, which may take long and may download.

    Raises (constructor):
        EngineUnavailableError: the package, the model, the device or the memory is missing; the message says which
            and what to do.
    """

    name: ClassVar[str]
    sample_rate: ClassVar[int] = 16_000
    """Hz of the clips that it takes."""

    capabilities: ASRCapabilities
    model: str
    """The model's id, as `/v1/models` lists it."""
    device: str
    """Where it runs: cpu, cuda:0 ..."""

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

    @abstractmethod
    def close(self) -> None:
        """Free the model. Nothing else is called afterwards."""
