"""What a transcription request gets where it says nothing."""

import pytest

from voice_stack.asr.recognition.defaults import request_options
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest, Task
from voice_stack.core.settings import load_settings


def test_without_settings_a_request_stays_as_it_is_and_is_filtered() -> None:
    settings = load_settings(AsrSettings)
    asked = RecognitionRequest(task=Task.TRANSLATE, temperature=0.5)
    options = request_options(settings, asked)
    assert options.recognition == asked
    assert options.vad is settings.vad


def test_settings_fill_in_what_is_not_said() -> None:
    settings = load_settings(
        AsrSettings,
        asr_language="german",
        asr_initial_prompt="Grieg",
        asr_word_timestamps=True,
        asr_vad_enabled=False,
        asr_vad_threshold=0.3,
    )
    options = request_options(settings, RecognitionRequest())
    assert options.recognition == RecognitionRequest(language="de", prompt="Grieg", word_timestamps=True)
    assert options.vad is None
    said = RecognitionRequest(language="en", prompt="Sibelius")
    assert request_options(settings, said).recognition == RecognitionRequest(
        language="en", prompt="Sibelius", word_timestamps=True
    )
    tuned = request_options(settings, said, use_vad=True).vad
    assert tuned is not None
    assert tuned.threshold == 0.3


@pytest.mark.parametrize("enabled", [True, False])
def test_a_request_may_say_no_to_the_filter(enabled: bool) -> None:
    settings = load_settings(AsrSettings, asr_vad_enabled=enabled)
    assert request_options(settings, RecognitionRequest(), use_vad=False).vad is None
