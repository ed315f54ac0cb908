"""onnx: recognisers in ONNX format, run by onnx-asr on onnxruntime."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.onnx.architectures import ARCHITECTURES, known_model
from voice_stack.asr.engines.onnx.detection import guess_languages, language_tokens
from voice_stack.asr.engines.onnx.disk import OnDisk
from voice_stack.asr.engines.onnx.files import (
    ENGINE_NAME,
    INSTALL,
    Config,
    ensure_model,
    files,
    languages,
    on_disk,
    source_of,
    unknown,
)
from voice_stack.asr.engines.token_words import phrases, plain_segment, timed_segment, timed_words
from voice_stack.asr.engines.windows import windows
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineError, EngineUnavailableError, UnsupportedError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.language.codes import language_name
from voice_stack.serving.attempt import Record
from voice_stack.serving.engine import check_stop, missing_package
from voice_stack.serving.onnx_session import providers, real_device, session_options

logger = logging.getLogger("voice_stack.asr")

_VARIABLE = "ASR_DEVICE"
# Shorter than this is no speech, seconds.
_SHORTEST_S = 0.1
# Whisper hears a language in this much.
_LISTEN_S = 30.0
# What a model that takes a language is told when none is named and it cannot hear which it is.
_USUAL = "en"


class OnnxEngine(ASREngine):
    """Parakeet, Canary, GigaAM, Whisper and others as onnx-asr runs them, greedily.

    Clips are cut into windows in silences. Parakeet, GigaAM and the other CTC and transducer models time their words;
    Canary and Whisper do not, and a window of theirs is one segment. Whisper and Canary take the language: Whisper
    hears it when it is not named, Canary takes English. The others hear their languages by themselves and do not tell
    which it was: of several none is told. Prompts, hotwords and temperatures have no effect.

    A model of English only "translates" into English by writing what it hears.
    """

    name = ENGINE_NAME

    def __init__(self, config: Config) -> None:
        # Both before a download: they may be missing or broken.
        import onnx_asr  # noqa: F401
        import onnxruntime  # noqa: F401

        found = ensure_model(config)
        self.model = model_id(source_of(config))
        self._architecture = ARCHITECTURES[found.architecture]
        asr, self.device = _load(found, config, self.model)
        self._recogniser: Any = asr.with_timestamps()
        codes = languages(config)
        self._language_tokens: dict[str, int] = {}
        if found.architecture == "whisper":
            self._language_tokens = language_tokens(asr.asr, codes)
            codes = frozenset(self._language_tokens) or codes
        self.capabilities = ASRCapabilities(
            languages=codes,
            tasks=frozenset(Task) if self._architecture.translates or codes == {"en"} else frozenset({Task.TRANSCRIBE}),
            detects_language=len(self._language_tokens) > 1,
            word_timestamps=self._architecture.times_words,
            cheap_word_times=self._architecture.times_words,
            word_probabilities=self._architecture.times_words,
            incremental=True,
            # onnxruntime's sessions take several calls at once, and onnx-asr keeps nothing from call to call.
            concurrency=max(1, config.workers),
            window_s=self._architecture.longest_s if self._architecture.padded else 0.0,
        )
        known = known_model(self.model)
        licence = known.licence if known else "not known"
        logger.info(
            "loaded %s %s (%s, licence of the weights: %s) on %s",
            *(self.name, self.model, found.architecture, licence, self.device),
        )

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("onnx_asr", cls.name, INSTALL) or unknown(config)

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return languages(config)

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_model(config, progress).folder

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return files(config)

    def transcribe(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
        memory: UnitMemory | None = None,
    ) -> Recognition:
        self._check(request)
        if clip.duration < _SHORTEST_S:
            heard = self._named(request) or LanguageGuess(_USUAL, 0.0)
            return Recognition(heard, iter(()))
        guess = self._named(request) or self._heard(clip)
        return Recognition(guess, self._segments(clip, request, guess, stop, next_unit, memory or UnitMemory()))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        if not self.capabilities.detects_language:
            raise UnsupportedError(f"The model {self.model} cannot tell languages. Use a Whisper model.")
        try:
            return guess_languages(self._recogniser.asr, clip.slice(0.0, _LISTEN_S).samples, self._language_tokens)
        except Exception as error:
            raise self._failed(error) from error

    def close(self) -> None:
        self._recogniser = None

    def _check(self, request: RecognitionRequest) -> None:
        language, codes = request.language, self.capabilities.languages
        if language is not None and language not in codes:
            only = f"knows {language_name(next(iter(codes))).title()} only, not" if len(codes) == 1 else "does not know"
            raise UnsupportedError(
                f"The model {self.model} {only} {language_name(language).title()}.", param="language"
            )
        if request.task not in self.capabilities.tasks:
            raise UnsupportedError(f"The model {self.model} cannot {request.task.value}.", param="model")

    def _named(self, request: RecognitionRequest) -> LanguageGuess | None:
        """The language that needs no listening."""
        codes = self.capabilities.languages
        if request.language is not None:
            return LanguageGuess(request.language, 1.0)
        if len(codes) == 1:
            return LanguageGuess(next(iter(codes)), 1.0)
        return None

    def _heard(self, clip: AudioClip) -> LanguageGuess:
        """The language of a clip; of probability 0 where the model does not tell."""
        if self.capabilities.detects_language:
            return self.detect_language(clip)[0]
        codes = self.capabilities.languages
        usual = _USUAL if _USUAL in codes else min(codes)
        # What it is told it writes, whatever it hears.
        return LanguageGuess(usual, 1.0 if self._architecture.translates else 0.0)

    def _segments(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        guess: LanguageGuess,
        stop: threading.Event,
        next_unit: NextUnit,
        memory: UnitMemory,
    ) -> Iterator[Segment]:
        asked = self._asked(request, guess)
        for start, end in windows(clip, self._architecture.longest_s):
            if end - start < _SHORTEST_S:
                continue
            check_stop(stop)
            unit = memory.recall()
            if unit is None:
                next_unit(self.capabilities.cost_s(end - start))
                check_stop(stop)
                unit = self._recognise(clip.slice(start, end), asked, start)
                memory.note(unit)
            if "words" in unit:
                for phrase in phrases([Word(**word) for word in unit["words"]]):
                    yield timed_segment(phrase, start, keep_words=request.word_timestamps)
            elif unit["text"]:
                yield plain_segment(f" {unit['text']}", start, end, start)

    def _asked(self, request: RecognitionRequest, guess: LanguageGuess) -> dict[str, Any]:
        """Options of onnx-asr besides the audio."""
        if not self._architecture.takes_language or not guess.probability:
            return {}
        asked = {"language": guess.code}
        if self._architecture.translates:
            asked["target_language"] = "en" if request.task is Task.TRANSLATE else guess.code
        return asked

    def _recognise(self, clip: AudioClip, asked: dict[str, Any], offset: float) -> Record:
        """Words of a window with their times, or its text."""
        try:
            found = self._recogniser.recognize(clip.samples, sample_rate=clip.sample_rate, **asked)
            if not self._architecture.times_words:
                return {"text": found.text.strip()}
            words = timed_words(
                found.text,
                found.tokens or (),
                found.timestamps or (),
                found.logprobs or (),
                offset,
                offset + clip.duration,
            )
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            raise self._failed(error) from error
        return {"words": [asdict(word) for word in words]}

    def _failed(self, error: Exception) -> EngineError | EngineUnavailableError:
        if out_of_memory(error):
            return EngineUnavailableError(f"Out of memory while {self.model} was decoding. Lower ASR_WORKERS.")
        return EngineError(f"onnx-asr failed on this audio: {error}")


def _load(found: OnDisk, config: Config, model: str) -> tuple[Any, str]:
    """onnx-asr's model, and where it runs.

    Raises:
        EngineUnavailableError: the files are damaged or do not go together, or there is not enough memory.
    """
    import onnx_asr
    from onnxruntime import InferenceSession

    wanted, device = providers(config, _VARIABLE, logger)
    try:
        asr = onnx_asr.load_model(
            found.architecture,
            str(found.folder),
            quantization=config.options.quantization or None,
            sess_options=session_options(config),
            providers=wanted,
        )
    except Exception as error:  # onnxruntime's, onnx-asr's, or of its assertions about a config.json
        if out_of_memory(error):
            raise EngineUnavailableError(
                f"Not enough memory for the model {model}. Choose a smaller one or ASR_ONNX_QUANTIZATION=int8."
            ) from error
        reason = str(error).replace(str(found.folder), found.folder.name) or type(error).__name__
        raise EngineUnavailableError(f"onnx-asr cannot load the model {model}: {reason}") from error
    sessions = [value for value in vars(asr.asr).values() if isinstance(value, InferenceSession)]
    return asr, real_device(sessions, device, model, config, _VARIABLE, logger)
