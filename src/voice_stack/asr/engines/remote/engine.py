"""Recognition by an upstream, window by window."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, Final

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.remote import RemoteRecognitionOptions
from voice_stack.asr.engines.remote.answers import Heard, read_answer
from voice_stack.asr.engines.windows import windows
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip, to_s16le
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import InvalidRequestError, UnsupportedError
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.attempt import Record
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.remote.engine import UpstreamEngine

logger = logging.getLogger("voice_stack.asr")

Config = EngineConfig[RemoteRecognitionOptions]

# The unit of work of all engines: others get their turn in between, a stream its words early, and a job that is gone
# on with sends little again. It is also the window of Whisper, so that an upstream of that kind loses nothing by it.
_WINDOW_S: Final = 30.0
_SHORTEST_S: Final = 0.1
# Text of the windows before that goes along: Whisper keeps at most 223 tokens of it.
_CONTEXT_CHARACTERS: Final = 600
# What a refusal speaks of when the upstream does not have the richer answers.
_RICH: Final = ("response_format", "verbose", "timestamp")


class RemoteRecogniser(UpstreamEngine, ASREngine):
    """An OpenAI-shaped server behind our queues, limits and jobs.

    A clip goes there in windows of 30 s at most that end in silences, as WAV (a window has 960 kB, and every server
    reads it). Each answer's segments leave at once, so a stream gets its words window by window: the upstream's own
    streams tell no times, which segments need. It is asked for `verbose_json`, and for `json` once it has refused that;
    a window is then one segment.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._is_verbose = True
        self.capabilities = ASRCapabilities(
            languages=self.languages(config),
            tasks=frozenset(Task),
            detects_language=True,
            word_timestamps=True,
            word_probabilities=self.is_voice_stack,
            incremental=True,
            concurrency=config.options.concurrency,
        )

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset(config.options.languages or LANGUAGES)

    def transcribe(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
        memory: UnitMemory | None = None,
    ) -> Recognition:
        if request.language is not None and request.language not in self.capabilities.languages:
            raise UnsupportedError(
                f"The upstream is not said to know the language {request.language!r}.", param="language"
            )
        heard = self._windows(clip, request, stop, next_unit, memory or UnitMemory())
        if request.language is not None:
            return Recognition(LanguageGuess(request.language, 1.0), _segments(heard))
        if request.task is Task.TRANSLATE:  # the answer is English, whatever was spoken
            return Recognition(LanguageGuess("en", 0.0), _segments(heard))
        first = next(heard, Heard((), None))
        return Recognition(first.language or LanguageGuess("en", 0.0), _segments(heard, first))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        heard = self._ask(clip.slice(0.0, _WINDOW_S), RecognitionRequest(), threading.Event())
        return [heard.language or LanguageGuess("en", 0.0)]

    def _windows(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit,
        memory: UnitMemory,
    ) -> Iterator[Heard]:
        """The answer for each window, with times of the clip, computed while they are taken."""
        said = ""
        for start, end in windows(clip, _WINDOW_S):
            if end - start < _SHORTEST_S:
                continue
            unit = memory.recall()
            if unit is None:
                next_unit(end - start)
                context = f"{request.prompt or ''} {said}".strip()[-_CONTEXT_CHARACTERS:]
                asked = replace(request, prompt=context or None)
                heard = self._ask(clip.slice(start, end), asked, stop)
                heard = Heard(tuple(segment.shifted(start) for segment in heard.segments), heard.language)
                memory.note(_record(heard))
            else:
                heard = _recalled(unit)
            if request.language is None and request.task is Task.TRANSCRIBE and heard.language is not None:
                request = replace(request, language=heard.language.code)
            said = self._context(said, heard)
            yield heard

    def _context(self, said: str, heard: Heard) -> str:
        """The text before the next window, as far as it shall go along."""
        options = self._options.context
        last = heard.segments[-1].temperature if heard.segments else 0.0
        if not options.condition_on_previous_text or last > options.prompt_reset_on_temperature:
            return ""
        return (said + "".join(segment.text for segment in heard.segments))[-_CONTEXT_CHARACTERS:]

    def _ask(self, clip: AudioClip, request: RecognitionRequest, stop: threading.Event) -> Heard:
        audio = to_s16le(clip.samples)
        file = ("audio.wav", wav_header(clip.sample_rate, len(clip.samples)) + audio, "audio/wav")
        is_verbose = self._is_verbose
        if request.word_timestamps and not is_verbose:
            raise UnsupportedError("The upstream cannot time words.", param="timestamp_granularities")
        try:
            body = self.upstream.post_form(*self._form(request, is_verbose=is_verbose), file, stop)
        except InvalidRequestError as error:
            if not is_verbose or not _is_about_format(error):
                raise
            if request.word_timestamps:
                raise UnsupportedError(
                    f"The upstream cannot time words: {error.message}", param="timestamp_granularities"
                ) from error
            logger.warning("remote: %s has no verbose_json: a window of 30 s is one segment", self.model)
            self._is_verbose = False
            body = self.upstream.post_form(*self._form(request, is_verbose=False), file, stop)
        asked = request.language if request.task is Task.TRANSCRIBE else "en"
        heard = read_answer(body, clip.duration, asked=asked)
        if request.word_timestamps and heard.segments and not any(segment.words for segment in heard.segments):
            raise UnsupportedError("The upstream does not time words.", param="timestamp_granularities")
        if not request.word_timestamps:
            return Heard(tuple(replace(segment, words=()) for segment in heard.segments), heard.language)
        return heard

    def _form(self, request: RecognitionRequest, *, is_verbose: bool) -> tuple[str, dict[str, str | list[str]]]:
        """Route and fields of one request."""
        translates = request.task is Task.TRANSLATE
        fields: dict[str, str | list[str]] = {
            "model": self.model,
            "response_format": "verbose_json" if is_verbose else "json",
        }
        prompt = request.prompt or ""
        if request.hotwords and self.is_voice_stack:
            fields["keywords[]"] = list(request.hotwords)
        elif request.hotwords:  # OpenAI's API has no such field; its guide puts them into the prompt
            prompt = f"{', '.join(request.hotwords)}. {prompt}".strip()
        if prompt:
            fields["prompt"] = prompt
        if request.temperature:
            fields["temperature"] = f"{request.temperature:g}"
        if request.language is not None and (not translates or self.is_voice_stack):
            fields["language"] = request.language
        if request.word_timestamps and not translates:
            fields["timestamp_granularities[]"] = ["word", "segment"]
        # Our own route tells words segment by segment, with probabilities, and how sure it is of the language.
        is_full = self.is_voice_stack and not translates and (request.word_timestamps or request.language is None)
        route = "/audio/translations" if translates else "/audio/transcriptions"
        return f"{route}/verbose" if is_full else route, fields


def _segments(heard: Iterator[Heard], first: Heard | None = None) -> Iterator[Segment]:
    if first is not None:
        yield from first.segments
    for one in heard:
        yield from one.segments


def _is_about_format(error: InvalidRequestError) -> bool:
    return error.param == "response_format" or any(word in error.message.lower() for word in _RICH)


def _record(heard: Heard) -> Record:
    language = None if heard.language is None else [heard.language.code, heard.language.probability]
    return {"segments": [asdict(segment) for segment in heard.segments], "language": language}


def _recalled(unit: Record) -> Heard:
    language: list[Any] | None = unit["language"]
    return Heard(
        tuple(_segment(fields) for fields in unit["segments"]), None if language is None else LanguageGuess(*language)
    )


def _segment(fields: dict[str, Any]) -> Segment:
    words = tuple(Word(**word) for word in fields["words"])
    return Segment(**{**fields, "words": words, "tokens": tuple(fields["tokens"])})
