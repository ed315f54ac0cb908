"""The client against real services: what it tells, what it waits for, and the errors that it raises."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import HELLO
from tests.live_server import ESPEAK, MOONSHINE, Server, serve_asr, serve_tts
from voice_stack.audio.wav import wav_header
from voice_stack.client import AsyncVoiceStackClient, Job, VoiceStackClient
from voice_stack.client.refusals import error_of, refusal
from voice_stack.core.errors import (
    AuthenticationError,
    EngineError,
    InvalidRequestError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
    ServiceUnavailableError,
    SpoolFullError,
    VoiceNotFoundError,
)

TEXT = "The man was walking along the road. " * 4
KEY = "opensesame"


@pytest.fixture(scope="module")
def speech() -> Iterator[Server]:
    with serve_tts(ESPEAK | {"API_KEY": KEY}) as server:
        yield server


@pytest.fixture(scope="module")
def tts(speech: Server) -> Iterator[VoiceStackClient]:
    with VoiceStackClient(speech.v1, api_key=KEY) as client:
        yield client


@pytest.fixture(scope="module")
def asr() -> Iterator[VoiceStackClient]:
    with serve_asr(MOONSHINE) as server, VoiceStackClient(server.v1) as client:
        yield client


def test_speech_says_who_spoke(tts: VoiceStackClient) -> None:
    speech = tts.speak("Guten Morgen.", voice="nova", format="wav", language="de", speed=1.5)
    assert (speech.engine, speech.language, speech.fallback) == ("espeak", "de", "")
    assert speech.audio[:4] == wav_header(speech.sample_rate, 0)[:4]


def test_speech_streams_while_it_is_made(tts: VoiceStackClient) -> None:
    with tts.stream_speech(TEXT, format="pcm") as (pieces, speech):
        assert speech.engine == "espeak"
        assert len(list(pieces)) > 1


def test_a_job_is_followed_waited_for_and_fetched(tts: VoiceStackClient, tmp_path: Path) -> None:
    job = tts.submit_speech(TEXT, format="wav")
    assert not job.is_over
    followed = list(tts.follow(job))
    assert followed[-1].status == "completed"
    told: list[Job] = []
    done = tts.wait(job, on_progress=told.append)
    assert done.fraction == 1.0
    assert told[-1].status == "completed"
    result = tts.result(done)
    assert result.content_type == "audio/wav"
    assert result.save(tmp_path / "a.wav").stat().st_size > 24_000
    assert [one.id for one in tts.jobs("completed")][:1] == [job.id]
    tts.cancel(job)
    with pytest.raises(NotFoundError):
        tts.job(job)


def test_a_transcript_has_its_words_and_so_has_a_job(asr: VoiceStackClient) -> None:
    heard = asr.transcribe(HELLO, words=True)
    assert heard.text == "The man was walking along the road."
    assert heard.engine == "moonshine"
    assert [word.text for word in heard.words][:2] == ["The", "man"]
    with HELLO.open("rb") as file:
        job = asr.submit_transcription(file, response_format="text")
    assert asr.result(asr.wait(job)).content.decode().strip() == heard.text


def test_voices_and_models_are_listed_loaded_and_pulled(tts: VoiceStackClient) -> None:
    voices = {voice.id: voice for voice in tts.voices()}
    assert voices["alloy"].kind == "openai"
    assert voices["de"].languages == ("de",)
    own = next(model for model in tts.models() if model.engine == "espeak")
    assert own.installed
    assert tts.load(own.id).id == tts.unload(own.id).id == own.id
    assert tts.pull(own.id).installed


def test_errors_are_those_that_the_service_raised(tts: VoiceStackClient, speech: Server) -> None:
    with pytest.raises(VoiceNotFoundError, match="nobody"):
        tts.speak("Hello.", voice="nobody")
    with pytest.raises(ModelNotFoundError) as raised:
        tts.speak("Hello.", model="no-such-model")
    assert raised.value.param == "model"
    with pytest.raises(InvalidRequestError):
        tts.speak("Hello.", speed=9)
    with pytest.raises(NotFoundError):
        tts.wait("job_of_nobody")
    with VoiceStackClient(speech.v1, api_key="wrong") as stranger, pytest.raises(AuthenticationError):
        stranger.voices()


def test_a_service_that_is_not_there_is_said() -> None:
    with VoiceStackClient("http://127.0.0.1:9/v1") as client, pytest.raises(ServiceUnavailableError, match="running"):
        client.voices()
    with pytest.raises(InvalidRequestError, match="no address"):
        VoiceStackClient("localhost:5002")


@pytest.mark.parametrize(
    ("status", "code", "cls"),
    [
        (429, "overloaded", OverloadedError),
        (429, None, OverloadedError),
        (507, "spool_full", SpoolFullError),
        (404, "voice_not_found", VoiceNotFoundError),
        (404, None, NotFoundError),
        (418, "unheard_of", InvalidRequestError),
        (500, None, EngineError),
        (502, None, ServiceUnavailableError),
    ],
)
def test_codes_and_statuses_become_classes(status: int, code: str | None, cls: type[Exception]) -> None:
    error = error_of(status, code, "Why.", headers={"retry-after": "7"})
    assert type(error) is cls
    if isinstance(error, OverloadedError | SpoolFullError):
        assert error.retry_after_s == 7


def test_a_page_of_a_proxy_is_no_riddle() -> None:
    error = refusal(503, {}, b"<html>Service Unavailable</html>")
    assert isinstance(error, ServiceUnavailableError)
    assert "503" in error.message


async def test_coroutines_have_the_same_client(speech: Server) -> None:
    async with AsyncVoiceStackClient(speech.v1, api_key=KEY) as tts:
        told: list[str] = []
        jobs = [await tts.submit_speech(f"{TEXT} {number}", format="wav") for number in range(3)]
        done = await asyncio.gather(*(tts.wait(job, on_progress=lambda job: told.append(job.status)) for job in jobs))
        assert [job.id for job in done] == [job.id for job in jobs]
        assert told.count("completed") == 3
        assert [job.status async for job in tts.follow(jobs[0])][-1] == "completed"
        assert (await tts.result(jobs[0])).content[:4] == b"RIFF"
        assert {job.id for job in jobs} <= {job.id for job in await tts.jobs("completed")}
        assert "alloy" in {voice.id for voice in await tts.voices()}
        with pytest.raises(VoiceNotFoundError):
            await tts.speak("Hello.", voice="nobody")
        await tts.cancel(jobs[0])
        with pytest.raises(NotFoundError):
            await tts.job(jobs[0])


def test_both_clients_have_the_same_methods() -> None:
    def methods(cls: type) -> set[str]:
        return {name for name in vars(cls) if not name.startswith("_")}

    # Bytes of a stream are taken by a thread of its own; OpenAI's SDK has that for coroutines.
    assert methods(VoiceStackClient) - methods(AsyncVoiceStackClient) == {"stream_speech"}
    assert methods(AsyncVoiceStackClient) <= methods(VoiceStackClient)
