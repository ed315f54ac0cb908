"""onnx: recognisers in ONNX format (Parakeet, Canary, GigaAM, Whisper ...) by onnx-asr, without torch."""

from typing import Final

from voice_stack.asr.engines.onnx.files import ENGINE_NAME, INSTALL, find, models
from voice_stack.asr.engines.onnx.options import OnnxOptions
from voice_stack.core.devices import two_on_a_cpu
from voice_stack.serving.spec import EngineSpec, Kind, Licence

ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.onnx.engine:OnnxEngine",
    install=INSTALL,
    licence=Licence("MIT", "CC-BY-4.0"),
    models=models,
    find=find,
    options=OnnxOptions,
    rank=20,
    workers=two_on_a_cpu,
)
