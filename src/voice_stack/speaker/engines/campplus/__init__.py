"""CAM++: a small network that tells speakers apart, on onnxruntime and without torch."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.speaker.engines.campplus.files import ENGINE_NAME, FILES

ENGINE: Final = EngineSpec(
    Kind.EMBEDDING,
    ENGINE_NAME,
    "voice_stack.speaker.engines.campplus.engine:CampplusEngine",
    install="onnxruntime",
    licence=Licence("MIT", "Apache-2.0"),
    models=FILES.models,
    find=FILES.find,
    rank=10,
)
