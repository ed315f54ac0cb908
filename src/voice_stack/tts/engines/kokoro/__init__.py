"""Kokoro: a small neural engine with voices of its own."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.tts.engines.kokoro.files import ENGINE_NAME, models
from voice_stack.tts.engines.kokoro.options import KokoroOptions

ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.kokoro.engine:KokoroEngine",
    install="kokoro-onnx",
    licence=Licence("MIT", "Apache-2.0"),
    models=models,
    options=KokoroOptions,
    rank=20,
)
