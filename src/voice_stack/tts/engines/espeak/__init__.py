"""espeak-ng: the embedded synthesiser."""

import importlib.util
from typing import Any, Final

from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

ENGINE_NAME: Final = "espeak"
MODEL: Final = "espeak-ng"
_RELEASED: Final = 1_451_606_400
# It takes milliseconds and a process of 14 MB; a listener who is slow to read must not hold the others up.
_WORKERS: Final = 4


def is_installed() -> bool:
    """True where the package is there that holds the library and its voices. Imports nothing."""
    return importlib.util.find_spec("espeakng_loader") is not None


def models(config: EngineConfig[Any]) -> list[ModelEntry]:
    """The model that comes with its package."""
    return [ModelEntry(MODEL, ENGINE_NAME, "", MODEL, _RELEASED, is_installed(), names=(ENGINE_NAME,))]


def workers(device: str) -> int:
    """Utterances at once."""
    return _WORKERS


ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.espeak.engine:EspeakEngine",
    install="espeakng-loader",
    licence=Licence("GPL-3.0-or-later", "GPL-3.0-or-later"),
    models=models,
    rank=90,
    embedded=True,
    workers=workers,
)
