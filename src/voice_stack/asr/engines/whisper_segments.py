"""Requests and segments of both Whisper engines: languages read, numbers kept sane."""

import logging
import math
from typing import SupportsFloat

from voice_stack.asr.biasing import favoured
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.whisper_options import WhisperOptions
from voice_stack.asr.types import RecognitionRequest
from voice_stack.core.errors import UnsupportedError
from voice_stack.hub.local import model_id
from voice_stack.language.codes import LANGUAGES, language_name

logger = logging.getLogger("voice_stack.asr")

# Seconds below which there is no word to hear; Whisper makes one up, for it always sees 30 s.
SHORTEST_S = 0.1
# What Whisper pads every stretch of audio to, in seconds.
WINDOW_S = 30.0
# A log-probability that is no number: below anything a model gives, and still valid in JSON.
_LOWEST = -100.0


def finite(value: SupportsFloat | None, otherwise: float) -> float:
    """A plain float that JSON can hold: NaN and None become `otherwise`, infinities become -100 or 100."""
    number = otherwise if value is None else float(value)
    if math.isnan(number):
        number = otherwise
    return min(max(number, _LOWEST), -_LOWEST) if math.isinf(number) else number


def temperatures(decoding: WhisperOptions, request: RecognitionRequest) -> tuple[float, ...]:
    """The request's temperature alone, or the configured ladder; of that the first step for a draft."""
    return (request.temperature,) if request.temperature else decoding.temperature[: 1 if request.draft else None]


def join_hotwords(decoding: WhisperOptions, request: RecognitionRequest) -> str | None:
    """The request's hotwords and the configured ones."""
    return ", ".join(favoured(request.hotwords, decoding.hotwords)) or None


def named_languages(model: str) -> frozenset[str]:
    """Codes that a model of this name knows: an English-only one ends with `.en`."""
    return frozenset({"en"}) if model_id(model).endswith(".en") else frozenset(LANGUAGES)


def requested_language(engine: ASREngine, request: RecognitionRequest) -> str | None:
    """The language to decode with, or None to detect it.

    Raises:
        UnsupportedError: the model does not know it.
    """
    languages = engine.capabilities.languages
    if request.language is None:
        return None if engine.capabilities.detects_language else "en"
    if request.language in languages:
        return request.language
    if len(languages) == 1:
        raise UnsupportedError(
            f"The model {engine.model} knows English only, not {language_name(request.language)}.", param="language"
        )
    raise UnsupportedError(
        f"The model {engine.model} does not know the language {request.language!r}.", param="language"
    )


def not_known(model: str) -> UnsupportedError:
    """The error of a model that cannot tell languages."""
    return UnsupportedError(f"The model {model} knows English only and cannot tell languages.")


def warn_translation(model: str) -> None:
    """Say that a model was not trained to translate; it answers, mostly in the language it hears."""
    if any(kind in model.lower() for kind in ("distil", "turbo")):
        logger.warning("%s was not trained to translate: expect a transcript instead", model)
