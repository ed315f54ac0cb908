"""Settings of the transcription service."""

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from voice_stack.asr.engines.base import ContextOptions
from voice_stack.asr.live_options import LiveOptions
from voice_stack.asr.subtitles.options import SubtitleOptions
from voice_stack.asr.wyoming_options import AsrWyomingOptions
from voice_stack.audio.vad import VadOptions
from voice_stack.core.settings import CommaList, setting, split_commas
from voice_stack.hub.settings import HubOptions
from voice_stack.language.codes import find_language, names_no_language
from voice_stack.serving.options import EngineNames, HostOptions
from voice_stack.speaker.diarization.settings import DiarizationHost
from voice_stack.web.settings import ServiceSettings


def split_languages(value: object) -> object:
    """Turn `"en=parakeet, *=faster-whisper"` into a mapping by ISO 639-1 code; anything else is left as it is.

    Raises:
        ValueError: a part has no `=`, or its language is none.
    """
    if not isinstance(value, str | list):
        return value
    found: dict[str, str] = {}
    parts = split_commas(value)
    for part in parts if isinstance(parts, list) else []:
        language, separator, name = (piece.strip() for piece in str(part).partition("="))
        code = "*" if language == "*" else find_language(language)
        if not separator or not name:
            raise ValueError(f"{part!r} must be LANGUAGE=ENGINE")
        if code is None:
            raise ValueError(f"{language!r} is no language; use a code such as en or de, or * for all others")
        found[code] = name
    return found


LanguageMap = Annotated[dict[str, str], NoDecode, BeforeValidator(split_languages)]


class RecognitionHost(HostOptions):
    """The recognition engines of the service."""

    model_config = SettingsConfigDict(env_prefix="ASR_")

    engine: str = setting(
        "faster-whisper",
        description="faster-whisper, whisper (needs the extra `whisper`), pocketsphinx, remote (another server: "
        "ASR_REMOTE_URL), or an engine of an installed package. auto: the first that is installed and can be had.",
    )
    engines_by_language: LanguageMap = setting(
        {},
        description="Engines or models for languages, comma-separated (en=pocketsphinx,*=faster-whisper), for requests "
        "that name none of their own; `*` is every other language. Empty: ASR_ENGINE for all.",
    )
    model: str = setting(
        "small",
        min_length=1,
        description="Model of the engine: a name (tiny, base, small, medium, large-v3, large-v3-turbo ...), "
        "a hub id (Systran/faster-whisper-small) or a local folder or file.",
    )
    allowed_models: CommaList = setting(
        [],
        shapes=False,
        description="Further models that requests may name and that are downloaded on first use, comma-separated. "
        "Installed models need no mention. `*` allows every name the engine knows and every hub id.",
    )
    fallback_engines: EngineNames = setting(
        ("moonshine", "pocketsphinx"),
        description="Engines that serve, in order, when the configured one cannot be built, comma-separated. "
        "Empty: answer 503 instead.",
    )
    threads: int = setting(
        0,
        ge=0,
        le=256,
        shapes=False,
        validation_alias="ASR_CPU_THREADS",
        description="CPU threads a worker. 0: all cores shared among the workers.",
    )
    workers: int = setting(
        0,
        ge=0,
        le=64,
        shapes=False,
        description="Computations at once. 0: two on a CPU of two cores or more, one on a GPU.",
    )


class AsrSettings(ServiceSettings):
    """The transcription service."""

    hub: HubOptions = HubOptions()
    wyoming_door: AsrWyomingOptions = AsrWyomingOptions()
    vad: VadOptions = VadOptions()
    host: RecognitionHost = RecognitionHost()
    context: ContextOptions = ContextOptions()
    subtitles: SubtitleOptions = SubtitleOptions()
    diarization: DiarizationHost = DiarizationHost()
    live: LiveOptions = LiveOptions()

    asr_host: str = setting(
        "0.0.0.0", shapes=False, description="Address that the service listens on. `::` is every one, IPv4 and IPv6."
    )
    asr_port: int = setting(5001, shapes=False, ge=1, le=65535, description="Port that the service listens on.")

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
    asr_initial_prompt: str = Field("", description="Prompt of requests that bring none.")
    asr_word_timestamps: bool = Field(False, description="Compute word times for every request, not only when asked.")

    @field_validator("asr_language", mode="after")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if not names_no_language(value) and find_language(value) is None:
            raise ValueError("must be a language that Whisper knows, such as en, de or french")
        return value
