"""Speech by an upstream that is a fake: what is sent to it, and what is made of its sound."""

import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.live_server import free_port
from tests.serving.fake_upstream import Answer, FakeUpstream, fake_upstream, reply
from voice_stack.audio.clip import AudioClip, Samples, to_s16le
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    OverloadedError,
    VoiceNotFoundError,
)
from voice_stack.core.settings import load_settings
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.remote import ENGINE, RemoteSpeechOptions, UpstreamFormat
from voice_stack.tts.engines.remote.engine import RemoteSpeaker
from voice_stack.tts.engines.remote.sound import SoundReader
from voice_stack.tts.engines.remote.voices import read_voices
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.types import OPENAI_VOICES, Utterance, VoiceReference

SPEECH = "/audio/speech"
RATE = 24_000
OURS = {"object": "list", "data": [{"id": "tone", "engine": "tone", "installed": True}]}


def sine(seconds: float, rate: int = RATE) -> Samples:
    wave: Samples = 0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(round(seconds * rate)))
    return wave.astype(np.float32)


PCM = to_s16le(sine(1.0))
WHISPERED = SpeechOptions(
    "It is late, and everybody sleeps.\n\nDo not wake them, please!", "alloy", "tts-1", instructions="Whisper."
)


@pytest.fixture
def connect() -> Iterator[Callable[..., RemoteSpeaker]]:
    opened: list[RemoteSpeaker] = []

    def made(fake: FakeUpstream, **fields: Any) -> RemoteSpeaker:
        opened.append(RemoteSpeaker(config(fake.url, **{"timeout_s": 5.0, **fields})))
        return opened[-1]

    yield made
    for engine in opened:
        engine.close()


def config(url: str, **fields: Any) -> EngineConfig[RemoteSpeechOptions]:
    return EngineConfig(RemoteSpeechOptions(url=url, **fields))


def clips(
    engine: RemoteSpeaker,
    text: str = "Hello.",
    voice: str | VoiceReference = "alloy",
    speed: float = 1.0,
    stop: threading.Event | None = None,
) -> Iterator[AudioClip]:
    return engine.synthesize(Utterance((Pronounced(text),), "en", voice, speed), stop or threading.Event())


def sound(spoken: Iterator[AudioClip]) -> Samples:
    return np.concatenate([clip.samples for clip in spoken])


@pytest.mark.parametrize("handed_on", [True, False])
def test_instructions_reach_an_upstream_that_takes_them(handed_on: bool) -> None:
    settings = {"tts_engine": "remote", "tts_fallback_engines": "", "tts_remote_instructions": handed_on}
    with fake_upstream({SPEECH: reply(PCM, type="audio/pcm")}) as fake:
        given = load_settings(TtsSettings, tts_remote_url=fake.url, **settings)
        with SpeechService(given) as service, service.start(WHISPERED) as run:
            assert b"".join(run)
            assert run.start.ignored == (() if handed_on else ("instructions",))
        sent = [request.json.get("instructions") for request in fake.asked(SPEECH)]
    assert sent == ["Whisper."] * 2 if handed_on else [None] * 2


def test_it_is_never_chosen_by_itself_and_needs_an_address() -> None:
    assert ENGINE.rank is None
    assert "TTS_REMOTE_URL" in str(RemoteSpeaker.obstacle(config("")))
    with pytest.raises(EngineUnavailableError, match="connection refused"):
        ENGINE.build(config(f"http://127.0.0.1:{free_port()}/v1"))


def test_what_is_sent_is_openai_s(connect: Callable[..., RemoteSpeaker]) -> None:
    with fake_upstream({SPEECH: reply(PCM, type="audio/pcm")}) as fake:
        engine = connect(fake, model="gpt-4o-mini-tts", api_key="key")
        assert np.array_equal(sound(clips(engine)), np.frombuffer(PCM, "<i2").astype(np.float32) / 32768)
        list(clips(engine, voice="nova", speed=1.5))
    usual = {"model": "gpt-4o-mini-tts", "input": "Hello.", "voice": "alloy", "response_format": "pcm"}
    assert [request.json for request in fake.asked(SPEECH)] == [usual, usual | {"voice": "nova", "speed": 1.5}]
    assert fake.asked(SPEECH)[0].headers["authorization"] == "Bearer key"


def test_another_voice_stack_is_told_the_language(connect: Callable[..., RemoteSpeaker]) -> None:
    with fake_upstream({"/models": reply(OURS), SPEECH: reply(PCM, type="audio/pcm")}) as fake:
        list(clips(connect(fake)))
    assert fake.asked(SPEECH)[0].json["language"] == "en"


def test_sound_leaves_as_it_comes(connect: Callable[..., RemoteSpeaker]) -> None:
    go_on = threading.Event()

    def answer(answer: Answer) -> None:
        answer.begin_chunks()
        answer.chunk(PCM[:9601])  # in the middle of a sample
        assert go_on.wait(10)
        answer.chunk(PCM[9601:])
        answer.end_chunks()

    with fake_upstream({SPEECH: answer}) as fake:
        spoken = clips(connect(fake))
        first = next(spoken)
        assert len(first.samples) == 4800
        go_on.set()
        rest = sound(spoken)
    assert len(first.samples) + len(rest) == len(PCM) // 2


@pytest.mark.parametrize(("break_after", "kind"), [(0, EngineUnavailableError), (2, EngineError)])
def test_an_upstream_that_breaks_off(
    connect: Callable[..., RemoteSpeaker], break_after: int, kind: type[Exception]
) -> None:
    def answer(answer: Answer) -> None:
        if break_after:
            answer.begin_chunks()
        for _ in range(break_after):
            answer.chunk(PCM[:4800])
        answer.break_off()

    heard: list[AudioClip] = []
    with fake_upstream({SPEECH: answer}) as fake:
        engine = connect(fake)
        with pytest.raises(kind, match="broke off"):
            heard.extend(clips(engine))
        # Then it is doubted: it may be gone.
        before = len(fake.asked("/models"))
        engine.check()
        assert len(fake.asked("/models")) == before + 1
    assert sum(len(clip.samples) for clip in heard) == break_after * 2400


def hang_after_the_first(answer: Answer) -> None:
    answer.begin_chunks()
    answer.chunk(PCM[:4800])
    answer.hang()


def test_an_upstream_that_hangs_in_the_middle_is_given_up(connect: Callable[..., RemoteSpeaker]) -> None:
    with fake_upstream({SPEECH: hang_after_the_first}) as fake:
        began = time.monotonic()
        with pytest.raises(EngineError, match="stopped in the middle"):
            list(clips(connect(fake, timeout_s=0.4)))
        assert time.monotonic() - began < 3
        assert fake.left.wait(20)


def test_stop_closes_the_upstream_s_connection(connect: Callable[..., RemoteSpeaker]) -> None:
    stop = threading.Event()
    with fake_upstream({SPEECH: hang_after_the_first}) as fake:
        spoken = clips(connect(fake, timeout_s=60), stop=stop)
        next(spoken)
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(CancelledWorkError):
            next(spoken)
        assert fake.left.wait(20), "the upstream speaks on for nobody"


def test_closing_the_iterator_closes_the_upstream_s_connection(connect: Callable[..., RemoteSpeaker]) -> None:
    with fake_upstream({SPEECH: hang_after_the_first}) as fake:
        spoken = clips(connect(fake, timeout_s=60))
        next(spoken)
        spoken.close()  # type: ignore[attr-defined]
        assert fake.left.wait(20), "the upstream speaks on for nobody"


def test_sound_without_an_end_ends(connect: Callable[..., RemoteSpeaker], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_stack.tts.engines.remote.engine._MOST_S", 3.0)

    def answer(answer: Answer) -> None:
        answer.begin_chunks()
        while not answer.upstream.over.is_set():
            answer.chunk(PCM)

    with fake_upstream({SPEECH: answer}) as fake:
        with pytest.raises(EngineError, match="more than 3 s"):
            list(clips(connect(fake)))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "bad"}}, InvalidRequestError),
        (404, {"error": {"message": "no voice", "code": "voice_not_found"}}, VoiceNotFoundError),
        (429, {"error": {"message": "later"}}, OverloadedError),
        (502, b"<html>", EngineUnavailableError),
        (500, b"", EngineError),
    ],
)
def test_the_upstream_s_errors_become_ours(
    connect: Callable[..., RemoteSpeaker], status: int, body: object, kind: type[Exception]
) -> None:
    with fake_upstream({SPEECH: reply(body, status)}) as fake:
        with pytest.raises(kind):
            list(clips(connect(fake)))


def test_recordings_are_no_voice_for_it(connect: Callable[..., RemoteSpeaker]) -> None:
    with fake_upstream({SPEECH: reply(PCM)}) as fake:
        with pytest.raises(InvalidRequestError, match="no recordings"):
            next(clips(connect(fake), voice=VoiceReference("anna", "", ())))


def test_voices_are_openai_s_and_what_the_upstream_lists(connect: Callable[..., RemoteSpeaker]) -> None:
    listed = {
        "voices": [{"id": "alloy"}, {"id": "de", "name": "German", "languages": ["de"], "gender": "male"}, "bare"]
    }
    with fake_upstream({"/audio/voices": reply(listed)}) as fake:
        told = config(fake.url)
        assert [voice.id for voice in RemoteSpeaker.voices(told)] == list(OPENAI_VOICES)
        connect(fake)
        own = RemoteSpeaker.voices(told)[len(OPENAI_VOICES) :]
    assert [(voice.id, voice.name, voice.languages, voice.gender) for voice in own] == [
        ("de", "German", ("de",), "male"),
        ("bare", "bare", (), ""),
    ]
    assert RemoteSpeaker.knows_voice(told, "de")
    assert not RemoteSpeaker.knows_voice(told, "fr")


def test_voices_can_be_named(connect: Callable[..., RemoteSpeaker]) -> None:
    with fake_upstream({"/audio/voices": reply({"voices": ["other"]})}) as fake:
        connect(fake, voices=["mine"])
        assert not fake.asked("/audio/voices"), "nobody needs the list"
    assert [voice.id for voice in RemoteSpeaker.voices(config(fake.url, voices=["mine"]))] == ["mine"]
    assert RemoteSpeaker.knows_voice(config(fake.url, voices=["*"]), "whatever")
    assert not RemoteSpeaker.knows_voice(config(fake.url, voices=["mine"]), "whatever")


@pytest.mark.parametrize(
    "answer", [reply(b"<html>"), reply({"voices": 3}), reply({}), reply([1]), reply({"voices": []}), reply(b"", 500)]
)
def test_an_upstream_without_a_list_of_voices(
    connect: Callable[..., RemoteSpeaker], answer: Callable[[Answer], None]
) -> None:
    with fake_upstream({"/audio/voices": answer, "/voices": answer}) as fake:
        connect(fake)
    assert len(RemoteSpeaker.voices(config(fake.url))) == len(OPENAI_VOICES)


def test_a_list_of_voices_is_not_believed() -> None:
    body = {
        "voices": [None, 3, "", "x" * 999, "a\nb", {"id": 5}, {"id": "ok", "language": "klingon", "gender": 7}, "ok"]
    }
    assert [(voice.id, voice.languages, voice.gender) for voice in read_voices(body)] == [("ok", (), "")]


def read(data: bytes, headers: dict[str, str] | None = None, step: int = 1000, rate: int = RATE) -> Samples:
    reader = SoundReader(headers or {}, RATE, rate)
    parts = [reader.write(data[i : i + step]) for i in range(0, len(data), step)]
    return np.concatenate([*parts, reader.finish()])


def wav(form: bytes, data: bytes, size: int | None = None) -> bytes:
    chunk = struct.pack("<4sI", b"data", len(data) if size is None else size)
    head = b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", len(form)) + form
    return head + b"LIST\x03\x00\x00\x00abc\x00" + chunk + data


FORM = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)


@pytest.mark.parametrize("step", [1, 3, 44, 1000, 10**6])
def test_wav_is_understood_in_whatever_pieces_it_comes(step: int) -> None:
    expected = np.frombuffer(PCM[:4800], "<i2").astype(np.float32) / 32768
    for data in (
        wav_header(RATE, 2400) + PCM[:4800],
        wav_header(RATE, None) + PCM[:4800],
        wav(FORM, PCM[:4800], 0),
        wav(FORM, PCM[:4800]) + b"LIST\x08\x00\x00\x00who did it",
    ):
        assert np.array_equal(read(data, {"content-type": "audio/wav"}, step), expected)


def test_wav_of_two_channels_and_of_floats() -> None:
    stereo = struct.pack("<HHIIHH", 1, 2, RATE, RATE * 4, 4, 16)
    frames = np.repeat(np.frombuffer(PCM, "<i2"), 2).astype("<i2").tobytes()
    assert np.allclose(read(wav(stereo, frames), step=777), sine(1.0), atol=1e-4)
    floats = struct.pack("<HHIIHH", 3, 1, RATE, RATE * 4, 4, 32)
    wild = np.array([0.5, np.nan, np.inf, -7.0], "<f4").tobytes()
    assert list(read(wav(floats, wild))) == [0.5, 0.0, 1.0, -1.0]


def test_another_rate_is_resampled() -> None:
    at_16k = to_s16le(sine(1.0, 16_000))
    for data, headers in (
        (wav_header(16_000, 16_000) + at_16k, {}),
        (at_16k, {"content-type": "audio/pcm", "x-voice-stack-sample-rate": "16000"}),
    ):
        heard = read(data, headers)
        assert len(heard) == RATE
        assert np.abs(heard[2000:-2000] - sine(1.0)[2000:-2000]).max() < 0.01


@pytest.mark.parametrize("rate", ["0", "7", "999999999999", "-5", "x", "²"])
def test_a_rate_that_makes_no_sense_is_ignored(rate: str) -> None:
    assert len(read(PCM, {"x-voice-stack-sample-rate": rate})) == RATE


@pytest.mark.parametrize(
    ("data", "headers", "said"),
    [
        (b'{"a": 1}', {"content-type": "application/json"}, "application/json"),
        (b"<html>", {"content-type": "text/html; charset=utf-8"}, "text/html"),
        (b"ID3" + bytes(100), {}, "mp3"),
        (b"OggS" + bytes(100), {"content-type": "audio/pcm"}, "opus"),
        (b"\xff\xfb\x90\x00" + bytes(100), {"content-type": "audio/mpeg"}, "compressed"),
        (b"", {}, "no sound"),
        (b"\x01", {}, "no sound"),
        (b"RIFF\xff\xff\xff\xffWAVE", {}, "no sound"),
        (b"RIFF\xff\xff\xff\xffWAVE" + b"junk\xff\xff\xff\x7f" + bytes(70_000), {}, "no sound"),
        (wav(struct.pack("<HHIIHH", 1, 1, RATE, RATE, 1, 8), PCM), {}, "8 bits"),
        (wav(struct.pack("<HHIIHH", 1, 6, RATE, RATE * 12, 12, 16), PCM), {}, "6 channels"),
        (wav(struct.pack("<HHIIHH", 1, 1, 4_000_000_000, 0, 2, 16), PCM), {}, "Hz"),
        (wav(b"", PCM), {}, "does not say"),
    ],
)
def test_what_is_no_sound_is_not_played(data: bytes, headers: dict[str, str], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        read(data, headers)


def test_pcm_may_begin_with_anything() -> None:
    data = b"\xff\xfb" + bytes(100)
    assert len(read(data, {"content-type": "audio/pcm"})) == 51


def test_wav_can_be_asked_for(connect: Callable[..., RemoteSpeaker]) -> None:
    body = wav_header(48_000, 48_000) + to_s16le(sine(1.0, 48_000))
    with fake_upstream({SPEECH: reply(body, type="audio/wav")}) as fake:
        engine = connect(fake, format=UpstreamFormat.WAV, sample_rate=22_050)
        assert engine.capabilities.sample_rate == 22_050
        assert len(sound(clips(engine))) == 22_050
    assert json.loads(fake.asked(SPEECH)[0].body)["response_format"] == "wav"
