"""faster-whisper's model, saying when it goes on to the next window, and remembering those that it has decoded.

Imports faster-whisper.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from voice_stack.asr.engines.base import NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.faster_whisper.batched import BatchedWhisper
from voice_stack.asr.engines.faster_whisper.ranked import Lone, RankedWhisper
from voice_stack.asr.engines.whisper_segments import WINDOW_S
from voice_stack.serving.micro_batches import MicroBatches


class Listener:
    """The one who is told of the windows of a clip, and remembers them.

    Args:
        next_unit: called before every window, or batch of windows, that is computed.
        memory: asked for it first, and given what was computed.

    Attributes:
        rank: how much hurry the window under way has; 0 is most.
        windows: how many were begun.
        together: whether the window under way is one of several that are computed at once.
        detecting: whether it is encoded for the sake of its language.
        begun: whether that was the beginning of the unit that is to come.
        encoded: the window that was, and what the encoder gave.
    """

    def __init__(self, next_unit: NextUnit = go_on, memory: UnitMemory | None = None) -> None:
        self.next_unit = next_unit
        self.rank = 0
        self.windows = 0
        self.together = False
        self.detecting = False
        self.begun = False
        self.encoded: tuple[Any, Any] | None = None
        self._memory = memory or UnitMemory()
        self._asked = False
        self._recalled: Any = None

    def ask(self) -> Any:
        """The window's note; None when it is to be computed."""
        if not self._asked:
            unit = self._memory.recall()
            self._asked, self._recalled = True, None if unit is None else json.loads(unit["window"])
        return self._recalled

    def take(self) -> Any:
        """The same, of a window that is done with then."""
        found, self._asked = self.ask(), False
        return found

    def note(self, found: Any) -> None:
        """Keep what was computed of the window."""
        # As text, for its numbers may be NaN, which is no JSON to others.
        self._memory.note({"window": json.dumps(_plain(found))})


class _Attention(threading.local):
    """The work of this thread.

    Attributes:
        at_work: left while it waits for its turn.
    """

    def __init__(self) -> None:
        self.listener = Listener()
        self.at_work = contextlib.ExitStack()


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
        self,
        *args: Any,
        batches: Callable[[], MicroBatches],
        spare: Callable[[], Any] | None = None,
        lone: Callable[[Callable[[Any], BatchedWhisper]], Lone] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.attention = _Attention()
        start_token = self.hf_tokenizer.token_to_id("<|startoftranscript|>")

        def unit() -> Listener:
            return self.attention.listener

        def batched(whisper: Any, spare: Callable[[], Any] | None = None) -> BatchedWhisper:
            return BatchedWhisper(whisper, batches(), start_token, lambda: unit().rank, spare)

        # Integers give the same on any number of threads, floating-point numbers do not, and text may hang on it.
        exact = self.model.compute_type.startswith("int8")
        self.model = RankedWhisper(batched(self.model, spare), unit, lone(batched) if lone and exact else None)

    @contextlib.contextmanager
    def attended(self, listener: Listener) -> Iterator[None]:
        """Inside the `with` block, and on this thread, tell of every window or batch of them."""
        attention, before = self.attention, self.attention.listener
        attention.listener = listener
        try:
            with attention.at_work:
                attention.at_work.enter_context(self.model.at_work())
                yield
        finally:
            attention.listener = before

    def encode(self, features: Any) -> Any:
        """The encoder's output, after a turn was waited for; skipped for a window whose result was noted."""
        attention, listener = self.attention, self.attention.listener
        if features.ndim == 2 and not listener.detecting:  # batches are remembered by the pipeline
            known, listener.encoded = listener.encoded, None
            if listener.ask() is not None:
                listener.begun = False
                return _Skipped(features)
            if known is not None and np.array_equal(known[0], features):
                listener.begun = False
                return known[1]
        windows = features.shape[0] if features.ndim == 3 else 1
        attention.at_work.close()
        if not listener.begun:
            listener.rank = listener.next_unit(WINDOW_S * windows) or 0
        listener.begun = listener.detecting
        listener.windows += 0 if listener.detecting else windows
        listener.together = windows > 1
        attention.at_work.enter_context(self.model.at_work())
        encoded = super().encode(features)
        if listener.detecting:
            listener.encoded = features, encoded
        return encoded

    def detect_language(self, audio: Any = None, features: Any = None, **options: Any) -> Any:
        """As faster-whisper's. The first window of a clip that is to be transcribed is encoded once for both, where it
        is the same: that of a clip below 30 s has a frame more here."""
        listener = self.attention.listener
        listener.detecting = features is not None
        try:
            return super().detect_language(audio, features, **options)
        finally:
            listener.detecting = False

    def generate_with_fallback(self, encoder_output: Any, prompt: Any, tokenizer: Any, options: Any) -> Any:
        """The result of a window: the noted one, or a new one, which is noted."""
        found = self.attention.listener.take()
        if found is not None:
            tokens, no_speech_prob, *numbers = found
            return SimpleNamespace(sequences_ids=[tokens], no_speech_prob=no_speech_prob), *numbers
        result, *numbers = super().generate_with_fallback(encoder_output, prompt, tokenizer, options)
        self.attention.listener.note([result.sequences_ids[0], result.no_speech_prob, *numbers])
        return result, *numbers

    def find_alignment(
        self, tokenizer: Any, text_tokens: Any, encoder_output: Any, num_frames: Any, *args: Any, **options: Any
    ) -> Any:
        """Times of a window's words; encodes the window where `encode` was spared."""
        if isinstance(encoder_output, _Skipped):
            encoder_output = super().encode(encoder_output.features)
        return super().find_alignment(tokenizer, text_tokens, encoder_output, num_frames, *args, **options)


def _plain(value: Any) -> Any:
    """The same out of Python's own numbers."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value
