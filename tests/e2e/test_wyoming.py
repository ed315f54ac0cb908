"""Home Assistant's protocol against real services, by the protocol's own client."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event, Eventable
from wyoming.info import Describe, Info, SelectProgram
from wyoming.ping import Ping
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeTextFormat,
    SynthesizeVoice,
)

from tests.e2e.conftest import Spoken
from tests.e2e.test_stopping import wait_until_running
from tests.live_server import ESPEAK, MOONSHINE, Server, free_port, serve
from tests.wyoming_client import Answer, ask, silence_events, sound_events
from tests.wyoming_junk import stranger

HEARD = ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]
SPOKEN = ["audio-start", "audio-chunk", "audio-stop"]
FORM = {"rate": 16_000, "width": 2, "channels": 1}


@dataclass(frozen=True)
class Door:
    """A service that speaks Wyoming."""

    server: Server
    port: int

    def ask(self, *events: object, until: tuple[str, ...] = ("transcript-stop", "error")) -> Answer:
        return asyncio.run(ask(self.port, events, until=until))  # type: ignore[arg-type]


def door(name: str, environment: dict[str, str]) -> Iterator[Door]:
    port = free_port()
    wyoming = {"WYOMING_ENABLED": "true", f"{name.upper()}_WYOMING_PORT": str(port)}
    with serve(name, {**environment, **wyoming}) as server:
        yield Door(server, port)


@pytest.fixture(scope="module")
def asr() -> Iterator[Door]:
    yield from door("asr", {**MOONSHINE, "ASR_WYOMING_MAX_AUDIO_S": "20", "WYOMING_IDLE_TIMEOUT_S": "1"})


@pytest.fixture(scope="module")
def tts() -> Iterator[Door]:
    yield from door("tts", {**ESPEAK, "TTS_MAX_INPUT_CHARS": "500"})


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Door]:
    unreachable = {"ASR_MODEL": "large-v3", "HF_HUB_OFFLINE": "1", "ASR_FALLBACK_ENGINES": "moonshine"}
    yield from door("asr", {**unreachable, "ASR_WYOMING_ENDPOINTING": "true", "WYOMING_MAX_CONNECTIONS": "2"})


def test_home_assistant_learns_what_there_is(asr: Door, tts: Door) -> None:
    (program,) = Info.from_event(asr.ask(Describe(), until=("info",)).events[0]).asr
    assert program.installed
    assert program.version
    assert (program.supports_transcript_streaming, program.requires_external_vad) == (True, True)
    model = next(one for one in program.models if one.name == "moonshine-tiny")
    assert (model.installed, model.languages, model.version) == (True, ["en"], "0.1.0")
    (speech,) = Info.from_event(tts.ask(Describe(), until=("info",)).events[0]).tts
    assert speech.supports_synthesize_streaming
    voices = {voice.name: voice for voice in speech.voices}
    assert voices["de"].languages == ["de"]
    assert {"en", "de", "fr"} <= set(voices["alloy"].languages)
    assert all(voice.installed and voice.version for voice in speech.voices)


def test_ping_and_program(asr: Door) -> None:
    surrogate = b'{"type":"ping","data":{"text":"hi \\ud800"}}\n'
    answer = asr.ask(surrogate, Event("nobody-knows-this"), SelectProgram("voice-stack"), Ping(), until=("x",))
    assert [event.data for event in answer.of("pong")] == [{"text": "hi ?"}, {"text": None}]
    assert asr.ask(SelectProgram("another")).error.code == "invalid_request_error"


def test_a_command_is_heard_as_over_http(asr: Door, hello: Spoken) -> None:
    answer = asr.ask(Transcribe(language="en-US"), *sound_events(hello.path))
    assert answer.types == HEARD
    transcript = answer.data("transcript")
    url = f"{asr.server.v1}/audio/transcriptions"
    over_http = httpx.post(url, data={"model": "whisper-1"}, files={"file": hello.path.read_bytes()}, timeout=60)
    assert transcript["text"] == over_http.json()["text"]
    assert transcript["language"] == "en"
    assert transcript["voice_stack"] == {"engine": "moonshine", "model": "moonshine-tiny"}
    assert "".join(event.data["text"] for event in answer.of("transcript-chunk")).strip() == transcript["text"]
    metrics = httpx.get(f"{asr.server.url}/metrics").text
    assert 'voice_stack_wyoming_requests_total{outcome="ok",request="transcribe"} 1.0' in metrics
    assert 'voice_stack_asr_audio_seconds_total{engine="moonshine"' in metrics


def test_a_command_queues_with_the_interactive_ones(asr: Door, hello: Spoken) -> None:
    def admitted() -> dict[str, float]:
        lines = httpx.get(f"{asr.server.url}/metrics").text.splitlines()
        found = [re.fullmatch(r'\S+_admitted_total\{.*lane="(\w+)".*\} (\S+)', line) for line in lines]
        return {match[1]: float(match[2]) for match in found if match}

    asr.ask(Transcribe(), *sound_events(hello.path))
    before = admitted()
    asr.ask(Transcribe(), *sound_events(hello.path))
    assert {lane: count - before[lane] for lane, count in admitted().items()} == {"interactive": 1, "batch": 0}


def test_a_corpus_clip_is_understood(asr: Door, corpus: Path, tmp_path: Path) -> None:
    entries = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    entry = next(one for one in entries if one["path"].startswith("asr/") and one["path"].endswith(".wav"))
    heard = asr.ask(Transcribe(), *sound_events(corpus / entry["path"])).data("transcript")["text"]
    words = [word.strip(".,!?").lower() for word in heard.split()]
    wanted = [word.strip(".,!?").lower() for word in entry["text"].split()]
    assert len(set(words) & set(wanted)) >= 0.7 * len(set(wanted)), (heard, entry["text"])


def test_requests_follow_each_other_on_one_connection(asr: Door, hello: Spoken) -> None:
    async def run() -> list[str]:
        async with AsyncTcpClient("127.0.0.1", asr.port, read_timeout=60) as client:
            # `transcribe` and `audio-start` may be left out; the second request is sent before the first is answered.
            for event in (Transcribe(language="en"), *sound_events(hello.path), *sound_events(hello.path)[1:], Ping()):
                await client.write_event(event.event())
            found: list[str] = []
            while found.count("transcript-stop") < 2 and (event := await client.read_event()) is not None:
                found.append(event.type)
            return [kind for kind in found if kind != "transcript-chunk"]

    quiet = [kind for kind in HEARD if kind != "transcript-chunk"]
    assert [kind for kind in asyncio.run(run()) if kind != "pong"] == quiet * 2


def test_silence_is_an_empty_transcript(asr: Door) -> None:
    answer = asr.ask(Transcribe(), *silence_events(1.0))
    assert answer.types == ["transcript-start", "transcript", "transcript-stop"]
    assert answer.data("transcript")["text"] == ""


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([Transcribe(language="klingon")], "invalid_request_error"),
        ([Transcribe(language="de"), *silence_events(0.5)], "unsupported"),
        ([Transcribe(name="no-such-model")], "model_not_found"),
        ([Transcribe(vad_sensitivity="sharp")], "invalid_request_error"),
        ([Event("transcribe", {"language": 5})], "invalid_request_error"),
        ([Event("transcribe", {"transcript_names": "Ada"})], "invalid_request_error"),
        ([AudioStop()], "invalid_request_error"),
        ([AudioStart(**FORM), AudioStop()], "invalid_audio"),
        ([AudioStart(0, 2, 1)], "invalid_audio"),
        ([AudioStart(16_000, 7, 1)], "invalid_audio"),
        ([AudioStart(16_000, 2, 99)], "invalid_audio"),
        ([AudioStart(**FORM), AudioChunk(8_000, 2, 1, b"\x00\x00")], "invalid_audio"),
        (silence_events(25), "audio_too_long"),
        ([b"GET / HTTP/1.1\r\n\r\n"], "broken_event"),
        ([b'{"type":"audio-chunk","payload_length":99999999999}\n'], "broken_event"),
        ([b'{"type":"transcribe","data_length":99999999999}\n'], "broken_event"),
        ([b'{"type":"audio-chunk","payload_length":10}\nabc'], "request_timeout"),
        ([Transcribe()], "request_timeout"),
        ([AudioStart(**FORM), AudioChunk(audio=bytes(3200), **FORM)], "request_timeout"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_is_answered_and_the_connection_ends(asr: Door, events: list[object], code: str) -> None:
    answer = asr.ask(*events, until=("never",))
    assert answer.events[-1].type == "error"
    assert answer.error.code == code
    assert answer.error.text


def test_speech_is_that_of_http(tts: Door) -> None:
    answer = tts.ask(Synthesize("Hello there. How are you?"), until=("audio-stop", "error"))
    assert answer.types == SPOKEN
    start = answer.data("audio-start")
    assert {key: start[key] for key in FORM} == {**FORM, "rate": 24_000}
    assert (start["voice_stack"]["engine"], bool(start["voice_stack"]["voice"])) == ("espeak", True)
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello there. How are you?", "response_format": "pcm"}
    over_http = httpx.post(f"{tts.server.v1}/audio/speech", json=body, timeout=60).content
    assert len(answer.sound) == len(over_http)  # espeak dithers


def test_voices_and_languages(tts: Door) -> None:
    def told_of(voice: SynthesizeVoice, key: str) -> str:
        answer = tts.ask(Synthesize("Eins zwei.", voice=voice), until=("audio-stop", "error"))
        return str(answer.data("audio-start")["voice_stack"][key])

    assert told_of(SynthesizeVoice("de"), "voice") == "de"
    assert told_of(SynthesizeVoice(language="fr-FR"), "language") == "fr"
    for voice, code in ((SynthesizeVoice("nobody"), "voice_not_found"), (SynthesizeVoice("de", speaker="x"), "voice_")):
        for ask_for in (Synthesize("x", voice=voice), SynthesizeStart(voice=voice)):
            error = tts.ask(ask_for, until=("audio-stop", "error")).error
            assert str(error.code).startswith(code)


def test_the_first_sentences_are_heard_before_the_text_ends(tts: Door) -> None:
    text = "This comes first. And this comes later, when all is there."

    async def run() -> Answer:
        answer = Answer()
        async with AsyncTcpClient("127.0.0.1", tts.port, read_timeout=60) as client:

            async def read_until(kind: str) -> None:
                while (event := await client.read_event()) is not None:
                    answer.events.append(event)
                    if event.type in (kind, "error"):
                        return

            await client.write_event(SynthesizeStart(voice=SynthesizeVoice("en-us")).event())
            for at in range(0, 25, 5):
                await client.write_event(SynthesizeChunk(text[at : at + 5]).event())
            await read_until("audio-stop")  # while nothing has said that the text ends
            await client.write_event(SynthesizeChunk(text[25:]).event())
            await client.write_event(Synthesize(text).event())  # for servers that do not stream
            await client.write_event(SynthesizeStop().event())
            await read_until("synthesize-stopped")
        return answer

    answer = asyncio.run(run())
    assert answer.types == [*SPOKEN, *SPOKEN, "synthesize-stopped"]
    whole = tts.ask(Synthesize(text, voice=SynthesizeVoice("en-us")), until=("audio-stop",)).sound
    assert len(answer.sound) == pytest.approx(len(whole), rel=0.15)


def test_a_stream_may_hold_its_text_in_the_copy_alone(tts: Door) -> None:
    events = (SynthesizeStart(), Synthesize("Hello."), SynthesizeStop())
    assert tts.ask(*events, until=("synthesize-stopped", "error")).types == [*SPOKEN, "synthesize-stopped"]


@pytest.mark.parametrize("is_stream", [False, True])
def test_ssml_is_spoken_and_not_read_out(tts: Door, is_stream: bool) -> None:
    ssml = 'One <break time="2s"/> two'
    kind = SynthesizeTextFormat.SSML
    events = (
        (SynthesizeStart(text_format=kind), SynthesizeChunk(ssml[:8]), SynthesizeChunk(ssml[8:]), SynthesizeStop())
        if is_stream
        else (Synthesize(ssml, text_format=kind),)
    )
    until = ("synthesize-stopped", "error") if is_stream else ("audio-stop", "error")
    seconds = len(tts.ask(*events, until=until).sound) / 48_000
    assert 2.3 < seconds < 5
    error = tts.ask(Synthesize("<speak>One", text_format=kind), until=("error",)).error
    assert "line" in error.text.lower()


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([Synthesize("")], "invalid_request_error"),
        ([Synthesize(" \n")], "invalid_request_error"),
        ([Event("synthesize", {})], "invalid_request_error"),
        ([Event("synthesize", {"text": 5})], "invalid_request_error"),
        ([Event("synthesize", {"text": "x", "voice": "alloy"})], "invalid_request_error"),
        ([Synthesize("x", text_format="markdown")], "unsupported"),
        ([Synthesize("x" * 501)], "string_above_max_length"),
        ([Synthesize("x", voice=SynthesizeVoice(language="klingon"))], "invalid_request_error"),
        ([SynthesizeStart(), *[SynthesizeChunk("word " * 20)] * 6], "string_above_max_length"),
        ([SynthesizeStart(), SynthesizeStop()], "invalid_request_error"),
        ([SynthesizeStart(), SynthesizeStart()], "invalid_request_error"),
        ([SynthesizeChunk("x")], "invalid_request_error"),
        ([SynthesizeStop()], "invalid_request_error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_wishes_are_answered_and_the_connection_ends(tts: Door, events: list[object], code: str) -> None:
    answer = tts.ask(*events, until=("never",))
    assert answer.events[-1].type == "error"
    assert answer.error.code == code


def test_a_stand_in_says_so_and_hears_the_end_of_the_command(stand_in: Door, hello: Spoken) -> None:
    (program,) = Info.from_event(stand_in.ask(Describe(), until=("info",)).events[0]).asr
    assert not program.requires_external_vad

    async def run() -> Answer:
        # The microphone goes on after the command, and nobody says that it has ended.
        start, *chunks, _ = sound_events(hello.path)
        quiet = silence_events(20)[1:-1]
        return await ask(stand_in.port, [Transcribe(language="en"), start, *chunks, *quiet], until=("transcript-stop",))

    transcript = asyncio.run(run()).data("transcript")
    assert transcript["text"] == hello.text
    assert transcript["voice_stack"]["engine"] == "moonshine"
    assert transcript["voice_stack"]["fallback"]


def wait_for_connections(door: Door, count: int) -> None:
    """Until so many are open: `/health` counts them."""
    pause = threading.Event()
    for _ in range(600):
        if httpx.get(f"{door.server.url}/health", timeout=5).json()["wyoming"] == {
            "port": door.port,
            "connections": count,
        }:
            return
        pause.wait(0.05)
    raise AssertionError("there are others open")


def test_strangers_who_hold_connections_make_room(stand_in: Door) -> None:
    half = b'{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1}}\n'
    wait_for_connections(stand_in, 0)  # of the tests before
    with contextlib.ExitStack() as held:
        sending, idle = (
            held.enter_context(socket.create_connection(("127.0.0.1", stand_in.port), 60)) for _ in range(2)
        )
        sending.sendall(half)
        wait_for_connections(stand_in, 2)
        # The idle one has to go, when it has been so for a second.
        answers = [stand_in.ask(Ping(), until=("pong", "error"))]
        while answers[-1].types != ["pong"]:
            assert answers[-1].error.code == "overloaded"
            assert len(answers) < 1000
            answers.append(stand_in.ask(Ping(), until=("pong", "error")))
        assert idle.recv(1) == b""
        wait_for_connections(stand_in, 1)
        held.enter_context(socket.create_connection(("127.0.0.1", stand_in.port), 60)).sendall(half)
        wait_for_connections(stand_in, 2)
        # Whoever sends a request is not sent away for another.
        error = stand_in.ask(Ping(), until=("pong", "error")).error
        assert (error.code, "WYOMING_MAX_CONNECTIONS" in error.text) == ("overloaded", True)


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.long)])
def test_junk_neither_hangs_nor_stays(asr: Door, tts: Door, count: int) -> None:
    """Each service gets what strangers send, eight at once; some wait for the end, some leave at once."""

    async def visit(port: int, seed: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(stranger(seed))
            if seed % 3:
                writer.write_eof()
                async with asyncio.timeout(60):
                    while await reader.read(65536):
                        pass
        except ConnectionError:
            pass  # it was refused in the middle of its sending
        finally:
            writer.close()

    async def visit_all(port: int) -> None:
        for first in range(0, count, 8):
            await asyncio.gather(*(visit(port, seed) for seed in range(first, min(first + 8, count))))

    for one in (asr, tts):
        asyncio.run(visit_all(one.port))
        assert one.ask(Ping("still there"), until=("pong",)).data("pong") == {"text": "still there"}
        log = one.server.log.read_text()
        assert "Traceback" not in log, log[log.index("Traceback") :][:3000]
        print(f"{count} strangers, {one.server.peak_mib():.0f} MiB at the most")


def test_nothing_is_left_of_them(asr: Door, tts: Door) -> None:
    for one in (asr, tts):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", one.port)) as client:
                client.sendall(b'{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1}}\n')
        wait_for_connections(one, 0)
        sockets = [name for name in one.server.open_files() if "socket" in name]
        assert len(sockets) < 12, sockets
        log = one.server.log.read_text()
        assert "Traceback" not in log
        assert "never retrieved" not in log


@pytest.mark.parametrize("mode", ["non_streaming", "streaming"])
def test_a_second_client_gets_what_it_asks_for(asr: Door, tts: Door, hello: Spoken, mode: str) -> None:
    speech = pytest.importorskip("wyoming_bench.tts.client")
    recognition = pytest.importorskip("wyoming_bench.stt.client")
    corpus = pytest.importorskip("wyoming_bench.stt.corpus")
    text = "This comes first. And this comes later."
    spoken = asyncio.run(speech.measure_once("127.0.0.1", tts.port, mode, text, None, None, 60, 60))
    assert spoken.ok, spoken.error
    assert spoken.audio_duration_s > 1.5
    with wave.open(str(hello.path)) as file:
        pcm = file.readframes(file.getnframes())
        audio = corpus.AudioInput("hello", hello.text, file.getframerate(), 2, 1, pcm, hello.path)
    heard = asyncio.run(
        recognition.measure_stt_once("127.0.0.1", asr.port, mode, audio, Transcribe(language="en"), 1024, 60, 60)
    )
    assert heard.ok, heard.error
    assert heard.hypothesis == asr.ask(Transcribe(), *sound_events(hello.path)).data("transcript")["text"]
    refused = asyncio.run(
        speech.measure_once("127.0.0.1", tts.port, mode, text, SynthesizeVoice("nobody"), None, 60, 60)
    )
    assert "voice_not_found" in refused.error


def test_stopping_answers_everyone(tiny_ct2: Path) -> None:
    doors = door(
        "asr",
        {
            "ASR_MODEL": str(tiny_ct2),
            "ASR_FALLBACK_ENGINES": "",
            "ASR_VAD_ENABLED": "false",
            "ASR_WYOMING_MAX_AUDIO_S": "4000",
        },
    )
    one = next(doors)
    form = {"rate": 8_000, "width": 1, "channels": 1}
    # An hour of noise: nothing but work.
    noise = np.random.default_rng(0).integers(90, 166, 480_000, np.uint8).tobytes()
    hour: list[Eventable] = [
        AudioStart(**form),
        *[AudioChunk(audio=noise, **form)] * 60,
        AudioStop(),
    ]  # nothing but work

    async def run() -> tuple[Answer, str]:
        async with AsyncTcpClient("127.0.0.1", one.port, read_timeout=60) as idle:
            await idle.write_event(Ping().event())
            await idle.read_event()
            half = asyncio.create_task(ask(one.port, [Transcribe(), AudioStart(**FORM)], until=("never",)))
            working = asyncio.create_task(ask(one.port, hour, until=("never",)))
            await asyncio.to_thread(wait_until_running, one.server, 1)
            one.server.process.send_signal(signal.SIGTERM)
            assert await idle.read_event() is None
            return await working, (await half).error.code or ""

    working, half = asyncio.run(run())
    assert half == "stopping"
    assert working.error.code == "stopping"
    one.server.process.wait(15)
    assert "Traceback" not in one.server.log.read_text()
    next(doors, None)
