"""Routes of a transcript, without their HTTP: what each reads from a form, and how its answer is rendered.

The renderers are pure: finished work in, an answer as plain data out, the same for who waits and for a job.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from voice_stack.asr.recognition.defaults import request_options, wants_word_times
from voice_stack.asr.recognition.run import RunReport, TranscriptionOptions, TranscriptionRun
from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.schemas import (
    Json,
    alignment_json,
    diarized_json,
    full_json,
    plain_json,
    segment_json,
    translation_json,
    verbose_json,
)
from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.asr.subtitles.profiles import Shape
from voice_stack.asr.types import RecognitionRequest, Task, Transcript
from voice_stack.asr.wire.forms import (
    TranscriptionForm,
    read_alignment,
    read_language,
    read_track,
    read_transcription,
    read_translation,
    with_everything,
)
from voice_stack.asr.wire.speaker_fields import read_hotwords, read_subtitle_speakers, voices_json
from voice_stack.asr.wire.state import AsrState
from voice_stack.asr.wire.subtitle_fields import read_shape
from voice_stack.asr.wire.values import read_bool
from voice_stack.audio.decode import RawPcm
from voice_stack.core.errors import InvalidRequestError
from voice_stack.core.rendered import Rendered, rendered_json, rendered_text
from voice_stack.serving.answering import Answering
from voice_stack.speaker.vectors import Embedding
from voice_stack.web.answering import answering_headers
from voice_stack.web.forms import Form

OUTPUTS = {name: fmt for fmt in TranscriptFormat for name in fmt.outputs}
"""The formats of Bazarr's protocol, as it names them."""


class Kind(StrEnum):
    """Routes that answer with a transcript, and jobs that do their work."""

    TRANSCRIPTION = "transcription"
    VERBOSE = "verbose_transcription"
    TRANSLATION = "translation"
    SUBTITLES = "subtitles"
    """Bazarr's."""
    ALIGNMENT = "alignment"
    """Of a text that the client brings along."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished transcription, as all that an answer is made of.

    Attributes:
        answering: the engine that answered.
        voices: of the speakers, by their names, where they were told apart.
    """

    transcript: Transcript
    report: RunReport
    answering: Answering
    voices: Mapping[str, Embedding] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that say which engine answered, and why it is not the configured one."""
        return answering_headers(self.answering)


def finished_of(run: TranscriptionRun) -> Finished:
    """The plain facts of a run that has come to its end."""
    return Finished(run.transcript, run.report, run.start, run.voices)


@dataclass(frozen=True, slots=True)
class Asked:
    """A valid request.

    Attributes:
        render: makes the answer out of the finished work.
        stream: whether the client wants events instead.
        logprobs: whether these shall carry them.
        speakers: whether there is one for each segment that says who speaks.
    """

    options: TranscriptionOptions
    render: Callable[[Finished], Rendered]
    stream: bool = False
    logprobs: bool = False
    speakers: bool = False


async def rendered(asked: Asked, work: Finished) -> Rendered:
    """The answer, made on a thread: a film's subtitles take seconds to cut."""
    return await asyncio.to_thread(asked.render, work)


Reader = Callable[[Form, Mapping[str, Any], AsrState], Asked]
"""Validates a form and what the query says; raises InvalidRequestError, with the field at fault."""


def _transcription(form: Form, _: Mapping[str, Any], state: AsrState) -> Asked:
    asked = read_transcription(form, state.settings)
    speakers = asked.format is TranscriptFormat.DIARIZED_JSON
    return Asked(asked.options, lambda work: _transcript(asked, work), asked.stream, asked.logprobs, speakers)


def _verbose(form: Form, _: Mapping[str, Any], state: AsrState) -> Asked:
    asked = with_everything(read_transcription(form, state.settings))
    return Asked(asked.options, _everything)


def _translation(form: Form, _: Mapping[str, Any], state: AsrState) -> Asked:
    asked = read_translation(form, state.settings)
    return Asked(asked.options, lambda work: _translated(asked, work))


def _subtitles(form: Form, query: Mapping[str, Any], state: AsrState) -> Asked:
    output, task = str(query["output"]).strip() or "txt", str(query["task"]).strip() or Task.TRANSCRIBE.value
    fmt = OUTPUTS.get(output.lower())
    if fmt is None:
        raise InvalidRequestError(f"output={output[:20]!r} is not one of {', '.join(OUTPUTS)}.", param="output")
    if task not in ("transcribe", "translate"):
        raise InvalidRequestError(f"task={task[:20]!r} must be transcribe or translate.", param="task")
    use_vad = read_bool(query["vad_filter"], "vad_filter", default=state.settings.vad.enabled)
    recognition = RecognitionRequest(
        task=Task(task),
        language=read_language(query["language"], "language"),
        prompt=query["initial_prompt"],
        word_timestamps=read_bool(query["word_timestamps"], "word_timestamps"),
        hotwords=read_hotwords(query.get("hotwords")),
    )
    diarization = read_subtitle_speakers(query, fmt)
    if diarization is not None:
        recognition = replace(recognition, word_timestamps=True)
    configured = request_options(state.settings, recognition, use_vad=use_vad)
    # Jobs of before there were tracks have no `audio_track`.
    track = read_track(query.get("audio_track"))
    model = (query.get("model") or "").strip() or DEFAULT_MODEL
    # Nor have they fields of subtitles, and this is what Bazarr sends.
    shape = read_shape(query.get, state.settings.subtitles, bazarr=True)
    options = replace(
        configured,
        model=model,
        raw=read_encode(query["encode"]),
        track=track,
        diarization=diarization,
        word_times=wants_word_times(fmt, shape),
    )
    embeddings = read_bool(query.get("return_speaker_embeddings"), "return_speaker_embeddings")
    return Asked(options, lambda work: _subtitle_file(fmt, shape, work, embeddings=embeddings))


def _alignment(form: Form, _: Mapping[str, Any], state: AsrState) -> Asked:
    asked = read_alignment(form, state.settings)
    return Asked(asked.options, lambda work: _aligned(asked, work))


READERS: Mapping[Kind, Reader] = {
    Kind.TRANSCRIPTION: _transcription,
    Kind.VERBOSE: _verbose,
    Kind.TRANSLATION: _translation,
    Kind.SUBTITLES: _subtitles,
    Kind.ALIGNMENT: _alignment,
}


def read_encode(encode: str) -> RawPcm | None:
    """Bazarr's `encode`: false means headerless PCM."""
    return None if read_bool(encode, "encode", default=True) else RawPcm()


def _transcript(asked: TranscriptionForm, work: Finished) -> Rendered:
    transcript = work.transcript
    match asked.format:
        case TranscriptFormat.JSON:
            return rendered_json(plain_json(transcript, logprobs=asked.logprobs), work.headers)
        case TranscriptFormat.DIARIZED_JSON:
            return rendered_json(diarized_json(transcript), work.headers)
        case TranscriptFormat.VERBOSE_JSON:
            body = verbose_json(
                transcript, words="word" in asked.granularities, segments="segment" in asked.granularities
            )
            return rendered_json(body, work.headers)
        case _:
            return rendered_text(render(transcript, asked.format, asked.shape), asked.format.mime, work.headers)


def _translated(asked: TranscriptionForm, work: Finished) -> Rendered:
    transcript = work.transcript
    match asked.format:
        case TranscriptFormat.JSON:
            return rendered_json(translation_json(transcript), work.headers)
        case TranscriptFormat.VERBOSE_JSON:
            return rendered_json(verbose_json(transcript, words=False, segments=True), work.headers)
        case _:
            return rendered_text(render(transcript, asked.format, asked.shape), asked.format.mime, work.headers)


def _aligned(asked: TranscriptionForm, work: Finished) -> Rendered:
    if asked.format is TranscriptFormat.JSON:
        return rendered_json(alignment_json(work.transcript), work.headers)
    return rendered_text(render(work.transcript, asked.format, asked.shape), asked.format.mime, work.headers)


def _everything(work: Finished) -> Rendered:
    report = work.report
    facts: Json = {
        "device": work.answering.device,
        "fallback_reason": work.answering.fallback,
        "speech_duration": round(report.speech_s, 3),
        "inference_seconds": round(report.engine_s, 3),
        "waiting_seconds": round(report.waited_s, 3),
        "real_time_factor": round(report.real_time_factor, 4),
    }
    return rendered_json(full_json(work.transcript, facts), work.headers)


def _subtitle_file(fmt: TranscriptFormat, shape: Shape, work: Finished, *, embeddings: bool = False) -> Rendered:
    headers = work.headers | {
        "asr-engine": work.answering.engine,
        "content-disposition": f'attachment; filename="audio{fmt.suffix}"',
    }
    if fmt is TranscriptFormat.JSON:
        voices = {"speaker_embeddings": voices_json(work.voices)} if embeddings else {}
        return rendered_json(_subtitles_json(work.transcript) | voices, headers)
    return rendered_text(render(work.transcript, fmt, shape), fmt.mime, headers)


def _subtitles_json(transcript: Transcript) -> Json:
    """The JSON of this protocol, which has language codes where OpenAI's has names."""
    return {
        "text": transcript.text,
        "segments": [segment_json(number, s, words=True) for number, s in enumerate(transcript.segments)],
        "language": transcript.language.code if transcript.language else None,
    }
