"""DNSMOS P.835: what listeners would say of speech, its noise and the whole, by Microsoft's small network.

Reddy, Gopal and Cutler, "DNSMOS P.835: A non-intrusive perceptual objective speech quality metric to evaluate noise
suppressors" (ICASSP 2022). The network takes samples, so plain onnxruntime runs it; the polynomials that map its
answers to the scale of 1 to 5 are those that its authors publish with it.
"""

import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SAMPLE_RATE

INSTALL: Final = "voice-stack[quality]"
NETWORK: Final = "sig_bak_ovr.onnx"

_PACKAGE: Final = "speechmos"
_LENGTH: Final = 144_160
_SIGNAL: Final = (-0.08397278, 1.22083953, 0.0052439)
_BACKGROUND: Final = (-0.13166888, 1.60915514, -0.39604546)
_OVERALL: Final = (-0.06766283, 1.11546468, 0.04602535)
# Of a longer recording so many stretches of nine seconds are judged, evenly spread.
_MOST: Final = 4
_ERRORS_ONLY: Final = 3


@dataclass(frozen=True, slots=True)
class Mos:
    """Mean opinion scores, 1 (bad) to 5.

    Attributes:
        signal: how natural the speech is.
        background: how little the noise disturbs.
        overall: both together.
    """

    signal: float
    background: float
    overall: float


def find_network(place: Path | None) -> Path | None:
    """The network's file: of a folder or file that is named, else of the installed package `speechmos`, of which
    nothing is imported; None where there is none."""
    if place is not None:
        found = place / NETWORK if place.is_dir() else place
        return found if found.is_file() else None
    spec = importlib.util.find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    files = (Path(folder) / "dnsmos_models" / NETWORK for folder in places)
    return next((file for file in files if file.is_file()), None)


class Dnsmos:
    """The network, loaded when it is first needed. Thread-safe.

    Args:
        network: its file.
    """

    def __init__(self, network: Path) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._session: Any = None

    def __call__(self, clip: AudioClip) -> Mos:
        """Opinion of a clip; a short one is repeated to nine seconds, as the authors do.

        Args:
            clip: at 16,000 Hz, not empty.

        Raises:
            RuntimeError: the file is no such network.
        """
        if clip.sample_rate != SAMPLE_RATE or not len(clip.samples):
            raise ValueError(f"DNSMOS takes sound at {SAMPLE_RATE} Hz")
        samples = clip.samples
        while len(samples) < _LENGTH:
            samples = np.concatenate([samples, samples])
        count = min(_MOST, max(1, (len(samples) - _LENGTH) // SAMPLE_RATE + 1))
        starts = np.linspace(0, len(samples) - _LENGTH, count).astype(int)
        session = self._opened()
        name = session.get_inputs()[0].name
        try:
            answers = [
                session.run(None, {name: samples[None, start : start + _LENGTH].astype(np.float32)})[0][0]
                for start in starts
            ]
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            raise RuntimeError(f"{self._network.name} failed: {error}") from error
        scores = [
            [np.polyval(p, a) for p, a in zip((_SIGNAL, _BACKGROUND, _OVERALL), raw, strict=True)] for raw in answers
        ]
        signal, background, overall = np.mean(scores, axis=0)
        return Mos(float(signal), float(background), float(overall))

    def _opened(self) -> Any:
        import onnxruntime

        with self._lock:
            if self._session is None:
                options = onnxruntime.SessionOptions()
                options.log_severity_level = _ERRORS_ONLY
                try:
                    self._session = onnxruntime.InferenceSession(
                        str(self._network), options, providers=["CPUExecutionProvider"]
                    )
                except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
                    raise RuntimeError(f"{self._network.name} is damaged or no ONNX model.") from error
            return self._session
