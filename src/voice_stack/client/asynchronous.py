"""The client for event loops: the same methods, each awaited while a worker thread does its work."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from voice_stack.client.client import AudioFile, VoiceStackClient
from voice_stack.client.types import Job, JobResult, Model, Speech, Transcript, Voice


class AsyncVoiceStackClient:
    """One service of Voice Stack, speech or recognition, for coroutines. Arguments, answers and errors are those of
    `VoiceStackClient`, whose methods have the same names; `on_progress` is called in the loop's own thread.

    A coroutine that is cancelled stops waiting; a request that is under way goes on until it is answered.

    Args:
        base_url: with its `/v1`.
        options: as `VoiceStackClient` takes them.
    """

    def __init__(self, base_url: str = "http://localhost:5002/v1", **options: Any) -> None:
        self._client = VoiceStackClient(base_url, **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._client.close)

    async def speak(self, text: str, *, voice: str = "alloy", format: str = "mp3", **options: Any) -> Speech:
        """Speak a text, and wait for all of it."""
        return await asyncio.to_thread(self._client.speak, text, voice=voice, format=format, **options)

    async def submit_speech(self, text: str, *, voice: str = "alloy", format: str = "mp3", **options: Any) -> Job:
        """Leave a speech to the service as a job."""
        return await asyncio.to_thread(self._client.submit_speech, text, voice=voice, format=format, **options)

    async def transcribe(self, file: AudioFile, **options: Any) -> Transcript:
        """Transcribe a recording."""
        return await asyncio.to_thread(self._client.transcribe, file, **options)

    async def submit_transcription(self, file: AudioFile, **options: Any) -> Job:
        """Leave a recording to the service as a job."""
        return await asyncio.to_thread(self._client.submit_transcription, file, **options)

    async def jobs(self, status: str | None = None) -> list[Job]:
        """All jobs of the service, the newest first."""
        return await asyncio.to_thread(lambda: list(self._client.jobs(status)))

    async def job(self, job: Job | str) -> Job:
        """A job as it is now."""
        return await asyncio.to_thread(self._client.job, job)

    async def follow(self, job: Job | str) -> AsyncIterator[Job]:
        """A job whenever it has gone on, until it is over."""
        followed = self._client.follow(job)
        while (found := await asyncio.to_thread(next, followed, None)) is not None:
            yield found

    async def wait(
        self,
        job: Job | str,
        *,
        on_progress: Callable[[Job], None] = lambda job: None,
        timeout_s: float | None = None,
    ) -> Job:
        """Wait until a job is completed. A service that is started anew meanwhile is waited for."""
        loop = asyncio.get_running_loop()

        def tell(found: Job) -> None:
            loop.call_soon_threadsafe(on_progress, found)

        return await asyncio.to_thread(self._client.wait, job, on_progress=tell, timeout_s=timeout_s)

    async def result(self, job: Job | str) -> JobResult:
        """The answer of a completed job."""
        return await asyncio.to_thread(self._client.result, job)

    async def cancel(self, job: Job | str) -> None:
        """Cancel a job at its next safe point; delete one that is over."""
        await asyncio.to_thread(self._client.cancel, job)

    async def voices(self, model: str | None = None) -> list[Voice]:
        """The voices that a speech request may name."""
        return await asyncio.to_thread(self._client.voices, model)

    async def models(self) -> list[Model]:
        """The models that requests may name; the first is the configured one."""
        return await asyncio.to_thread(self._client.models)

    async def pull(self, model: str, *, on_progress: Callable[[Job], None] = lambda job: None) -> Model:
        """Have the service download a model, and wait until it is there."""
        loop = asyncio.get_running_loop()

        def tell(found: Job) -> None:
            loop.call_soon_threadsafe(on_progress, found)

        return await asyncio.to_thread(self._client.pull, model, on_progress=tell)

    async def load(self, model: str) -> Model:
        """Have the service bring a model into memory."""
        return await asyncio.to_thread(self._client.load, model)

    async def unload(self, model: str) -> Model:
        """Have the service free a model's memory."""
        return await asyncio.to_thread(self._client.unload, model)

    async def remove(self, model: str) -> None:
        """Have the service remove a model from its disk."""
        await asyncio.to_thread(self._client.remove, model)
