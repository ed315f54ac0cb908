"""Settings for speaker tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_stack.core.settings import Settings, load_settings
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder


def encoder_with(**flags: object) -> SpeakerEncoder:
    """An encoder with settings by their variables' names in lower case; nothing else is read."""
    return speaker_encoder(load_settings(Settings, _env_file=None, **flags))


@pytest.fixture
def encoder(tiny_campplus: Path) -> Iterator[SpeakerEncoder]:
    """An encoder with the tiny network."""
    made = encoder_with(speaker_model=str(tiny_campplus))
    yield made
    made.close()
