"""WeSpeaker's ResNet34: the one of pyannote's community-1 comes with the install, others by hub or folder."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.speaker.engines.wespeaker.files import ENGINE_NAME, find, models

ENGINE: Final = EngineSpec(
    Kind.EMBEDDING,
    ENGINE_NAME,
    "voice_stack.speaker.engines.wespeaker.engine:WespeakerEngine",
    install="moonshine-voice==0.1.0 onnxruntime",
    licence=Licence("Apache-2.0", "CC-BY-4.0"),
    models=models,
    find=find,
    rank=20,
    embedded=True,
)
