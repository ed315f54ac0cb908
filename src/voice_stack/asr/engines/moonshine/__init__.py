"""moonshine: small recognisers on plain onnxruntime; the English one comes with the install."""

from typing import Final

from voice_stack.asr.engines.moonshine.files import ENGINE_NAME, INSTALL, find, models
from voice_stack.asr.engines.moonshine.options import MoonshineOptions
from voice_stack.core.devices import two_on_a_cpu
from voice_stack.serving.spec import EngineSpec, Kind, Licence

ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.moonshine.engine:MoonshineEngine",
    install=INSTALL,
    licence=Licence("MIT", "MIT"),
    models=models,
    find=find,
    options=MoonshineOptions,
    rank=80,
    embedded=True,
    workers=two_on_a_cpu,
)
