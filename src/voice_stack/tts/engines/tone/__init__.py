"""A test signal in the place of a voice."""

from typing import Any, Final

from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

ENGINE_NAME: Final = "tone"
_RELEASED: Final = 1_764_000_000


def models(config: EngineConfig[Any]) -> list[ModelEntry]:
    """The signal, which needs no file."""
    return [ModelEntry(ENGINE_NAME, ENGINE_NAME, "", "voice-stack", _RELEASED, True)]


# Without a rank: never chosen by itself, and listed only where it is configured.
ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.tone.engine:ToneEngine",
    install="voice-stack",
    licence=Licence("MIT", "none"),
    models=models,
)
