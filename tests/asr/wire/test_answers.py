"""Answers out of a finished transcription: bytes and headers as the routes' own responses have them."""

from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from tests.asr.test_schemas import TRANSCRIPT
from tests.asr.wire.test_forms import form
from voice_stack.apps.asr import create_asr_app
from voice_stack.asr.recognition.run import RunReport
from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.schemas import full_json, plain_json, translation_json, verbose_json
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.subtitles.profiles import Profile, Shape
from voice_stack.asr.wire.answers import READERS, Finished, Kind
from voice_stack.asr.wire.state import AsrState
from voice_stack.core.rendered import Rendered
from voice_stack.core.settings import load_settings
from voice_stack.serving.answering import Answering
from voice_stack.web.rendered import rendered_response
from voice_stack.web.state import ServiceState

ENGINE = {"x-voice-stack-engine": "faster-whisper", "x-voice-stack-model": "tiny"}
REPORT = RunReport("faster-whisper", "tiny", audio_s=8.0, speech_s=6.5, engine_s=2.0, waited_s=0.25)
QUERY = {"encode": "true", "task": "transcribe", "language": "de", "initial_prompt": None}
QUERY |= {"word_timestamps": "false", "vad_filter": None}


@pytest.fixture(scope="module")
def state() -> AsrState:
    found = create_asr_app(load_settings(AsrSettings, _env_file=None)).state.service
    assert isinstance(found, ServiceState)
    return found


def rendered(
    state: AsrState, kind: Kind, fields: dict[str, str], query: dict[str, Any], fallback: str | None = None
) -> Rendered:
    asked = READERS[kind](form(("model", "whisper-1"), *fields.items()), query, state)
    return asked.render(Finished(TRANSCRIPT, REPORT, Answering("faster-whisper", "tiny", "cpu", fallback)))


def text(fmt: TranscriptFormat, **headers: str) -> Response:
    return Response(render(TRANSCRIPT, fmt), media_type=fmt.mime, headers=ENGINE | headers)


def subtitles(fmt: TranscriptFormat, shape: Shape | None = None) -> Response:
    disposition = f'attachment; filename="audio{fmt.suffix}"'
    headers = ENGINE | {"asr-engine": "faster-whisper", "content-disposition": disposition}
    return Response(render(TRANSCRIPT, fmt, shape), media_type=fmt.mime, headers=headers)


@pytest.mark.parametrize(
    ("kind", "fields", "query", "expected"),
    [
        (Kind.TRANSCRIPTION, {}, {}, JSONResponse(plain_json(TRANSCRIPT, logprobs=False), headers=ENGINE)),
        (
            Kind.TRANSCRIPTION,
            {"include[]": "logprobs"},
            {},
            JSONResponse(plain_json(TRANSCRIPT, logprobs=True), headers=ENGINE),
        ),
        (
            Kind.TRANSCRIPTION,
            {"response_format": "verbose_json", "timestamp_granularities[]": "word"},
            {},
            JSONResponse(verbose_json(TRANSCRIPT, words=True, segments=False), headers=ENGINE),
        ),
        (Kind.TRANSCRIPTION, {"response_format": "text"}, {}, text(TranscriptFormat.TEXT)),
        (Kind.TRANSCRIPTION, {"response_format": "srt"}, {}, text(TranscriptFormat.SRT)),
        (Kind.TRANSCRIPTION, {"response_format": "vtt"}, {}, text(TranscriptFormat.VTT)),
        (Kind.TRANSLATION, {}, {}, JSONResponse(translation_json(TRANSCRIPT), headers=ENGINE)),
        (
            Kind.TRANSLATION,
            {"response_format": "verbose_json"},
            {},
            JSONResponse(verbose_json(TRANSCRIPT, words=False, segments=True), headers=ENGINE),
        ),
        (Kind.TRANSLATION, {"response_format": "srt"}, {}, text(TranscriptFormat.SRT)),
        *[
            (Kind.SUBTITLES, {}, {**QUERY, "output": name}, subtitles(fmt))
            for name, fmt in [
                ("txt", TranscriptFormat.TEXT),
                ("tsv", TranscriptFormat.TSV),
                ("jsonl", TranscriptFormat.JSONL),
            ]
        ],
        *[
            (Kind.SUBTITLES, {}, {**QUERY, "output": fmt.value}, subtitles(fmt, Shape(Profile.NETFLIX)))
            for fmt in TranscriptFormat
            if fmt.writer
        ],
        (
            Kind.SUBTITLES,
            {},
            {**QUERY, "output": "srt", "subtitle_profile": "none"},
            subtitles(TranscriptFormat.SRT),
        ),
    ],
)
def test_an_answer_has_the_bytes_and_headers_of_a_response(
    state: AsrState, kind: Kind, fields: dict[str, str], query: dict[str, Any], expected: Response
) -> None:
    found = rendered_response(rendered(state, kind, fields, query))
    assert found.status_code == expected.status_code
    assert found.body == expected.body
    assert found.raw_headers == expected.raw_headers


def test_the_verbose_answer_tells_what_the_work_cost(state: AsrState) -> None:
    found = rendered(state, Kind.VERBOSE, {}, {}, fallback="no model")
    facts = {
        "device": "cpu",
        "fallback_reason": "no model",
        "speech_duration": 6.5,
        "inference_seconds": 2.0,
        "waiting_seconds": 0.25,
        "real_time_factor": 0.25,
    }
    assert found.body == JSONResponse(full_json(TRANSCRIPT, facts)).body
    assert found.headers == ENGINE | {"x-voice-stack-fallback": "no model"}


def test_the_json_of_bazarr_has_language_codes(state: AsrState) -> None:
    found = rendered(state, Kind.SUBTITLES, {}, {**QUERY, "output": "json"})
    assert isinstance(found.body, bytes)
    assert b'"language":"de"' in found.body
    assert found.content_type == "application/json"
