"""Prints `.env.example`: python -m voice_stack.cli.env_example > .env.example"""

from voice_stack.asr.settings import AsrSettings
from voice_stack.core.settings_report import render_env_example
from voice_stack.tts.settings import TtsSettings


def env_example() -> str:
    """The text of `.env.example`, for every service there is."""
    return render_env_example(AsrSettings, TtsSettings)


if __name__ == "__main__":
    print(env_example(), end="")
