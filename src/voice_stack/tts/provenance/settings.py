"""Settings of what speech says of its origin."""

from enum import StrEnum

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


class Watermark(StrEnum):
    """Kind of inaudible mark."""

    OFF = "off"
    PERTH = "perth"


class ProvenanceOptions(SettingsGroup):
    """Origin of speech: what is said of it, and how it is looked for."""

    model_config = SettingsConfigDict(env_prefix="TTS_")

    provenance_metadata: bool = setting(
        True,
        description="Say in each file that its speech is synthetic, by which engine and on which day: mp3, opus, flac "
        "and wav; aac and pcm have no room. Never the text, nor a voice.",
    )
    watermark: Watermark = setting(
        Watermark.OFF,
        description="Inaudible mark in the sound itself, in every format: off, or perth (extra `watermark`). It costs "
        "0.01 to 0.3 s of CPU for a second of speech, and keeps half a second of a stream back.",
    )
    c2pa_cert: str = setting(
        "",
        description="PEM file with your certificate and its chain, the signer's first: WAV and mp3 that are sent whole "
        "are signed with it as C2PA says (extra `c2pa`). Empty: nothing is signed.",
    )
    c2pa_key: str = setting(
        "",
        secret=True,
        shapes=False,
        description="Private key of the certificate, in PEM. TTS_C2PA_KEY_FILE names its file.",
    )
    c2pa_wait: bool = setting(
        False,
        shapes=False,
        description="Send WAV and mp3 whole, so that each is signed, where a certificate is set: the first sound waits "
        "for the last. false: what is streamed is not signed; short answers and jobs are.",
    )
    provenance_max_mb: float = setting(
        25.0, gt=0, shapes=False, description="Largest file whose origin is looked for, in MiB."
    )
    provenance_max_s: float = setting(
        600.0, gt=0, shapes=False, description="Longest sound whose origin is looked for, in seconds."
    )
