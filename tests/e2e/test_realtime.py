"""Realtime transcription by OpenAI's Python client, against real services."""

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import openai
import pytest
import websockets
from openai import AsyncOpenAI, OpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from tests.e2e.conftest import Spoken
from tests.live_server import MOONSHINE, Server, serve_asr
from voice_stack.audio.clip import Samples, to_s16le
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.g711 import Law
from voice_stack.audio.resample import Resampler

TEXT = "The man was walking along the road."
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
KEY = "sesame"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    limits = {"REALTIME_MAX_SESSIONS": "3", "REALTIME_MAX_FRAME_MB": "1", "CORS_ORIGINS": "https://page.example"}
    with serve_asr({**MOONSHINE, **limits, "API_KEY": KEY}) as running:
        yield running


@pytest.fixture(scope="module")
def spoken(hello: Spoken) -> Samples:
    """The sentence, and a second of silence behind it, at 24,000 Hz."""
    with hello.path.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=60, timeout_s=20)) as source:
        samples = source.read(60).samples
    resampler = Resampler(16_000, 24_000)
    return np.concatenate([resampler.write(samples), resampler.finish(), np.zeros(24_000, np.float32)])


def client(server: Server, key: str = KEY) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=server.v1, api_key=key, max_retries=0)


def connected(server: Server, **query: str) -> Any:
    return client(server).realtime.connect(extra_query={"intent": "transcription", **query})


def ga(**sound: Any) -> Any:
    return {"type": "transcription", "audio": {"input": sound}}


async def send(session: AsyncRealtimeConnection, sound: bytes, *, size: int = 9_600) -> None:
    for start in range(0, len(sound), size):
        await session.input_audio_buffer.append(audio=base64.b64encode(sound[start : start + size]).decode())


async def until(session: AsyncRealtimeConnection, kind: str) -> list[Any]:
    """Events up to the first of a kind."""
    found = []
    async with asyncio.timeout(60):
        async for event in session:
            found.append(event)
            if event.type == kind:
                return found
    raise AssertionError([event.type for event in found])


def kinds(events: list[Any]) -> list[str]:
    return [event.type for event in events if event.type != DELTA]


async def test_a_turn_is_told_in_openais_order(server: Server, spoken: Samples) -> None:
    async with connected(server) as session:
        created = await session.recv()
        assert created.type == "session.created"
        await session.session.update(session=ga(turn_detection={"type": "server_vad", "silence_duration_ms": 400}))
        updated = await session.recv()
        assert updated.session.audio.input.turn_detection.silence_duration_ms == 400
        await send(session, to_s16le(spoken))
        events = await until(session, COMPLETED)
    assert kinds(events) == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        COMPLETED,
    ]
    started, stopped, committed = (event for event in events if event.type.startswith("input_audio_buffer"))
    assert started.item_id == stopped.item_id == committed.item_id == events[-1].item_id
    assert 0 <= started.audio_start_ms < stopped.audio_end_ms <= len(spoken) / 24
    assert committed.previous_item_id is None
    assert events[-1].transcript == TEXT
    assert "".join(event.delta for event in events if event.type == DELTA) == TEXT
    assert events[-1].usage.type == "duration"
    assert len({event.event_id for event in events}) == len(events)


async def test_words_come_while_the_speaker_still_talks(server: Server, spoken: Samples) -> None:
    async with connected(server) as session:
        await session.recv()

        async def speak() -> None:
            for start in range(0, len(spoken), 4_800):
                await send(session, to_s16le(spoken[start : start + 4_800]))
                await asyncio.sleep(0.2)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            events = await until(session, COMPLETED)
    order = [event.type for event in events]
    assert order.index(DELTA) < order.index("input_audio_buffer.speech_stopped")
    assert events[-1].transcript == TEXT


@pytest.mark.parametrize(("law", "kind"), [(Law.MU, "audio/pcmu"), (Law.A, "audio/pcma")])
async def test_telephones_are_heard_in_both_laws(server: Server, spoken: Samples, law: Law, kind: str) -> None:
    resampler = Resampler(24_000, 8_000)
    sound = law.encode(np.concatenate([resampler.write(spoken), resampler.finish()]))
    async with connected(server) as session:
        await session.recv()
        await session.session.update(session=ga(format={"type": kind}, turn_detection=None))
        assert (await session.recv()).session.audio.input.format.type == kind
        await send(session, sound)
        await session.input_audio_buffer.commit()
        completed = (await until(session, COMPLETED))[-1]
    assert "walking along the road" in completed.transcript


async def test_the_client_commits_and_clears(server: Server, spoken: Samples) -> None:
    async with connected(server, model="gpt-live-transcribe") as session:
        created = await session.recv()
        assert created.session.audio.input.turn_detection is None
        await send(session, to_s16le(spoken))
        await session.input_audio_buffer.clear()
        await until(session, "input_audio_buffer.cleared")
        await session.input_audio_buffer.commit()
        refused = (await until(session, "error"))[-1].error
        assert refused.code == "input_audio_buffer_commit_empty"
        assert "Expected at least 100ms of audio, but buffer only has 0.00ms of audio." in refused.message
        items = []
        texts: dict[str, list[str]] = defaultdict(list)
        for _ in range(3):
            await send(session, to_s16le(spoken))
            await session.input_audio_buffer.commit()
        done: dict[str, str] = {}
        async for event in session:
            if event.type == "input_audio_buffer.committed":
                items.append((event.previous_item_id, event.item_id))
            elif event.type == DELTA:
                texts[event.item_id].append(event.delta)
            elif event.type == COMPLETED:
                done[event.item_id] = event.transcript
                if len(done) == 3:
                    break
    order = [item for _, item in items]
    assert [before for before, _ in items] == [None, *order[:2]]
    assert done == dict.fromkeys(order, TEXT)
    assert {item: "".join(parts) for item, parts in texts.items() if item in done} == done


async def test_the_beta_is_answered_in_its_own_words(server: Server, spoken: Samples) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "OpenAI-Beta": "realtime=v1"}
    address = server.v1.replace("http", "ws") + "/realtime?intent=transcription"
    async with websockets.connect(address, additional_headers=headers, compression=None) as socket:
        assert json.loads(await socket.recv())["type"] == "transcription_session.created"
        session = {"input_audio_format": "pcm16", "turn_detection": None}
        await socket.send(json.dumps({"type": "transcription_session.update", "session": session}))
        updated = json.loads(await socket.recv())
        assert updated["type"] == "transcription_session.updated"
        assert updated["session"]["turn_detection"] is None
        audio = base64.b64encode(to_s16le(spoken)).decode()
        await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        await socket.send(json.dumps({"type": "input_audio_buffer.commit"}))
        seen = []
        async with asyncio.timeout(60):
            async for message in socket:
                seen.append(json.loads(message))
                if seen[-1]["type"] == COMPLETED:
                    break
    assert "conversation.item.created" in [event["type"] for event in seen]
    assert seen[-1]["transcript"] == TEXT


BAD: list[tuple[str | bytes, str]] = [
    ("{", "invalid_event"),
    ("[1]", "invalid_event"),
    ('{"event_id": "e1"}', "invalid_event"),
    (b"\x00", "invalid_event"),
    ('{"type": "response.create"}', "invalid_value"),
    ('{"type": "input_audio_buffer.append"}', "missing_required_parameter"),
    ('{"type": "input_audio_buffer.append", "audio": 7}', "invalid_value"),
    ('{"type": "input_audio_buffer.append", "audio": "!!"}', "invalid_value"),
    ('{"type": "input_audio_buffer.append", "audio": "AAAA"}', "invalid_value"),
    (json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 2**21}), "string_above_max_length"),
    ('{"type": "input_audio_buffer.commit"}', "input_audio_buffer_commit_empty"),
    ('{"type": "session.update"}', "invalid_value"),
    (json.dumps({"type": "session.update", "session": ga(transcription={"model": "nobody"})}), "model_not_found"),
]


async def test_bad_input_is_an_error_event_and_the_session_goes_on(server: Server, spoken: Samples) -> None:
    async with connected(server) as session:
        await session.recv()
        for bad, code in BAD:
            await session.send_raw(bad)
            event = await session.recv()
            assert event.type == "error", bad[:60]
            assert event.error.code == code, (bad[:60], event.error)
            assert event.error.type == "invalid_request_error"
        unknown: Any = {"type": "no.such.event", "event_id": "evt_1"}
        await session.send(unknown)
        assert (await session.recv()).error.event_id == "evt_1"
        await session.session.update(session=ga(turn_detection=None))
        await session.recv()
        await send(session, to_s16le(spoken))
        await session.input_audio_buffer.commit()
        assert (await until(session, COMPLETED))[-1].transcript == TEXT


async def test_a_turn_that_fails_does_not_end_the_session(server: Server, spoken: Samples) -> None:
    async with connected(server) as session:
        await session.recv()
        await session.session.update(session=ga(turn_detection=None, transcription={"language": "de"}))
        await session.recv()
        await send(session, to_s16le(spoken))
        await session.input_audio_buffer.commit()
        failed = (await until(session, FAILED))[-1]
        assert failed.error.code == "unsupported"
        await session.session.update(session=ga(transcription={"language": "en"}))
        await send(session, to_s16le(spoken))
        await session.input_audio_buffer.commit()
        assert (await until(session, COMPLETED))[-1].transcript == TEXT


async def test_silence_that_lasts_is_told_and_nothing_is_made_up(server: Server) -> None:
    async with connected(server) as session:
        await session.recv()
        detection = {"type": "server_vad", "idle_timeout_ms": 5000}
        await session.session.update(session=ga(turn_detection=detection))
        await send(session, bytes(2 * 24_000 * 6), size=96_000)
        events = await until(session, COMPLETED)
    triggered = next(event for event in events if event.type == "input_audio_buffer.timeout_triggered")
    assert triggered.audio_end_ms - triggered.audio_start_ms == 5000
    assert events[-1].transcript == ""


async def test_probabilities_are_told_where_they_are_asked_for(server: Server, spoken: Samples) -> None:
    include = "item.input_audio_transcription.logprobs"
    async with connected(server) as session:
        await session.recv()
        await session.session.update(session=ga(turn_detection=None) | {"include": [include]})
        await send(session, to_s16le(spoken))
        await session.input_audio_buffer.commit()
        completed = (await until(session, COMPLETED))[-1]
    assert "".join(entry.token for entry in completed.logprobs) == completed.transcript
    assert all(entry.logprob <= 0 for entry in completed.logprobs)


async def test_a_page_opens_a_session_with_an_ephemeral_key(server: Server, spoken: Samples) -> None:
    made = await client(server).realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60},
        session=ga(turn_detection=None, transcription={"model": "gpt-4o-transcribe", "language": "en"}),
    )
    assert made.value.startswith("ek_")
    assert made.session.type == "transcription"
    offered = ["realtime", f"openai-insecure-api-key.{made.value}"]
    address = server.v1.replace("http", "ws") + "/realtime"
    page: Any = "https://elsewhere.example"
    protocols: Any = offered
    async with websockets.connect(address, subprotocols=protocols, origin=page) as socket:
        assert socket.subprotocol == "realtime"
        created = json.loads(await socket.recv())
    assert created["session"]["audio"]["input"]["turn_detection"] is None
    assert created["session"]["audio"]["input"]["transcription"]["language"] == "en"
    with pytest.raises(openai.BadRequestError):
        await client(server).realtime.client_secrets.create(expires_after={"anchor": "created_at", "seconds": 1})
    with pytest.raises(openai.BadRequestError):
        await client(server).realtime.client_secrets.create(session=ga() | {"voice": 1})


async def refused(server: Server, query: str, **headers: str) -> tuple[int, dict[str, Any]]:
    address = server.v1.replace("http", "ws") + f"/realtime?{query}"
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(address, additional_headers=headers):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"")["error"]


async def test_who_may_not_come_in_is_told_why(server: Server) -> None:
    key = f"Bearer {KEY}"
    assert (await refused(server, "intent=transcription"))[1]["code"] == "invalid_api_key"
    status, error = await refused(server, "model=nobody", Authorization=key)
    assert (status, error["code"]) == (404, "model_not_found")
    status, error = await refused(server, "intent=gossip", Authorization=key)
    assert (status, error["param"]) == (400, "intent")
    async with connected(server) as one, connected(server) as two, connected(server, model="gpt-realtime") as three:
        for session in (one, two, three):
            assert (await session.recv()).type == "session.created"
        status, error = await refused(server, "intent=transcription", Authorization=key)
        assert (status, error["code"]) == (429, "overloaded")


def test_sessions_are_counted(server: Server) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        samples = answer.read().decode()
    assert 'voice_stack_http_requests_total{method="websocket",route="/v1/realtime",status="101"}' in samples
    assert "voice_stack_asr_realtime_sessions 0.0" in samples
    assert 'voice_stack_asr_realtime_errors_total{code="invalid_value"}' in samples


def test_whispers_words_are_those_of_the_digits(whisper_server: Server, digits: Spoken) -> None:
    """The other way to hear: windows that are padded, with a language to detect."""
    with digits.path.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=60, timeout_s=20)) as source:
        samples = source.read(60).samples
    resampler = Resampler(16_000, 24_000)
    sound = to_s16le(np.concatenate([resampler.write(samples), resampler.finish()]))
    sdk = OpenAI(base_url=whisper_server.v1, api_key="unused", max_retries=0)
    with sdk.realtime.connect(extra_query={"intent": "transcription"}) as session:
        session.recv()
        session.session.update(session=ga(turn_detection=None))
        session.input_audio_buffer.append(audio=base64.b64encode(sound).decode())
        session.input_audio_buffer.commit()
        events: Iterator[Any] = iter(session)
        completed = next(event for event in events if event.type == COMPLETED)
    assert completed.transcript == digits.text
