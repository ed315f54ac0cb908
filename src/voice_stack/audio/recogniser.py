"""Recognition as speech and lab need it: filled by `apps`, in process or over HTTP, never by an import of `asr`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voice_stack.audio.clip import AudioClip


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word with its times.

    Attributes:
        text: without blanks around it.
        start, end: seconds from the start of the clip.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip as a recogniser heard it.

    Attributes:
        text: without blanks around it; empty where nothing was heard.
        language: ISO 639-1 code of what was heard.
        engine: engine and model that listened, `faster-whisper/base`: what is verified is verified by somebody.
        words: empty unless word times were asked for, and where the engine has none.
    """

    text: str
    language: str
    engine: str
    words: tuple[HeardWord, ...] = ()


class Recogniser(Protocol):
    """A listener to clips. Thread-safe; blocking."""

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        """Transcript of a clip.

        Args:
            clip: mono, at any rate.
            language: ISO 639-1 code, or None to have it told.
            words: whether word times are wanted.

        Raises:
            ServiceUnavailableError: nobody can listen at the moment, or the listener does not answer in time.
            UnsupportedError: it does not know the language.
        """

    def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
        """Times of words that are known to be said, one for each, in order; empty where text and sound do not go
        together.

        Raises:
            As `transcribe`.
        """
