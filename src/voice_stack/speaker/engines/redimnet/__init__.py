"""ReDimNet2: networks that reshape what they hear, by folder or hub, on onnxruntime."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.speaker.engines.redimnet.files import ENGINE_NAME, FILES

ENGINE: Final = EngineSpec(
    Kind.EMBEDDING,
    ENGINE_NAME,
    "voice_stack.speaker.engines.redimnet.engine:RedimnetEngine",
    install="onnxruntime",
    licence=Licence("MIT", "MIT"),
    models=FILES.models,
    find=FILES.find,
)
