"""moonshine: small recognisers on plain onnxruntime."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.moonshine.files import (
    ENGINE_NAME,
    INSTALL,
    PACKAGE,
    ensure_model,
    files,
    language_of,
    on_disk,
    published_of,
    source_of,
    tokens_per_s,
    unknown,
)
from voice_stack.asr.engines.moonshine.network import Network
from voice_stack.asr.engines.moonshine.options import Config
from voice_stack.asr.engines.moonshine.published import EMBEDDED
from voice_stack.asr.engines.moonshine.speech import Hearing
from voice_stack.asr.engines.moonshine.vocabulary import read_vocabulary
from voice_stack.asr.engines.pocketsphinx.aligner import WordAligner
from voice_stack.asr.engines.windows import windows
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, EngineError, EngineUnavailableError, UnsupportedError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.language.codes import language_name
from voice_stack.serving.attempt import Record
from voice_stack.serving.engine import check_stop, missing_package
from voice_stack.serving.onnx_session import session_options

logger = logging.getLogger("voice_stack.asr")

# Longest window that is worked on at once, seconds. The authors advise below 30.
WINDOW_S: Final = 20.0
# Shorter than this is no speech, seconds.
_SHORTEST_S: Final = 0.1


class MoonshineEngine(ASREngine):
    """Moonshine, greedily: with capitals and punctuation, in one language a model; English comes with the install.

    Speech is found by the voice activity detection, also where the client wants none, since the model says things into
    silence; it is recognised in stretches below 30 s. Segments are sentences, laid into the pauses; their times are
    those of the detection. Words have no times of the model's: where they are asked for, pocketsphinx aligns the text
    with the sound, which it can in English. Prompts, hotwords and temperatures have no effect.

    A model of English "translates" into English by writing what it hears.
    """

    name = ENGINE_NAME

    def __init__(self, config: Config) -> None:
        found = ensure_model(config)
        self.model = model_id(source_of(config)) if source_of(config) else EMBEDDED
        self.device = "cpu"
        self._language = language_of(config)
        try:
            network = Network(found, session_options(config), tokens_per_s(config))
            vocabulary = read_vocabulary(found.vocabulary)
        except ImportError:
            raise
        except Exception as error:  # onnxruntime's have no base of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Not enough memory for the model {self.model}.") from error
            folder = found.encoder.parent
            reason = str(error).replace(str(folder), folder.name).splitlines()[0]
            raise EngineUnavailableError(f"The model {self.model} cannot be loaded: {reason}") from error
        workers = max(1, config.workers)
        times_words = self._language == "en" and missing_package("pocketsphinx", self.name, "pocketsphinx") is None
        self._hearing = Hearing(network, vocabulary, self._language)
        self._aligner = WordAligner(workers) if times_words else None
        self.capabilities = ASRCapabilities(
            languages=frozenset({self._language}),
            tasks=frozenset(Task) if self._language == "en" else frozenset({Task.TRANSCRIBE}),
            detects_language=False,
            word_timestamps=times_words,
            word_probabilities=times_words,
            incremental=True,
            concurrency=workers,
            words_timed_by="pocketsphinx" if times_words else "",
            finds_speech=True,
        )
        published = published_of(config)
        logger.info("loaded %s %s (licence: %s)", self.name, self.model, published.licence if published else "MIT")

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        published = published_of(config)
        if published is not None and published.non_commercial and not config.options.licence_accepted:
            return (
                f"The model {published.name} is under the {published.licence}, which limits commercial use. Set "
                "ASR_MOONSHINE_LICENCE_ACCEPTED=true if you accept that."
            )
        if source_of(config):
            return unknown(config)
        if missing_package(PACKAGE, cls.name, INSTALL) is None and on_disk(config) is None:
            return f"The installed {PACKAGE} is a version without a model. Install it: pip install {INSTALL}"
        return missing_package(PACKAGE, cls.name, INSTALL)

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset({language_of(config)})

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_model(config, progress).encoder.parent if source_of(config) else None

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
        own = language_name(self._language).title()
        if request.language not in (None, self._language):
            asked = language_name(str(request.language)).title()
            raise UnsupportedError(
                f"The model {self.model} knows {own} only, not {asked}. Use a Whisper model.", param="language"
            )
        if request.task not in self.capabilities.tasks:
            raise UnsupportedError(f"The model {self.model} cannot {request.task.value}.", param="model")
        guess = LanguageGuess(self._language, 1.0)
        return Recognition(guess, self._segments(clip, request, stop, next_unit, memory or UnitMemory()))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        raise UnsupportedError(f"The model {self.model} cannot tell languages. Use a Whisper model.")

    def close(self) -> None:
        del self._hearing
        self._aligner = None

    def _segments(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit,
        memory: UnitMemory,
    ) -> Iterator[Segment]:
        for start, end in windows(clip, WINDOW_S):
            if end - start < _SHORTEST_S:
                continue
            check_stop(stop)
            unit = memory.recall()
            if unit is None:
                next_unit(end - start)
                check_stop(stop)
                unit = self._recognise(clip.slice(start, end), request.word_timestamps, stop)
                memory.note(unit)
            for segment in unit["segments"]:
                words = tuple(Word(**word) for word in segment["words"])
                yield Segment(**{**segment, "words": words, "tokens": tuple(segment["tokens"])}).shifted(start)

    def _recognise(self, clip: AudioClip, keep_words: bool, stop: threading.Event) -> Record:
        """Segments of a window, with times from its start on."""
        try:
            found: list[dict[str, Any]] = [
                segment
                for heard in self._hearing.listen(clip, stop)
                for segment in heard.segments(clip, self._aligner, stop, keep_words=keep_words)
            ]
        except (CancelledWorkError, EngineError):
            raise
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(
                    f"Out of memory while {self.model} was decoding. Lower ASR_WORKERS."
                ) from error
            raise EngineError(f"{self.model} failed on this audio: {error}") from error
        return {"segments": found}
