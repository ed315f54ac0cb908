"""Recognition by another server: any that is OpenAI-shaped, another Voice Stack too."""

from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.asr.engines.base import ContextOptions
from voice_stack.core.settings import setting
from voice_stack.language.lists import LanguageList
from voice_stack.serving.remote.engine import upstream_spec
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.spec import Kind

# The day OpenAI's whisper-1 appeared.
_CREATED: Final = 1_677_532_384


class RemoteRecognitionOptions(UpstreamOptions):
    """The upstream of the recognition."""

    model_config = SettingsConfigDict(env_prefix="ASR_REMOTE_")

    model: str = setting(
        "whisper-1",
        min_length=1,
        description="Name of the model, as the upstream knows it. ASR_MODEL, where it is set, comes first.",
    )
    languages: LanguageList = setting(
        [], description="Languages that the upstream recognises, comma-separated. Empty: all that Whisper knows."
    )
    context: ContextOptions = ContextOptions()


_PLACE = "voice_stack.asr.engines.remote.engine:RemoteRecogniser"
ENGINE: Final = upstream_spec(Kind.RECOGNITION, _PLACE, RemoteRecognitionOptions, _CREATED)
