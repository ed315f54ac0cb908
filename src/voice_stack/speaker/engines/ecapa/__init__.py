"""ECAPA-TDNN as SpeechBrain trains it, by hub or folder, on torch and without SpeechBrain."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.speaker.engines.ecapa.files import ENGINE_NAME, FILES

ENGINE: Final = EngineSpec(
    Kind.EMBEDDING,
    ENGINE_NAME,
    "voice_stack.speaker.engines.ecapa.engine:EcapaEngine",
    install="torch",
    licence=Licence("MIT", "Apache-2.0"),
    models=FILES.models,
    find=FILES.find,
)
