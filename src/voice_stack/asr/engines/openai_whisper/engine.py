"""openai-whisper: the reference implementation, on torch."""

import contextlib
import json
import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.openai_whisper.files import ENGINE_NAME, ensure_model, files, on_disk
from voice_stack.asr.engines.whisper_options import WhisperOptions
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
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, EngineError, EngineUnavailableError, VoiceStackError
from voice_stack.core.gate import FairGate
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import EngineConfig, check_stop, missing_package
from voice_stack.serving.torch_device import choose_torch_device, return_gpu_memory

logger = logging.getLogger("voice_stack.asr")

Config = EngineConfig[WhisperOptions]


class OpenAIWhisperEngine(ASREngine):
    """OpenAI's own Whisper.

    `whisper.transcribe` hands out nothing before its clip is done, so this engine is not incremental. The model
    keeps state on its modules while it decodes: transcriptions and language detections take turns on it, window by
    window.
    `repetition_penalty`, `no_repeat_ngram_size`, `prompt_reset_on_temperature` and `batch_size` do not exist here;
    hotwords are put before the prompt of every window.
    """

    name = ENGINE_NAME
    aligns = True

    def __init__(self, config: Config) -> None:
        import torch
        import whisper

        self._config = config
        self.model = model_id(config.model)
        self.device = choose_torch_device(config.device, "ASR_DEVICE")
        path = ensure_model(config)
        if config.threads and self.device == "cpu":
            torch.set_num_threads(config.threads)
        try:
            # By its path, never by its name: whisper would overwrite a file whose checksum it does not know.
            self._whisper = whisper.load_model(str(path), device=self.device)
            _set_alignment_heads(whisper, self._whisper, path.stem)
        except Exception as error:  # torch, pickle and whisper raise whatever suits them
            raise _unavailable(self.model, error) from error
        self._gate = FairGate(1)
        languages = list(whisper.tokenizer.LANGUAGES)[: self._whisper.num_languages]
        multilingual = self._whisper.is_multilingual
        self.capabilities = ASRCapabilities(
            languages=frozenset(languages if multilingual else ["en"]),
            tasks=frozenset(Task),
            detects_language=multilingual,
            word_timestamps=True,
            cheap_word_times=True,
            word_probabilities=True,
            incremental=False,
            window_s=WINDOW_S,
            aligned_s=WINDOW_S,
        )
        logger.info("loaded %s %s on %s", self.name, self.model, self.device)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("whisper", cls.name, "'voice-stack[whisper]'")

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
        guess = LanguageGuess(language, 1.0) if language else self._detect(clip, stop)[0]
        return Recognition(guess, self._segments(clip, request, guess.code, stop, next_unit, memory or UnitMemory()))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        if not self.capabilities.detects_language:
            raise not_known(self.model)
        return self._detect(clip, threading.Event())

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
        from voice_stack.asr.engines.openai_whisper.aligning import align

        next_unit(WINDOW_S)
        try:
            with self._gate.turn(stop):
                return align(self._whisper, clip, words, language)
        except VoiceStackError:
            raise
        except Exception as error:
            raise _failed(self.model, error) from error

    def close(self) -> None:
        del self._whisper
        return_gpu_memory(self.device)

    def _detect(self, clip: AudioClip, stop: threading.Event) -> list[LanguageGuess]:
        import torch
        import whisper

        try:
            samples = whisper.pad_or_trim(torch.from_numpy(clip.samples.copy()))
            mel = whisper.log_mel_spectrogram(samples, self._whisper.dims.n_mels)
            with self._gate.turn(stop):
                mel = mel.to(self._whisper.device)
                _, probabilities = self._whisper.detect_language(mel)
        except VoiceStackError:
            raise
        except Exception as error:
            raise _failed(self.model, error) from error
        guesses = [LanguageGuess(code, finite(probability, 0.0)) for code, probability in probabilities.items()]
        return sorted(guesses, key=lambda guess: guess.probability, reverse=True)

    def _segments(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        language: str,
        stop: threading.Event,
        next_unit: NextUnit,
        memory: UnitMemory,
    ) -> Iterator[Segment]:
        import whisper

        decoding = self._config.options
        hotwords = join_hotwords(decoding, request)
        prompt = request.prompt or None
        with contextlib.closing(_Turns(self._whisper, self._gate, stop, next_unit, memory)) as model:
            try:
                result = whisper.transcribe(
                    model,
                    clip.samples.copy(),  # torch warns about arrays that it must not write to
                    language=language,
                    task=request.task.value,
                    beam_size=1 if request.draft else decoding.beam_size,
                    best_of=decoding.best_of,
                    patience=decoding.patience,
                    length_penalty=_length_penalty(decoding.length_penalty),
                    temperature=temperatures(decoding, request),
                    compression_ratio_threshold=decoding.compression_ratio_limit,
                    logprob_threshold=decoding.log_prob_limit,
                    no_speech_threshold=decoding.no_speech_threshold,
                    condition_on_previous_text=decoding.condition_on_previous_text,
                    hallucination_silence_threshold=decoding.silence_limit,
                    initial_prompt=f"{hotwords}. {prompt or ''}".strip() if hotwords else prompt,
                    carry_initial_prompt=hotwords is not None,
                    word_timestamps=request.word_timestamps,
                    fp16=self.device != "cpu",
                )
            except VoiceStackError:
                raise
            except Exception as error:
                raise _failed(self.model, error) from error
        for segment in result["segments"]:
            check_stop(stop)
            if segment["text"].strip():
                yield _segment(segment)


def _set_alignment_heads(whisper: Any, model: Any, name: str) -> None:
    """Tell an official model which attention heads follow the words; others use the upper half of their layers."""
    heads = whisper._ALIGNMENT_HEADS.get(name)
    if heads:
        with contextlib.suppress(ValueError, RuntimeError):  # another model under that name, of another shape
            model.set_alignment_heads(heads)


class _Turns:
    """The model as `whisper.transcribe` sees it: each window waits for its turn, and keeps the model until the next.

    The turn covers more than `decode`: the word times are found by hooks on the model's modules, after it.
    """

    def __init__(
        self, model: Any, gate: FairGate, stop: threading.Event, next_unit: NextUnit, memory: UnitMemory
    ) -> None:
        self._model = model
        self._next_unit = next_unit
        self._memory = memory
        self._gate = gate
        self._stop = stop
        self._turn = contextlib.ExitStack()
        self._window: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._model(*args, **kwargs)

    def decode(self, mel: Any, options: Any) -> Any:
        if self._stop.is_set():
            raise CancelledWorkError("The client is gone.")
        unit = self._memory.recall()
        if unit is not None:
            return _recalled(unit)
        if mel is not self._window:  # the temperature ladder decodes one window several times
            self._turn.close()  # never held while others are given way
            self._next_unit(WINDOW_S)
            self._turn.enter_context(self._gate.turn(self._stop))
            self._window = mel
        result = self._model.decode(mel, options)
        self._memory.note(_noted(result))
        return result

    def close(self) -> None:
        self._turn.close()


# What `whisper.transcribe` reads of a result.
_READ = ("language", "tokens", "text", "avg_logprob", "no_speech_prob", "temperature", "compression_ratio")


def _noted(result: Any) -> dict[str, Any]:
    # As text, for its numbers may be NaN, which is no JSON to others.
    return {"result": json.dumps({name: getattr(result, name) for name in _READ}, default=float)}


def _recalled(unit: dict[str, Any]) -> Any:
    from whisper.decoding import DecodingResult

    return DecodingResult(audio_features=None, **json.loads(unit["result"]))


def _segment(segment: dict[str, Any]) -> Segment:
    start = finite(segment["start"], 0.0)
    return Segment(
        start=start,
        end=max(start, finite(segment["end"], start)),
        text=segment["text"],
        words=tuple(
            Word(word["word"], finite(word["start"], start), finite(word["end"], start), finite(word["probability"], 0))
            for word in segment.get("words", ())
        ),
        tokens=tuple(int(token) for token in segment["tokens"]),
        seek=int(segment["seek"]),
        temperature=finite(segment["temperature"], 0.0),
        avg_logprob=min(0.0, finite(segment["avg_logprob"], -100.0)),
        compression_ratio=finite(segment["compression_ratio"], 1.0),
        no_speech_prob=finite(segment["no_speech_prob"], 0.0),
    )


def _length_penalty(value: float) -> float | None:
    """Whisper's exponent is another formula, 0 to 1; None is the plain mean, which faster-whisper calls 1."""
    return None if value == 1.0 else min(max(value, 0.0), 1.0)


def _unavailable(model: str, error: Exception) -> EngineUnavailableError:
    if out_of_memory(error):
        return EngineUnavailableError(f"Not enough memory for the model {model}. Choose a smaller one.")
    return EngineUnavailableError(f"openai-whisper cannot load the model {model}: {error}")


def _failed(model: str, error: Exception) -> EngineError | EngineUnavailableError:
    if out_of_memory(error):
        return EngineUnavailableError(f"Out of memory while {model} was decoding.")
    return EngineError(f"openai-whisper failed on this audio: {error}")
