"""The contract that every speech engine fulfils."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from voice_stack.audio.clip import AudioClip
from voice_stack.tts.types import EngineVoice, Utterance


@dataclass(frozen=True, slots=True)
class TTSCapabilities:
    """What an engine can do, as data.

    Attributes:
        sample_rate: Hz of all clips that it gives.
        languages: ISO 639-1 codes that it speaks.
        speed: the range in which its own control of the tempo is good; beyond it the service stretches the sound.
        max_chars: longest utterance in characters, where nothing else is said.
        max_chars_by_language: where it differs by language.
        cloning: whether it takes a `VoiceReference` for a voice.
        phonemes: whether it takes IPA.
        streaming: whether parts of an utterance come well before its end.
        concurrency: utterances that it can speak at once.
        interruptible: whether other utterances may be spoken between two clips of one, however many wait like that.
    """

    sample_rate: int
    languages: frozenset[str]
    speed: tuple[float, float] = (1.0, 1.0)
    max_chars: int = 400
    max_chars_by_language: Mapping[str, int] = field(default_factory=dict)
    cloning: bool = False
    phonemes: bool = False
    streaming: bool = False
    concurrency: int = 1
    interruptible: bool = False

    def limit(self, language: str) -> int:
        """Longest utterance in a language, in characters."""
        return self.max_chars_by_language.get(language, self.max_chars)


@dataclass(frozen=True, slots=True)
class XttsConfig:
    """How XTTS-v2 samples; names and meaning are coqui-tts's own.

    Attributes:
        stream_chunk_size: audio tokens of a streamed part after the first; a token is 46 ms.
        licence_accepted: whether the user agreed to the Coqui Public Model License.
    """

    temperature: float = 0.75
    length_penalty: float = 1.0
    repetition_penalty: float = 10.0
    top_k: int = 50
    top_p: float = 0.85
    stream_chunk_size: int = 20
    licence_accepted: bool = False


@dataclass(frozen=True, slots=True)
class PiperConfig:
    """How Piper samples; None leaves the voice's own value.

    Attributes:
        noise_scale: variation of the sound.
        noise_w_scale: variation of the phonemes' lengths.
    """

    noise_scale: float | None = None
    noise_w_scale: float | None = None


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """All that an engine is told.

    Attributes:
        model: what to load: a hub id or a local folder, empty for the engine's own default.
        device: auto, cpu, cuda or cuda:N.
        threads: CPU threads; 0 lets the engine choose.
        workers: utterances spoken at once, where the engine can.
        model_dir: where models are looked for and downloaded to.
        cache_dir: where what was computed once is kept.
        hub_timeout_s: seconds of silence after which the hub counts as unreachable.
    """

    model: str = ""
    device: str = "auto"
    threads: int = 0
    workers: int = 1
    model_dir: Path = Path("models")
    cache_dir: Path = Path("data/cache")
    hub_timeout_s: float = 10.0
    xtts: XttsConfig = XttsConfig()
    piper: PiperConfig = PiperConfig()


class TTSEngine(ABC):
    """A loaded speech engine. Thread-safe up to `capabilities.concurrency` calls; knows nothing of HTTP.

    Constructing one loads its model, which may take long and may download. Its module imports nothing heavy: that is
    left to the constructor, so that the class methods answer at once.
    """

    name: ClassVar[str]

    capabilities: TTSCapabilities
    model: str
    """The model's name for people and headers, never a path."""
    device: str
    """Where it runs: cpu, cuda:0 ..."""

    @abstractmethod
    def __init__(self, config: EngineConfig) -> None:
        """Load the model, which may take long and may download.

        Raises:
            EngineUnavailableError: the package, the model, the device, the licence or the memory is missing; the
                message says which and what to do.
        """

    @classmethod
    @abstractmethod
    def obstacle(cls, config: EngineConfig) -> str | None:
        """Why it cannot be built as things are (package not installed, licence not accepted), and what to do.

        Told at once, without loading, importing or downloading anything. None when nothing is known to be in the
        way; building it may fail all the same.
        """

    @classmethod
    @abstractmethod
    def is_downloaded(cls, config: EngineConfig) -> bool:
        """Whether what it loads first is on the disk. Told at once."""

    @classmethod
    @abstractmethod
    def languages(cls, config: EngineConfig) -> frozenset[str]:
        """ISO 639-1 codes that it speaks: what the capabilities of a loaded one say, told at once."""

    @classmethod
    @abstractmethod
    def voices(cls, config: EngineConfig) -> Sequence[EngineVoice]:
        """Its own voices, the default one first. Told at once, without model or network."""

    @classmethod
    def knows_voice(cls, config: EngineConfig, voice: str) -> bool:
        """Whether `voice` can be asked for: one of `voices`, or a mix or variant that the engine makes of them."""
        return any(voice == known.id for known in cls.voices(config))

    @abstractmethod
    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        """Speak an utterance.

        The sound is computed while it is taken; closing the iterator ends the work. Engines leave out silence at the
        edges only as far as their model does: the service trims.

        Args:
            stop: set by another thread when nobody waits any more; the work then ends at its next safe point
                with `CancelledWorkError`.

        Yields:
            Clips at `capabilities.sample_rate`, mono, in order, that join without a seam.

        Raises (also while clips are taken):
            InvalidRequestError: the engine cannot speak it as it is (an unknown voice).
            EngineError: it failed.
            EngineUnavailableError: it ran out of memory, or a voice could not be downloaded.
            CancelledWorkError: `stop` was set.
        """

    @abstractmethod
    def close(self) -> None:
        """Free the model. Nothing else is called afterwards."""
