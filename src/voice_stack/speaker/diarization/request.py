"""A diarization as it is asked for, as plain data."""

from dataclasses import dataclass, field
from typing import Final

from voice_stack.speaker.diarization.turns import SpeakerBounds, Turn

PARAM: Final = "known_speaker_references"
"""The field of a request that holds the references."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A clip of somebody, as it was sent.

    Attributes:
        name: what their turns are called.
        sound: a file of audio.
    """

    name: str
    sound: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DiarizationRequest:
    """A diarization as it is asked for.

    Attributes:
        references: clips of who may be among the speakers.
        names: of identities that were enrolled here, which speakers may be called by; empty for all of them.
        turns: who speaks when, where the client knows it; then nothing is heard for that.
    """

    bounds: SpeakerBounds = field(default_factory=SpeakerBounds)
    references: tuple[Reference, ...] = ()
    names: tuple[str, ...] = ()
    turns: tuple[Turn, ...] | None = None
