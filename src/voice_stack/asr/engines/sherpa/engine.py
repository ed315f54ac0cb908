"""sherpa: streaming transducers, run by sherpa-onnx."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, LiveStream, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.sherpa.files import (
    ENGINE_NAME,
    INSTALL,
    ensure_model,
    files,
    languages,
    on_disk,
    source_of,
    unknown,
)
from voice_stack.asr.engines.sherpa.network import load_recogniser, network_facts
from voice_stack.asr.engines.sherpa.options import Config
from voice_stack.asr.engines.sherpa.stream import SherpaStream
from voice_stack.asr.engines.token_words import phrases, timed_segment
from voice_stack.asr.engines.windows import windows
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import UnsupportedError
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.language.codes import language_name
from voice_stack.serving.attempt import Record
from voice_stack.serving.engine import check_stop, missing_package

logger = logging.getLogger("voice_stack.asr")

# Shorter than this is no speech, seconds.
_SHORTEST_S = 0.1
# A recording is heard in stretches of so many seconds at most, which meet in silences.
_LONGEST_S = 20.0
# What is told of a model of several languages, which does not tell which it hears.
_USUAL = "en"


class SherpaEngine(ASREngine):
    """Streaming transducers (zipformer, LSTM, conformer) as sherpa-onnx runs them, greedily, on the CPU.

    Live speech is heard chunk by chunk: the state goes on and nothing is decoded twice. Recordings are heard by the
    same network, window by window. A model of several languages does not tell which it hears. Prompts, hotwords and
    temperatures have no effect.

    A model of English only "translates" into English by writing what it hears.
    """

    name = ENGINE_NAME

    def __init__(self, config: Config) -> None:
        # Before a download: it may be missing or broken.
        import sherpa_onnx  # noqa: F401

        found = ensure_model(config)
        facts = network_facts(found)
        self.model = model_id(source_of(config))
        self.device = "cpu"
        self._tail_s = facts.tail_s
        self._recogniser = load_recogniser(found, facts, config.threads, self.model)
        codes = languages(config)
        self.capabilities = ASRCapabilities(
            languages=codes,
            tasks=frozenset(Task) if codes == {"en"} else frozenset({Task.TRANSCRIBE}),
            detects_language=False,
            word_timestamps=True,
            cheap_word_times=True,
            word_probabilities=True,
            incremental=True,
            # A recogniser keeps nothing but the networks; what is heard is in the streams.
            concurrency=max(1, config.workers),
            streaming=True,
        )
        logger.info(
            "loaded %s %s (%s, chunks of %.2f s) on %s", self.name, self.model, facts.kind, facts.chunk_s, self.device
        )

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("sherpa_onnx", cls.name, INSTALL) or unknown(config)

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return languages(config)

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_model(config, progress).tokens.parent

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
        guess = self._language(request)
        if clip.duration < _SHORTEST_S:
            return Recognition(guess, iter(()))
        return Recognition(guess, self._segments(clip, request, guess, stop, next_unit, memory or UnitMemory()))

    def open_stream(self, request: RecognitionRequest) -> LiveStream:
        return SherpaStream(self._recogniser, self._language(request), self._tail_s)

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        raise UnsupportedError(f"The model {self.model} cannot tell languages. Use a Whisper model.")

    def close(self) -> None:
        self._recogniser = None

    def _language(self, request: RecognitionRequest) -> LanguageGuess:
        """The language that is named, or that the model has; of probability 0 where it has several.

        Raises:
            UnsupportedError: the model does not know it, or cannot do the task.
        """
        language, codes = request.language, self.capabilities.languages
        if language is not None and language not in codes:
            only = f"knows {language_name(next(iter(codes))).title()} only, not" if len(codes) == 1 else "does not know"
            raise UnsupportedError(
                f"The model {self.model} {only} {language_name(language).title()}.", param="language"
            )
        if request.task not in self.capabilities.tasks:
            raise UnsupportedError(f"The model {self.model} cannot {request.task.value}.", param="model")
        if language is not None or len(codes) == 1:
            return LanguageGuess(language or next(iter(codes)), 1.0)
        return LanguageGuess(_USUAL if _USUAL in codes else min(codes), 0.0)

    def _segments(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        guess: LanguageGuess,
        stop: threading.Event,
        next_unit: NextUnit,
        memory: UnitMemory,
    ) -> Iterator[Segment]:
        for start, end in windows(clip, _LONGEST_S):
            if end - start < _SHORTEST_S:
                continue
            check_stop(stop)
            unit = memory.recall()
            if unit is None:
                next_unit(self.capabilities.cost_s(end - start))
                check_stop(stop)
                unit = self._recognise(clip.slice(start, end), guess, start)
                memory.note(unit)
            for phrase in phrases([Word(**word) for word in unit["words"]]):
                yield timed_segment(phrase, start, keep_words=request.word_timestamps)

    def _recognise(self, clip: AudioClip, guess: LanguageGuess, offset: float) -> Record:
        """Words of a window with their times."""
        stream = SherpaStream(self._recogniser, guess, self._tail_s)
        try:
            stream.accept(clip.samples)
            stream.finish()
            return {"words": [asdict(word.shifted(offset)) for word in stream.words()]}
        finally:
            stream.close()
