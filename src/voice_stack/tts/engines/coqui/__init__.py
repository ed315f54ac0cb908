"""coqui: XTTS-v2, which clones voices."""

from typing import Final

from voice_stack.serving.spec import EngineSpec, Kind, Licence
from voice_stack.tts.engines.coqui.files import ENGINE_NAME, models
from voice_stack.tts.engines.coqui.options import CoquiOptions

ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.coqui.engine:CoquiEngine",
    install="'voice-stack[coqui]'",
    licence=Licence("MPL-2.0", "Coqui Public Model License", non_commercial=True),
    models=models,
    options=CoquiOptions,
    rank=10,
)
