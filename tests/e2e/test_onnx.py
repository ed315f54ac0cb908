"""Real services on the engine onnx: tiny models in the layouts of the real ones, through the official SDK."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from tests.e2e.conftest import Spoken, client, write_wav
from tests.live_server import Server, serve_asr
from tests.tiny_onnx.sound import Said, say

SENTENCES = (("hello", "world."), ("good", "morning,", "hello", "world"))
TEXT = "hello world. good morning, hello world"


@pytest.fixture(scope="module")
def onnx_server(tiny_onnx: Path) -> Iterator[Server]:
    settings = {"ASR_ENGINE": "onnx", "ASR_ONNX_MODEL": str(tiny_onnx / "tdt"), "ASR_ONNX_LANGUAGES": "en"}
    with serve_asr({**settings, "ASR_FALLBACK_ENGINES": ""}) as server:
        yield server


@pytest.fixture(scope="module")
def spoken(recordings: Path) -> tuple[Path, list[Said]]:
    clip, said = say(SENTENCES)
    return write_wav(recordings / "onnx.wav", clip.samples), said


@pytest.fixture(scope="module")
def lecture(recordings: Path) -> tuple[Path, list[Said]]:
    """A minute and a half, which no model takes at once."""
    clip, said = say(SENTENCES * 12)
    return write_wav(recordings / "onnx-long.wav", clip.samples), said


def test_json_is_the_exact_text_and_names_its_engine(onnx_server: Server, spoken: tuple[Path, list[Said]]) -> None:
    create = client(onnx_server).audio.transcriptions.with_raw_response.create
    raw = create(model="whisper-1", file=spoken[0])
    assert raw.parse().text == TEXT
    assert raw.headers["x-voice-stack-engine"] == "onnx"
    assert raw.headers["x-voice-stack-model"] == "tdt"


def test_verbose_json_has_segments_and_words(onnx_server: Server, spoken: tuple[Path, list[Said]]) -> None:
    path, said = spoken
    result = client(onnx_server).audio.transcriptions.create(
        model="tdt", file=path, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert result.language == "english"
    assert [segment.text for segment in result.segments or ()] == [" hello world.", " good morning, hello world"]
    words = result.words or []
    assert [word.word for word in words] == [word.text.strip(".,") for word in said]
    for word, wanted in zip(words, said, strict=True):
        assert word.start == pytest.approx(wanted.start, abs=0.2)
        assert word.end == pytest.approx(wanted.end, abs=0.2)


def test_long_audio_comes_whole_and_in_deltas(onnx_server: Server, lecture: tuple[Path, list[Said]]) -> None:
    path, said = lecture
    expected = " ".join(word.text for word in said)
    api = client(onnx_server).audio.transcriptions
    assert api.create(model="whisper-1", file=path).text == expected
    events = list(api.create(model="whisper-1", file=path, stream=True))
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    assert len(deltas) >= 20
    assert "".join(deltas).strip() == expected
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == expected


def test_another_language_is_refused(onnx_server: Server, spoken: tuple[Path, list[Said]]) -> None:
    with pytest.raises(openai.BadRequestError, match="does not know german"):
        client(onnx_server).audio.transcriptions.create(model="whisper-1", file=spoken[0], language="de")


def test_the_model_is_listed(onnx_server: Server) -> None:
    listed = [model.id for model in client(onnx_server).models.list()]
    assert listed[0] == "tdt"


def test_a_download_of_parakeet_serves_under_its_names(
    tiny_onnx: Path, tmp_path: Path, spoken: tuple[Path, list[Said]]
) -> None:
    """`ASR_MODEL` alone says it; the tiny model lies where the hub's client would have put the real one."""
    repo = tmp_path / "models--istupakov--parakeet-tdt-0.6b-v3-onnx"
    shutil.copytree(tiny_onnx / "tdt", repo / "snapshots" / "abc")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc")
    settings = {"ASR_ENGINE": "onnx", "ASR_MODEL": "parakeet-v3", "MODEL_DIR": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    with serve_asr({**settings, "ASR_FALLBACK_ENGINES": ""}) as server:
        for name in ("whisper-1", "parakeet-v3", "nemo-parakeet-tdt-0.6b-v3"):
            raw = client(server).audio.transcriptions.with_raw_response.create(
                model=name, file=spoken[0], response_format="verbose_json"
            )
            assert raw.headers["x-voice-stack-model"] == "parakeet-v3"
            answer = json.loads(raw.text)
            assert answer["text"] == TEXT
        # It hears 25 languages and does not tell which it was.
        german = client(server).audio.transcriptions.create(
            model="whisper-1", file=spoken[0], language="de", response_format="verbose_json"
        )
        assert german.language == "german"
        with pytest.raises(openai.BadRequestError, match="does not know japanese"):
            client(server).audio.transcriptions.create(model="whisper-1", file=spoken[0], language="ja")


def test_a_broken_model_is_stood_in_for(tiny_onnx: Path, tmp_path: Path, hello: Spoken) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_onnx / "tdt", broken)
    (broken / "encoder-model.onnx").write_bytes(b"no network")
    with serve_asr({"ASR_ENGINE": "onnx", "ASR_ONNX_MODEL": str(broken)}) as server:
        raw = client(server).audio.transcriptions.with_raw_response.create(model="whisper-1", file=hello.path)
        assert raw.parse().text == "The man was walking along the road."
        assert raw.headers["x-voice-stack-engine"] == "moonshine"
        health = httpx.get(f"{server.url}/health").json()
        assert "onnx-asr cannot load the model broken" in json.dumps(health)
        assert str(tmp_path) not in json.dumps(health)


def test_a_language_goes_to_the_engine_that_is_set_for_it(
    tiny_onnx: Path, tiny_ct2: Path, spoken: tuple[Path, list[Said]], german: Spoken
) -> None:
    settings = {
        "ASR_MODEL": str(tiny_ct2),
        "ASR_ENGINES_BY_LANGUAGE": "en=onnx,*=faster-whisper",
        "ASR_ONNX_MODEL": str(tiny_onnx / "ctc"),
        "ASR_ONNX_LANGUAGES": "en",
        "ASR_FALLBACK_ENGINES": "",
    }
    with serve_asr(settings) as server:
        create = client(server).audio.transcriptions.with_raw_response.create
        english = create(model="whisper-1", file=spoken[0], language="en")
        assert english.parse().text == TEXT
        assert english.headers["x-voice-stack-engine"] == "onnx"
        other = create(model="whisper-1", file=german.path, language="de")
        assert other.parse().text == german.text
        assert other.headers["x-voice-stack-engine"] == "faster-whisper"
