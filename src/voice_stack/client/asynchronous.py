"""The client for event loops: the same methods, each awaited while a worker thread does its work."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from voice_stack.client.async_speakers import AsyncSpeakers
from voice_stack.client.client import VoiceStackClient
from voice_stack.client.created import Consent, CreatedVoice, CreatedVoices
from voice_stack.client.files import AudioFile
from voice_stack.client.types import (
    Alignment,
    Job,
    JobResult,
    Model,
    Provenance,
    Speech,
    Transcript,
    Voice,
)


class AsyncVoiceStackClient:
    """One service of Voice Stack, speech or recognition, for coroutines. Arguments, answers and errors are those of
    `VoiceStackClient`, whose methods have the same names; `on_progress` is called in the loop's own thread.

    A coroutine that is cancelled stops waiting; a request that is under way goes on until it is answered.

    Attributes:
        created: voices that clients create, and consents, of a speech service.

    Args:
        base_url: with its `/v1`.
        options: as `VoiceStackClient` takes them.
    """

    def __init__(self, base_url: str = "http://localhost:5002/v1", **options: Any) -> None:
        self._client = VoiceStackClient(base_url, **options)
        self.created = AsyncCreatedVoices(self._client.created)
        self.speakers = AsyncSpeakers(self._client.speakers)

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

    async def align(self, file: AudioFile, text: str, **options: Any) -> Alignment:
        """Times of the words of a text that is said in a recording."""
        return await asyncio.to_thread(self._client.align, file, text, **options)

    async def check_provenance(self, file: AudioFile) -> Provenance:
        """Look for marks of synthetic speech in a sound."""
        return await asyncio.to_thread(self._client.check_provenance, file)

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


class AsyncCreatedVoices:
    """Created voices and consents of a service, for coroutines; `AsyncVoiceStackClient.created`. Arguments, answers and
    errors are those of `CreatedVoices`, whose methods have the same names."""

    def __init__(self, created: CreatedVoices) -> None:
        self._created = created

    async def phrases(self, language: str = "en") -> list[str]:
        """The phrases of which the recording of a consent says one."""
        return await asyncio.to_thread(self._created.phrases, language)

    async def create_consent(self, recording: AudioFile, *, name: str, language: str) -> Consent:
        """Leave a consent to the service."""
        return await asyncio.to_thread(self._created.create_consent, recording, name=name, language=language)

    async def consents(self) -> list[Consent]:
        """All consents, the newest first."""
        return await asyncio.to_thread(lambda: list(self._created.consents()))

    async def consent(self, consent: Consent | str) -> Consent:
        """A consent as it is now."""
        return await asyncio.to_thread(self._created.consent, consent)

    async def rename_consent(self, consent: Consent | str, name: str) -> Consent:
        """Call a consent something else."""
        return await asyncio.to_thread(self._created.rename_consent, consent, name)

    async def delete_consent(self, consent: Consent | str) -> None:
        """Delete a consent and its recording."""
        await asyncio.to_thread(self._created.delete_consent, consent)

    async def create_voice(self, sample: AudioFile, *, name: str, **options: Any) -> CreatedVoice:
        """Make a voice of a recording."""
        return await asyncio.to_thread(self._created.create_voice, sample, name=name, **options)

    async def voice(self, voice: CreatedVoice | str) -> CreatedVoice:
        """A created voice as it is now."""
        return await asyncio.to_thread(self._created.voice, voice)

    async def rename_voice(self, voice: CreatedVoice | str, name: str) -> CreatedVoice:
        """Call a voice something else."""
        return await asyncio.to_thread(self._created.rename_voice, voice, name)

    async def delete_voice(self, voice: CreatedVoice | str) -> None:
        """Delete a voice, its recordings, and what engines have computed of it."""
        await asyncio.to_thread(self._created.delete_voice, voice)

    async def check_voice(self, voice: CreatedVoice | str) -> CreatedVoice:
        """Have the service look at a voice again."""
        return await asyncio.to_thread(self._created.check_voice, voice)

    async def sample(self, voice: CreatedVoice | str) -> bytes:
        """The prepared reference that engines hear: WAV, 24 kHz, mono."""
        return await asyncio.to_thread(self._created.sample, voice)
