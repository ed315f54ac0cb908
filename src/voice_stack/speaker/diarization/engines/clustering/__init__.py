"""Diarization of our own: voices of a window, told by the configured embedding model and grouped."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.speaker.diarization.engines.clustering.files import ENGINE_NAME, find, models
from voice_stack.speaker.diarization.settings import ClusteringOptions

ENGINE: Final = EngineSpec(
    Kind.DIARIZATION,
    ENGINE_NAME,
    "voice_stack.speaker.diarization.engines.clustering.engine:ClusteringEngine",
    install="onnxruntime",
    licence=Licence("MIT", "MIT"),
    models=models,
    find=find,
    options=ClusteringOptions,
    rank=10,
)
