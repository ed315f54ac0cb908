"""pocketsphinx: the embedded recogniser."""

from typing import Any, Final

from voice_stack.core.devices import two_on_a_cpu
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

ENGINE_NAME: Final = "pocketsphinx"
# The day OpenAI's whisper-1 appeared: the model that comes with the package has no date of its own.
_CREATED: Final = 1_677_532_384


def models(config: EngineConfig[Any]) -> list[ModelEntry]:
    """The English model that comes with the package."""
    return [ModelEntry(ENGINE_NAME, ENGINE_NAME, "en-us", "cmusphinx", _CREATED, True)]


ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.pocketsphinx.engine:PocketsphinxEngine",
    install="pocketsphinx",
    licence=Licence("BSD-2-Clause", "BSD-2-Clause"),
    models=models,
    rank=90,
    embedded=True,
    workers=two_on_a_cpu,
)
