"""Settings of the voices that clients create."""

from pathlib import Path

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, SettingsGroup, setting


class CustomVoiceOptions(SettingsGroup):
    """Voices and consents that clients create over the API."""

    model_config = SettingsConfigDict(env_prefix="TTS_")

    voices_api: bool = setting(
        True,
        shapes=False,
        description="Let clients create, change and delete voices and consents. false: they answer 404, and what is "
        "there can be listed and spoken with.",
    )
    require_consent: bool = setting(
        True,
        shapes=False,
        description="Voices that are created over the API need a consent. Files that you put into TTS_VOICES_DIR do "
        "not: they are your word.",
    )
    consent_strict: bool = setting(
        False,
        shapes=False,
        description="Refuse what could not be verified, too: a consent whose phrase nobody could check, a voice whose "
        "speaker nobody could compare. false: only what was checked and failed is refused.",
    )
    consent_max_wer: float = setting(
        0.35,
        ge=0,
        le=1,
        shapes=False,
        description="Share of the words of a consent's phrase that may be wrong as the recogniser heard it.",
    )
    consent_names: CommaList = setting(
        ["OpenAI", "Voice Stack"],
        shapes=False,
        description="Who a consent's phrase may allow to use the voice, comma-separated. A phrase that names nobody is "
        "accepted as well.",
    )
    consent_phrases: Path = setting(
        Path("voices/consent.yaml"),
        shapes=False,
        description="YAML file of your own phrases: a list a language (`en: [I agree that ...]`), which replaces the "
        "ones that come with the program. It need not exist.",
    )
    custom_voices: int = setting(
        10_000, ge=0, shapes=False, description="Voices that clients may create, and as many consents."
    )
    custom_voices_mb: float = setting(
        20_000.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="MiB on disk for created voices and consents together; beyond, new ones are refused with 507.",
    )
    voice_upload_mb: float = setting(
        10.0,
        gt=0,
        le=100,
        allow_inf_nan=False,
        shapes=False,
        description="Largest recording of a voice or a consent, in MiB. OpenAI's limit is 10.",
    )

    @field_validator("consent_names", mode="after")
    @classmethod
    def _has_a_name(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("must name somebody")
        return value
