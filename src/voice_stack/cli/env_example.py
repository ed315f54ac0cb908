"""Prints `.env.example`: python -m voice_stack.cli.env_example > .env.example"""

from voice_stack.asr.settings import AsrSettings
from voice_stack.core.settings import SettingsGroup
from voice_stack.core.settings_report import render_env_example
from voice_stack.serving.registry import BUILT_IN, Registry
from voice_stack.serving.spec import Kind
from voice_stack.tts.settings import TtsSettings


def setting_classes() -> list[type[SettingsGroup]]:
    """The classes that, with the groups in them, declare every setting there is: each service's settings, followed by
    the options of its own engines."""
    ours = Registry(BUILT_IN, entry_points=None)  # what else is installed here is nobody else's business
    recognisers = [spec.options for spec in ours.of(Kind.RECOGNITION)]
    speakers = [spec.options for spec in ours.of(Kind.SPEECH)]
    return [AsrSettings, *recognisers, TtsSettings, *speakers]


def env_example() -> str:
    """The text of `.env.example`, for every service there is."""
    return render_env_example(*setting_classes())


if __name__ == "__main__":
    print(env_example(), end="")
