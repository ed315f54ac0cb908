"""People are enrolled, known again after a restart, and forgotten with all of their bytes, by a real service."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.e2e.conftest import HELLO, write_wav
from tests.live_server import MOONSHINE, Server, serve_asr
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.client import AsyncVoiceStackClient, VoiceStackClient
from voice_stack.client.async_speakers import AsyncSpeakers
from voice_stack.client.speakers import Speakers
from voice_stack.core.errors import (
    InvalidRequestError,
    ModelNotFoundError,
    SeveralSpeakersError,
    SpeakerExistsError,
    SpeakerNotFoundError,
    TooLittleSpeechError,
)

AGREED = {"consent_by": "Ottilie Quintessa", "consent_statement": "You may know my voice."}


def read(path: Path) -> Any:
    with path.open("rb") as file, open_audio(file, DecodeLimits(60)) as sound:
        return sound.read(60).samples


def part(corpus: Path, reader: str, number: int, folder: Path) -> Path:
    """The first four seconds of what somebody reads."""
    path = sorted((corpus / "asr" / "librispeech_test-other" / reader).glob("*.flac"))[number]
    return write_wav(folder / f"{reader}-{number}.wav", read(path)[:64_000])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    with serve_asr({**MOONSHINE, "DATA_DIR": str(data)}) as running:
        yield running


@pytest.fixture(scope="module")
def speakers(server: Server) -> Iterator[Speakers]:
    with VoiceStackClient(server.v1) as client:
        yield client.speakers


def lying_about(data: Path) -> bytes:
    """Every byte that is in the folder, names of files too."""
    paths = sorted(data.rglob("*"))
    return b"\n".join([str(path).encode() for path in paths] + [path.read_bytes() for path in paths if path.is_file()])


def test_a_person_is_known_after_a_restart_and_forgotten_without_a_trace(corpus: Path, tmp_path: Path) -> None:
    """Enrolled from one file, found in another, through a restart; forgotten, and nothing of it in DATA_DIR."""
    anna = [part(corpus, "1688", number, tmp_path) for number in (0, 1)]
    other = part(corpus, "2033", 1, tmp_path)
    settings = {**MOONSHINE, "DATA_DIR": str(tmp_path / "data")}
    with serve_asr(settings) as server, VoiceStackClient(server.v1) as client:
        made = client.speakers.enrol("Ottilie Quintessa", anna[:1], **AGREED)
        assert "Quintessa" not in server.log.read_text()
    document = json.loads(next((tmp_path / "data" / "speakers").glob("spk_*.json")).read_bytes())
    vector = base64.b64decode(document["samples"][0]["vector"])
    assert len(vector) == 4 * 256
    # The vector's bytes, and base64 of them wherever it may begin.
    traces = [vector[:24], *(base64.b64encode(vector[at : at + 48])[4:-4] for at in range(3)), b"Quintessa"]
    assert any(trace in lying_about(tmp_path / "data") for trace in traces)
    with serve_asr(settings) as server, VoiceStackClient(server.v1) as client:
        found = client.speakers.identify(anna[1])
        assert (found.id, found.name) == (made.id, "Ottilie Quintessa")
        stranger = client.speakers.identify(other)
        assert (stranger.id, stranger.name) == (None, "unknown")
        assert stranger.score is not None
        assert stranger.score < stranger.threshold <= (found.score or 0)
        client.speakers.rename(made, "Ottilie Q.")
        client.speakers.forget(made)
        assert client.speakers.identify(anna[1]).name == "unknown"
        with pytest.raises(SpeakerNotFoundError):
            client.speakers.get(made)
        while_running = lying_about(tmp_path / "data")
    for lying in (while_running, lying_about(tmp_path / "data")):
        assert not [trace for trace in [*traces, b"Ottilie", made.id.encode(), b"know my voice"] if trace in lying]


def test_a_person_is_enrolled_listed_renamed_and_merged(server: Server, speakers: Speakers) -> None:
    berta = speakers.enrol("Berta", [HELLO, HELLO], **AGREED)
    assert (berta.recordings, berta.consent_by) == (2, ("Ottilie Quintessa",))
    raw = httpx.get(f"{server.v1}/speakers/{berta.id}").json()
    assert raw["object"] == "speaker"
    assert "vector" not in json.dumps(raw)
    assert raw["consents"][0]["statement"] == AGREED["consent_statement"]
    with pytest.raises(SpeakerExistsError, match=berta.id):
        speakers.enrol("BERTA", [HELLO], **AGREED)
    twin = speakers.enrol("Twin", [HELLO], **AGREED)
    assert {one.name for one in speakers.all()} >= {"Berta", "Twin"}
    assert httpx.patch(f"{server.v1}/speakers/{berta.id}", json={"name": "Bertha"}).json()["name"] == "Bertha"
    merged = speakers.merge(berta, twin)
    assert (merged.id, merged.name, merged.recordings) == (berta.id, "Bertha", 3)
    assert speakers.add(berta, [HELLO]).recordings == 4
    check = speakers.verify(berta, HELLO)
    assert check.is_same
    assert check.similarity > 0.9
    with pytest.raises(SpeakerNotFoundError):
        speakers.get(twin)
    speakers.forget(berta)
    with pytest.raises(SpeakerNotFoundError):
        speakers.forget(berta)


def test_voices_are_vectors_and_are_compared(server: Server, speakers: Speakers) -> None:
    (vector,) = speakers.embed([HELLO])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    same = speakers.compare(HELLO, HELLO)
    assert same.is_same
    assert same.similarity == pytest.approx(1, abs=1e-3)
    with HELLO.open("rb") as file:
        form = {"encoding_format": "base64", "model": "wespeaker"}
        answer = httpx.post(f"{server.v1}/audio/embeddings", timeout=60, files={"file": file}, data=form).json()
    (one,) = answer["data"]
    packed = np.frombuffer(base64.b64decode(one["embedding"]), "<f4")
    assert np.abs(packed - np.asarray(vector)).max() < 1e-5
    assert (answer["model"].split("/")[0], answer["usage"]["seconds"]) == ("wespeaker", 3)
    assert one["real_time_factor"] > 0


def test_what_is_no_recording_of_one_person_is_refused_with_the_reason(
    server: Server, speakers: Speakers, corpus: Path, tmp_path: Path
) -> None:
    silent = write_wav(tmp_path / "silent.wav", np.zeros(48_000, np.float32))
    short = write_wav(tmp_path / "short.wav", read(HELLO)[8000:20_000])
    pause = np.zeros(8000, np.float32)
    anna, berta = part(corpus, "1688", 0, tmp_path), part(corpus, "2033", 1, tmp_path)
    both = write_wav(tmp_path / "both.wav", np.concatenate([read(anna), pause, read(berta)]))
    for file, error, told in (
        (silent, TooLittleSpeechError, "silent"),
        (short, TooLittleSpeechError, "0.8 seconds"),
        (both, SeveralSpeakersError, "More than one person"),
    ):
        with pytest.raises(error, match=told) as raised:
            speakers.enrol("Nobody", [file], **AGREED)
        assert raised.value.status == 400
    with pytest.raises(SeveralSpeakersError) as raised:
        speakers.compare(HELLO, both)
    assert raised.value.param == "reference"
    with pytest.raises(InvalidRequestError, match="another person"):
        speakers.enrol("Nobody", [anna, berta], **AGREED)
    assert speakers.all() == []


SOUND = {"file": b"x"}
NAMED = {"name": "A", **AGREED}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "param"),
    [
        ("POST", "speakers", {"data": NAMED}, 400, "file"),
        ("POST", "speakers", {"data": {"name": ""}, "files": SOUND}, 400, "name"),
        ("POST", "speakers", {"data": {**NAMED, "name": "unknown"}, "files": SOUND}, 400, "name"),
        ("POST", "speakers", {"data": {"name": "A"}, "files": SOUND}, 400, "consent_by"),
        ("POST", "speakers", {"data": {"name": "A", "consent_by": "A"}, "files": SOUND}, 400, "consent_statement"),
        ("POST", "speakers", {"data": {**NAMED, "consent_given_at": "soon"}, "files": SOUND}, 400, "consent_given_at"),
        ("POST", "speakers", {"data": NAMED, "files": {"file": b"<html>" * 100}}, 400, "file"),
        ("POST", "speakers/identify", {"files": {"file": b""}}, 400, "file"),
        ("POST", "speakers/spk_none", {"json": {"name": "A"}}, 404, None),
        ("POST", "speakers/spk_none", {"json": {"name": 7}}, 400, "name"),
        ("POST", "speakers/spk_none", {"content": b"{"}, 400, None),
        ("POST", "speakers/spk_none/merge", {"json": {"other": "x"}}, 404, None),
        ("POST", "speakers/spk_none/samples", {"files": SOUND}, 404, None),
        ("POST", "speakers/spk_none/verify", {"files": SOUND}, 404, None),
        ("GET", "speakers/..%2F..%2Fetc%2Fpasswd", {}, 404, None),
        ("DELETE", "speakers/%00", {}, 404, None),
        ("POST", "audio/similarity", {"files": SOUND}, 400, "reference"),
        ("POST", "audio/embeddings", {"files": SOUND, "data": {"encoding_format": "hex"}}, 400, "encoding_format"),
        ("POST", "audio/embeddings", {"files": SOUND, "data": {"model": "gpt-4o"}}, 404, "model"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_the_clients_fault(
    server: Server, method: str, path: str, sent: dict[str, Any], status: int, param: str | None
) -> None:
    if "files" in sent:
        sent = {**sent, "files": [(name, ("../x.wav", content)) for name, content in sent["files"].items()]}
    answer = httpx.request(method, f"{server.v1}/{path}", timeout=60, **sent)
    assert answer.status_code == status, answer.text
    if param is not None or status == 400:
        assert answer.json()["error"]["param"] == param


def test_pages_of_other_origins_enrol_and_forget_nobody(server: Server) -> None:
    foreign = {"origin": "https://evil.example"}
    for method, path in (("POST", "speakers"), ("POST", "speakers/x"), ("DELETE", "speakers/x")):
        answer = httpx.request(method, f"{server.v1}/{path}", headers=foreign)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed")


async def test_coroutines_have_speakers_too(server: Server) -> None:
    async with AsyncVoiceStackClient(server.v1) as client:
        made = await client.speakers.enrol("Carla", [HELLO], **AGREED)
        assert (await client.speakers.identify(HELLO)).name == "Carla"
        assert made in await client.speakers.all()
        await client.speakers.forget(made)
        with pytest.raises(ModelNotFoundError):
            await client.transcribe(HELLO, model="nobody")

    def methods(cls: type) -> set[str]:
        return {name for name in vars(cls) if not name.startswith("_")}

    assert methods(AsyncSpeakers) == methods(Speakers)
