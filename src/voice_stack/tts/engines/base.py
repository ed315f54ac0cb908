"""The contract that every speech engine fulfils."""

import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from voice_stack.audio.clip import AudioClip
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import Engine, EngineConfig
from voice_stack.tts.types import EngineVoice, Utterance


@dataclass(frozen=True, slots=True)
class TTSCapabilities:
    """Abilities of an engine, as data.

    Attributes:
        sample_rate: Hz of all clips that it gives.
        languages: ISO 639-1 codes that it speaks.
        speed: the range in which its own control of the tempo is good, within a tenth; beyond it the service stretches
            the sound.
        max_chars: longest utterance in characters, where nothing else is said.
        max_chars_by_language: where it differs by language.
        cloning: whether it takes a `VoiceReference` for a voice.
        phonemes: whether it takes IPA.
        streaming: whether parts of an utterance come well before its end.
        concurrency: utterances that it can speak at once.
        seeded: whether the same utterance sounds otherwise at each attempt, so that one that failed is worth another.
        instructions: whether it follows words that say how to speak.
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
    seeded: bool = False
    interruptible: bool = False
    instructions: bool = False

    def limit(self, language: str) -> int:
        """Longest utterance in a language, in characters."""
        return self.max_chars_by_language.get(language, self.max_chars)


class TTSEngine(Engine, abstract=True):
    """A loaded speech engine."""

    clones: ClassVar[bool] = False
    """Speaks with recordings: a `VoiceReference` is a voice to it."""

    whole_sentences: ClassVar[bool] = False
    """Gives no sound of a sentence before all of it is computed, which takes longer the longer it is: where somebody
    waits, it is asked for the first sentence in parts."""

    trained: ClassVar[bool] = True
    """Has learnt its voices from samples of speech; False for one that speaks by rules alone."""

    neural: ClassVar[bool] = False
    """A network makes its sound and may go wrong: what it speaks is checked before it leaves (TTS_VERIFY)."""

    word_times: ClassVar[bool] = False
    """Tells with its sound where the words begin: its clips are `TimedClip`s."""

    capabilities: TTSCapabilities

    @classmethod
    @abstractmethod
    def voices(cls, config: EngineConfig[Any]) -> Sequence[EngineVoice]:
        """Its own voices, the default one first. Told at once, without model or network."""

    @classmethod
    def knows_voice(cls, config: EngineConfig[Any], voice: str) -> bool:
        """True for what can be asked for: one of `voices`, or a mix or variant that the engine makes of them."""
        return any(voice == known.id for known in cls.voices(config))

    @classmethod
    def download_voice(cls, config: EngineConfig[Any], voice: str, progress: Progress | None = None) -> Path | None:
        """File or folder of a voice, downloaded first when it is not on the disk: of the model, where that has all.

        Args:
            voice: one that the engine knows.
            progress: of the download; the default writes lines to the log.

        Raises:
            VoiceNotFoundError: there is no such voice.
            EngineUnavailableError: it cannot be downloaded.
        """
        return cls.download(config, progress)

    def forget_voice(self, sha256: str) -> None:
        """Drop from memory what it has heard in the recordings of a voice that is deleted. The default knows nothing.

        Args:
            sha256: of the recordings, as in `VoiceReference`.
        """

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
