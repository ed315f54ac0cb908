"""Utterances and voices: the types that engines, voices, plan and service share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.text.pronunciation.pronounced import Pronounced

OPENAI_VOICES: Final = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"),
)
"""OpenAI's names, which every client knows: each engine has a voice for them."""


@dataclass(frozen=True, slots=True)
class EngineVoice:
    """A voice that an engine brings with it.

    Attributes:
        id: what requests call it and the engine knows it by (`af_heart`, `en_US-lessac-medium`, `de`).
        name: for people.
        languages: ISO 639-1 codes that it speaks well; empty for all that its engine speaks.
        gender: female, male or empty.
        description: one line, may be empty.
        downloaded: whether it is on the disk, so that its first use needs no network.
        licence: terms of the voice, where it has some of its own (`Licence.by_voice`); empty: not known.
        non_commercial: whether those terms forbid commercial use.
    """

    id: str
    name: str
    languages: tuple[str, ...] = ()
    gender: str = ""
    description: str = ""
    downloaded: bool = True
    licence: str = ""
    non_commercial: bool = False


@dataclass(frozen=True, slots=True)
class VoiceReference:
    """Recordings of a person, to clone the voice from.

    Attributes:
        id: its name in the library.
        sha256: hex digest of the recordings' contents: the same for the same sound, whatever its name.
        paths: the files, in order.
        language: ISO 639-1 code of what is spoken in them, or None.
        transcript: what is spoken in them, or None.
    """

    id: str
    sha256: str
    paths: tuple[Path, ...]
    language: str | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class WordStart:
    """Beginning of a word, or of words that are said as one.

    Attributes:
        character: of the utterance's text, from 0.
        sample: of the utterance's sound, from 0.
    """

    character: int
    sample: int


@dataclass(frozen=True, slots=True, eq=False)
class TimedClip(AudioClip):
    """Sound of an utterance, from an engine that knows when it says what.

    Attributes:
        words: that begin in it, in order.
    """

    words: tuple[WordStart, ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words that an engine speaks in one go: a sentence or so.

    Attributes:
        parts: its words. Only engines whose capabilities say `phonemes` are given IPA.
        language: ISO 639-1 code, one of the engine's.
        voice: the id of a voice of the engine, or recordings to clone where the engine can.
        speed: 1 is natural, above is faster; within the range of the engine's capabilities.
        instructions: how to speak, in words; only engines whose capabilities say so are given any.
        attempt: 0, or how often it was spoken before in vain: an engine whose capabilities say `seeded` draws anew.
    """

    parts: tuple[Pronounced, ...]
    language: str
    voice: str | VoiceReference
    speed: float = 1.0
    instructions: str = ""
    attempt: int = 0

    @property
    def text(self) -> str:
        """The text of all parts."""
        return "".join(part.text for part in self.parts)
