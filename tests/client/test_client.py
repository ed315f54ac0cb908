"""The client against real services: what it tells, what it waits for, and the errors that it raises."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import HELLO
from tests.live_server import ESPEAK as USUAL
from tests.live_server import MOONSHINE, POCKETSPHINX, Server, serve_asr, serve_tts, two_roads
from voice_stack.audio.wav import wav_header
from voice_stack.client import AsyncVoiceStackClient, CreatedVoices, Job, VoiceStackClient
from voice_stack.client.asynchronous import AsyncCreatedVoices
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
    TextMismatchError,
    VoiceNotFoundError,
)

# DNSMOS takes most of the time that a sample takes.
ESPEAK = {**USUAL, "TTS_REFERENCE_DNSMOS": "none"}
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


def test_a_consent_and_a_voice_are_created_changed_and_deleted(tts: VoiceStackClient, tmp_path: Path) -> None:
    recording = two_roads(tmp_path / "anna.wav")
    assert any("consent" in phrase for phrase in tts.created.phrases("en-US"))
    consent = tts.created.create_consent(recording, name="Anna", language="en-US")
    assert consent.checks["phrase"].status == "not_verified"
    assert consent in list(tts.created.consents())
    assert tts.created.rename_consent(consent, "Anna B.").name == tts.created.consent(consent.id).name == "Anna B."
    with recording.open("rb") as sample:
        voice = tts.created.create_voice(sample, name="Anna", consent=consent, language="en")
    assert (voice.consent, voice.language) == (consent.id, "en")
    assert 3 < voice.duration < 6
    assert tts.created.rename_voice(voice, "Ännchen").id == voice.id
    assert tts.created.voice(voice).name == "Ännchen"
    assert {one.kind for one in tts.voices() if one.id == voice.id} == {"custom"}
    assert tts.created.check_voice(voice.id).checks.keys() == voice.checks.keys() == {"phrase", "speaker", "synthetic"}
    assert tts.created.sample(voice)[:4] == b"RIFF"
    tts.created.delete_voice(voice)
    tts.created.delete_consent(consent)
    with pytest.raises(VoiceNotFoundError):
        tts.created.voice(voice)
    with pytest.raises(NotFoundError):
        tts.created.consent(consent)
    with pytest.raises(InvalidRequestError, match="consent"):
        tts.created.create_voice(recording, name="Nobody's")


def test_a_voice_without_consent_where_the_service_does_without(tmp_path: Path) -> None:
    with serve_tts(ESPEAK | {"TTS_REQUIRE_CONSENT": "false"}) as server, VoiceStackClient(server.v1) as client:
        assert client.created.create_voice(two_roads(tmp_path / "a.wav"), name="Anna").consent is None


def test_consents_come_page_by_page(monkeypatch: pytest.MonkeyPatch, tts: VoiceStackClient, tmp_path: Path) -> None:
    monkeypatch.setattr("voice_stack.client.created._PAGE", 2)
    recording = two_roads(tmp_path / "a.wav")
    made = [tts.created.create_consent(recording, name=str(number), language="en").id for number in range(3)]
    assert [consent.id for consent in tts.created.consents()][:3] == made[::-1]


def test_speech_is_told_from_a_person(tts: VoiceStackClient, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(tts.speak("Hello.").audio)
    found = tts.check_provenance(tmp_path / "a.mp3")
    assert found.is_marked
    assert [(mark.kind, mark.model) for mark in found.marks if mark.detected] == [("metadata", "espeak-ng")]
    assert not tts.check_provenance(HELLO).is_marked


def test_words_of_a_text_are_found_in_a_recording() -> None:
    with serve_asr(POCKETSPHINX) as server, VoiceStackClient(server.v1) as client:
        found = client.align(HELLO, "“The man” was walking along the road.", language="en")
        with pytest.raises(TextMismatchError):
            client.align(HELLO, "Nothing of the kind is said by anybody in here.", language="en")
    assert [word.text for word in found.words] == ["“The", "man”", "was", "walking", "along", "the", "road."]
    assert 0 < found.words[0].start < found.words[-1].end <= found.duration
    assert (found.engine, found.language) == ("pocketsphinx", "en")


async def test_coroutines_have_created_voices_too(speech: Server, tmp_path: Path) -> None:
    recording = two_roads(tmp_path / "a.wav")
    async with AsyncVoiceStackClient(speech.v1, api_key=KEY) as tts:
        consent = await tts.created.create_consent(recording, name="Anna", language="en")
        voice = await tts.created.create_voice(recording, name="Anna", consent=consent)
        assert await tts.created.voice(voice) == voice
        assert consent.id in {one.id for one in await tts.created.consents()}
        await tts.created.delete_voice(voice)
        assert not (await tts.check_provenance(recording)).is_marked


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
    assert methods(AsyncCreatedVoices) == methods(CreatedVoices)
