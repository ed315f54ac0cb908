"""Sessions as clients configure them."""

from typing import Any

import pytest

from voice_stack.asr.recognition.live_turns import Eagerness
from voice_stack.asr.wire.realtime.config import InputFormat, SessionConfig
from voice_stack.core.errors import InvalidEventError


def ga(**sound: Any) -> dict[str, Any]:
    return {"type": "transcription", "audio": {"input": sound}}


def start(model: str | None = None) -> SessionConfig:
    return SessionConfig.of_model(model)


def test_a_session_begins_with_openais_defaults() -> None:
    told = start().json("sess_1", 7)
    assert told["object"] == "realtime.transcription_session"
    assert told["type"] == "transcription"
    sound = told["audio"]["input"]
    assert sound["format"] == {"type": "audio/pcm", "rate": 24000}
    assert sound["transcription"]["model"] == "whisper-1"
    assert sound["noise_reduction"] is None
    assert sound["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
    }


def test_what_is_left_out_keeps_its_value_and_null_turns_off() -> None:
    first = start().updated(ga(transcription={"model": "whisper-1", "language": "de", "prompt": "Bahn"}))
    second = first.updated(ga(turn_detection=None, transcription={"language": "en"}))
    assert second.rule is None
    assert second.transcription is not None
    assert (second.transcription.code, second.transcription.prompt) == ("en", "Bahn")
    assert second.updated(ga(transcription=None)).transcription is None
    assert second.updated({"type": "transcription"}) == second


def test_every_parameter_of_the_detection_counts() -> None:
    asked = {
        "type": "server_vad",
        "threshold": 0.7,
        "prefix_padding_ms": 100,
        "silence_duration_ms": 900,
        "idle_timeout_ms": 6000,
        "create_response": True,
        "interrupt_response": False,
    }
    rule = start().updated(ga(turn_detection=asked)).rule
    assert rule is not None
    assert (rule.threshold, rule.prefix_s, rule.silence_s, rule.idle_s) == (0.7, 0.1, 0.9, 6.0)
    semantic = start().updated(ga(turn_detection={"type": "semantic_vad", "eagerness": "low"})).rule
    assert semantic is not None
    assert semantic.eagerness is Eagerness.LOW


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-realtime-whisper"])
def test_the_realtime_only_models_hear_what_the_client_commits(model: str) -> None:
    assert start(model).rule is None
    config = start().updated(ga(transcription={"model": model, "delay": "low"}))
    assert config.rule is None
    assert config.transcription is not None
    assert config.transcription.asked_model == "whisper-1"
    assert config.transcription.json["model"] == model
    with pytest.raises(InvalidEventError) as caught:
        config.updated(ga(turn_detection={"type": "server_vad"}))
    assert caught.value.param == "session.audio.input.turn_detection"


def test_the_beta_shape_says_the_same() -> None:
    config = start().updated_flat(
        {
            "input_audio_format": "g711_alaw",
            "input_audio_transcription": {"model": "whisper-1", "language": "en"},
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 400},
            "input_audio_noise_reduction": {"type": "near_field"},
            "include": ["item.input_audio_transcription.logprobs"],
        }
    )
    assert config.format is InputFormat.PCMA
    assert config.logprobs
    assert config.noise_reduction == {"type": "near_field", "strength": 1.0}
    told = config.flat_json("sess_1", 7)
    assert told["input_audio_format"] == "g711_alaw"
    assert told["turn_detection"]["silence_duration_ms"] == 400


@pytest.mark.parametrize(
    ("session", "param", "code"),
    [
        ({"audio": {}}, "session.type", "missing_required_parameter"),
        ({"type": "realtime"}, "session.type", "invalid_value"),
        ({"type": "transcription", "voice": "alloy"}, "session.voice", "unknown_parameter"),
        (ga(volume=1), "session.audio.input.volume", "unknown_parameter"),
        (ga(format={"type": "audio/pcm", "rate": 16000}), "session.audio.input.format.rate", "invalid_value"),
        (ga(format={"type": "audio/mp3"}), "session.audio.input.format.type", "invalid_value"),
        (ga(turn_detection={"type": "magic"}), "session.audio.input.turn_detection.type", "invalid_value"),
        (ga(turn_detection={"threshold": 2}), "session.audio.input.turn_detection.threshold", "invalid_value"),
        (
            ga(turn_detection={"idle_timeout_ms": 1}),
            "session.audio.input.turn_detection.idle_timeout_ms",
            "invalid_value",
        ),
        (ga(transcription={"language": "zz"}), "session.audio.input.transcription.language", "invalid_value"),
        (ga(transcription={"languages": []}), "session.audio.input.transcription.languages", "invalid_value"),
        (ga(transcription={"languages": None}), "session.audio.input.transcription.languages", "invalid_value"),
        (
            ga(transcription={"language": "en", "languages": ["de"]}),
            "session.audio.input.transcription.languages",
            "invalid_value",
        ),
        (ga(transcription={"keywords": ["<b>"]}), "session.audio.input.transcription.keywords", "invalid_value"),
        (ga(transcription={"delay": "soon"}), "session.audio.input.transcription.delay", "invalid_value"),
        (
            ga(transcription={"model": "gpt-realtime-whisper", "prompt": "x"}),
            "session.audio.input.transcription.prompt",
            "invalid_value",
        ),
        ({"type": "transcription", "include": ["all"]}, "session.include", "invalid_value"),
        (ga(transcription=[1]), "session.audio.input.transcription", "invalid_value"),
        ("nothing", "session", "invalid_value"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(session: Any, param: str, code: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        start().updated(session)
    assert (caught.value.param, caught.value.code) == (param, code)
