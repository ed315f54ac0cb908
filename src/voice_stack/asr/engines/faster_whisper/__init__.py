"""faster-whisper: Whisper on CTranslate2."""

from enum import StrEnum
from typing import Final

from voice_stack.asr.engines.faster_whisper.files import ENGINE_NAME, find, models
from voice_stack.asr.engines.whisper_options import WhisperOptions
from voice_stack.core.devices import the_engine_decides
from voice_stack.core.settings import setting
from voice_stack.serving.spec import EngineSpec, Kind, Licence


class ComputeType(StrEnum):
    """CTranslate2's names of the arithmetic."""

    AUTO = "auto"
    DEFAULT = "default"
    INT8 = "int8"
    INT8_FLOAT32 = "int8_float32"
    INT8_FLOAT16 = "int8_float16"
    INT8_BFLOAT16 = "int8_bfloat16"
    INT16 = "int16"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    FLOAT32 = "float32"


class FasterWhisperOptions(WhisperOptions):
    """CTranslate2's own settings, besides Whisper's."""

    compute_type: ComputeType = setting(
        ComputeType.AUTO,
        description="CTranslate2's compute type: auto (the fastest that the device supports), default (as the model "
        "was saved), int8, float16, float32 ...",
    )
    micro_batch_size: int = setting(
        0,
        ge=0,
        le=64,
        shapes=False,
        description="Windows of different requests that one computation takes (faster-whisper). 0: 8 on a GPU, 1 on a "
        "CPU.",
    )
    lone_processes: bool = setting(
        True,
        shapes=False,
        description="On a CPU (Linux, two cores or more, int8), compute what is alone on a quiet machine in processes "
        "with all cores: one for commands, and one for films, while there are some, which stands still for commands. "
        "Each has the weights in memory once more. Where there is no room for them when the model is loaded, where "
        "ASR_WORKERS or ASR_CPU_THREADS is set, and while others use a core, workers that share the cores do all.",
    )
    micro_batch_wait_ms: float = setting(
        10.0,
        allow_inf_nan=False,
        ge=0,
        le=1000,
        shapes=False,
        description="Milliseconds that a computation waits for windows of other requests that are on their way.",
    )
    cpu_when_gpu_is_full: bool = setting(
        True,
        shapes=False,
        description="Compute on the CPU, slowly, a window that the GPU has no memory for even alone. false: it fails.",
    )
    batch_size: int = setting(
        0,
        ge=0,
        le=64,
        description="Windows of one file decoded together (faster-whisper). Above 1: faster on long files, without "
        "context from window to window, and the first words come later. 0: 8 on a GPU for audio above 30 s where "
        "ASR_CONDITION_ON_PREVIOUS_TEXT=false, else 1.",
    )


ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.faster_whisper.engine:FasterWhisperEngine",
    install="faster-whisper",
    licence=Licence("MIT", "MIT"),
    models=models,
    find=find,
    options=FasterWhisperOptions,
    rank=10,
    workers=the_engine_decides,
)
