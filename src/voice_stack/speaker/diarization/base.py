"""The contract that every diarization engine fulfils."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol

from voice_stack.audio.clip import AudioClip
from voice_stack.serving.engine import Engine
from voice_stack.speaker.diarization.turns import Diarization, SpeakerBounds
from voice_stack.speaker.encoder import SpeakerEncoder

RATE: Final = 16_000
"""Hz of the sound that engines are given."""


@dataclass(frozen=True, slots=True)
class DiarizationCapabilities:
    """Abilities of an engine, as data.

    Attributes:
        overlap: whether it tells that two speak at once.
        confidence: whether its turns have one.
        online: whether `so_far` tells turns before the end.
        concurrency: recordings that it can hear at once.
        languages: empty: any.
    """

    overlap: bool
    confidence: bool
    online: bool
    concurrency: int = 1
    languages: frozenset[str] = field(default_factory=frozenset)


class Hearing(Protocol):
    """A recording that an engine is hearing; one thread at a time."""

    def hear(self, clip: AudioClip) -> None:
        """Take in what follows, 16,000 Hz.

        Raises:
            EngineError, EngineUnavailableError, VadError: a network failed, or its memory is gone.
        """

    def so_far(self) -> Diarization:
        """Turns of what has been heard until now; speakers keep their names. Empty where the engine is not online."""
        ...

    def finish(self) -> Diarization:
        """Turns of the whole; nothing follows.

        Raises:
            As `hear`.
        """
        ...


class DiarizationEngine(Engine, abstract=True):
    """A loaded engine that tells who speaks when. Thread-safe."""

    needs_encoder: ClassVar[bool]
    """Whether it tells voices by the configured speaker embedding model."""

    capabilities: DiarizationCapabilities

    @abstractmethod
    def begin(self, encoder: SpeakerEncoder, bounds: SpeakerBounds) -> Hearing:
        """A recording, from its start.

        Raises:
            EngineUnavailableError: the embedding model that it needs cannot be had.
        """
