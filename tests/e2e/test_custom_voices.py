"""Consents and created voices through the official SDK, against real services."""

import contextlib
import io
import json
import random
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.e2e.conftest import HELLO, client
from tests.live_server import ESPEAK as USUAL
from tests.live_server import MOONSHINE, Server, serve_tts, two_roads
from voice_stack.tts.voices.custom.store import VoiceStore

# DNSMOS, which tests of the doctor have, is most of the time that a sample takes.
ESPEAK = {**USUAL, "TTS_REFERENCE_DNSMOS": "none"}
PHRASE = "I am the owner of this voice and I consent to this voice being used to create a synthetic voice model."


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """5.4 seconds of clean speech."""
    return two_roads(tmp_path_factory.mktemp("sample") / "sample.wav").read_bytes()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_tts(ESPEAK) as running:
        yield running


def consent(server: Server, recording: bytes, **fields: Any) -> str:
    asked = {"name": "Anna", "language": "en-US", **fields}
    return client(server).audio.voice_consents.create(recording=("r.wav", recording, "audio/wav"), **asked).id


def voice(server: Server, sample: bytes, consent_id: str, name: str = "Anna") -> str:
    sent = ("s.wav", sample, "audio/wav")
    return client(server).audio.voices.create(name=name, consent=consent_id, audio_sample=sent).id


def error_of(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    assert found.keys() == {"message", "type", "param", "code"}
    return found


def test_a_voice_of_the_sdks_is_spoken_with_and_deleted(brief_xtts: Path, sample: bytes, tmp_path: Path) -> None:
    settings = {**ESPEAK, "TTS_ENGINE": "coqui", "TTS_COQUI_MODEL": str(brief_xtts), "COQUI_TOS_AGREED": "1"}
    data = tmp_path / "data"
    with serve_tts({**settings, "TTS_FALLBACK_ENGINES": "", "DATA_DIR": str(data)}) as server:
        sdk = client(server)
        rests_on = consent(server, sample)
        created = sdk.audio.voices.create(name="Anna", consent=rests_on, audio_sample=("s.wav", sample))
        spoken = sdk.audio.speech.with_raw_response.create(
            model="tts-1", voice={"id": created.id}, input="Hi there.", response_format="wav"
        )
        assert spoken.headers["x-voice-stack-voice"] == created.id
        assert len(spoken.content) > 10_000
        latents = list((data / "cache").rglob("*.pth"))
        assert latents
        listed = httpx.get(f"{server.v1}/audio/voices").json()["voices"]
        (entry,) = [one for one in listed if one["id"] == created.id]
        assert (entry["kind"], entry["name"], entry["usable"]) == ("custom", "Anna", True)
        assert sdk.audio.voices.delete(created.id).to_dict() == {
            "id": created.id,
            "object": "audio.voice.deleted",
            "deleted": True,
        }
        assert not any(path.exists() for path in latents)
        for deed in (
            lambda: sdk.audio.voices.delete(created.id),
            lambda: sdk.audio.speech.create(model="tts-1", voice={"id": created.id}, input="Hi."),
        ):
            with pytest.raises(openai.NotFoundError):
                deed()
        assert sdk.audio.voice_consents.retrieve(rests_on).id == rests_on
        log = server.log.read_text()
    lines = [json.loads(line) for line in (data / "voices" / "audit.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["consent.created", "voice.created", "speech", "voice.deleted"]
    assert (lines[2]["voice"], lines[2]["characters"], lines[2]["engine"]) == (created.id, 9, "coqui")
    assert "Hi there" not in json.dumps(lines)
    assert "Anna" not in log


def test_consents_are_paged_renamed_and_deleted(server: Server, sample: bytes) -> None:
    consents = client(server).audio.voice_consents
    before = {one.id for one in consents.list()}
    ids = [consent(server, sample, name=f"Anna {number}") for number in range(5)]
    assert {one.id for one in consents.list(limit=2)} == {*ids, *before}
    page = consents.list(limit=2)
    assert page.has_more
    assert [one.id for one in page.data] == ids[:-3:-1]
    raw = httpx.get(f"{server.v1}/audio/voice_consents", params={"limit": 2, "after": page.data[-1].id}).json()
    assert (raw["first_id"], raw["last_id"]) == (ids[2], ids[1])
    assert consents.update(ids[0], name="Berta").name == "Berta"
    assert consents.retrieve(ids[0]).name == "Berta"
    for id in ids:
        assert consents.delete(id).deleted
        with pytest.raises(openai.NotFoundError):
            consents.retrieve(id)
    for wrong in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"after": "../../x"}):
        answer = httpx.get(f"{server.v1}/audio/voice_consents", params=wrong)
        assert (answer.status_code, error_of(answer)["param"]) == (400, next(iter(wrong)))


def test_an_engine_that_cannot_clone_says_so_and_the_voice_is_kept(server: Server, sample: bytes) -> None:
    id = voice(server, sample, consent(server, sample))
    with pytest.raises(openai.BadRequestError, match=r"espeak.*cannot speak with a recorded voice"):
        client(server).audio.speech.create(model="tts-1", voice={"id": id}, input="Hi.")
    found = httpx.get(f"{server.v1}/audio/voices/{id}").json()
    assert (found["id"], found["object"], found["type"]) == (id, "audio.voice", "audio_sample")
    assert found["consent"]["exists"] is True
    statuses = {name: check["status"] for name, check in found["verification"].items()}
    assert statuses == {"phrase": "not_verified", "speaker": "not_verified", "synthetic": "verified"}
    renamed = httpx.post(f"{server.v1}/audio/voices/{id}", json={"name": "Zoë"}).json()
    assert (renamed["id"], renamed["name"]) == (id, "Zoë")
    played = httpx.get(f"{server.v1}/audio/voices/{id}/sample")
    assert played.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(played.content)) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        # Its best part: without the silence at both ends.
        assert 4.8 < file.getnframes() / 24_000 < 5.4
    assert httpx.post(f"{server.v1}/audio/voices/{id}/check").json()["id"] == id
    health = httpx.get(f"{server.url}/health").json()
    assert health["voices"]["created"] >= 1
    assert health["voices"]["set_aside"] == []


def test_voices_by_description_are_refused_in_both_forms(server: Server) -> None:
    fields = {"name": "A", "type": "prompt", "prompt": "a calm voice"}
    for sent in ({"json": fields}, {"files": {name: (None, value) for name, value in fields.items()}}):
        answer = httpx.post(f"{server.v1}/audio/voices", **sent)
        assert answer.status_code == 400
        assert (error_of(answer)["param"], error_of(answer)["code"]) == ("type", "unsupported")


@pytest.mark.parametrize(
    ("fields", "files", "status", "param"),
    [
        ({"consent": None}, {}, 400, "consent"),
        ({"consent": "cons_none"}, {}, 404, "consent"),
        ({"consent": "../../../etc/passwd"}, {}, 404, "consent"),
        ({"name": None}, {}, 400, "name"),
        ({"name": "\0"}, {}, 400, "name"),
        ({"name": "x" * 10_000}, {}, 400, "name"),
        ({"name": "x" * 100_000}, {}, 400, "name"),
        ({"type": "song"}, {}, 400, "type"),
        ({"language": "klingon"}, {}, 400, "language"),
        ({}, {"audio_sample": None}, 400, "audio_sample"),
        ({}, {"audio_sample": b""}, 400, "audio_sample"),
        ({}, {"audio_sample": b"<html>" * 100}, 400, "audio_sample"),
        ({}, {"audio_sample": b"RIFF\xff\xff\xff\xffWAVEfmt "}, 400, "audio_sample"),
        ({}, {"audio_sample": bytes(10 * 2**20 + 1)}, 413, "file"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_a_voice_is_refused(
    server: Server, sample: bytes, fields: dict[str, Any], files: dict[str, Any], status: int, param: str
) -> None:
    sent = {"name": "A", "consent": consent(server, sample), **fields}
    uploads = {"audio_sample": sample, **files}
    answer = httpx.post(
        f"{server.v1}/audio/voices",
        data={key: value for key, value in sent.items() if value is not None},
        files={"x": (None, b"")} | {key: ("../../x.wav", one) for key, one in uploads.items() if one is not None},
    )
    assert (answer.status_code, error_of(answer)["param"]) == (status, param), answer.text


@pytest.mark.parametrize("id", ["voice_none", "..%2F..%2Fetc%2Fpasswd", "%00", "a" * 5000, "voice_" + "0" * 32])
def test_voices_that_are_not_there_are_404(server: Server, id: str) -> None:
    url = f"{server.v1}/audio/voices/{id}"
    for answer in (
        httpx.get(url),
        httpx.delete(url),
        httpx.post(url, json={"name": "A"}),
        httpx.get(f"{url}/sample"),
        httpx.post(f"{url}/check"),
    ):
        assert answer.status_code in (404, 405), answer.text
        error_of(answer)


def test_pages_of_other_origins_create_nothing(server: Server, sample: bytes) -> None:
    foreign = {"origin": "https://evil.example"}
    for method, path in (("POST", "voice_consents"), ("POST", "voices"), ("DELETE", "voices/voice_1")):
        answer = httpx.request(method, f"{server.v1}/audio/{path}", files={"recording": sample}, headers=foreign)
        assert (answer.status_code, error_of(answer)["code"]) == (403, "origin_not_allowed")


def test_a_consent_is_listened_to_where_somebody_can(sample: bytes, tmp_path: Path) -> None:
    own = tmp_path / "consent.yaml"
    own.write_text("en: [The man was walking along the road.]", encoding="utf-8")
    heard = {"TTS_ASR": "embedded", **MOONSHINE, "TTS_ASR_TIMEOUT_S": "300", "TTS_CONSENT_PHRASES": str(own)}
    with serve_tts({**ESPEAK, **heard}) as server:
        sdk = client(server)
        other = sdk.audio.speech.create(model="tts-1", voice="alloy", input=PHRASE, response_format="wav").read()
        right, wrong = consent(server, HELLO.read_bytes()), consent(server, other)
        checks = [sdk.audio.voice_consents.retrieve(id).to_dict()["verification"] for id in (right, wrong)]
        phrases: list[Any] = [check["phrase"] for check in checks]  # type: ignore[index]
        assert [phrase["status"] for phrase in phrases] == ["verified", "failed"], phrases
        assert phrases[0]["engine"].startswith("moonshine/")
        assert phrases[0]["value"] == 0
        assert phrases[1]["value"] > 0.35
        made = httpx.get(f"{server.v1}/audio/voices/{voice(server, sample, right)}").json()
        assert made["verification"]["phrase"]["status"] == "verified"
        with pytest.raises(openai.PermissionDeniedError, match="does not say the phrase") as caught:
            voice(server, sample, wrong)
        assert (caught.value.code, caught.value.param) == ("consent_refused", "consent")
        told = httpx.get(f"{server.v1}/audio/consent_phrases", params={"language": "en-US"}).json()
        assert told == {"language": "en", "phrases": ["The man was walking along the road."]}


def test_what_may_not_be_changed_is_listed_and_spoken_with(tmp_path: Path) -> None:
    with serve_tts({**ESPEAK, "TTS_VOICES_API": "false"}) as server:
        for method, path in (("POST", "voice_consents"), ("POST", "voices"), ("DELETE", "voices/voice_1")):
            assert httpx.request(method, f"{server.v1}/audio/{path}").status_code == 404
        assert httpx.get(f"{server.v1}/audio/voice_consents").json()["data"] == []


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.long)])
def test_a_killed_service_has_whole_voices_or_none(kills: int, sample: bytes, tmp_path: Path) -> None:
    data, chance = tmp_path / "data", random.Random()
    told: set[str] = set()
    for _ in range(kills):
        with serve_tts({**ESPEAK, "DATA_DIR": str(data)}) as server:
            rests_on = consent(server, sample)
            killer = threading.Timer(chance.uniform(0.02, 0.6), server.process.kill)
            killer.start()
            with contextlib.suppress(openai.APIConnectionError):
                while True:
                    told.add(voice(server, sample, rests_on))
            server.process.wait()
        assert VoiceStore(data / "voices").check() == []
    with serve_tts({**ESPEAK, "DATA_DIR": str(data)}) as server:
        voices = httpx.get(f"{server.v1}/audio/voices").json()["voices"]
        listed = {one["id"] for one in voices if one["kind"] == "custom"}
        for id in listed:
            assert httpx.get(f"{server.v1}/audio/voices/{id}/sample").status_code == 200
        assert list((data / "voices" / "staging").iterdir()) == []
        assert httpx.get(f"{server.url}/health").json()["voices"]["set_aside"] == []
    assert told <= listed, "a voice that a client was told of is gone"
    lines = [json.loads(line) for line in (data / "voices" / "audit.jsonl").read_text().splitlines()]
    assert listed <= {line.get("voice") for line in lines if line["event"] == "voice.created"}
