"""Questions to recognition and its answers: the types that engines, service and renderers share."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Task(StrEnum):
    """Work that recognition does."""

    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"
    """Into English."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its times.

    Attributes:
        text: as the engine wrote it, with its leading space where the script has one: the words of a segment
            concatenate to the segment's text.
        start, end: seconds from the start of the audio.
        probability: 0..1, or None when the engine has none.
    """

    text: str
    start: float
    end: float
    probability: float | None = None

    def shifted(self, seconds: float) -> "Word":
        """The same word, so many seconds later."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Segment:
    """A phrase with its times; the fields are those of Whisper, neutral where an engine has no such thing.

    Attributes:
        start, end: seconds from the start of the audio.
        text: with its leading space: segments concatenate to the transcript.
        words: empty unless word times were asked for.
        tokens: the model's token ids.
        seek: 10 ms frames to the window that was decoded, from the start of the speech that its piece of the audio was
            cut down to, plus the piece's own start.
        temperature: of the sampling that succeeded.
        avg_logprob: mean log-probability of the tokens, <= 0.
        compression_ratio: of the text under zlib; high for repetitive output.
        no_speech_prob: 0..1.
        speaker: who says it; None where nobody asked.
    """

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    tokens: tuple[int, ...] = ()
    seek: int = 0
    temperature: float = 0.0
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0
    speaker: str | None = None

    def shifted(self, seconds: float) -> "Segment":
        """The same segment in audio that starts `seconds` earlier."""
        return replace(
            self,
            start=self.start + seconds,
            end=self.end + seconds,
            seek=self.seek + round(seconds * 100),
            words=tuple(word.shifted(seconds) for word in self.words),
        )


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """One request to an engine, in the engines' own terms.

    Attributes:
        language: ISO 639-1 or Whisper code, or None to detect it.
        prompt: text that precedes the audio, or None.
        prompt_tokens: the same in the engine's own tokens, times included, where it is the engine's own text; of use to
            engines whose segments carry tokens, instead of the text.
        hotwords: words to favour.
        temperature: 0..1, or None for the configured ladder (0 means the same: OpenAI's "0" is the ladder).
        word_timestamps: whether segments must carry words.
        draft: whether the result is soon replaced by a better one, so that it may be had sooner and be worse.
    """

    task: Task = Task.TRANSCRIBE
    language: str | None = None
    prompt: str | None = None
    prompt_tokens: tuple[int, ...] = ()
    hotwords: tuple[str, ...] = ()
    temperature: float | None = None
    word_timestamps: bool = False
    # No work that is kept is one, so its identity need not change.
    draft: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """Attributes:
    code: ISO 639-1 or Whisper code.
    probability: 0..1.
    """

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """An engine's answer to one clip.

    Attributes:
        language: of the audio, known before the first segment.
        segments: computed while they are taken, in order of time; a generator's `close()` abandons the rest.
    """

    language: LanguageGuess
    segments: Iterator[Segment]


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole answer.

    Attributes:
        language: None when there was no speech to tell it from and none was named.
        duration: seconds of audio.
        engine: name of the engine that answered.
        model: id of the model that answered.
    """

    task: Task
    segments: tuple[Segment, ...]
    language: LanguageGuess | None
    duration: float
    engine: str
    model: str

    @property
    def text(self) -> str:
        """The text of all segments, without spaces at its ends."""
        return "".join(segment.text for segment in self.segments).strip()
