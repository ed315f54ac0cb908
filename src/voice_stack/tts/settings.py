"""Settings of the speech service."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, setting
from voice_stack.hub.settings import HubOptions
from voice_stack.language.codes import find_language
from voice_stack.serving.options import AUTO, EngineNames, HostOptions
from voice_stack.text.markup.pauses import MAX_PAUSE_S
from voice_stack.tts.listening import RecogniserOptions
from voice_stack.tts.provenance.settings import ProvenanceOptions
from voice_stack.tts.speaking.checking.settings import VerifyOptions
from voice_stack.tts.voice_options import CustomVoiceOptions
from voice_stack.tts.wyoming_options import TtsWyomingOptions
from voice_stack.web.settings import ServiceSettings


class SpeechHost(HostOptions):
    """The speech engines of the service."""

    model_config = SettingsConfigDict(env_prefix="TTS_")

    engine: str = setting(
        AUTO,
        description="coqui (needs the extra `coqui`), kokoro, pocket (extra `pocket`), piper (extra `piper`), "
        "supertonic (extra `sherpa`), espeak, chatterbox (extra `chatterbox`), remote (another server: "
        "TTS_REMOTE_URL), or an engine of an installed package; tone is a test signal. auto: the first of coqui, "
        "kokoro, pocket, piper, supertonic and espeak that is installed, licensed and can be had.",
    )
    fallback_engines: EngineNames = setting(
        ("espeak",),
        description="Engines that speak, in order, when the configured one cannot be built, comma-separated. "
        "Empty: answer 503 instead. With TTS_ENGINE=auto, empty means no espeak either.",
    )
    allowed_models: CommaList = setting(
        [],
        shapes=False,
        description="Further engines that requests may name as their model and that are downloaded on first use, "
        "comma-separated (kokoro, piper ...). What is on the disk needs no mention. `*` allows all.",
    )
    threads: int = setting(
        0, ge=0, le=256, shapes=False, description="CPU threads of the engine. 0: the engine chooses."
    )
    workers: int = setting(
        0,
        ge=0,
        le=64,
        shapes=False,
        description="Utterances spoken at once, where the engine can (kokoro, piper, espeak). 0: one, espeak four. "
        "More is fairer to many clients and slower for each.",
    )


class TtsSettings(ServiceSettings):
    """The speech service."""

    hub: HubOptions = HubOptions()
    host: SpeechHost = SpeechHost()
    recogniser: RecogniserOptions = RecogniserOptions()
    wyoming_door: TtsWyomingOptions = TtsWyomingOptions()
    custom: CustomVoiceOptions = CustomVoiceOptions()
    provenance: ProvenanceOptions = ProvenanceOptions()
    verify: VerifyOptions = VerifyOptions()

    tts_host: str = setting(
        "0.0.0.0", shapes=False, description="Address that the service listens on. `::` is every one, IPv4 and IPv6."
    )
    tts_port: int = setting(5002, ge=1, le=65535, shapes=False, description="Port that the service listens on.")

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
        ge=1,
        le=1_000_000,
        shapes=False,
        description="Longest input of one request, in characters. OpenAI's limit is 4096.",
    )
    tts_interactive_chars: int = setting(
        600,
        ge=0,
        shapes=False,
        description="Longest text, in characters, that goes before the long ones; a request may say otherwise with "
        "x-priority.",
    )
    tts_dialogue_gap_s: float = Field(
        0.35, ge=0, le=MAX_PAUSE_S, description="Seconds of silence between two lines of a dialogue."
    )
    tts_chunk_chars: int = Field(
        180,
        ge=20,
        le=1000,
        description="Characters that are spoken in one go, about; engines have limits of their own.",
    )
    tts_first_chunk_chars: int = Field(
        0,
        ge=0,
        le=1000,
        description="Characters of the first piece where somebody waits for it, about: the shorter, the sooner speech "
        "starts. 0: 36 with an engine that gives a sentence whole (kokoro, piper), 80 with others.",
    )
    tts_loudness_lufs: float = Field(
        -19.0, ge=-40, le=-10, description="Loudness that speech is brought to, in LUFS (ITU-R BS.1770)."
    )

    @field_validator("tts_language", mode="after")
    @classmethod
    def _known_language(cls, value: str) -> str:
        found = find_language(value)
        if found is None:
            raise ValueError("must be a language such as en, de or french")
        return found
