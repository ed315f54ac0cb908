"""faster-whisper's model, saying when it goes on to the next window. Imports faster-whisper."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from faster_whisper import WhisperModel

from voice_stack.asr.engines.base import NextUnit
from voice_stack.asr.engines.whisper_segments import WINDOW_S


class WindowedWhisperModel(WhisperModel):  # type: ignore[misc]  # the package has no types
    """Both of faster-whisper's algorithms encode a window, or a batch of windows, exactly once, just before they
    decode it. So that is where one unit of work ends and the next begins; everything else is left to them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._announced = threading.local()

    @contextlib.contextmanager
    def announcing(self, next_unit: NextUnit) -> Iterator[None]:
        """Inside the `with` block, and on this thread, call `next_unit` before every window or batch of them."""
        self._announced.next_unit = next_unit
        try:
            yield
        finally:
            del self._announced.next_unit

    def encode(self, features: Any) -> Any:
        next_unit: NextUnit | None = getattr(self._announced, "next_unit", None)
        if next_unit is not None:
            next_unit(WINDOW_S * (features.shape[0] if features.ndim == 3 else 1))
        return super().encode(features)
