"""The client: one service, its speech or its transcripts, and what it has beyond OpenAI's API."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self
from urllib.parse import quote

from voice_stack.client.created import CreatedVoices
from voice_stack.client.files import AudioFile, opened
from voice_stack.client.speakers import Speakers
from voice_stack.client.transport import Transport, parsed
from voice_stack.client.types import (
    Alignment,
    Job,
    JobResult,
    Model,
    Provenance,
    Speech,
    Transcript,
    Voice,
    alignment_of,
    job_of,
    model_of,
    provenance_of,
    speech_of,
    transcript_of,
    voice_of,
)
from voice_stack.core.errors import JobCancelledError, ServiceUnavailableError

_ASYNC: Final = {"Prefer": "respond-async"}
_POLL_S: Final = 0.5
# A service that is started anew is away for so long at most.
_AWAY_S: Final = 60.0
_PAGE: Final = 100


class VoiceStackClient:
    """One service of Voice Stack, speech or recognition. Thread-safe; use it as a context manager, or `close` it.

    Every method raises what the service itself raised, as the class of `voice_stack.core.errors` with that code, and:
        ServiceUnavailableError: the service cannot be reached, does not answer in time, or breaks off.

    Attributes:
        created: voices that clients create, and consents, of a speech service.
        speakers: people who are enrolled by their voices, of a recognition service.

    Args:
        base_url: with its `/v1`.
        api_key: bearer token, where the service asks for one.
        timeout_s: seconds without a byte after which an answer is given up.
        use_proxy: go through the proxies that the environment names.
    """

    def __init__(
        self,
        base_url: str = "http://localhost:5002/v1",
        *,
        api_key: str = "",
        timeout_s: float = 600.0,
        use_proxy: bool = False,
    ) -> None:
        self._transport = Transport(base_url, api_key, timeout_s=timeout_s, use_proxy=use_proxy)
        self.created = CreatedVoices(self._transport)
        self.speakers = Speakers(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def speak(self, text: str, *, voice: str = "alloy", format: str = "mp3", **options: Any) -> Speech:
        """Speak a text, and wait for all of it.

        Args:
            format: mp3, opus, aac, flac, wav or pcm (24 kHz, 16 bit, mono).
            options: further fields of the request: model, speed, language; and `priority`, interactive or batch.
        """
        body, headers = _speech_body(text, voice, format, options)
        audio, facts = self._transport.read("POST", "/audio/speech", json=body, headers=headers)
        return speech_of(audio, facts)

    @contextlib.contextmanager
    def stream_speech(
        self, text: str, *, voice: str = "alloy", format: str = "mp3", **options: Any
    ) -> Iterator[tuple[Iterator[bytes], Speech]]:
        """The bytes of a speech while it is made, and what speaks (its `audio` is empty). Options as for `speak`."""
        body, headers = _speech_body(text, voice, format, options)
        with self._transport.stream("POST", "/audio/speech", json=body, headers=headers) as (pieces, facts):
            yield pieces, speech_of(b"", facts)

    def submit_speech(self, text: str, *, voice: str = "alloy", format: str = "mp3", **options: Any) -> Job:
        """Leave a speech to the service as a job. Options as for `speak`."""
        body, headers = _speech_body(text, voice, format, options)
        return job_of(self._transport.json("POST", "/audio/speech", json=body, headers=headers | _ASYNC))

    def transcribe(
        self, file: AudioFile, *, language: str | None = None, words: bool = False, model: str = "whisper-1"
    ) -> Transcript:
        """Transcribe a recording.

        Args:
            file: path, or a file that is open in binary mode.
            language: ISO 639-1 code, or None to have it told.
            words: whether word times are wanted.
        """
        with opened(file) as audio:
            body, headers = self._transport.read(
                "POST", "/audio/transcriptions", data=_form(language, words, model, "verbose_json"), files=audio
            )
        return transcript_of(parsed(body), headers)

    def submit_transcription(
        self,
        file: AudioFile,
        *,
        language: str | None = None,
        words: bool = False,
        model: str = "whisper-1",
        response_format: str = "json",
    ) -> Job:
        """Leave a recording to the service as a job; `result` is the transcript in `response_format`."""
        form = _form(language, words, model, response_format)
        with opened(file) as audio:
            found = self._transport.json("POST", "/audio/transcriptions", data=form, files=audio, headers=_ASYNC)
        return job_of(found)

    def align(self, file: AudioFile, text: str, *, language: str | None = None, model: str = "whisper-1") -> Alignment:
        """Times of the words of a text that is said in a recording.

        Args:
            language: ISO 639-1 code, or None to have it told from the text.

        Raises:
            TextMismatchError: the text is not what is said.
        """
        form = {"text": text, "model": model, **({"language": language} if language else {})}
        with opened(file) as audio:
            return alignment_of(self._transport.json("POST", "/audio/alignments", data=form, files=audio))

    def check_provenance(self, file: AudioFile) -> Provenance:
        """Look for marks of synthetic speech in a sound."""
        with opened(file) as audio:
            return provenance_of(self._transport.json("POST", "/content_provenance_checks", files=audio))

    def jobs(self, status: str | None = None) -> Iterator[Job]:
        """The jobs of the service, the newest first.

        Args:
            status: only those in this state.
        """
        after: str | None = None
        while True:
            asked = {"limit": _PAGE, "after": after, "status": status}
            params = {name: value for name, value in asked.items() if value is not None}
            page = self._transport.json("GET", "/jobs", params=params)
            yield from (job_of(found) for found in page["data"])
            if not page.get("has_more"):
                return
            after = page["last_id"]

    def job(self, job: Job | str) -> Job:
        """A job as it is now."""
        return job_of(self._transport.json("GET", f"/jobs/{_id(job)}"))

    def follow(self, job: Job | str) -> Iterator[Job]:
        """A job whenever it has gone on, until it is over."""
        for event in self._transport.events(f"/jobs/{_id(job)}/events"):
            if "job" in event:
                yield job_of(event["job"])

    def wait(
        self,
        job: Job | str,
        *,
        on_progress: Callable[[Job], None] = lambda job: None,
        timeout_s: float | None = None,
    ) -> Job:
        """Wait until a job is completed. A service that is started anew meanwhile is waited for.

        Args:
            on_progress: called whenever it has gone on.
            timeout_s: seconds to wait at most; the job goes on all the same.

        Raises:
            VoiceStackError: what it has failed with.
            JobCancelledError: it was cancelled.
            ServiceUnavailableError: it was not over in time.
        """
        seen = time.monotonic()
        deadline = math.inf if timeout_s is None else seen + timeout_s
        told: Job | None = None
        while True:
            try:
                found = self.job(job)
            except ServiceUnavailableError:
                if time.monotonic() > min(deadline, seen + _AWAY_S):
                    raise
            else:
                seen = time.monotonic()
                if told is None or (found.status, found.fraction) != (told.status, told.fraction):
                    told = found
                    on_progress(found)
                if found.is_over:
                    return _completed(found)
            if time.monotonic() > deadline:
                raise ServiceUnavailableError(f"The job {_id(job)} was not over in {timeout_s:g} seconds; it goes on.")
            time.sleep(_POLL_S)

    def result(self, job: Job | str) -> JobResult:
        """The answer of a completed job."""
        body, headers = self._transport.read("GET", f"/jobs/{_id(job)}/result")
        return JobResult(body, headers.get("content-type", ""))

    def cancel(self, job: Job | str) -> None:
        """Cancel a job at its next safe point; delete one that is over."""
        self._transport.json("DELETE", f"/jobs/{_id(job)}")

    def voices(self, model: str | None = None) -> list[Voice]:
        """The voices that a speech request may name.

        Args:
            model: whose; None: of the configured one.
        """
        params = {} if model is None else {"model": model}
        return [voice_of(found) for found in self._transport.json("GET", "/audio/voices", params=params)["data"]]

    def models(self) -> list[Model]:
        """The models that requests may name; the first is the configured one."""
        return [model_of(found) for found in self._transport.json("GET", "/models")["data"]]

    def pull(self, model: str, *, on_progress: Callable[[Job], None] = lambda job: None) -> Model:
        """Have the service download a model, and wait until it is there; at once when it is.

        Args:
            on_progress: called whenever the download has gone on.

        Raises:
            VoiceStackError: what the download has failed with.
        """
        found = self._transport.json("POST", f"/models/{quote(model, safe='')}")
        if found.get("object") == "job":
            self.wait(str(found["id"]), on_progress=on_progress)
            found = self._transport.json("GET", f"/models/{quote(model, safe='')}")
        return model_of(found)

    def load(self, model: str) -> Model:
        """Have the service bring a model into memory; returns when it is there."""
        return model_of(self._transport.json("POST", f"/models/{quote(model, safe='')}/load"))

    def unload(self, model: str) -> Model:
        """Have the service free a model's memory."""
        return model_of(self._transport.json("POST", f"/models/{quote(model, safe='')}/unload"))

    def remove(self, model: str) -> None:
        """Have the service remove a model from its disk."""
        self._transport.json("DELETE", f"/models/{quote(model, safe='')}")


def _completed(job: Job) -> Job:
    if job.status == "failed":
        raise job.error or ServiceUnavailableError(f"The job {job.id} has failed.")
    if job.status == "cancelled":
        raise JobCancelledError(f"The job {job.id} was cancelled.")
    return job


def _id(job: Job | str) -> str:
    return quote(job if isinstance(job, str) else job.id, safe="")


def _speech_body(
    text: str, voice: str, format: str, options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of a speech request."""
    fields = {"model": "tts-1", **{name: value for name, value in options.items() if value is not None}}
    priority = fields.pop("priority", None)
    body = {**fields, "input": text, "voice": voice, "response_format": format}
    return body, {} if priority is None else {"x-priority": str(priority)}


def _form(language: str | None, words: bool, model: str, response_format: str) -> dict[str, str]:
    form = {"model": model, "response_format": response_format}
    if language:
        form["language"] = language
    if words:
        form["timestamp_granularities[]"] = "word"
    return form
