"""The page of a listening test and what it asks, on this machine alone."""

import importlib.resources
import json
import re
import secrets
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from voice_stack.core.envelope import error_body
from voice_stack.core.errors import InvalidRequestError, NotFoundError, VoiceStackError
from voice_stack.lab.listening.answers import Answers
from voice_stack.lab.listening.design import Test, Trial, sound_name, trials
from voice_stack.lab.listening.sounds import Sounds

HOSTS: Final = ("127.0.0.1", "localhost")
"""Names under which the page is asked for. A page of somewhere else that points its own name here gets nothing."""

_MOST_BODY: Final = 16 * 1024
_MOST_NAME: Final = 80
_RANGE: Final = re.compile(r"bytes=(\d{1,12})-(\d{1,12})?")
_PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}


class ListeningTest:
    """A test that is being held: what a listener is asked next, and what becomes of the answer.

    Args:
        most: trials of a listener, at most; None for all.
    """

    def __init__(self, test: Test, answers: Answers, sounds: Sounds, most: int | None = None) -> None:
        self._test = test
        self._answers = answers
        self._sounds = sounds
        self._most = most
        self._lock = threading.Lock()
        self._heard: set[str] = set()

    @property
    def place(self) -> str:
        """Name under which a browser keeps who listens: of this test, and telling nothing of it."""
        return sound_name(self._answers.key, "", 0, 0)

    def enter(self, name: object) -> dict[str, Any]:
        """Take in a listener."""
        if name is not None and (not isinstance(name, str) or len(name) > _MOST_NAME):
            raise InvalidRequestError(f"The name must be a text of {_MOST_NAME} characters at most.", param="name")
        return {"listener": self._answers.enter((name or "").strip())}

    def trial(self, listener: str, number: int | None) -> dict[str, Any]:
        """A question: the one with this number, or the first without an answer; without one when all are answered."""
        asked = self._trials(listener)
        given = self._answers.given(listener)
        body: dict[str, Any] = {
            "answered": sum(trial.number in given for trial in asked),
            "total": len(asked),
            "trial": None,
        }
        chosen = next((trial for trial in asked if trial.number not in given), None) if number is None else None
        if number is not None:
            chosen = self._numbered(asked, number)
        if chosen is not None:
            names = [sound_name(self._answers.key, listener, chosen.number, n) for n in range(len(chosen.systems))]
            body["trial"] = {
                "number": chosen.number,
                "question": self._test.method.question,
                "sounds": [
                    {"label": label, "url": f"sounds/{listener}/{chosen.number}/{name}"}
                    for label, name in zip(chosen.labels, names, strict=True)
                ],
                "choices": [{"value": value, "meaning": meaning} for value, meaning in self._test.method.choices],
                "answer": given.get(chosen.number),
            }
        return body

    def answer(self, listener: str, number: object, value: object) -> dict[str, Any]:
        """Keep an answer; how many there are then.

        Raises:
            InvalidRequestError: it is none, or one to what was not heard.
        """
        asked = self._trials(listener)
        if not isinstance(number, int) or isinstance(number, bool):
            raise InvalidRequestError("`trial` must be the number of a question.", param="trial")
        trial = self._numbered(asked, number)
        if value not in [choice for choice, _ in self._test.method.choices]:
            raise InvalidRequestError("`value` must be one of the choices.", param="value")
        for place in range(len(trial.systems)):
            if sound_name(self._answers.key, listener, number, place) not in self._heard:
                raise InvalidRequestError("Listen to all of it first.", param="trial")
        self._answers.keep(listener, trial, str(value))
        given = self._answers.given(listener)
        return {"answered": sum(one.number in given for one in asked), "total": len(asked)}

    def sound(self, listener: str, number: int, name: str) -> bytes:
        """A sound by its name: a WAV file.

        Raises:
            NotFoundError: there is none of this name.
        """
        trial = self._numbered(self._trials(listener), number)
        for place, system in enumerate(trial.systems):
            if secrets.compare_digest(sound_name(self._answers.key, listener, number, place), name):
                path = self._sounds.prepared(self._test.file(system, trial.sample))
                with self._lock:
                    self._heard.add(name)
                return path.read_bytes()
        raise NotFoundError("There is no such sound.")

    def _trials(self, listener: str) -> list[Trial]:
        if not self._answers.knows(listener):
            raise NotFoundError("Nobody of this identity listens here.", param="listener")
        return trials(self._test, listener, self._most)

    @staticmethod
    def _numbered(asked: list[Trial], number: int) -> Trial:
        if not 0 <= number < len(asked):
            raise NotFoundError("There is no such question.", param="trial")
        return asked[number]


def listening_app(held: ListeningTest) -> Starlette:
    """The application: a page, and four routes. What the browser gets names no system and no file."""

    async def page(request: Request) -> Response:
        nonce = secrets.token_urlsafe(12)
        text = importlib.resources.files(__package__ or "").joinpath("page.html").read_text("utf-8")
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return HTMLResponse(
            text.replace("NONCE", nonce).replace("PLACE", held.place),
            headers={**_PRIVATE, "content-security-policy": policy},
        )

    async def enter(request: Request) -> Response:
        body = await _body(request)
        return await _answered(partial(held.enter, body.get("name")))

    async def trial(request: Request) -> Response:
        number = request.query_params.get("trial")
        if number is not None and not (number.isascii() and number.isdigit() and len(number) < 9):
            raise NotFoundError("There is no such question.", param="trial")
        chosen = None if number is None else int(number)
        return await _answered(partial(held.trial, request.query_params.get("listener", ""), chosen))

    async def answer(request: Request) -> Response:
        body = await _body(request)
        listener = str(body.get("listener", ""))
        return await _answered(partial(held.answer, listener, body.get("trial"), body.get("value")))

    async def sound(request: Request) -> Response:
        given = request.path_params
        work = partial(held.sound, given["listener"], given["trial"], given["name"])
        return _part(await anyio.to_thread.run_sync(work), request.headers.get("range", ""))

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/listeners", enter, methods=["POST"]),
            Route("/api/trial", trial),
            Route("/api/answers", answer, methods=["POST"]),
            Route("/sounds/{listener}/{trial:int}/{name}", sound),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)],
        exception_handlers={VoiceStackError: _refused},
    )


def _part(data: bytes, asked: str) -> Response:
    """A sound, or the part of it that a browser asks for: some play nothing that cannot be asked for in parts.

    No file name, no date and no tag goes with it: each could tell one system from the other.
    """
    headers = {**_PRIVATE, "accept-ranges": "bytes"}
    match = _RANGE.fullmatch(asked)
    if match is None:
        return Response(data, media_type="audio/wav", headers=headers)
    first = int(match[1])
    last = min(int(match[2]) if match[2] else len(data), len(data) - 1)
    if first > last:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(data)}"})
    headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, media_type="audio/wav", headers=headers)


async def _answered(work: Callable[[], dict[str, Any]]) -> Response:
    return JSONResponse(await anyio.to_thread.run_sync(work), headers=_PRIVATE)


async def _body(request: Request) -> dict[str, Any]:
    # A form of another origin's page can send text, but not JSON.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise InvalidRequestError("The body must be application/json.")
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > _MOST_BODY:
            raise InvalidRequestError("The body is too long.")
    return _object(bytes(data))


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError("The body is no JSON.") from error
    if not isinstance(found, dict):
        raise InvalidRequestError("The body is no JSON object.")
    return found


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, VoiceStackError)
    return JSONResponse(error_body(error), error.status, headers=_PRIVATE)
