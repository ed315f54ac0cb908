"""Answers that are kept, and sent later."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from tests.jobs.conftest import new_job
from voice_stack.core.errors import EngineError, VoiceStackError
from voice_stack.jobs.responses import failure, open_body, store_response, stored_response
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.jobs.spool.spool import Spool
from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.web.forms import Form
from voice_stack.web.jobs.forms import form_inputs, open_form
from voice_stack.web.streaming import ByteStreamResponse


class _Row:
    """What a run takes from the job's row."""

    id, kind, lane, attempts, processed_s, total_s = "job_1", "work", "batch", 1, 0.0, None


@pytest.fixture
def run(tmp_path: Path) -> JobRun:
    spool = Spool(tmp_path, 10**6)
    spool.open()
    taken = spool.take(new_job(b"audio"))
    spool.publish(taken.id)
    folder = spool.job_folder(taken.id)
    return JobRun(_Row, spool.request(taken.id), folder, Checkpoints(folder), threading.Event(), lambda: None)  # type: ignore[arg-type]


async def sent(response: Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What a client gets."""
    status, headers, body = 0, [], b""

    async def send(message: dict[str, object]) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])  # type: ignore[assignment, call-overload]
        else:
            body += message["body"]  # type: ignore[operator]

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    await response({"type": "http", "headers": []}, receive, send)  # type: ignore[arg-type]
    return status, sorted(headers), body


@pytest.mark.parametrize(
    "response",
    [
        JSONResponse({"text": "Grüße"}, headers={"x-voice-stack-engine": "e"}),
        PlainTextResponse("1\n00:00:00,000 --> 00:00:01,000\nHallo\n", media_type="application/x-subrip"),
        Response(b"", 200),
        JSONResponse({"error": {"message": "m"}}, 400),
    ],
)
async def test_an_answer_comes_back_byte_for_byte(run: JobRun, response: Response) -> None:
    expected = await sent(response)
    stored = await store_response(response, run)
    status, headers, body = await sent(stored_response(stored, *open_body(stored.body)))
    assert (status, body) == (expected[0], expected[2])
    assert [header for header in headers if header[0] != b"x-should-retry"] == expected[1]


async def pieces(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number]) * 100_000


async def test_a_long_answer_goes_through_the_disk(run: JobRun) -> None:
    stored = await store_response(StreamingResponse(pieces(20), media_type="audio/wav"), run)
    assert isinstance(stored.body, Path)
    assert stored.body.parent == run.folder
    status, headers, body = await sent(stored_response(stored, *open_body(stored.body)))
    assert (status, len(body)) == (200, 2_000_000)
    assert body == b"".join([bytes([number]) * 100_000 for number in range(20)])
    assert dict(headers) == {b"content-type": b"audio/wav", b"content-length": b"2000000"}


async def test_headers_of_the_connection_are_not_kept(run: JobRun) -> None:
    response = ByteStreamResponse(pieces(2), media_type="audio/mpeg", headers={"x-a": "1"}, on_close=lambda: None)
    response.headers["x-request-id"] = "req_1"
    response.headers["transfer-encoding"] = "chunked"
    stored = await store_response(response, run)
    assert sorted(stored.headers) == [("cache-control", "no-cache"), ("content-type", "audio/mpeg"), ("x-a", "1")]


async def test_a_source_that_fails_midway_makes_no_answer(run: JobRun) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise EngineError("The engine failed.")

    for response in (
        StreamingResponse(breaking()),
        ByteStreamResponse(breaking(), media_type="a/b", headers={}, on_close=lambda: None),
    ):
        with pytest.raises(EngineError):
            await store_response(response, run)


async def test_a_disk_that_fails_makes_no_answer(run: JobRun) -> None:
    (run.folder / "out.response").mkdir()
    for response in (
        StreamingResponse(pieces(3)),
        ByteStreamResponse(pieces(3), media_type="a/b", headers={}, on_close=lambda: None),
    ):
        with pytest.raises(OSError, match="directory"):
            await store_response(response, run)


async def test_an_error_is_not_worth_asking_for_again() -> None:
    stored, inner = failure(VoiceStackError("Broken."))
    status, headers, body = await sent(stored_response(stored, *open_body(stored.body)))
    assert (status, dict(headers)[b"x-should-retry"]) == (500, b"false")
    assert json.loads(body)["error"] == inner


def test_a_form_comes_back_as_the_route_had_it(run: JobRun) -> None:
    run.params["fields"] = [["model", "m"], ["languages[]", "de"], ["languages[]", "en"]]
    form = open_form(run)
    assert (form.get("model"), form.get_list("languages")) == ("m", ["de", "en"])
    upload = form.files["file"]
    assert (upload.file.read(), upload.filename, upload.content_type) == (b"audio", "a.wav", "audio/wav")
    assert upload.file.fileno() > 2
    form.close()


def test_the_files_of_a_form_stay_its_own(run: JobRun) -> None:
    form = open_form(run)
    assert [item.name for item in form_inputs(form)] == ["file"]
    assert not form.files["file"].file.closed
    form.close()
    assert form_inputs(Form()) == []


def test_a_stored_answer_may_have_no_body() -> None:
    assert open_body(StoredResponse(204, [], b"").body) == (0, b"")
