"""What users type, as the services take it; what cannot be meant is a usage error."""

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from voice_stack.tts.settings import EngineName, TtsSettings

Choice = TypeVar("Choice", bound=StrEnum)


def choice(kind: type[Choice], name: str, option: str) -> Choice:
    """A member of an enum by its value.

    Raises:
        typer.BadParameter: it has none of that value; the message lists them.
    """
    try:
        return kind(name)
    except ValueError:
        allowed = ", ".join(kind)
        raise typer.BadParameter(f"{name!r} is not one of {allowed}.", param_hint=option) from None


def language_code(name: str | None) -> str | None:
    """The ISO 639-1 code of a language; None for none, for an empty name and for `auto`.

    Raises:
        typer.BadParameter: no such language.
    """
    from voice_stack.language.codes import find_language

    if not name or name == "auto":
        return None
    code = find_language(name)
    if code is None:
        raise typer.BadParameter(f"{name!r} is no language known here; use a code such as en or de.")
    return code


def speech_engine(name: str) -> "EngineName | None":
    """The speech engine that a name means: an engine's own (`coqui`) or its model's (`xtts-v2`)."""
    from voice_stack.tts.engines.factory import ENGINES

    return next((engine for engine, facts in ENGINES.items() if name in (engine, facts.model_id)), None)


def speech_settings(model: str | None) -> "TtsSettings":
    """The settings of the speech service, with the engine that `model` means in the place of TTS_ENGINE.

    Any other name is left to the service's catalogue.
    """
    from voice_stack.core.settings import load_settings
    from voice_stack.tts.settings import TtsSettings

    engine = speech_engine(model) if model else None
    return load_settings(TtsSettings, **({} if engine is None else {"tts_engine": engine.value}))
