"""faster-whisper: Whisper on CTranslate2, the default engine."""

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.faster_whisper import ComputeType, FasterWhisperOptions
from voice_stack.asr.engines.faster_whisper.files import ENGINE_NAME, ensure_model, files, on_disk
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
from voice_stack.core.devices import cores
from voice_stack.core.errors import CancelledWorkError, EngineError, EngineUnavailableError, VoiceStackError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import EngineConfig, missing_package
from voice_stack.serving.micro_batches import MicroBatches

logger = logging.getLogger("voice_stack.asr")

Config = EngineConfig[FasterWhisperOptions]

_WINDOW_FRAMES = 3000
# Windows that a GPU computes in hardly more time than one.
_GPU_BATCH = 8


@dataclass(frozen=True, slots=True)
class _Device:
    kind: str  # cpu, cuda
    index: int

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.index}"


_CPU = _Device("cpu", 0)


class FasterWhisperEngine(ASREngine):
    """Whisper models in CTranslate2's format.

    Segments leave as they are decoded. With `batch_size` above 1 the windows of a clip are decoded together and
    without the text before them (`condition_on_previous_text`, the temperature ladder and the thresholds have no
    effect then).
    """

    name = ENGINE_NAME

    def __init__(self, config: Config) -> None:
        from voice_stack.asr.engines.faster_whisper.log_mel import BlockwiseFeatureExtractor

        self._config = config
        self.model = model_id(config.model)
        workers = max(1, config.workers)
        self._whisper, device = _load(config)
        # Its line for every clip says nothing that the service does not say itself.
        logging.getLogger("faster_whisper").setLevel(logging.WARNING)
        self._whisper.feature_extractor = BlockwiseFeatureExtractor(**self._whisper.feat_kwargs)
        self.device = str(device)
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
            word_probabilities=True,
            incremental=True,
            concurrency=workers * _micro_batch_size(config, device),
            window_s=WINDOW_S,
        )
        logger.info("loaded %s %s on %s (%s)", self.name, self.model, self.device, self._whisper.model.compute_type)

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
        try:
            segments, info = self._start(clip, request, language)
        except Exception as error:
            raise _failed(self.model, error) from error
        guess = LanguageGuess(info.language, finite(info.language_probability, 0.0))
        return Recognition(guess, self._segments(segments, stop, next_unit, memory or UnitMemory()))

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

    def close(self) -> None:
        self._whisper.model.unload_model()

    def _start(self, clip: AudioClip, request: RecognitionRequest, language: str | None) -> tuple[Iterable[Any], Any]:
        decoding = self._config.options
        # Text has no times in it. Whisper takes that for an example, gives the next window one time, at its end, and
        # loses what it did not say. Its own tokens have them; the batched pipeline takes text alone.
        tokens = list(request.prompt_tokens) if decoding.batch_size == 1 else []
        options: dict[str, Any] = {
            "language": language,
            "task": request.task.value,
            "beam_size": decoding.beam_size,
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
        if decoding.batch_size == 1:
            return self._whisper.transcribe(clip.samples, **options)  # type: ignore[no-any-return]
        from voice_stack.asr.engines.faster_whisper.windowed import WindowedPipeline

        return WindowedPipeline(self._whisper).transcribe(  # type: ignore[no-any-return]
            clip.samples,
            **options,
            # Without these it would cut by its own VAD, and give one segment a window.
            clip_timestamps=[{"start": start, "end": end} for start, end in windows(clip, WINDOW_S)],
            without_timestamps=False,
            batch_size=decoding.batch_size,
        )

    def _segments(
        self, found: Iterable[Any], stop: threading.Event, next_unit: NextUnit, memory: UnitMemory
    ) -> Iterator[Segment]:
        iterator = iter(found)
        while True:
            if stop.is_set():
                raise CancelledWorkError("The client is gone.")
            try:
                with self._whisper.attended(next_unit, memory):
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


def _load(config: Config) -> tuple[Any, _Device]:
    """Load the model where it was asked for; on the CPU, with a warning, when there is no GPU that works.

    Raises:
        EngineUnavailableError: no such model, no such arithmetic, or not enough memory.
    """
    # Both before a download: they may be missing or broken, and the factory says what to do about it.
    import ctranslate2
    import faster_whisper  # noqa: F401

    gpus: int = ctranslate2.get_cuda_device_count()
    kind, _, number = config.device.partition(":")
    index = int(number or 0)
    compute_type: str = config.options.compute_type
    # Before anything else: neither a missing GPU nor a wrong setting should cost a download.
    if kind == "cpu" or (kind == "auto" and not gpus):
        compute_type = _usable_compute_type(compute_type, _CPU)
    path = ensure_model(config)
    if kind != "cpu" and index < gpus:
        device = _Device("cuda", index)
        try:
            return _load_on(device, path, compute_type, config), device
        except EngineUnavailableError:
            raise
        except Exception as error:  # CTranslate2 raises what CUDA tells it: no driver, no cuBLAS, too old
            if out_of_memory(error):
                raise _unavailable(config, error) from error
            logger.warning("ASR_DEVICE=%s, but %s does not work (%s): running on the CPU", config.device, device, error)
    elif kind == "cuda":
        logger.warning("ASR_DEVICE=%s, but there are %d usable GPUs: running on the CPU", config.device, gpus)
    if gpus or kind == "cuda":
        supported = ctranslate2.get_supported_compute_types("cpu")
        compute_type = compute_type if compute_type in supported else "auto"  # float16 was meant for the GPU
    try:
        return _load_on(_CPU, path, compute_type, config), _CPU
    except EngineUnavailableError:
        raise
    except Exception as error:
        raise _unavailable(config, error) from error


def _load_on(device: _Device, path: Path, compute_type: str, config: Config) -> Any:
    import ctranslate2

    from voice_stack.asr.engines.faster_whisper.windowed import WindowedWhisperModel

    compute_type = _usable_compute_type(compute_type, device)
    workers = max(1, config.workers)
    batches = None
    # Alone on a CPU there is nothing to gain; on a GPU every window is protected against a want of memory.
    if device.kind == "cuda" or config.options.micro_batch_size > 1:
        size = _micro_batch_size(config, device)
        batches = MicroBatches(size=size, wait_s=config.options.micro_batch_wait_ms / 1000, width=workers)

    def spare() -> Any:
        return ctranslate2.models.Whisper(str(path), device="cpu", intra_threads=config.threads or cores())

    whisper = WindowedWhisperModel(
        str(path),
        device=device.kind,
        device_index=device.index,
        compute_type=compute_type,
        cpu_threads=config.threads or max(1, cores() // workers),
        # One to spare: the detection of a language then never waits behind transcriptions.
        num_workers=workers + 1,
        batches=batches,
        spare=spare if device.kind == "cuda" and config.options.cpu_when_gpu_is_full else None,
    )
    if device.kind == "cuda":
        # cuBLAS and cuDNN are loaded by the first computation; that they are missing must show now.
        whisper.encode(np.zeros((whisper.model.n_mels, _WINDOW_FRAMES), np.float32))
    return whisper


def _micro_batch_size(config: Config, device: _Device) -> int:
    """Windows of different clips that one computation takes."""
    return config.options.micro_batch_size or (_GPU_BATCH if device.kind == "cuda" else 1)


def _usable_compute_type(compute_type: str, device: _Device) -> str:
    """The compute type that was asked for, or the fastest one with a warning when the device has no such arithmetic."""
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types(device.kind, device.index)
    if compute_type in ("auto", "default", *supported):
        return compute_type
    named = ", ".join(sorted(supported))
    if compute_type not in set(ComputeType):
        raise EngineUnavailableError(f"ASR_COMPUTE_TYPE={compute_type} does not exist. Supported on {device}: {named}.")
    logger.warning("ASR_COMPUTE_TYPE=%s is not supported on %s (%s are): using auto", compute_type, device, named)
    return "auto"


def _unavailable(config: Config, error: Exception) -> EngineUnavailableError:
    model = model_id(config.model)
    if out_of_memory(error):
        return EngineUnavailableError(
            f"Not enough memory for the model {model}. Choose a smaller one or ASR_COMPUTE_TYPE=int8."
        )
    return EngineUnavailableError(f"faster-whisper cannot load the model {model}: {error}")


def _failed(model: str, error: Exception) -> EngineError | EngineUnavailableError:
    if out_of_memory(error):
        return EngineUnavailableError(f"Out of memory while {model} was decoding. Lower ASR_BATCH_SIZE or ASR_WORKERS.")
    return EngineError(f"faster-whisper failed on this audio: {error}")
