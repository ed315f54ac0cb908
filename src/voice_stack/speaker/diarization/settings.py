"""Settings of diarization."""

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineOptions
from voice_stack.serving.options import EngineNames, HostOptions


class DiarizationHost(HostOptions):
    """Diarization: who speaks when."""

    model_config = SettingsConfigDict(env_prefix="DIARIZATION_")

    engine: str = setting(
        "clustering",
        description="clustering (by the voices of SPEAKER_MODEL), pyannote (needs pyannote.audio and its model), or an "
        "engine of an installed package.",
    )
    fallback_engines: EngineNames = setting((), description="Engines that answer when it cannot be built.")
    model: str = setting(
        "",
        description="For clustering: community-1-segmentation (comes with the install; so does what tells voices), "
        "segmentation-3.0 (downloaded, 6 MB), an .onnx file of either, a folder with one, or voice-activity, which "
        "hears no overlap. For pyannote: a hub id or a folder. Empty: community-1.",
    )


class ClusteringOptions(EngineOptions):
    """The engine that groups voices."""

    model_config = SettingsConfigDict(env_prefix="DIARIZATION_CLUSTERING_")

    hop_s: float = setting(
        5.0,
        ge=1,
        le=10,
        description="Seconds from one window of ten to the next, with a segmentation network: the lower, the dearer.",
    )
    threshold: float | None = setting(
        None,
        ge=-1,
        le=1,
        description="Similarity below which two groups of speech are two speakers. Empty: that of the speaker model.",
    )

    @field_validator("threshold", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


class PyannoteOptions(EngineOptions):
    """pyannote.audio's pipelines."""

    model_config = SettingsConfigDict(env_prefix="DIARIZATION_PYANNOTE_")

    token: str = setting("", secret=True, shapes=False, description="Token of the hub: its model asks for consent.")
