"""Settings of the speaker encoder."""

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, check_device, setting


class SpeakerOptions(SettingsGroup):
    """The network that tells speakers apart, for both services."""

    model_config = SettingsConfigDict(env_prefix="SPEAKER_")

    model: str = setting(
        "",
        description="Speaker embedding model: wespeaker (comes with the install), campplus (downloaded, 28 MB), a "
        "file, a folder with one, or a hub id. Empty: transcription takes wespeaker; speech compares no speakers.",
    )
    engine: str = setting(
        "campplus",
        description="Engine that runs it, where SPEAKER_MODEL is a file, a folder or a hub id: campplus, wespeaker, "
        "ecapa, redimnet.",
    )
    threshold: float | None = setting(
        None,
        ge=-1,
        le=1,
        description="Similarity from which two recordings are of one speaker. Empty: the model's own, as measured.",
    )
    device: str = setting("auto", description="auto, cpu, cuda or cuda:N.", shapes=False)
    threads: int = setting(0, ge=0, le=256, description="CPU threads. 0: all cores.", shapes=False)

    @field_validator("device", mode="after")
    @classmethod
    def _known_device(cls, value: str) -> str:
        return check_device(value)

    @field_validator("threshold", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


class IdentityOptions(SettingsGroup):
    """Speakers who are enrolled, to be recognised in later recordings."""

    model_config = SettingsConfigDict(env_prefix="SPEAKER_")

    api: bool = setting(
        True,
        shapes=False,
        description="Serve /v1/speakers: enrol, list, change and forget identities. false: they answer 404.",
    )
    identities: int = setting(1000, ge=0, le=10_000, shapes=False, description="Identities that are kept at most.")
    require_consent: bool = setting(
        True,
        shapes=False,
        description="Enrolling takes a consent: who has agreed, and to what. It is kept with the identity.",
    )
