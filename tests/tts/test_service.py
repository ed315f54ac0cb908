"""Which engine, voice and language a request gets, and what is refused before any work."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import write_wav
from tests.e2e.test_speech_behaviour import hello_samples
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    ModelNotFoundError,
    SettingsError,
    UnsupportedError,
    UnusableVoiceError,
    VoiceNotFoundError,
)
from voice_stack.core.settings import load_settings
from voice_stack.serving.answering import Answering
from voice_stack.serving.registry import Registry
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry
from voice_stack.text.plan import Plan
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions

GERMAN = "Guten Morgen, meine Damen und Herren, das Wetter ist heute sehr schön."


def service_with(**settings: object) -> SpeechService:
    return SpeechService(load_settings(TtsSettings, **settings))


def start(service: SpeechService, text: str = "Hello there.", voice: str = "alloy", **fields: object) -> Answering:
    """What is known before the first sound."""
    options = SpeechOptions(text, voice, **{"model": "tts-1", "audio_format": AudioFormat.WAV, **fields})  # type: ignore[arg-type]
    with service.start(options) as run:
        return run.start.answering


def spoken(plan: Plan) -> list[str]:
    """What is spoken in one go each."""
    return ["".join(part.text for part in unit.parts) for unit in plan.units]


@pytest.fixture
def broken(tmp_path: Path) -> dict[str, object]:
    """Kokoro that cannot be had: its folder is empty."""
    (tmp_path / "kokoro").mkdir()
    return {"tts_engine": "kokoro", "tts_kokoro_model": str(tmp_path / "kokoro")}


def test_language_is_told_from_the_text() -> None:
    with service_with(tts_engine="espeak") as service:
        assert start(service, GERMAN).language == "de"
        assert start(service, "你好，世界，今天天气很好。").language == "zh"
        assert start(service, "17").language == "en"
        assert start(service, GERMAN, language="fr").language == "fr"


def test_language_is_not_told_when_that_is_off() -> None:
    with service_with(tts_engine="espeak", tts_auto_lang=False, tts_language="it") as service:
        assert start(service, GERMAN).language == "it"


def test_voice_that_is_bound_to_a_language_speaks_it() -> None:
    with service_with(tts_engine="espeak") as service:
        assert start(service, "Hello there, my friend.", voice="de").language == "de"
        with pytest.raises(UnsupportedError, match="french"):
            start(service, voice="de", language="fr")


def test_name_of_openai_takes_the_voice_of_the_language(tiny_kokoro: Path) -> None:
    with service_with(tts_engine="kokoro", tts_kokoro_model=str(tiny_kokoro), tts_fallback_engines=()) as service:
        english = start(service, voice="alloy")
        assert (english.engine, english.language) == ("kokoro", "en")
        with pytest.raises(UnsupportedError, match="russian"):
            start(service, language="ru")


def test_unknown_names_are_refused_before_an_engine_is_built() -> None:
    with service_with(tts_engine="kokoro", tts_kokoro_model="nobody/nothing") as service:
        with pytest.raises(VoiceNotFoundError, match="no voice 'nobody'"):
            start(service, voice="nobody")
        with pytest.raises(ModelNotFoundError):
            start(service, model="gpt-5")
        with pytest.raises(InvalidRequestError, match="line 1"):
            start(service, text="<speak>Hello")
        assert service.status()["state"] == "idle"


def test_stand_in_takes_a_voice_of_its_own_and_says_why(broken: dict[str, object]) -> None:
    with service_with(**broken) as service:
        answer = start(service, voice="af_bella")
        assert answer.engine == "espeak"
        assert answer.fallback
        assert service.status()["state"] == "degraded"


def test_stand_in_that_cannot_clone_is_no_fault_of_the_client(broken: dict[str, object], tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    voices.mkdir()
    write_wav(voices / "anna.wav", np.tile(hello_samples(), 2))
    with service_with(**broken, tts_voices_dir=voices) as service:
        with pytest.raises(EngineUnavailableError, match="recorded voice"):
            start(service, voice="anna")
    with service_with(tts_engine="espeak", tts_voices_dir=voices) as service:
        with pytest.raises(UnsupportedError, match="recorded voice"):
            start(service, voice="anna")


def test_recording_that_cannot_be_used_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"this is no sound")
    with service_with(tts_engine="espeak", tts_voices_dir=tmp_path) as service:
        with pytest.raises(UnusableVoiceError):
            start(service, voice="noise")


def test_mistake_in_the_users_files_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "openai.yaml").write_text("espeak:\n  alloi: f3\n")
    with pytest.raises(SettingsError, match=r"openai\.yaml, line 2"):
        service_with(tts_engine="espeak", tts_voices_dir=tmp_path)
    (tmp_path / "openai.yaml").unlink()
    (tmp_path / "en.yaml").write_text("nginx: {sai: engine x}\n")
    with pytest.raises(SettingsError, match=r"en\.yaml, line 1"):
        service_with(tts_engine="espeak", tts_lexicon_dir=tmp_path)


def test_xtts_clones_a_recording(tiny_xtts: Path, tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    voices.mkdir()
    write_wav(voices / "anna.wav", np.tile(hello_samples(), 2))
    settings = {
        "tts_engine": "coqui",
        "tts_coqui_model": str(tiny_xtts),
        "coqui_tos_agreed": True,
        "tts_voices_dir": voices,
        "data_dir": tmp_path / "data",
        "tts_fallback_engines": (),
        "tts_verify": "off",  # random weights speak noise
    }
    with service_with(**settings) as service:
        options = SpeechOptions("Hi.", "anna", "tts-1", audio_format=AudioFormat.WAV)
        with service.start(options) as run:
            data = b"".join(run)
            assert run.start.answering.voice == "anna"
            assert run.start.answering.engine == "coqui"
    assert len(data) > 24_000
    assert list((tmp_path / "data" / "cache" / "xtts").iterdir())
    (line,) = (tmp_path / "data" / "voices" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    facts = json.loads(line)
    assert (facts["event"], facts["voice"], facts["kind"], facts["characters"]) == ("speech", "anna", "library", 3)


def identity(**settings: object) -> str:
    """What an answer of Piper depends on besides the request."""
    with service_with(tts_engine="piper", **settings) as service:
        return service.context(SpeechOptions("Hello.", "alloy", "tts-1"))


LONG = "Researchers at the university have found that people who walk for half an hour every day sleep better."


def test_a_long_first_sentence_comes_in_parts_from_an_engine_that_gives_it_whole(tiny_kokoro: Path) -> None:
    options = SpeechOptions(LONG, "", "tts-1", language="en")
    with service_with(tts_engine="kokoro", tts_kokoro_model=str(tiny_kokoro)) as service:
        assert spoken(service.preview(options)[0]) == [f"{LONG[:40]},", LONG[41:]]
    with service_with(tts_engine="espeak") as service:
        assert spoken(service.preview(options)[0]) == [LONG]
    with service_with(tts_engine="kokoro", tts_kokoro_model=str(tiny_kokoro), tts_first_chunk_chars=90) as service:
        assert spoken(service.preview(options)[0]) == [LONG]


def test_answers_depend_on_the_settings_that_shape_them_and_on_no_others(tmp_path: Path) -> None:
    plain = identity()
    assert identity() == plain
    for shaping in (
        {"tts_piper_noise_scale": 0.3},
        {"tts_loudness_lufs": -20},
        {"tts_fallback_engines": ""},
        {"tts_device": "cuda"},
    ):
        assert identity(**shaping) != plain, shaping
    for other in (
        {"tts_workers": 3},
        {"tts_port": 5999},
        {"tts_max_input_chars": 10},
        {"tts_retry_engine_s": 1},
        {"tts_xtts_top_k": 7},  # of an engine that does not answer
        {"data_dir": tmp_path},
    ):
        assert identity(**other) == plain, other


def test_what_is_known_before_the_first_sound_crosses_processes() -> None:
    with service_with(tts_engine="tone") as service:
        with service.start(SpeechOptions("Hello.", "alloy", "tts-1")) as run:
            assert pickle.loads(pickle.dumps(run.start)) == run.start
            assert run.start.answering.engine == "tone"


ABSENT = EngineSpec(
    Kind.SPEECH,
    "absent",
    "tests.tts.test_service:NoSuchEngine",
    install="absent-package",
    licence=Licence("MIT", "none"),
    models=lambda config: [ModelEntry("absent-1", "absent", "", "nobody", 0, True)],
)


def test_engine_of_a_package_that_does_not_import_is_replaced_and_said() -> None:
    rows = ("tests.tts.test_service:ABSENT", "voice_stack.tts.engines.espeak:ENGINE")
    settings = load_settings(TtsSettings, tts_engine="absent")
    with SpeechService(settings, registry=Registry({Kind.SPEECH: rows}, None)) as service:
        answer = start(service)
        assert answer.engine == "espeak"
        assert "pip install absent-package" in (answer.fallback or "")
        assert service.status()["state"] == "degraded"
