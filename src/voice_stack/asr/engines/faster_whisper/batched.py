"""CTranslate2's Whisper, whose windows of different requests are computed together.

Imports ctranslate2.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import ctranslate2
import numpy as np

from voice_stack.core.memory import out_of_memory
from voice_stack.serving.micro_batches import MicroBatches

logger = logging.getLogger("voice_stack.asr")


class BatchedWhisper:
    """Stands in for a `ctranslate2.models.Whisper`, and is called like one, by many threads.

    Windows are encoded together whatever they are, and decoded together where CTranslate2 can: with the same options,
    the start of the transcript at the same place of the prompt (that is, as many tokens of context before it), and
    as many tokens after it. Every window gets the tokens that it would get alone. What the encoder gives waits for the
    decoder in the machine's memory, not in the GPU's.

    Args:
        whisper: the model.
        batches: where the threads meet.
        start_token: id of <|startoftranscript|>.
        rank: how much hurry what this thread computes has; 0 is most.
        spare: loads the model on the CPU, for what the GPU has no memory for even alone; None: that fails.

    Attributes:
        batches: as given.
    """

    def __init__(
        self,
        whisper: Any,
        batches: MicroBatches,
        start_token: int,
        rank: Callable[[], int],
        spare: Callable[[], Any] | None = None,
    ) -> None:
        self.batches = batches
        self._whisper = whisper
        self._start_token = start_token
        self._rank = rank
        self._load_spare = spare
        self._spare: Any = None
        self._spare_lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whisper, name)

    def encode(self, features: Any, to_cpu: bool = False) -> Any:
        """(windows, mel bins, frames) into (windows, positions, width), on the CPU whatever `to_cpu` says."""
        return _stored(self.batches.compute("encode", self._encode, _rows(features), self._rank()))

    def generate(self, features: Any, prompts: Sequence[Sequence[int]], **options: Any) -> list[Any]:
        """Tokens for each window of what `encode` gave."""
        key = (
            "generate",
            frozenset((prompt.index(self._start_token), len(prompt)) for prompt in prompts),
            repr(sorted(options.items())),
        )

        def call(items: Sequence[Any]) -> list[Any]:
            rows, starts = zip(*items, strict=True)
            return self._on_device("generate", len(items), _stored(rows), list(starts), **options)  # type: ignore[no-any-return]

        return self.batches.compute(key, call, list(zip(_rows(features), prompts, strict=True)), self._rank())

    def detect_language(self, features: Any) -> Any:
        """CTranslate2's own, one clip at a time."""
        return self._on_device("detect_language", 1, features)

    def align(self, features: Any, *args: Any, **options: Any) -> Any:
        """CTranslate2's own, one clip at a time."""
        return self._on_device("align", 1, features, *args, **options)

    def row(self, encoded: Any, index: int) -> Any:
        """One window of what `encode` gave, as `generate` takes it."""
        return _stored([_rows(encoded)[index]])

    def unload_model(self) -> None:
        """Free the memory of the model."""
        self._whisper.unload_model()
        if self._spare is not None:
            self._spare.unload_model()

    def _encode(self, rows: Sequence[Any]) -> list[Any]:
        return _rows(self._on_device("encode", len(rows), _stored(rows), to_cpu=True))

    def _on_device(self, method: str, windows: int, *args: Any, **options: Any) -> Any:
        try:
            return getattr(self._whisper, method)(*args, **options)
        except Exception as error:
            if windows > 1 or self._load_spare is None or not out_of_memory(error):
                raise
            logger.warning("out of memory, and nothing is left to halve: the CPU computes it")
        with self._spare_lock:
            if self._spare is None:
                self._spare = self._load_spare()
        return getattr(self._spare, method)(*args, **options)


def _rows(stored: Any) -> list[Any]:
    """The windows of a StorageView, each as an array of its own with a first axis of 1."""
    if stored.dtype == ctranslate2.DataType.bfloat16:  # NumPy has no such type; this loses nothing
        stored = stored.to(ctranslate2.DataType.float32)
    whole = np.array(stored)
    return [whole[index : index + 1] for index in range(len(whole))]


def _stored(rows: Sequence[Any]) -> Any:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.concatenate(rows)))
