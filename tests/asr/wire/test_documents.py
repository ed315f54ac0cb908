"""The API's documentation of the transcription routes."""

from typing import Any

import pytest

from voice_stack.apps.asr import create_asr_app
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.wire.bazarr import ERROR_MEMBERS
from voice_stack.core.settings import load_settings


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    found: dict[str, Any] = create_asr_app(load_settings(AsrSettings, _env_file=None)).openapi()["paths"]
    return found


def test_every_error_of_the_detection_is_described_with_its_members(paths: dict[str, Any]) -> None:
    (members,) = ERROR_MEMBERS.values()
    answers = paths["/v1/bazarr/detect-language"]["post"]["responses"]
    errors = {status: answer for status, answer in answers.items() if status != "200"}
    assert {"400", "408", "413", "429", "500", "503"} <= errors.keys()
    for status, answer in errors.items():
        schema = answer["content"]["application/json"]["schema"]
        assert set(schema["required"]) == {"error", *members}, status
    assert members == {"detected_language": "undetermined", "language_code": "und", "confidence": 0.0}


def test_audio_track_is_described_wherever_it_is_read(paths: dict[str, Any]) -> None:
    for path in ("transcriptions", "transcriptions/verbose", "transcriptions/batch", "translations"):
        body = paths[f"/v1/audio/{path}"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert body["properties"]["audio_track"]["description"], path
    for path in ("asr", "detect-language"):
        names = [one["name"] for one in paths[f"/v1/bazarr/{path}"]["post"]["parameters"]]
        assert "audio_track" in names, path
