"""Arguments that users type, as the services take them; what cannot be meant is a usage error."""

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from voice_stack.tts.settings import TtsSettings

Choice = TypeVar("Choice", bound=StrEnum)


def listed(kind: type[StrEnum]) -> str:
    """Values of an enum as a help text names them: `a, b or c`."""
    *others, last = kind
    return f"{', '.join(others)} or {last}"


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
    """The ISO 639-1 code of a language; None for none, and for what leaves it open (nothing, `auto`, `und`).

    Raises:
        typer.BadParameter: no such language.
    """
    from voice_stack.language.codes import find_language, names_no_language

    if not name or names_no_language(name):
        return None
    code = find_language(name)
    if code is None:
        raise typer.BadParameter(f"{name!r} is no language known here; use a code such as en or de.")
    return code


def speech_engine(name: str, settings: "TtsSettings") -> str | None:
    """Name of the speech engine that a name means: its own (`coqui`) or its model's (`xtts-v2`)."""
    from voice_stack.serving.registry import REGISTRY
    from voice_stack.serving.service import configure
    from voice_stack.serving.spec import Kind

    made = configure(settings, settings.host)
    for spec in REGISTRY.of(Kind.SPEECH):
        if name == spec.name or any(name in (entry.id, *entry.names) for entry in spec.models(made(spec, ""))):
            return spec.name
    return None


def speech_settings(model: str | None) -> "TtsSettings":
    """The settings of the speech service, with the engine that `model` means in the place of TTS_ENGINE.

    Any other name is left to the service's catalogue.
    """
    from voice_stack.core.settings import load_settings
    from voice_stack.tts.settings import TtsSettings

    settings = load_settings(TtsSettings)
    engine = speech_engine(model, settings) if model else None
    return settings if engine is None else load_settings(TtsSettings, tts_engine=engine)
