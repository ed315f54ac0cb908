"""Answers that are kept, and sent later."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.jobs.conftest import new_job
from voice_stack.core.errors import EngineError, VoiceStackError
from voice_stack.core.rendered import Rendered, rendered_json, rendered_text
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.jobs.spool.spool import Spool
from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.responses import failure, store
from voice_stack.jobs.work.run import JobRun
from voice_stack.web.forms import Form
from voice_stack.web.jobs.forms import form_inputs, open_form
from voice_stack.web.jobs.responses import open_body, stored_response
from voice_stack.web.rendered import rendered_response


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
    ("rendered", "response"),
    [
        (
            rendered_json({"text": "Grüße", "seconds": 1.5, "none": None}, {"x-voice-stack-engine": "e"}),
            JSONResponse({"text": "Grüße", "seconds": 1.5, "none": None}, headers={"x-voice-stack-engine": "e"}),
        ),
        (
            rendered_text("1\n00:00:00,000 --> 00:00:01,000\nHallo ü\n", "application/x-subrip", {"x-a": "1"}),
            PlainTextResponse(
                "1\n00:00:00,000 --> 00:00:01,000\nHallo ü\n", media_type="application/x-subrip", headers={"x-a": "1"}
            ),
        ),
        (rendered_text("Hallo ü", "text/vtt"), Response("Hallo ü", media_type="text/vtt")),
        (Rendered(b"", "audio/mpeg"), Response(b"", 200, media_type="audio/mpeg")),
        (
            rendered_json({"error": {"message": "m"}}, status=400),
            JSONResponse({"error": {"message": "m"}}, 400),
        ),
    ],
)
async def test_an_answer_is_the_same_at_once_and_later_byte_for_byte(
    run: JobRun, rendered: Rendered, response: Response
) -> None:
    expected = await sent(response)
    assert await sent(rendered_response(rendered)) == expected
    stored = await store(rendered, run)
    status, headers, body = await sent(stored_response(stored, *open_body(stored.body)))
    assert (status, body) == (expected[0], expected[2])
    assert [header for header in headers if header[0] != b"x-should-retry"] == expected[1]


async def pieces(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number]) * 100_000


async def test_a_long_answer_goes_through_the_disk(run: JobRun) -> None:
    whole = b"".join([bytes([number]) * 100_000 for number in range(20)])
    headers = {"cache-control": "no-cache", "x-a": "1"}
    at_once = await sent(rendered_response(Rendered(pieces(20), "audio/wav", headers)))
    stored = await store(Rendered(pieces(20), "audio/wav", headers), run)
    assert isinstance(stored.body, Path)
    assert stored.body.parent == run.folder
    status, later, body = await sent(stored_response(stored, *open_body(stored.body)))
    assert (status, len(body)) == (200, 2_000_000)
    assert body == whole == at_once[2]
    lasting = {b"cache-control": b"no-cache", b"content-type": b"audio/wav", b"x-a": b"1"}
    assert dict(later) == lasting | {b"content-length": b"2000000"}
    assert dict(at_once[1]) == lasting | {b"x-accel-buffering": b"no"}


async def test_headers_of_the_connection_are_not_kept(run: JobRun) -> None:
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no", "X-A": "1"}
    headers |= {"x-request-id": "req_1", "transfer-encoding": "chunked"}
    stored = await store(Rendered(pieces(2), "audio/mpeg", headers), run)
    assert stored.headers == [("cache-control", "no-cache"), ("x-a", "1"), ("content-type", "audio/mpeg")]


async def test_a_source_that_fails_midway_makes_no_answer(run: JobRun) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise EngineError("The engine failed.")

    with pytest.raises(EngineError):
        await store(Rendered(breaking(), "a/b"), run)


async def test_a_disk_that_fails_makes_no_answer(run: JobRun) -> None:
    (run.folder / "out.response").mkdir()
    with pytest.raises(OSError, match="directory"):
        await store(Rendered(pieces(3), "a/b"), run)


async def test_a_full_disk_makes_no_answer(run: JobRun) -> None:
    (run.folder / "out.response").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space"):
        await store(Rendered(pieces(3), "a/b"), run)


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
