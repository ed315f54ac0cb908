"""chatterbox: Resemble AI's Chatterbox, which clones voices in many languages under permissive licences."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.tts.engines.chatterbox.files import ENGINE_NAME, models
from voice_stack.tts.engines.chatterbox.options import ChatterboxOptions

ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.chatterbox.engine:ChatterboxEngine",
    install="'voice-stack[chatterbox]'",
    licence=Licence("MIT", "MIT"),
    models=models,
    options=ChatterboxOptions,
)
