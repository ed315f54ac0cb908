"""Windows of one clip decoded together, each tried again when its decoding looks wrong.

Imports faster-whisper.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import get_compression_ratio

from voice_stack.asr.engines.faster_whisper.windowed import Listener, WindowedWhisperModel


class WindowedPipeline(BatchedInferencePipeline):  # type: ignore[misc]  # the package has no types
    """faster-whisper's batches, remembered as the model's windows are, and as careful as those.

    faster-whisper decodes a batch once. Here a window whose text repeats itself or is improbable is decoded again,
    alone and at the next temperature, and the text of one without speech is dropped: what happens to the windows of a
    clip that is decoded in sequence.

    Args:
        temperatures: the ladder; the first is that of the batch.
    """

    model: WindowedWhisperModel
    last_speech_timestamp: float

    def __init__(self, model: WindowedWhisperModel, temperatures: Sequence[float]) -> None:
        super().__init__(model)
        self._first, *self._further = temperatures
        # By the place of the window, and those of the batch under way.
        self._temperatures: dict[int, float] = {}
        self._tried: list[float] = []

    def forward(self, features: Any, tokenizer: Any, chunks_metadata: Any, options: Any) -> Any:
        """The results of a batch of windows: the noted ones, or new ones, which are noted."""
        listener: Listener = self.model.attention.listener
        found = listener.take()
        if found is not None:
            windows, self.last_speech_timestamp = found
        else:
            windows = super().forward(features, tokenizer, chunks_metadata, options)
            for window, temperature in zip(windows, self._tried, strict=True):
                for segment in window:
                    segment["temperature"] = temperature
            listener.note([windows, self.last_speech_timestamp])
        for segment in itertools.chain.from_iterable(windows):
            self._temperatures[segment["seek"]] = segment.get("temperature", self._first)
        return windows

    def _batched_segments_generator(self, *args: Any) -> Iterator[Any]:
        for segment in super()._batched_segments_generator(*args):
            yield replace(segment, temperature=self._temperatures.get(segment.seek, self._first))

    def generate_segment_batched(self, features: Any, tokenizer: Any, options: Any) -> Any:
        """The encoder's output for a batch, and tokens, probability and silence of each of its windows."""
        encoded, found = super().generate_segment_batched(features, tokenizer, options)
        self._tried = [self._first] * len(found)
        for index, window in enumerate(found):
            if self._further and _looks_wrong(window, tokenizer, options):
                window, self._tried[index] = self._again(encoded, index, tokenizer, options)
                found[index] = window
            if _is_silent(window, options):
                window["tokens"] = []
        return encoded, found

    def _again(self, encoded: Any, index: int, tokenizer: Any, options: Any) -> tuple[dict[str, Any], float]:
        """A window of a batch at the further temperatures, and the last of them that was tried."""
        prompt = self.model.get_prompt(
            tokenizer,
            previous_tokens=tokenizer.encode(options.initial_prompt) if options.initial_prompt is not None else [],
            without_timestamps=options.without_timestamps,
            hotwords=options.hotwords,
        )
        # The batch leaves the limit for the first timestamp to CTranslate2, whose own this is.
        ladder = replace(options, temperatures=self._further, max_initial_timestamp=1.0)
        # Not the model's own: that notes what it finds as a window of its own.
        result, probability, temperature, _ = WhisperModel.generate_with_fallback(
            self.model, self.model.model.row(encoded, index), prompt, tokenizer, ladder
        )
        again = {
            "tokens": result.sequences_ids[0],
            "avg_logprob": probability,
            "no_speech_prob": result.no_speech_prob,
        }
        return again, temperature


def _looks_wrong(window: dict[str, Any], tokenizer: Any, options: Any) -> bool:
    """True when a window is to be decoded again, as faster-whisper decides it in sequence."""
    ratio = get_compression_ratio(tokenizer.decode(window["tokens"]).strip())
    repeats = options.compression_ratio_threshold is not None and ratio > options.compression_ratio_threshold
    improbable = options.log_prob_threshold is not None and window["avg_logprob"] < options.log_prob_threshold
    no_speech = options.no_speech_threshold is not None and window["no_speech_prob"] > options.no_speech_threshold
    return (repeats or improbable) and not (improbable and no_speech)


def _is_silent(window: dict[str, Any], options: Any) -> bool:
    """True when a window's text is made up, as faster-whisper decides it in sequence."""
    if options.no_speech_threshold is None or window["no_speech_prob"] <= options.no_speech_threshold:
        return False
    return options.log_prob_threshold is None or bool(window["avg_logprob"] <= options.log_prob_threshold)
