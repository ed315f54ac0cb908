"""What cloning engines have computed of a created voice goes with it, whichever engine it was."""

from pathlib import Path

import pytest

from tests.live_server import two_roads
from voice_stack.core.errors import VoiceNotFoundError
from voice_stack.core.settings import load_settings
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.engines.voice_cache import HearingEngine
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions

# Coqui's: tests/e2e/test_custom_voices.py.
ENGINES = [
    ("pocket", "tiny_pocket", ".safetensors"),
    ("chatterbox", "chatterbox_double", ".pth"),
]


def speak(service: SpeechService, voice: str) -> None:
    with service.start(SpeechOptions("Hi there.", voice, "tts-1", language="en")) as run:
        assert b"".join(run)


def in_memory(service: SpeechService) -> set[str]:
    """Voices, by the hash of their recordings, that loaded engines have in memory."""
    engines: list[TTSEngine] = []
    service.host.pool.visit(engines.append)
    (engine,) = engines
    assert isinstance(engine, HearingEngine)
    return set(engine._cloned._memory)


@pytest.mark.parametrize(("engine", "model", "suffix"), ENGINES, ids=[engine for engine, *_ in ENGINES])
def test_what_an_engine_has_heard_of_a_voice_is_deleted_with_it(
    engine: str, model: str, suffix: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings = {
        "tts_engine": engine,
        "tts_fallback_engines": "",
        f"tts_{engine}_model": str(request.getfixturevalue(model)),
        "tts_verify": "off",
        "tts_require_consent": False,
        "data_dir": tmp_path / "data",
        "tts_voices_dir": tmp_path / "voices",
    }
    folder = tmp_path / "data" / "cache" / engine
    sample = two_roads(tmp_path / "sample.wav")
    library = tmp_path / "voices" / "anna"
    library.mkdir(parents=True)
    two_roads(library / "anna.wav")
    with SpeechService(load_settings(TtsSettings, **settings)) as service:
        speak(service, "anna")
        stays = set(folder.iterdir())
        with sample.open("rb") as file:
            voice = service.custom.create_voice("Anna", None, file, "en").id
        speak(service, voice)
        heard = set(folder.iterdir()) - stays
        assert {path.suffix for path in heard} == {suffix, ".json"}
        anna = service.voices.library.resolve("anna").sha256
        assert in_memory(service) == {anna, service.custom.voice(voice).reference.sha256}
        service.custom.delete_voice(voice)
        assert set(folder.iterdir()) == stays
        assert in_memory(service) == {anna}
        with pytest.raises(VoiceNotFoundError):
            speak(service, voice)
        speak(service, "anna")
