"""sherpa: streaming recognisers (zipformer transducers) by sherpa-onnx, whose state goes from chunk to chunk."""

from typing import Final

from voice_stack.asr.engines.sherpa.files import ENGINE_NAME, INSTALL, find, models
from voice_stack.asr.engines.sherpa.options import SherpaOptions
from voice_stack.core.devices import two_on_a_cpu
from voice_stack.serving.spec import EngineSpec, Kind, Licence

ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.sherpa.engine:SherpaEngine",
    install=INSTALL,
    # Of the usual model; the others of the project have licences of their own.
    licence=Licence("Apache-2.0", "Apache-2.0"),
    models=models,
    find=find,
    options=SherpaOptions,
    workers=two_on_a_cpu,
)
