"""Cutting clips into windows."""

from collections.abc import Iterator

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import cut_point


def windows(clip: AudioClip, longest_s: float) -> Iterator[tuple[float, float]]:
    """Cut a clip into windows of at most `longest_s` seconds, and at least half of that, that meet in silences.

    Yields:
        (start, end) in seconds; together they are the whole clip.
    """
    start = 0.0
    while clip.duration - start > longest_s:
        end = start + cut_point(clip.slice(start, start + longest_s), longest_s / 2)
        yield start, end
        start = end
    if clip.duration > start:
        yield start, clip.duration
