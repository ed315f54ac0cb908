"""Transcription as a session asks for it: model, language, bias, delay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.core.errors import InvalidValueError
from voice_stack.language.codes import find_language
from voice_stack.web.realtime.events import Fields

WHISPER_LIVE: Final = "gpt-realtime-whisper"
LIVE_MODELS: Final = ("gpt-live-transcribe", WHISPER_LIVE)
"""OpenAI's names that exist in realtime sessions only: the client commits, and they stand for the configured model."""
CONVERSATION_PREFIXES: Final = ("gpt-realtime", "gpt-4o-realtime", "gpt-4o-mini-realtime")
"""Beginnings of names of conversations' models: clients name them whose session becomes a transcription later."""


class Delay(Enum):
    """Wait for words, so that they are right.

    Attributes:
        interim_s: seconds of new audio that are decoded at least; None: as it is configured.
    """

    interim_s: float | None

    def __init__(self, word: str, interim_s: float | None) -> None:
        self.word, self.interim_s = word, interim_s

    MINIMAL = "minimal", 0.2
    LOW = "low", 0.3
    MEDIUM = "medium", None
    HIGH = "high", 0.8
    XHIGH = "xhigh", 1.5


@dataclass(frozen=True, slots=True)
class Transcription:
    """Transcription as a session asks for it.

    Attributes:
        model: as the client names it.
        language: as the client names it.
        languages: that may be spoken.
        delay: None: the usual one.
    """

    model: str = DEFAULT_MODEL
    language: str | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] | None = None
    delay: Delay | None = None

    @classmethod
    def updated(cls, before: "Transcription | None", asked: Fields | None) -> "Transcription | None":
        """After an update: what is left out keeps its value.

        Raises:
            InvalidEventError: something is wrong.
        """
        if asked is None:
            return None
        new = before or cls()
        model = asked.text("model")
        new = replace(new, model=model or new.model)
        if "language" in asked:
            new = replace(new, language=_language(asked.text("language"), asked.path("language")))
        if "languages" in asked:
            new = replace(new, languages=_languages(asked))
        if new.language is not None and new.languages is not None:
            raise InvalidValueError("Use either 'language' or 'languages', not both.", param=asked.path("languages"))
        if "prompt" in asked:
            new = replace(new, prompt=asked.text("prompt") or None)
        if new.prompt and new.model == WHISPER_LIVE:
            raise InvalidValueError(
                f"A prompt is not supported for the model '{WHISPER_LIVE}'.", param=asked.path("prompt")
            )
        if "keywords" in asked:
            new = replace(new, keywords=_keywords(asked))
        if "delay" in asked:
            word = asked.choice("delay", [one.word for one in Delay])
            new = replace(new, delay=next((one for one in Delay if one.word == word), None))
        asked.done()
        return new

    @property
    def asked_model(self) -> str:
        """The model as the catalogue knows it."""
        return DEFAULT_MODEL if self.model in LIVE_MODELS else self.model

    @property
    def code(self) -> str | None:
        """The one language that it can be, as the engines name it; None: several, or any."""
        if self.languages is not None and len(self.languages) == 1:
            return find_language(self.languages[0])
        return find_language(self.language) if self.language else None

    @property
    def json(self) -> dict[str, Any]:
        """As replies have it."""
        found: dict[str, Any] = {"model": self.model, "language": self.language, "prompt": self.prompt}
        if self.keywords:
            found["keywords"] = list(self.keywords)
        if self.languages is not None:
            found["languages"] = list(self.languages)
        if self.delay is not None:
            found["delay"] = self.delay.word
        return found


def _language(value: str | None, path: str) -> str | None:
    if value and find_language(value) is None:
        raise InvalidValueError(
            f"Invalid value: '{value[:40]}'. Send an ISO 639-1 code such as 'en' or 'de'.", param=path
        )
    return value or None


def _languages(asked: Fields) -> tuple[str, ...]:
    found = asked.texts("languages")
    path = asked.path("languages")
    if not found:
        raise InvalidValueError(f"Invalid '{path}': expected at least one language. Leave it out for any.", param=path)
    for one in found:
        _language(one or "?", path)
    return tuple(found)


def _keywords(asked: Fields) -> tuple[str, ...]:
    found: Sequence[str] = asked.texts("keywords") or []
    for one in found:
        if any(character in one for character in "<>\r\n"):
            raise InvalidValueError(
                f"Invalid '{asked.path('keywords')}': each is one line, without '<' and '>'.",
                param=asked.path("keywords"),
            )
    return tuple(found)
