"""Voices as vectors."""

import numpy as np
from numpy.typing import NDArray

Embedding = NDArray[np.float32]
"""A voice: (size,) float32 of length 1. Only vectors of one model can be compared."""


def unit(vector: NDArray[np.floating]) -> Embedding:
    """A vector brought to length 1: (size,) float32; one of zeros stays."""
    length = float(np.linalg.norm(vector))
    scaled: Embedding = (np.asarray(vector, np.float64) / (length or 1.0)).astype(np.float32)
    return scaled


def similarity(a: Embedding, b: Embedding) -> float:
    """Cosine of the angle between two vectors, -1 to 1: the higher, the likelier it is one speaker.

    Raises:
        ValueError: they are of different sizes, so of different models.
    """
    if a.shape != b.shape:
        raise ValueError(f"vectors of different models cannot be compared: {a.shape} and {b.shape}")
    lengths = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    return float(np.clip(np.dot(a.astype(np.float64), b.astype(np.float64)) / (lengths or 1.0), -1.0, 1.0))
