"""What clients ask for; each request checks its answer."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.soak.material import SENTENCES, Material, book
from tests.e2e.speech import FORMATS, MAGIC

_SPEEDS = (0.5, 1.0, 1.0, 1.3, 2.0)
_UPLOAD_PIECE = 16 * 1024


class WrongAnswerError(Exception):
    """A service answered something that is not right."""


class BusyError(Exception):
    """A service refused with 429 or 503, as it may under load."""


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of both services.

    Attributes:
        http: without connections that are kept: whoever goes, goes with its connection.
        asr, tts: URLs with `/v1`.
        chapter: fewest and most sentences of a long text.
    """

    http: httpx.AsyncClient
    asr: str
    tts: str
    material: Material
    chance: random.Random
    chapter: tuple[int, int]

    async def command(self) -> None:
        """A voice command, now and then sent slowly."""
        form = {"model": "whisper-1", "response_format": self.chance.choice(["json", "verbose_json", "text", "srt"])}
        if form["response_format"] == "verbose_json":
            form["timestamp_granularities[]"] = "word"
        request = httpx.Request(
            "POST", f"{self.asr}/audio/transcriptions", data=form, files={"file": self.material.command}
        )
        body = request.read()
        content = self._slowly(body) if self.chance.random() < 0.2 else body
        headers = {"content-type": request.headers["content-type"], "content-length": str(len(body))}
        response = await self.http.post(request.url, content=content, headers=headers)
        _check_status(response, 200)
        if self.material.text not in response.text:
            raise WrongAnswerError(f"a command came out as {response.text[:200]!r}")

    async def stream(self) -> None:
        """A streamed transcript."""
        form = {"model": "whisper-1", "stream": "true"}
        files = {"file": self.material.command}
        async with self.http.stream("POST", f"{self.asr}/audio/transcriptions", data=form, files=files) as response:
            events = [event async for event in _events(response)]
        if not events or events[-1].get("text", "").strip() != self.material.text:
            raise WrongAnswerError(f"a stream ended with {events[-1:]}")

    async def film(self) -> None:
        """Subtitles for Bazarr."""
        response = await self.http.post(
            f"{self.asr}/bazarr/asr",
            params={"encode": "false", "output": "srt"},
            files={"audio_file": self.material.fresh_film()},
        )
        _check_status(response, 200)
        if "-->" not in response.text:
            raise WrongAnswerError(f"subtitles came out as {response.text[:200]!r}")

    async def rubbish(self) -> None:
        """No audio at all."""
        response = await self.http.post(
            f"{self.asr}/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": self.chance.randbytes(5000)},
        )
        _check_status(response, 400)

    async def sentence(self) -> None:
        """A sentence in any format and speed."""
        await self._speak(self.chance.choice(SENTENCES))

    async def long_text(self) -> None:
        """A chapter."""
        await self._speak(book(self.chance.randint(*self.chapter)))

    async def speech_events(self) -> None:
        """A sentence as server-sent events."""
        audio_format = self.chance.choice(FORMATS)
        body = self._speech(self.chance.choice(SENTENCES), audio_format) | {"stream_format": "sse"}
        async with self.http.stream("POST", f"{self.tts}/audio/speech", json=body) as response:
            events = [event async for event in _events(response)]
        data = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
        if not events or events[-1]["type"] != "speech.audio.done":
            raise WrongAnswerError(f"speech ended with {events[-1:]}")
        _check_sound(data, audio_format)

    async def unknown_voice(self) -> None:
        """A voice that does not exist."""
        body = self._speech(SENTENCES[0], "mp3") | {"voice": "nobody"}
        _check_status(await self.http.post(f"{self.tts}/audio/speech", json=body), 404)

    async def speech_job(self) -> None:
        """A chapter as a job: followed to its end, or cancelled."""
        audio_format = self.chance.choice(FORMATS)
        # A text of its own: two who ask for the same get the same job, and either may delete it once it is over.
        text = f"Chapter {self.chance.randrange(10**9)}. {book(self.chance.randint(*self.chapter))}"
        body = self._speech(text, audio_format)
        accepted = await self.http.post(f"{self.tts}/audio/speech", json=body, headers={"prefer": "respond-async"})
        _check_status(accepted, 202)
        job = f"{self.tts}/jobs/{accepted.json()['id']}"
        if self.chance.random() < 0.3:
            await asyncio.sleep(self.chance.random())
            _check_status(await self.http.delete(job), 200, 202)
            return
        async with self.http.stream("GET", f"{job}/events") as response:
            events = [event async for event in _events(response)]
        if not events or events[-1]["type"] != "job.completed":
            raise WrongAnswerError(f"a job ended with {events[-1:]}")
        result = await self.http.get(f"{job}/result")
        _check_status(result, 200)
        _check_sound(result.content, audio_format)

    async def _speak(self, text: str) -> None:
        audio_format = self.chance.choice(FORMATS)
        body = self._speech(text, audio_format)
        data = bytearray()
        slow = self.chance.random() < 0.2
        async with self.http.stream("POST", f"{self.tts}/audio/speech", json=body) as response:
            if response.status_code != 200:
                await response.aread()
                _check_status(response, 200)
            async for piece in response.aiter_raw():
                data += piece
                if slow:
                    await asyncio.sleep(0.05)
        _check_sound(bytes(data), audio_format)

    def _speech(self, text: str, audio_format: str) -> dict[str, Any]:
        speed = self.chance.choice(_SPEEDS)
        return {"model": "tts-1", "voice": "alloy", "input": text, "response_format": audio_format, "speed": speed}

    async def _slowly(self, body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), _UPLOAD_PIECE):
            yield body[start : start + _UPLOAD_PIECE]
            await asyncio.sleep(0.1)


Ask = Callable[[Clients], Awaitable[None]]
# How often each is asked for, in relation to each other.
COMMON: Mapping[Ask, float] = {
    Clients.command: 30,
    Clients.stream: 10,
    Clients.rubbish: 2,
    Clients.sentence: 30,
    Clients.long_text: 4,
    Clients.speech_events: 10,
    Clients.unknown_voice: 2,
    Clients.speech_job: 2,
}


def name_of(ask: Ask) -> str:
    name: str = getattr(ask, "__name__")  # noqa: B009 - a Callable need not have one
    return name


async def _events(response: httpx.Response) -> AsyncIterator[Mapping[str, Any]]:
    if response.status_code != 200:
        await response.aread()
        _check_status(response, 200)
    async for line in response.aiter_lines():
        if line.startswith("data: {"):
            event = json.loads(line.removeprefix("data: "))
            if event.get("type") == "error" or "error" in event:
                raise WrongAnswerError(f"a stream broke off: {event}")
            yield event


def _check_status(response: httpx.Response, *right: int) -> None:
    if response.status_code in right:
        return
    if response.status_code in (429, 503):
        raise BusyError(response.text)
    raise WrongAnswerError(f"{response.request.url.path} answered {response.status_code}: {response.text[:200]!r}")


def _check_sound(data: bytes, audio_format: str) -> None:
    if len(data) < 1000 or not data.startswith(MAGIC[audio_format]):
        raise WrongAnswerError(f"{len(data)} bytes of {audio_format} begin with {data[:8]!r}")
