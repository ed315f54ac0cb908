"""Measures of a recording against the undamaged one of the same words: PESQ and STOI."""

import importlib
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.lab.evaluation.values import Missing, Value

SAMPLE_RATE: Final = 16_000

# How far one may begin before the other.
_MOST_SHIFT_S: Final = 1.0
# Of the same words by the same mouth, however damaged; two recordings of different words have below 0.1.
_LEAST_LIKENESS: Final = 0.3
_SHORTEST_S: Final = 0.5


def aligned(clip: AudioClip, reference: AudioClip) -> tuple[Samples, Samples] | Missing:
    """Two recordings of one sound, shifted onto each other and cut to the same length.

    Args:
        clip, reference: at 16,000 Hz.

    Returns:
        Both; or why they are no such pair.
    """
    ours, theirs = clip.samples, reference.samples
    if min(len(ours), len(theirs)) < _SHORTEST_S * SAMPLE_RATE:
        return Missing("The recording or its reference is shorter than half a second.")
    size = 1 << (len(ours) + len(theirs)).bit_length()
    product = np.fft.rfft(ours, size) * np.conj(np.fft.rfft(theirs, size))
    correlation = np.fft.irfft(product, size)
    reach = min(round(_MOST_SHIFT_S * SAMPLE_RATE), len(ours), len(theirs))
    shifts = np.concatenate([np.arange(0, reach), np.arange(-reach, 0)])
    shift = int(shifts[np.argmax(np.abs(correlation[shifts]))])
    ours, theirs = (ours[shift:], theirs) if shift >= 0 else (ours, theirs[-shift:])
    length = min(len(ours), len(theirs))
    ours, theirs = ours[:length], theirs[:length]
    energy = float(np.linalg.norm(ours)) * float(np.linalg.norm(theirs))
    likeness = abs(float(np.dot(ours, theirs))) / energy if energy else 0.0
    if likeness < _LEAST_LIKENESS:
        return Missing(f"It is no copy of the reference: their waves have {likeness:.2f} in common.")
    return ours, theirs


def stoi(pair: tuple[Samples, Samples]) -> Value:
    """Short-time objective intelligibility, 0 to 1 (Taal et al., 2011), by pystoi."""
    module = _package("pystoi", "evaluation")
    if isinstance(module, Missing):
        return module
    ours, theirs = pair
    return float(module.stoi(theirs, ours, SAMPLE_RATE, extended=False))


def pesq(pair: tuple[Samples, Samples]) -> Value:
    """Wide-band PESQ, 1.0 to 4.6 (ITU-T P.862.2), by the package `pesq`."""
    module = _package("pesq", "pesq")
    if isinstance(module, Missing):
        return module
    ours, theirs = pair
    try:
        return float(module.pesq(SAMPLE_RATE, theirs, ours, "wb"))
    except Exception as error:  # noqa: BLE001 (its classes have a common base only in some versions)
        return Missing(f"PESQ cannot judge it: {str(error)[:100] or type(error).__name__}.")


def _package(name: str, extra: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return Missing(f"The package {name} is not installed: pip install 'voice-stack[{extra}]'.")
