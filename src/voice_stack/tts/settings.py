"""Settings of the speech service."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from voice_stack.core.settings import CommaList, check_device, setting, split_commas
from voice_stack.hub.settings import HubOptions
from voice_stack.language.codes import find_language
from voice_stack.web.settings import ServiceSettings


class EngineName(StrEnum):
    """The speech engines, the best first."""

    COQUI = "coqui"
    KOKORO = "kokoro"
    PIPER = "piper"
    ESPEAK = "espeak"
    TONE = "tone"
    """A test signal, never chosen by itself."""


AUTO = "auto"
AUTO_ORDER = (EngineName.COQUI, EngineName.KOKORO, EngineName.PIPER, EngineName.ESPEAK)


class TtsSettings(ServiceSettings):
    """The speech service."""

    hub: HubOptions = HubOptions()

    tts_host: str = setting("0.0.0.0", shapes=False, description="Address that the service listens on.")
    tts_port: int = setting(5002, shapes=False, ge=1, le=65535, description="Port that the service listens on.")

    tts_engine: str = Field(
        AUTO,
        description="coqui (needs the extra `coqui`), kokoro, piper (extra `piper`), espeak; tone is a test signal. "
        "auto: the first of coqui, kokoro, piper and espeak that is installed, licensed and can be had.",
    )
    tts_fallback_engines: Annotated[tuple[EngineName, ...], NoDecode] = Field(
        (EngineName.ESPEAK,),
        description="Engines that speak, in order, when the configured one cannot be built, comma-separated. "
        "Empty: answer 503 instead. With TTS_ENGINE=auto, empty means no espeak either.",
    )
    tts_retry_engine_s: float = Field(
        60.0, allow_inf_nan=False, ge=0, description="Seconds before an engine that could not be built is tried again."
    )
    tts_coqui_model: str = Field(
        "coqui/XTTS-v2", min_length=1, description="XTTS model: a hub id or a local folder with config.json."
    )
    tts_kokoro_model: str = Field(
        "onnx-community/Kokoro-82M-v1.0-ONNX",
        min_length=1,
        description="Kokoro model: a hub id or a local folder.",
    )
    tts_piper_model: str = Field(
        "rhasspy/piper-voices",
        min_length=1,
        description="Where Piper voices come from: a hub id or a local folder with NAME.onnx and NAME.onnx.json.",
    )
    coqui_tos_agreed: bool = Field(
        False,
        description="1: you accept the Coqui Public Model License, which allows "
        "non-commercial use of XTTS-v2 only. Without it the engine coqui is not loaded.",
    )
    tts_allowed_models: CommaList = Field(
        default_factory=list,
        description="Further engines that requests may name as their model and that are downloaded on first use, "
        "comma-separated (kokoro, piper ...). What is on the disk needs no mention. `*` allows all.",
    )
    tts_device: str = Field(
        "auto", description="auto, cpu, cuda or cuda:N. A missing GPU means the CPU, with a warning."
    )
    tts_threads: int = Field(0, ge=0, le=256, description="CPU threads of the engine. 0: the engine chooses.")
    tts_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Utterances spoken at once, where the engine can (kokoro, piper, espeak). 0: one, espeak four. "
        "More is fairer to many clients and slower for each.",
    )
    tts_idle_unload_s: float = Field(
        900.0,
        allow_inf_nan=False,
        ge=0,
        description="Seconds without a request after which a model leaves memory. 0: never.",
    )
    tts_preload: bool = Field(False, description="Load (and download) the model at the start instead of on first use.")

    tts_voices_dir: Path = Field(
        Path("voices"),
        description="Folder of the voice library: NAME.wav, .flac, .mp3 or .ogg, or a folder NAME of several, with an "
        "optional NAME.json; and openai.yaml, which says what OpenAI's voice names stand for.",
    )
    tts_lexicon_dir: Path = Field(
        Path("voices/lexicon"), description="Folder of pronunciation lexicons, one YAML file a language (en.yaml)."
    )
    tts_language: str = Field(
        "en", description="Language of texts when a request names none and none can be told from the text."
    )
    tts_auto_lang: bool = Field(True, description="Tell the language from the text when a request names none.")
    tts_max_input_chars: int = setting(
        4096,
        shapes=False,
        ge=1,
        le=1_000_000,
        description="Longest input of one request, in characters. OpenAI's limit is 4096.",
    )
    tts_interactive_chars: int = setting(
        600,
        shapes=False,
        ge=0,
        description="Longest text, in characters, that goes before the long ones; a request may say otherwise with "
        "x-priority.",
    )
    tts_chunk_chars: int = Field(
        180,
        ge=20,
        le=1000,
        description="Characters that are spoken in one go, about; engines have limits of their own.",
    )
    tts_first_chunk_chars: int = Field(
        80, ge=10, le=1000, description="Characters of the first piece, about: the shorter, the sooner speech starts."
    )
    tts_loudness_lufs: float = Field(
        -19.0, ge=-40, le=-10, description="Loudness that speech is brought to, in LUFS (ITU-R BS.1770)."
    )

    tts_xtts_temperature: float = Field(0.75, gt=0, le=2, description="XTTS: sampling temperature.")
    tts_xtts_length_penalty: float = Field(1.0, description="XTTS: exponential length penalty.")
    tts_xtts_repetition_penalty: float = Field(10.0, ge=1, description="XTTS: penalty of repeated tokens.")
    tts_xtts_top_k: int = Field(50, ge=1, description="XTTS: sample from the so many likeliest tokens.")
    tts_xtts_top_p: float = Field(0.85, gt=0, le=1, description="XTTS: sample from the tokens of so much probability.")
    tts_xtts_stream_chunk_size: int = Field(
        20, ge=4, le=600, description="XTTS: audio tokens of a streamed part, 46 ms each."
    )
    tts_piper_noise_scale: float | None = Field(
        None, ge=0, le=2, description="Piper: variation of the sound. Empty: the voice's own."
    )
    tts_piper_noise_w_scale: float | None = Field(
        None, ge=0, le=2, description="Piper: variation of the phonemes' lengths. Empty: the voice's own."
    )

    @field_validator("tts_engine", mode="after")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        names = (AUTO, *EngineName)
        if value.strip().lower() not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value.strip().lower()

    @field_validator("tts_device", mode="after")
    @classmethod
    def _known_device(cls, value: str) -> str:
        return check_device(value)

    @field_validator("tts_fallback_engines", "tts_allowed_models", mode="before")
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return split_commas(value)

    @field_validator("tts_piper_noise_scale", "tts_piper_noise_w_scale", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("tts_language", mode="after")
    @classmethod
    def _known_language(cls, value: str) -> str:
        found = find_language(value)
        if found is None:
            raise ValueError("must be a language such as en, de or french")
        return found
