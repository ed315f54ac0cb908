"""faster-whisper: Whisper on CTranslate2, the default engine."""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.faster_whisper.files import ENGINE_NAME, ensure_model, files, on_disk
from voice_stack.asr.engines.faster_whisper.loading import Config, load
from voice_stack.asr.engines.whisper_segments import (
    SHORTEST_S,
    WINDOW_S,
    finite,
    join_hotwords,
    named_languages,
    not_known,
    requested_language,
    temperatures,
    warn_translation,
)
from voice_stack.asr.engines.windows import windows
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineError, EngineUnavailableError, VoiceStackError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop, missing_package

logger = logging.getLogger("voice_stack.asr")


# Windows of a long clip that are decoded together on a GPU where nothing says how many: faster-whisper's own number. On
# a CPU that saves nothing, and cutting in silences makes more windows than decoding from the last word on.
_TOGETHER_ON_GPU = 8


class FasterWhisperEngine(ASREngine):
    """Whisper models in CTranslate2's format.

    Segments leave as they are decoded. Where the windows of a clip are decoded together (`batch_size`), each is cut in
    a silence and decoded without the text before it; thresholds and temperatures apply to each.
    """

    name = ENGINE_NAME
    aligns = True

    def __init__(self, config: Config) -> None:
        from voice_stack.asr.engines.faster_whisper.log_mel import BlockwiseFeatureExtractor

        self._config = config
        self.model = model_id(config.model)
        loaded = load(config)
        self._whisper = loaded.whisper
        # Its line for every clip says nothing that the service does not say itself.
        logging.getLogger("faster_whisper").setLevel(logging.WARNING)
        self._whisper.feature_extractor = BlockwiseFeatureExtractor(**self._whisper.feat_kwargs)
        self.device = loaded.device
        codes = frozenset(
            code
            for code in self._whisper.supported_languages
            # Older models lack the youngest languages.
            if not self._whisper.model.is_multilingual
            or self._whisper.hf_tokenizer.token_to_id(f"<|{code}|>") is not None
        )
        self.capabilities = ASRCapabilities(
            languages=codes,
            tasks=frozenset(Task),
            detects_language=self._whisper.model.is_multilingual,
            word_timestamps=True,
            cheap_word_times=True,
            word_probabilities=True,
            incremental=True,
            concurrency=loaded.concurrency,
            background=loaded.background,
            window_s=WINDOW_S,
            aligned_s=WINDOW_S,
        )
        logger.info("loaded %s %s on %s (%s)", self.name, self.model, self.device, loaded.how)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("faster_whisper", cls.name, "faster-whisper")

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return on_disk(config) is not None

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return named_languages(config.model)

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_model(config, progress)

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
        language = requested_language(self, request)
        if request.task is Task.TRANSLATE:
            warn_translation(self.model)
        if clip.duration < SHORTEST_S:
            return Recognition(LanguageGuess(language or "en", 1.0 if language else 0.0), iter(()))
        from voice_stack.asr.engines.faster_whisper.windowed import Listener

        listener = Listener(next_unit, memory)
        try:
            with self._whisper.attended(listener):
                segments, info = self._start(clip, request, language)
        except VoiceStackError:
            raise
        except Exception as error:
            raise _failed(self.model, error) from error
        guess = LanguageGuess(info.language, finite(info.language_probability, 0.0))
        return Recognition(guess, self._segments(segments, stop, listener))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        if not self.capabilities.detects_language:
            raise not_known(self.model)
        first = clip.slice(0.0, WINDOW_S).samples
        try:
            _, _, probabilities = self._whisper.detect_language(audio=first)
        except Exception as error:
            raise _failed(self.model, error) from error
        guesses = [LanguageGuess(code, finite(probability, 0.0)) for code, probability in probabilities]
        return sorted(guesses, key=lambda guess: guess.probability, reverse=True)

    def align(
        self,
        clip: AudioClip,
        words: Sequence[str],
        language: str,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
    ) -> list[Word] | None:
        requested_language(self, RecognitionRequest(language=language))
        if clip.duration < SHORTEST_S:
            return None if words else []
        from voice_stack.asr.engines.faster_whisper.aligning import align
        from voice_stack.asr.engines.faster_whisper.windowed import Listener

        check_stop(stop)
        try:
            return align(self._whisper, clip, words, language, Listener(next_unit))
        except VoiceStackError:
            raise
        except Exception as error:
            raise _failed(self.model, error) from error

    def close(self) -> None:
        self._whisper.model.unload_model()

    def _start(self, clip: AudioClip, request: RecognitionRequest, language: str | None) -> tuple[Iterable[Any], Any]:
        decoding = self._config.options
        # Text has no times in it. Whisper takes that for an example, gives the next window one time, at its end, and
        # loses what it did not say. Its own tokens have them; the batched pipeline takes text alone.
        tokens = list(request.prompt_tokens) if decoding.batch_size <= 1 else []
        options: dict[str, Any] = {
            "language": language,
            "task": request.task.value,
            "beam_size": 1 if request.draft else decoding.beam_size,
            "best_of": decoding.best_of,
            "patience": decoding.patience,
            "length_penalty": decoding.length_penalty,
            "repetition_penalty": decoding.repetition_penalty,
            "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
            "temperature": temperatures(decoding, request),
            "compression_ratio_threshold": decoding.compression_ratio_limit,
            "log_prob_threshold": decoding.log_prob_limit,
            "no_speech_threshold": decoding.no_speech_threshold,
            "condition_on_previous_text": decoding.condition_on_previous_text,
            "prompt_reset_on_temperature": decoding.prompt_reset_on_temperature,
            "hallucination_silence_threshold": decoding.silence_limit,
            "initial_prompt": tokens or request.prompt or None,
            "hotwords": join_hotwords(decoding, request),
            "word_timestamps": request.word_timestamps,
            "vad_filter": False,
        }
        alone = decoding.condition_on_previous_text or not self.device.startswith("cuda") or clip.duration <= WINDOW_S
        together = decoding.batch_size or (1 if alone else _TOGETHER_ON_GPU)
        if together == 1:
            return self._whisper.transcribe(clip.samples, **options)  # type: ignore[no-any-return]
        from voice_stack.asr.engines.faster_whisper.pipeline import WindowedPipeline

        return WindowedPipeline(self._whisper, options["temperature"]).transcribe(  # type: ignore[no-any-return]
            clip.samples,
            **options,
            # Without these it would cut by its own VAD, and give one segment a window.
            clip_timestamps=[{"start": start, "end": end} for start, end in windows(clip, WINDOW_S)],
            without_timestamps=False,
            batch_size=together,
        )

    def _segments(self, found: Iterable[Any], stop: threading.Event, listener: Any) -> Iterator[Segment]:
        iterator = iter(found)
        while True:
            check_stop(stop)
            try:
                with self._whisper.attended(listener):
                    segment = next(iterator, None)
            except VoiceStackError:
                raise
            except Exception as error:
                raise _failed(self.model, error) from error
            if segment is None:
                return
            if segment.text.strip():
                yield _segment(segment)


def _segment(segment: Any) -> Segment:
    start = finite(segment.start, 0.0)
    return Segment(
        start=start,
        end=max(start, finite(segment.end, start)),
        text=segment.text,
        words=tuple(
            Word(word.word, finite(word.start, start), finite(word.end, start), finite(word.probability, 0.0))
            for word in segment.words or ()
        ),
        tokens=tuple(int(token) for token in segment.tokens),
        seek=int(segment.seek),
        temperature=finite(segment.temperature, 0.0),
        avg_logprob=min(0.0, finite(segment.avg_logprob, -100.0)),
        compression_ratio=finite(segment.compression_ratio, 1.0),
        no_speech_prob=finite(segment.no_speech_prob, 0.0),
    )


def _failed(model: str, error: Exception) -> EngineError | EngineUnavailableError:
    if out_of_memory(error):
        return EngineUnavailableError(f"Out of memory while {model} was decoding. Lower ASR_BATCH_SIZE or ASR_WORKERS.")
    return EngineError(f"faster-whisper failed on this audio: {error}")
