"""pocket: Kyutai's Pocket TTS, which clones voices on a CPU under permissive licences."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.tts.engines.pocket.options import PocketOptions
from voice_stack.tts.engines.pocket.sources import ENGINE_NAME, find_variant, models

ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.pocket.engine:PocketEngine",
    install="'voice-stack[pocket]'",
    licence=Licence("MIT", "CC-BY-4.0", by_voice=True),
    models=models,
    find=find_variant,
    options=PocketOptions,
    rank=25,
)
