"""Speech as an answer in plain data."""

import asyncio

import pytest

from voice_stack.apps.tts import create_tts_app
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import TextTooLongError
from voice_stack.core.settings import load_settings
from voice_stack.tts.schemas import SpeechBody
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.wire.answers import read_language, read_options, render_speech, spoken_answer
from voice_stack.tts.wire.state import TtsState
from voice_stack.web.rendered import rendered_response
from voice_stack.web.state import ServiceState

HEADERS = {
    "x-voice-stack-engine": "tone",
    "x-voice-stack-model": "tone",
    "x-voice-stack-voice": "tone",
    "x-voice-stack-language": "en",
    "x-voice-stack-sample-rate": "24000",
}


@pytest.fixture
def state() -> TtsState:
    settings = load_settings(TtsSettings, _env_file=None, tts_engine="tone", tts_max_input_chars=100)
    found = create_tts_app(settings).state.service
    assert isinstance(found, ServiceState)
    return found


def body(text: str) -> SpeechBody:
    return SpeechBody.model_validate({"model": "tts-1", "voice": "alloy", "input": text, "response_format": "pcm"})


async def test_speech_is_answered_with_its_pieces_and_who_speaks(state: TtsState) -> None:
    options = read_options(body("One. Two."), state, None)
    execution = state.runner.submit(options)
    rendered = await spoken_answer(execution, options)
    assert not isinstance(rendered.body, bytes)
    assert (rendered.status, rendered.content_type) == (200, "audio/pcm")
    assert rendered.headers == {"cache-control": "no-cache", **HEADERS}
    pieces = [piece async for piece in rendered.body]
    assert len(pieces) > 1
    run = execution.run
    assert run is not None
    assert len(b"".join(pieces)) == round(run.report.audio_s * 24_000) * 2
    whole = render_speech(await execution.started, AudioFormat.PCM, b"".join(pieces))
    assert whole.headers == HEADERS
    headers = rendered_response(whole).headers
    assert headers["content-type"] == "audio/pcm"
    assert "cache-control" not in headers
    await asyncio.to_thread(state.runner.close)


def test_a_text_that_is_too_long_is_the_clients_fault(state: TtsState) -> None:
    with pytest.raises(TextTooLongError, match="TTS_MAX_INPUT_CHARS"):
        read_options(body("a" * 101), state, None)


@pytest.mark.parametrize(
    ("sent", "language"),
    [
        ("und", None),
        ("", None),
        (" ", None),
        ("auto", None),
        ("ger", "de"),
        ("in", "id"),
        ("fil", "tl"),
        ("pt-BR", "pt"),
    ],
)
@pytest.mark.parametrize("field", ["language", "lang_code"])
def test_language_comes_by_every_code_or_is_left_to_the_text(field: str, sent: str, language: str | None) -> None:
    assert read_language(SpeechBody.model_validate({**body("One.").model_dump(), field: sent})) == language
