"""Recognition for speech: another service over HTTP, or the recognition service inside of this process."""

import contextlib
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from voice_stack.audio.clip import AudioClip, to_s16le
from voice_stack.audio.recogniser import Heard, HeardWord, Recogniser
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import (
    CancelledWorkError,
    InvalidRequestError,
    ServiceUnavailableError,
    TextMismatchError,
    UnsupportedError,
    VoiceStackError,
)
from voice_stack.language.codes import find_language
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.remote.client import FormAnswer, Upstream
from voice_stack.serving.service import Companion
from voice_stack.serving.spec import Kind
from voice_stack.serving.work import Ask
from voice_stack.tts.listening import Listener, RecogniserOptions
from voice_stack.tts.settings import TtsSettings
from voice_stack.web.answering import ENGINE_HEADER, MODEL_HEADER

_TRANSCRIPTIONS: Final = "/audio/transcriptions"
_ALIGNMENTS: Final = "/audio/alignments"
# What a refusal is about when a server has only the plain answers.
_RICH: Final = ("response_format", "verbose", "timestamp")


class KeptRecogniser(Recogniser, Companion, Protocol):
    """A recogniser that is freed with the service that asks it."""


def build_recogniser(settings: TtsSettings) -> KeptRecogniser | None:
    """The recogniser that TTS_ASR names; None for none. Neither connects to anything nor loads a model.

    Raises:
        SettingsError: with TTS_ASR=embedded, a setting of the recognition cannot be used.
    """
    options = settings.recogniser
    if options.where is Listener.SERVICE:
        return ServiceRecogniser(options)
    return EmbeddedRecogniser(settings) if options.where is Listener.EMBEDDED else None


class ServiceRecogniser:
    """A transcription service over HTTP: another Voice Stack, or any server that is OpenAI-shaped."""

    def __init__(self, options: RecogniserOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._upstream: Upstream | None = None

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        """See `Recogniser.transcribe`."""
        fields: dict[str, str | list[str]] = {"model": self._options.model, "response_format": "verbose_json"}
        if language:
            fields["language"] = language
        if words:
            fields["timestamp_granularities[]"] = ["word", "segment"]
        with _bounded(self._options.timeout_s) as stop:
            try:
                answer = self._ask(_TRANSCRIPTIONS, fields, clip, stop)
            except InvalidRequestError as error:
                if not any(word in f"{error.param} {error.message.lower()}" for word in _RICH):
                    raise
                plain: dict[str, str | list[str]] = {**fields, "response_format": "json"}
                plain.pop("timestamp_granularities[]", None)
                answer = self._ask(_TRANSCRIPTIONS, plain, clip, stop)
            text = None if answer is None else answer.body.get("text")
            if answer is None or not isinstance(text, str):
                raise ServiceUnavailableError("The recogniser's answer holds no text.")
            heard = find_language(str(answer.body.get("language") or "")) or language or ""
            return Heard(text.strip(), heard, self._engine(answer), _words(answer.body, clip) if words else ())

    def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
        """See `Recogniser.align`; empty, too, from a server that aligns nothing."""
        if not words:
            return ()
        fields: dict[str, str | list[str]] = {"text": " ".join(words), "language": language}
        with _bounded(self._options.timeout_s) as stop:
            try:
                answer = self._ask(_ALIGNMENTS, fields, clip, stop, may_be_missing=True)
            except InvalidRequestError as error:
                if error.param != "text":
                    raise
                return ()  # sound and text do not go together
            found = () if answer is None else _words(answer.body, clip)
            return found if len(found) == len(words) else ()

    def unload_idle(self) -> None:
        """Nothing: no model is kept here."""

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._upstream is not None:
                self._upstream.close()
                self._upstream = None

    def _ask(
        self,
        path: str,
        fields: Mapping[str, str | list[str]],
        clip: AudioClip,
        stop: threading.Event,
        *,
        may_be_missing: bool = False,
    ) -> FormAnswer | None:
        with self._lock:
            upstream = self._upstream = self._upstream or Upstream(self._options)
        return upstream.answer_to_form(
            path, fields, ("audio.wav", _wav(clip), "audio/wav"), stop, may_be_missing=may_be_missing
        )

    def _engine(self, answer: FormAnswer) -> str:
        engine = answer.headers.get(ENGINE_HEADER) or "service"
        return f"{engine}/{answer.headers.get(MODEL_HEADER) or self._options.model}"


class EmbeddedRecogniser:
    """The recognition service in this process. Its model is loaded when it is first asked.

    Args:
        settings: of the speech service; the recognition's own (ASR_*) are read from the same places.

    Raises:
        SettingsError: one of those cannot be used.
    """

    def __init__(self, settings: TtsSettings) -> None:
        # Here and not above: a speech service that asks nobody is to know nothing of recognition.
        from voice_stack.asr.service import TranscriptionService
        from voice_stack.asr.settings import AsrSettings

        self._timeout_s = settings.recogniser.timeout_s
        self._settings = settings.group(AsrSettings)
        for spec in REGISTRY.of(Kind.RECOGNITION):
            self._settings.group(spec.options)
        self._service = TranscriptionService(self._settings)

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        """See `Recogniser.transcribe`."""
        from voice_stack.asr.recognition.defaults import request_options
        from voice_stack.asr.types import RecognitionRequest

        asked = RecognitionRequest(language=language, word_timestamps=words)
        options = request_options(self._settings, asked)
        with _bounded(self._timeout_s) as stop, tempfile.TemporaryFile() as file:
            file.write(_wav(clip))
            file.flush()
            with self._service.start(file, options, Ask(stop)) as run:
                for _ in run:
                    pass
                transcript = run.transcript
        found = [word for segment in transcript.segments for word in segment.words] if words else []
        return Heard(
            text=transcript.text,
            language=transcript.language.code if transcript.language else language or "",
            engine=f"{transcript.engine}/{transcript.model}",
            words=tuple(HeardWord(word.text.strip(), word.start, word.end) for word in found),
        )

    def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
        """See `Recogniser.align`."""
        from voice_stack.asr.recognition.known_text import KnownText
        from voice_stack.asr.recognition.run import TranscriptionOptions
        from voice_stack.asr.types import RecognitionRequest

        if not words:
            return ()
        known = KnownText(tuple(f" {word}" for word in words), (len(words),))
        options = TranscriptionOptions(RecognitionRequest(language=language), alignment=known)
        with _bounded(self._timeout_s) as stop, tempfile.TemporaryFile() as file:
            file.write(_wav(clip))
            file.flush()
            try:
                with self._service.start(file, options, Ask(stop)) as run:
                    found = [word for segment in run for word in segment.words]
            except TextMismatchError:
                return ()
        return tuple(HeardWord(word.text.strip(), word.start, word.end) for word in found)

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for their time."""
        self._service.unload_idle()

    def close(self) -> None:
        """Free all engines."""
        self._service.close()


def _wav(clip: AudioClip) -> bytes:
    return wav_header(clip.sample_rate, len(clip.samples)) + to_s16le(clip.samples)


def _words(body: Mapping[str, Any], clip: AudioClip) -> tuple[HeardWord, ...]:
    """Words with times within the clip; what is none is left out."""
    listed = body.get("words")
    found = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict):
            continue
        text, start, end = one.get("word"), one.get("start"), one.get("end")
        if isinstance(text, str) and isinstance(start, int | float) and isinstance(end, int | float):
            first = min(max(float(start), 0.0), clip.duration)
            found.append(HeardWord(text.strip(), first, min(max(float(end), first), clip.duration)))
    return tuple(found)


@contextlib.contextmanager
def _bounded(seconds: float) -> Iterator[threading.Event]:
    """An event that is set when the time is over; errors come out as `Recogniser` tells them.

    Raises:
        ServiceUnavailableError: the recogniser takes longer, has too much to do, fails, or refuses what it is asked.
        UnsupportedError: it does not know the language.
    """
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.daemon = True
    timer.start()
    try:
        yield stop
    except CancelledWorkError as error:
        raise ServiceUnavailableError(
            f"The recogniser has not answered within {seconds:g} s (TTS_ASR_TIMEOUT_S)."
        ) from error
    except (ServiceUnavailableError, UnsupportedError):
        raise
    except InvalidRequestError as error:
        if error.param == "language":
            raise UnsupportedError(error.message, param="language") from error
        raise ServiceUnavailableError(f"The recogniser cannot be used: {error.message}") from error
    except VoiceStackError as error:
        raise ServiceUnavailableError(f"The recogniser cannot be used: {error.message}") from error
    finally:
        timer.cancel()
