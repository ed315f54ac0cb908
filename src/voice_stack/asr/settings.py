"""Settings of the transcription service."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from voice_stack.audio.vad import VadOptions
from voice_stack.core.settings import CommaList, check_device, setting, split_commas
from voice_stack.hub.settings import HubOptions
from voice_stack.language.codes import find_language
from voice_stack.web.settings import ServiceSettings


class EngineName(StrEnum):
    """The recognition engines."""

    FASTER_WHISPER = "faster-whisper"
    WHISPER = "whisper"
    POCKETSPHINX = "pocketsphinx"


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


class AsrSettings(ServiceSettings):
    """The transcription service."""

    hub: HubOptions = HubOptions()
    vad: VadOptions = VadOptions()

    asr_host: str = setting("0.0.0.0", shapes=False, description="Address that the service listens on.")
    asr_port: int = setting(5001, shapes=False, ge=1, le=65535, description="Port that the service listens on.")

    asr_engine: EngineName = Field(
        EngineName.FASTER_WHISPER,
        description="faster-whisper, whisper (needs the extra `whisper`) or pocketsphinx.",
    )
    asr_model: str = Field(
        "small",
        min_length=1,
        description="Model of the engine: a name (tiny, base, small, medium, large-v3, large-v3-turbo ...), "
        "a hub id (Systran/faster-whisper-small) or a local folder or file.",
    )
    asr_allowed_models: CommaList = Field(
        default_factory=list,
        description="Further models that requests may name and that are downloaded on first use, comma-separated. "
        "Installed models need no mention. `*` allows every name the engine knows and every hub id.",
    )
    asr_fallback_engines: Annotated[tuple[EngineName, ...], NoDecode] = Field(
        (EngineName.POCKETSPHINX,),
        description="Engines that serve, in order, when the configured one cannot be built, comma-separated. "
        "Empty: answer 503 instead.",
    )
    asr_retry_engine_s: float = Field(
        60.0, allow_inf_nan=False, ge=0, description="Seconds before an engine that could not be built is tried again."
    )
    asr_device: str = Field(
        "auto", description="auto, cpu, cuda or cuda:N. A missing GPU means the CPU, with a warning."
    )
    asr_compute_type: ComputeType = Field(
        ComputeType.AUTO,
        description="CTranslate2's compute type: auto (the fastest that the device supports), default (as the model "
        "was saved), int8, float16, float32 ...",
    )
    asr_cpu_threads: int = Field(
        0, ge=0, le=256, description="CPU threads a worker. 0: all cores shared among the workers."
    )
    asr_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Computations at once. 0: two on a CPU of two cores or more, one on a GPU.",
    )
    asr_micro_batch_size: int = Field(
        0,
        ge=0,
        le=64,
        description="Windows of different requests that one computation takes (faster-whisper). 0: 8 on a GPU, 1 on a "
        "CPU.",
    )
    asr_micro_batch_wait_ms: float = Field(
        10.0,
        allow_inf_nan=False,
        ge=0,
        le=1000,
        description="Milliseconds that a computation waits for windows of other requests that are on their way.",
    )
    asr_cpu_when_gpu_is_full: bool = Field(
        True,
        description="Compute on the CPU, slowly, a window that the GPU has no memory for even alone. false: it fails.",
    )
    asr_idle_unload_s: float = Field(
        900.0,
        allow_inf_nan=False,
        ge=0,
        description="Seconds without a request after which a model leaves memory. 0: never.",
    )
    asr_preload: bool = Field(False, description="Load (and download) the model at the start instead of on first use.")

    asr_max_upload_mb: float = setting(
        25.0, shapes=False, allow_inf_nan=False, gt=0, description="Largest upload on the OpenAI routes, in MiB."
    )
    asr_bazarr_max_upload_mb: float = setting(
        1024.0, shapes=False, allow_inf_nan=False, gt=0, description="Largest upload on the Bazarr routes, in MiB."
    )
    asr_batch_max_upload_mb: float = setting(
        1024.0,
        shapes=False,
        allow_inf_nan=False,
        gt=0,
        description="Largest batch of files, in MiB, also when a zip is unpacked; ASR_MAX_UPLOAD_MB is for each file.",
    )
    asr_bazarr_require_key: bool = setting(
        False, shapes=False, description="Ask for API_KEY on the Bazarr routes too. Bazarr itself never sends one."
    )
    asr_max_audio_s: float = setting(
        14_400.0, shapes=False, allow_inf_nan=False, gt=0, description="Longest audio, in seconds after decoding."
    )
    asr_decode_timeout_s: float = setting(
        20.0,
        shapes=False,
        allow_inf_nan=False,
        gt=0,
        description="Seconds that FFmpeg may take for the next piece of audio before it is stopped.",
    )
    asr_chunk_s: float = Field(
        300.0,
        ge=30,
        le=1800,
        description="Longer audio is cut near this many seconds, in a silence, and worked on piece by piece: it bounds "
        "the memory of a request (about 0.4 MB a second).",
    )

    asr_language: str = Field(
        "", description="Language of audio when a request names none (en, de ...). Empty: detect it."
    )
    asr_beam_size: int = Field(5, ge=1, le=32, description="Beam size at temperature 0.")
    asr_best_of: int = Field(5, ge=1, le=32, description="Candidates when sampling at a temperature above 0.")
    asr_patience: float = Field(1.0, gt=0, description="Beam search patience factor.")
    asr_length_penalty: float = Field(1.0, description="Exponential length penalty of the beam search.")
    asr_repetition_penalty: float = Field(
        1.0, ge=1.0, description="Above 1: penalise tokens that were produced already."
    )
    asr_no_repeat_ngram_size: int = Field(0, ge=0, description="Forbid repeats of n-grams of this size. 0: off.")
    asr_temperature: Annotated[tuple[float, ...], NoDecode] = Field(
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        description="Temperature ladder, comma-separated, 0 to 1: the next one is tried when the decoding looks wrong.",
    )
    asr_compression_ratio_threshold: float = Field(
        2.4, ge=0, description="Text that compresses better than this counts as a repetition loop. 0: off."
    )
    asr_log_prob_threshold: float = Field(
        -1.0, le=0, description="Decoding with a lower mean log-probability counts as failed. -inf: off."
    )
    asr_no_speech_threshold: float = Field(
        0.6,
        ge=0,
        le=1,
        description="A window whose no-speech probability is higher, and whose decoding failed, is silent.",
    )
    asr_condition_on_previous_text: bool = Field(
        True, description="Give each window the text before it. false: less context, fewer repetition loops."
    )
    asr_prompt_reset_on_temperature: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Forget the text before a window that needed a higher temperature than this.",
    )
    asr_hallucination_silence_threshold: float = Field(
        0.0,
        ge=0,
        description="With word times: skip silences longer than this many seconds around a suspected "
        "hallucination. 0: off.",
    )
    asr_initial_prompt: str = Field("", description="Prompt of requests that bring none.")
    asr_hotwords: CommaList = Field(
        default_factory=list, description="Words to favour in every request, comma-separated."
    )
    asr_word_timestamps: bool = Field(False, description="Compute word times for every request, not only when asked.")
    asr_batch_size: int = Field(
        1,
        ge=1,
        le=64,
        description="Windows of one file decoded together (faster-whisper). Above 1: faster on long files, "
        "without context from window to window, and the first words come later.",
    )

    @field_validator("asr_device", mode="after")
    @classmethod
    def _known_device(cls, value: str) -> str:
        return check_device(value)

    @field_validator("asr_allowed_models", "asr_fallback_engines", "asr_temperature", "asr_hotwords", mode="before")
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return split_commas(value)

    @field_validator("asr_language", mode="after")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value.strip() and find_language(value) is None:
            raise ValueError("must be a language that Whisper knows, such as en, de or french")
        return value

    @field_validator("asr_temperature", mode="after")
    @classmethod
    def _ladder(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or not all(0 <= step <= 1 for step in value):
            raise ValueError("must be one or more numbers from 0 to 1")
        return value
