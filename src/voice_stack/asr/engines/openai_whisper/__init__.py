"""openai-whisper: the reference implementation, on torch."""

from typing import Final

from voice_stack.asr.engines.openai_whisper.files import ENGINE_NAME, find, models
from voice_stack.asr.engines.whisper_options import WhisperOptions
from voice_stack.core.devices import two_on_a_cpu
from voice_stack.serving.spec import EngineSpec, Kind, Licence

ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.openai_whisper.engine:OpenAIWhisperEngine",
    install="'voice-stack[whisper]'",
    licence=Licence("MIT", "MIT"),
    models=models,
    find=find,
    options=WhisperOptions,
    rank=30,
    workers=two_on_a_cpu,
)
