"""Defaults of a transcription request: one place for every protocol and the command line."""

from dataclasses import replace

from voice_stack.asr.biasing import favoured
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.subtitles.profiles import Shape
from voice_stack.asr.types import RecognitionRequest
from voice_stack.audio.vad import VadOptions
from voice_stack.language.codes import find_language


def vad_when_on(settings: AsrSettings) -> VadOptions:
    """The configured parameters of the voice activity detection, for a request that has it."""
    return settings.vad if settings.vad.enabled else settings.vad.model_copy(update={"enabled": True})


def request_options(
    settings: AsrSettings, asked: RecognitionRequest, *, use_vad: bool | None = None
) -> TranscriptionOptions:
    """The options of a request: what it says itself, and for the rest what is configured.

    Args:
        asked: without a language, a prompt or word times it gets ASR_LANGUAGE, ASR_INITIAL_PROMPT and
            ASR_WORD_TIMESTAMPS.
        use_vad: None: as ASR_VAD_ENABLED says. The parameters are ASR_VAD_* either way.
    """
    recognition = replace(
        asked,
        language=asked.language or find_language(settings.asr_language),
        prompt=next(filter(_says_something, (asked.prompt, settings.asr_initial_prompt)), None),
        hotwords=favoured(asked.hotwords),
        word_timestamps=asked.word_timestamps or settings.asr_word_timestamps,
    )
    wanted = settings.vad.enabled if use_vad is None else use_vad
    return TranscriptionOptions(recognition=recognition, vad=vad_when_on(settings) if wanted else None)


def wants_word_times(fmt: TranscriptFormat, shape: Shape) -> bool:
    """True where an answer is better with the words' times: subtitles that are cut between words."""
    return fmt.writer is not None and shape.needs_words


def _says_something(text: str | None) -> bool:
    return bool(text and text.strip())
