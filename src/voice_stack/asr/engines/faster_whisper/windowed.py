"""faster-whisper's model, saying when it goes on to the next window, and remembering those that it has decoded.

Imports faster-whisper.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel

from voice_stack.asr.engines.base import NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.faster_whisper.batched import BatchedWhisper
from voice_stack.asr.engines.whisper_segments import WINDOW_S
from voice_stack.serving.micro_batches import MicroBatches


class _Attention(threading.local):
    """The listener to the window that this thread works on.

    Attributes:
        rank: how much hurry it has; 0 is most.
        asked: whether the memory was asked for the window already.
        recalled: what it said.
    """

    next_unit: NextUnit = staticmethod(go_on)
    memory = UnitMemory()
    rank = 0
    asked = False
    recalled: Any = None

    def ask(self) -> Any:
        """The window's note; None when it is to be computed."""
        if not self.asked:
            unit = self.memory.recall()
            self.asked, self.recalled = True, None if unit is None else json.loads(unit["window"])
        return self.recalled

    def note(self, found: Any) -> None:
        # As text, for its numbers may be NaN, which is no JSON to others.
        self.memory.note({"window": json.dumps(_plain(found))})


class _Skipped:
    """In the place of what the encoder gives, for a window that is recalled: most of them need it no more."""

    def __init__(self, features: Any) -> None:
        self.features = features


class WindowedWhisperModel(WhisperModel):  # type: ignore[misc]  # the package has no types
    """Both of faster-whisper's algorithms encode a window, or a batch of windows, exactly once, just before they
    decode it. So that is where one unit of work ends and the next begins.

    What is computed of a window is noted, and taken from there when the window comes again in another attempt. All
    that follows from it (where the next window begins, what text is given to it, what counts as silence) is left to
    faster-whisper's own code, which runs through the recalled windows as it ran through them at first.
    """

    model: Any

    def __init__(
        self, *args: Any, batches: MicroBatches | None = None, spare: Callable[[], Any] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.attention = _Attention()
        self._batches = batches
        if batches:
            start_token = self.hf_tokenizer.token_to_id("<|startoftranscript|>")
            self.model = BatchedWhisper(self.model, batches, start_token, lambda: self.attention.rank, spare)

    @contextlib.contextmanager
    def attended(self, next_unit: NextUnit, memory: UnitMemory) -> Iterator[None]:
        """Inside the `with` block, and on this thread, call `next_unit` before every window or batch of them that is
        computed, and ask `memory` for it first."""
        attention = self.attention
        attention.next_unit, attention.memory, attention.asked = next_unit, memory, False
        try:
            with self._batches.at_work() if self._batches else contextlib.nullcontext():
                yield
        finally:
            attention.next_unit, attention.memory, attention.rank = go_on, UnitMemory(), 0

    def encode(self, features: Any) -> Any:
        """The encoder's output, after a turn was waited for; skipped for a window whose result was noted."""
        if features.ndim == 2 and self.attention.ask() is not None:  # batches are remembered by the pipeline
            return _Skipped(features)
        cost_s = WINDOW_S * (features.shape[0] if features.ndim == 3 else 1)
        with self._batches.away() if self._batches else contextlib.nullcontext():
            self.attention.rank = self.attention.next_unit(cost_s) or 0
        return super().encode(features)

    def generate_with_fallback(self, encoder_output: Any, prompt: Any, tokenizer: Any, options: Any) -> Any:
        """The result of a window: the noted one, or a new one, which is noted."""
        # The first window may come without `encode`: the detection of the language has encoded it.
        found, self.attention.asked = self.attention.ask(), False
        if found is not None:
            tokens, no_speech_prob, *numbers = found
            return SimpleNamespace(sequences_ids=[tokens], no_speech_prob=no_speech_prob), *numbers
        result, *numbers = super().generate_with_fallback(encoder_output, prompt, tokenizer, options)
        self.attention.note([result.sequences_ids[0], result.no_speech_prob, *numbers])
        return result, *numbers

    def find_alignment(
        self, tokenizer: Any, text_tokens: Any, encoder_output: Any, num_frames: Any, *args: Any, **options: Any
    ) -> Any:
        """Times of a window's words; encodes the window where `encode` was spared."""
        if isinstance(encoder_output, _Skipped):
            encoder_output = super().encode(encoder_output.features)
        return super().find_alignment(tokenizer, text_tokens, encoder_output, num_frames, *args, **options)


class WindowedPipeline(BatchedInferencePipeline):  # type: ignore[misc]
    """faster-whisper's batches, remembered as the model's windows are."""

    last_speech_timestamp: float

    def forward(self, features: Any, tokenizer: Any, chunks_metadata: Any, options: Any) -> Any:
        """The results of a batch of windows: the noted ones, or new ones, which are noted."""
        attention: _Attention = self.model.attention
        found, attention.asked = attention.ask(), False
        if found is not None:
            segments, self.last_speech_timestamp = found
            return segments
        segments = super().forward(features, tokenizer, chunks_metadata, options)
        attention.note([segments, self.last_speech_timestamp])
        return segments


def _plain(value: Any) -> Any:
    """The same out of Python's own numbers."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value
