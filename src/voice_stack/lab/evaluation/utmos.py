"""UTMOS: the naturalness that listeners would say, by a network that is not shipped and must be brought along."""

import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.lab.evaluation.values import Missing, Value

SAMPLE_RATE: Final = 16_000
HOW: Final = "There is no UTMOS model: --utmos FILE names one, exported to ONNX."

_ERRORS_ONLY: Final = 3
# Longer recordings are judged in stretches: attention's memory grows with the square.
_STRETCH_S: Final = 20.0
_SHORTEST_S: Final = 0.4


class Utmos:
    """A network that takes samples, (1, time) or (time,) float32 at 16 kHz, and gives one number.

    Loaded when it is first needed. Thread-safe.
    """

    def __init__(self, network: Path) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._session: Any = None

    def __call__(self, clip: AudioClip) -> Value:
        """Opinion of a clip at 16,000 Hz, 1 to 5; or why there is none."""
        count = max(1, round(clip.duration / _STRETCH_S))
        scores = []
        try:
            session = self._opened()
            (sound, *others) = session.get_inputs()
            if others or "float" not in sound.type:
                return Missing(f"{self._network.name} is no network that takes samples alone.")
            for samples in np.array_split(clip.samples, count):
                if len(samples) >= _SHORTEST_S * SAMPLE_RATE:
                    shaped = samples[None] if len(sound.shape) == 2 else samples
                    scores.append(float(np.asarray(session.run(None, {sound.name: shaped})[0]).mean()))
        except Exception as error:  # noqa: BLE001 (onnxruntime has a class for every status, without a parent)
            return Missing(f"{self._network.name} cannot be used: {type(error).__name__}.")
        return float(np.mean(scores)) if scores else Missing("It is too short for UTMOS.")

    def _opened(self) -> Any:
        import onnxruntime

        with self._lock:
            if self._session is None:
                options = onnxruntime.SessionOptions()
                options.log_severity_level = _ERRORS_ONLY
                self._session = onnxruntime.InferenceSession(
                    str(self._network), options, providers=["CPUExecutionProvider"]
                )
            return self._session
