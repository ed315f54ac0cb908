"""supertonic: a small neural engine for 31 languages, with ten voices of its own, through sherpa-onnx."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.tts.engines.supertonic.files import ENGINE_NAME, models
from voice_stack.tts.engines.supertonic.options import SupertonicOptions

ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.supertonic.engine:SupertonicEngine",
    install="'voice-stack[sherpa]'",
    # Open RAIL-M: commercial use is free, a list of harmful ones is forbidden.
    licence=Licence("Apache-2.0", "BigScience-OpenRAIL-M"),
    models=models,
    options=SupertonicOptions,
    rank=40,
)
