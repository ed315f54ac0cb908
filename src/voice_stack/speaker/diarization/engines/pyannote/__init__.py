"""pyannote.audio's pipelines, where the user has the package and a model: community-1 by default."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.speaker.diarization.engines.pyannote.files import ENGINE_NAME, find, models
from voice_stack.speaker.diarization.settings import PyannoteOptions

ENGINE: Final = EngineSpec(
    Kind.DIARIZATION,
    ENGINE_NAME,
    "voice_stack.speaker.diarization.engines.pyannote.engine:PyannoteEngine",
    install="'pyannote.audio>=4'",
    licence=Licence("MIT", "CC-BY-4.0"),
    models=models,
    find=find,
    options=PyannoteOptions,
    rank=20,
)
