"""Piper: a voice a file."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.tts.engines.piper.options import PiperOptions
from voice_stack.tts.engines.piper.voices import ENGINE_NAME, models

ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.piper.engine:PiperEngine",
    install="'voice-stack[piper]'",
    licence=Licence("GPL-3.0-or-later", "per voice", by_voice=True),
    models=models,
    options=PiperOptions,
    rank=30,
)
