"""WeSpeaker's networks: the one in a wheel that every install has, and those on the disk."""

from typing import Final

from voice_stack.serving.spec import ModelEntry
from voice_stack.speaker import community
from voice_stack.speaker.engines.onnx_files import Config, NetworkFiles

ENGINE_NAME: Final = "wespeaker"
EMBEDDED: Final = "wespeaker-resnet34-community-1"
"""Id of the network that comes with the install."""
# Publication of community-1, Unix seconds.
_RELEASED: Final = 1_759_104_000

FILES: Final = NetworkFiles(
    ENGINE_NAME,
    "WeSpeaker",
    patterns=("*resnet*.onnx", "*.onnx"),
    hub_pattern="*.onnx",
    released=_RELEASED,
    hint="Put a network of WeSpeaker's, exported to ONNX, into a folder and set SPEAKER_MODEL to it.",
)


def is_embedded(config: Config) -> bool:
    """True where the network that comes with the install is meant."""
    return config.model in ("", ENGINE_NAME, EMBEDDED)


def models(config: Config) -> list[ModelEntry]:
    """The configured model, and the one that comes with the install."""
    return [_entry()] if is_embedded(config) else [*FILES.models(config), _entry()]


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by the engine's name, a hub id, or the path of a file or folder."""
    return _entry() if name in (ENGINE_NAME, EMBEDDED) else FILES.find(name, config)


def _entry() -> ModelEntry:
    there = community.is_there(community.CommunityNetwork.EMBEDDING)
    return ModelEntry(EMBEDDED, ENGINE_NAME, "", "pyannote", _RELEASED, there, (ENGINE_NAME,))
