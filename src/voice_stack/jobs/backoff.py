"""Pauses between attempts."""

import random


def backoff_s(attempts: int, *, base_s: float, most_s: float) -> float:
    """Seconds after so many failed attempts: doubled each time, with a fifth more or less so that crowds disperse.

    Args:
        attempts: >= 1.
    """
    return min(most_s, base_s * 2.0 ** min(attempts - 1, 60)) * random.uniform(0.8, 1.2)
