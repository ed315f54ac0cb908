"""Realtime transcription by a stateful streaming network, a tiny one, through a real service and OpenAI's client."""

import asyncio
import base64
import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.live_server import Server, serve_asr
from voice_stack.audio.clip import to_s16le
from voice_stack.audio.resample import Resampler

KIND = "conversation.item.input_audio_transcription"
DELTA, COMPLETED, FAILED = (f"{KIND}.{end}" for end in ("delta", "completed", "failed"))
RATE = 24_000
SENTENCES: tuple[tuple[str, ...], ...] = (("hello", "world."), ("good", "morning,", "hello", "world"))
TEXT = "hello world. good morning, hello world"


def settings(model: Path) -> dict[str, str]:
    return {
        "ASR_ENGINE": "sherpa",
        "ASR_MODEL": str(model),
        "ASR_SHERPA_LANGUAGES": "en",
        "ASR_FALLBACK_ENGINES": "",
        "ASR_PRELOAD": "true",
    }


@pytest.fixture(scope="module")
def server(tiny_streaming: Path) -> Iterator[Server]:
    with serve_asr(settings(tiny_streaming)) as running:
        yield running


def sound(*sentences: tuple[str, ...], pause_s: float = 0.6) -> bytes:
    """Sentences as a client sends them: 16 bit, 24 kHz."""
    from tests.tiny_onnx.sound import say

    resampler = Resampler(16_000, RATE)
    samples = say(sentences, pause_s=pause_s)[0].samples
    return to_s16le(np.concatenate([resampler.write(samples), resampler.finish()]))


def connected(server: Server) -> Any:
    client = AsyncOpenAI(base_url=server.v1, api_key="unused", max_retries=0)
    return client.realtime.connect(extra_query={"intent": "transcription"})


async def begin(session: Any, detection: dict[str, Any] | None) -> None:
    update = {"type": "transcription", "audio": {"input": {"turn_detection": detection}}}
    await session.recv()
    await session.session.update(session=update)
    await session.recv()


async def send(session: Any, pcm: bytes, *, pause_s: float = 0.0) -> None:
    """Sound, a fifth of a second at a time."""
    size = 2 * RATE // 5
    for start in range(0, len(pcm), size):
        await session.input_audio_buffer.append(audio=base64.b64encode(pcm[start : start + size]).decode())
        await asyncio.sleep(pause_s)


async def until(session: Any, *kinds: str) -> list[Any]:
    """Events up to the first of these kinds."""
    found = []
    async with asyncio.timeout(30):
        async for event in session:
            found.append(event)
            if event.type in kinds:
                return found
    raise AssertionError([event.type for event in found])


def joined(events: list[Any]) -> str:
    return "".join(event.delta for event in events if event.type == DELTA)


async def test_words_come_before_the_end_of_sound_and_are_the_transcript(server: Server) -> None:
    pcm = sound(*SENTENCES)
    async with connected(server) as session:
        await begin(session, None)
        sent = asyncio.Event()
        early: list[str] = []

        async def speak() -> None:
            await send(session, pcm, pause_s=0.05)
            sent.set()
            await session.input_audio_buffer.commit()

        async def listen() -> list[Any]:
            events = []
            async with asyncio.timeout(30):
                async for event in session:
                    events.append(event)
                    if event.type == DELTA and not sent.is_set():
                        early.append(event.delta)
                    if event.type == COMPLETED:
                        break
            return events

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            events = tasks.create_task(listen())
    assert len(early) >= 3, "no words before the end of the sound"
    assert events.result()[-1].transcript == TEXT
    assert joined(events.result()) == TEXT


async def test_the_voice_parts_turns_and_each_has_its_words(server: Server) -> None:
    async with connected(server) as session:
        await begin(session, {"type": "server_vad", "silence_duration_ms": 500})
        await send(session, sound(*SENTENCES, pause_s=1.6))
        first = await until(session, COMPLETED)
        second = await until(session, COMPLETED)
    assert [first[-1].transcript, second[-1].transcript] == ["hello world.", "good morning, hello world"]
    assert joined(first + second) == "hello world.good morning, hello world"


async def test_sessions_at_once_hear_their_own(server: Server) -> None:
    async def one(*sentences: tuple[str, ...]) -> str:
        async with connected(server) as session:
            await begin(session, None)
            await send(session, sound(*sentences), pause_s=0.02)
            await session.input_audio_buffer.commit()
            return str((await until(session, COMPLETED))[-1].transcript)

    heard = list(await asyncio.gather(one(*SENTENCES), one(SENTENCES[1]), one(SENTENCES[0])))
    assert heard == [TEXT, "good morning, hello world", "hello world."]


async def test_a_stream_that_fails_fails_its_item_and_the_session_goes_on(tiny_streaming: Path, tmp_path: Path) -> None:
    from tests.tiny_onnx.streaming import build_streaming

    with serve_asr(settings(build_streaming(tmp_path / "breaks", breaks_at="▁morn"))) as server:
        async with connected(server) as session:
            await begin(session, None)
            for _ in range(2):
                await send(session, sound(*SENTENCES))
                await session.input_audio_buffer.commit()
                events = await until(session, COMPLETED, FAILED)
                assert events[-1].type == FAILED
                assert "sherpa-onnx failed" in events[-1].error.message
                assert "hello world. good".startswith(joined(events))
                await send(session, sound(SENTENCES[0]))
                await session.input_audio_buffer.commit()
                assert (await until(session, COMPLETED, FAILED))[-1].transcript == "hello world."


def test_a_recording_is_heard_by_the_same_network(server: Server) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", ""))
        writer.writeframes(sound(*SENTENCES))
    client = OpenAI(base_url=server.v1, api_key="unused", max_retries=0)
    answer = client.audio.transcriptions.create(
        model="whisper-1",
        file=("talk.wav", file.getvalue()),
        response_format="verbose_json",
        timestamp_granularities=["word"],
    )
    assert answer.text == TEXT
    words = answer.words or []
    assert [word.word for word in words] == ["hello", "world", "good", "morning", "hello", "world"]
    assert abs(words[0].start - 0.6) < 0.1
