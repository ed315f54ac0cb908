"""The fields of a transcription request, read from multipart forms in every way that clients write them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from voice_stack.asr.biasing import favoured
from voice_stack.asr.recognition.defaults import request_options, vad_when_on, wants_word_times
from voice_stack.asr.recognition.known_text import known_text
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.subtitles.profiles import PLAIN, Shape
from voice_stack.asr.types import RecognitionRequest, Task
from voice_stack.asr.wire.speaker_fields import read_diarization
from voice_stack.asr.wire.subtitle_fields import read_shape
from voice_stack.asr.wire.values import read_bool, read_number
from voice_stack.audio.vad import VadOptions
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import LANGUAGES, find_language, names_no_language
from voice_stack.language.detect import detect_language
from voice_stack.web.uploads import Form

# The ones that OpenAI names; the others belong to Bazarr's protocol and the command line.
FORMATS = {fmt.value: fmt for fmt in TranscriptFormat if fmt.is_openai}
TRANSLATION_FORMATS = tuple(name for name in FORMATS if name != TranscriptFormat.DIARIZED_JSON)
ALIGNMENT_FORMATS = ("json", "srt", "vtt")
_STREAMED_FORMATS = (TranscriptFormat.JSON, TranscriptFormat.TEXT, TranscriptFormat.DIARIZED_JSON)
_GRANULARITIES = ("segment", "word")
_DETECT = "auto"
_VAD_KEYS = ("type", "threshold", "prefix_padding_ms", "silence_duration_ms")


@dataclass(frozen=True, slots=True)
class TranscriptionForm:
    """A valid request.

    Attributes:
        granularities: what `verbose_json` shall hold: "segment", "word".
        logprobs: whether `include` asks for them.
        shape: of subtitles.
    """

    options: TranscriptionOptions
    format: TranscriptFormat
    shape: Shape = PLAIN
    stream: bool = False
    granularities: tuple[str, ...] = ("segment",)
    logprobs: bool = False


def read_transcription(form: Form, settings: AsrSettings) -> TranscriptionForm:
    """Validate the fields of `POST /audio/transcriptions`.

    Raises:
        InvalidRequestError: with the field at fault as `param`.
    """
    base = _read_common(form, settings, Task.TRANSCRIBE)
    # Events carry text; an answer in another shape is sent whole.
    stream = read_bool(form.get("stream"), "stream") and base.format in _STREAMED_FORMATS
    granularities = tuple(form.get_list("timestamp_granularities")) or ("segment",)
    for value in granularities:
        _one_of(value, _GRANULARITIES, "timestamp_granularities")
    include = form.get_list("include")
    for value in include:
        _one_of(value, ("logprobs",), "include")
    if include and (
        base.format is TranscriptFormat.DIARIZED_JSON or not (stream or base.format is TranscriptFormat.JSON)
    ):
        raise InvalidRequestError("include[]=logprobs works with response_format json.", param="include")
    diarization = read_diarization(form, base.format, base.options.model)
    words = "word" in granularities and base.format is TranscriptFormat.VERBOSE_JSON
    recognition = replace(
        base.options.recognition,
        language=_language(form, base.options.recognition.language),
        hotwords=favoured(
            form.get_list("transcript_names"), form.get_list("keywords"), form.get_list("transcript_terms")
        ),
        # Words go to speakers by their times.
        word_timestamps=words or bool(include) or diarization is not None or base.options.recognition.word_timestamps,
    )
    vad = _chunking(form, base.options.vad, vad_when_on(settings))
    return replace(
        base,
        options=replace(base.options, recognition=recognition, vad=vad, streaming=stream, diarization=diarization),
        stream=stream,
        granularities=granularities,
        logprobs=bool(include),
    )


def read_translation(form: Form, settings: AsrSettings) -> TranscriptionForm:
    """Validate the fields of `POST /audio/translations`."""
    asked = _read_common(form, settings, Task.TRANSLATE)
    if asked.format is TranscriptFormat.DIARIZED_JSON:
        raise InvalidRequestError(
            f"A translation comes as {', '.join(TRANSLATION_FORMATS)}, not as diarized_json.", param="response_format"
        )
    return asked


def read_alignment(form: Form, settings: AsrSettings) -> TranscriptionForm:
    """Validate the fields of `POST /audio/alignments`; the language is told from the text where none is named.

    Raises:
        InvalidRequestError: with the field at fault as `param`.
    """
    text = form.get("text") or ""
    if not any(character.isalnum() for character in text):
        raise InvalidRequestError("The field `text` is missing: send what is said in the recording.", param="text")
    if not (form.get("model") or "").strip():
        form = Form([*form.fields, ("model", DEFAULT_MODEL)], form.files)
    base = _read_common(form, settings, Task.TRANSCRIBE)
    if base.format.value not in ALIGNMENT_FORMATS:
        raise InvalidRequestError(
            f"An alignment comes as {', '.join(ALIGNMENT_FORMATS)}, not as {base.format.value}.",
            param="response_format",
        )
    language = read_language(form.get("language"), "language") or detect_language(
        text, LANGUAGES, find_language(settings.asr_language) or "en"
    )
    language = language or find_language(settings.asr_language) or "en"
    recognition = replace(base.options.recognition, language=language, prompt=None, word_timestamps=True)
    return replace(base, options=replace(base.options, recognition=recognition, alignment=known_text(text, language)))


def with_everything(asked: TranscriptionForm) -> TranscriptionForm:
    """The same request for the route that has one answer only: all there is, words too, in JSON and whole.

    Raises:
        InvalidRequestError: it asks for another format.
    """
    if asked.format not in (TranscriptFormat.JSON, TranscriptFormat.VERBOSE_JSON):
        raise InvalidRequestError("This route answers JSON only; use /audio/transcriptions.", param="response_format")
    recognition = replace(asked.options.recognition, word_timestamps=True)
    return replace(asked, options=replace(asked.options, recognition=recognition, streaming=False), stream=False)


def _read_common(form: Form, settings: AsrSettings, task: Task) -> TranscriptionForm:
    if "file" not in form.files:
        raise InvalidRequestError("The form has no part `file` with the audio: send it as a file upload.", param="file")
    model = form.get("model")
    if not model or not model.strip():
        raise InvalidRequestError(
            "The field `model` is missing; `whisper-1` means the configured model.", param="model"
        )
    asked = RecognitionRequest(
        task=task,
        prompt=form.get("prompt"),
        temperature=_temperature(form.get("temperature")),
    )
    fmt = _format(form.get("response_format"))
    shape = read_shape(form.get, settings.subtitles)
    return TranscriptionForm(
        options=replace(
            request_options(settings, asked),
            model=model,
            track=read_track(form.get("audio_track")),
            word_times=wants_word_times(fmt, shape),
        ),
        format=fmt,
        shape=shape,
    )


def _format(value: str | None) -> TranscriptFormat:
    if not value or not value.strip():
        return TranscriptFormat.JSON
    _one_of(value, tuple(FORMATS), "response_format")
    return FORMATS[value]


def _language(form: Form, configured: str | None) -> str | None:
    named = (form.get("language") or "").strip()
    if named.lower() == _DETECT:
        return None
    if names_no_language(named):
        codes = [*filter(None, (read_language(value, "languages") for value in form.get_list("languages")))]
        # Several candidates cannot be handed to the engines.
        return codes[0] if len(codes) == 1 else configured
    return read_language(named, "language")


def read_language(value: str | None, param: str) -> str | None:
    """Whisper's code for a language by code or name; None for what leaves it open (nothing, `auto`, `und`)."""
    if not value or names_no_language(value):
        return None
    code = find_language(value)
    if code is None:
        raise InvalidRequestError(
            f"{param}={value[:40]!r} is no language known here; send an ISO 639-1 code such as en or de.", param=param
        )
    return code


def read_track(value: str | None) -> str | None:
    """`audio_track` as it was sent, None for nothing. Which tracks there are, the file alone can tell."""
    return (value or "").strip() or None


def _temperature(value: str | None) -> float | None:
    if not value or not value.strip():
        return None
    number = read_number(value, "temperature")
    if not 0 <= number <= 1:
        raise InvalidRequestError(f"temperature={value[:20]} must be from 0 to 1.", param="temperature")
    return number


def _chunking(form: Form, configured: VadOptions | None, default_vad: VadOptions) -> VadOptions | None:
    """`chunking_strategy`: unset keeps the configured VAD, `auto` turns it on, an object tunes it."""
    text = form.get("chunking_strategy")
    if text is not None and text.strip() in ("", "null"):
        return configured
    if text is not None and text.strip().strip('"') == "auto":
        return default_vad
    options = form.get_object("chunking_strategy")
    if options is None:
        if text is None:
            return configured
        raise InvalidRequestError(
            "chunking_strategy must be `auto` or an object with type server_vad.", param="chunking_strategy"
        )
    return _server_vad(options, default_vad)


def _server_vad(options: dict[str, Any], default_vad: VadOptions) -> VadOptions:
    for key in options:
        _one_of(key, _VAD_KEYS, "chunking_strategy")
    _one_of(str(options.get("type")), ("server_vad",), "chunking_strategy")
    changes: dict[str, Any] = {}
    if "threshold" in options:
        changes["threshold"] = _within(options["threshold"], 0.0, 1.0, "threshold")
    if "prefix_padding_ms" in options:
        changes["speech_pad_ms"] = int(_within(options["prefix_padding_ms"], 0, 30_000, "prefix_padding_ms"))
    if "silence_duration_ms" in options:
        changes["min_silence_duration_ms"] = int(
            _within(options["silence_duration_ms"], 0, 30_000, "silence_duration_ms")
        )
    return default_vad.model_copy(update=changes)


def _within(value: object, low: float, high: float, key: str) -> float:
    number = read_number(value, "chunking_strategy")
    if not low <= number <= high:
        raise InvalidRequestError(
            f"chunking_strategy: {key} must be from {low:g} to {high:g}.", param="chunking_strategy"
        )
    return number


def _one_of(value: str, allowed: Sequence[str], param: str) -> None:
    if value not in allowed:
        raise InvalidRequestError(f"{param}: {value[:40]!r} is not one of {', '.join(allowed)}.", param=param)
