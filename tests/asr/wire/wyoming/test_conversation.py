"""What an event asks for is what the engine is asked for."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from wyoming.asr import Transcribe
from wyoming.event import Event
from wyoming.info import Info

from voice_stack.apps.asr import create_asr_app
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.wire.wyoming.conversation import Asked, TranscriptionConversation
from voice_stack.core.settings import load_settings
from voice_stack.web.wyoming.common_events import CommonEvents
from voice_stack.web.wyoming.conversation import Line
from voice_stack.web.wyoming.events import Fields
from voice_stack.web.wyoming.metrics import WyomingMetrics


class Nobody:
    """A client that is told nothing."""

    async def send(self, event: Event) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


def read(tmp_path: Path, event: Transcribe, **flags: object) -> Asked:
    settings = load_settings(AsrSettings, _env_file=None, asr_engine="pocketsphinx", data_dir=str(tmp_path), **flags)
    line = Line(Nobody(), WyomingMetrics(CollectorRegistry(), lambda: 0.0), CommonEvents(Info, ()))
    conversation = TranscriptionConversation(create_asr_app(settings).state.service, line)
    return conversation._read(Fields(event.event().data))


def test_names_and_terms_are_favoured_and_defaults_are_those_of_http(tmp_path: Path) -> None:
    event = Transcribe(transcript_terms=["Kubernetes"], transcript_names=["Ada", "Büro"])
    asked = read(tmp_path, event, asr_initial_prompt="Glossary", asr_language="en")
    recognition = asked.options.recognition
    assert recognition.hotwords == ("Ada", "Büro", "Kubernetes")
    assert (recognition.prompt, recognition.language, asked.options.model) == ("Glossary", "en", "whisper-1")
    assert asked.options.vad is not None
    assert asked.options.lane is None  # told by the length of the audio


@pytest.mark.parametrize(
    ("sensitivity", "endpointing", "silence_s"),
    [(None, False, None), (None, True, 0.7), ("relaxed", False, 1.25), ("aggressive", True, 0.25)],
)
def test_the_end_is_heard_by_who_is_asked_to(
    tmp_path: Path, sensitivity: str | None, endpointing: bool, silence_s: float | None
) -> None:
    event = Transcribe(vad_sensitivity=sensitivity)
    assert read(tmp_path, event, asr_wyoming_endpointing=endpointing).silence_s == silence_s
