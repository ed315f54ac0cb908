"""A cloned voice through a real server: the SDK asks a tiny Pocket TTS for it by the name of its recording."""

import shutil
from pathlib import Path

import httpx

from tests.e2e.conftest import HELLO, client
from tests.e2e.speech import hear
from tests.live_server import serve_tts

TEXT = "Hello there. You are here."


def test_a_recording_is_a_voice_and_what_was_heard_is_kept(tiny_pocket: Path, tmp_path: Path) -> None:
    (tmp_path / "voices" / "me").mkdir(parents=True)
    for name in ("one.wav", "two.wav"):  # a single one is too short
        shutil.copyfile(HELLO, tmp_path / "voices" / "me" / name)
    settings = {
        "TTS_ENGINE": "pocket",
        "TTS_FALLBACK_ENGINES": "",
        "TTS_VERIFY": "off",  # random weights speak noise
        "TTS_POCKET_MODEL": str(tiny_pocket),
        "TTS_VOICES_DIR": str(tmp_path / "voices"),
        "DATA_DIR": str(tmp_path / "data"),
    }
    with serve_tts(settings) as server:
        asked = client(server).audio.speech.with_raw_response.create(
            model="tts-1", voice="me", input=TEXT, response_format="wav"
        )
        assert asked.headers["x-voice-stack-engine"] == "pocket"
        assert asked.headers["x-voice-stack-voice"] == "me"
        assert hear(asked.parse().read(), "wav").duration > 1
        assert len(list((tmp_path / "data" / "cache" / "pocket").glob("*.safetensors"))) == 1
        voices = httpx.get(f"{server.v1}/audio/voices").json()["data"]
        assert {voice["id"] for voice in voices} >= {"alloy", "me", "alba", "mary"}
        assert TEXT.partition(".")[0] not in server.log.read_text(encoding="utf-8")
