"""Prints `.env.example`, with the settings of the engines of installed packages.

python -m voice_stack.cli.env_example > .env.example
"""

from typing import Final

from voice_stack.asr.settings import AsrSettings
from voice_stack.core.settings import SettingsGroup
from voice_stack.core.settings_report import render_env_example
from voice_stack.serving.registry import BUILT_IN, REGISTRY, Registry
from voice_stack.serving.spec import Kind
from voice_stack.speaker.settings import IdentityOptions, SpeakerOptions
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.voices.reference_options import ReferenceOptions

OURS: Final = Registry(BUILT_IN, entry_points=None)
"""Our own engines, whatever else is installed."""


def setting_classes(registry: Registry = OURS) -> list[type[SettingsGroup]]:
    """The classes that, with the groups in them, declare every setting there is: each service's settings, followed by
    the options of its engines."""
    recognisers = [spec.options for spec in registry.of(Kind.RECOGNITION)]
    speakers = [spec.options for spec in registry.of(Kind.SPEECH)]
    embedders = [spec.options for spec in registry.of(Kind.EMBEDDING)]
    diarizers = [spec.options for spec in registry.of(Kind.DIARIZATION)]
    return [
        AsrSettings,
        *recognisers,
        SpeakerOptions,
        IdentityOptions,
        *embedders,
        *diarizers,
        TtsSettings,
        *speakers,
        ReferenceOptions,
    ]


def env_example(registry: Registry = OURS) -> str:
    """The text of `.env.example`, for every service there is."""
    return render_env_example(*setting_classes(registry))


if __name__ == "__main__":
    print(env_example(REGISTRY), end="")
