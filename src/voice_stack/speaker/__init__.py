"""Speakers: who speaks in a clip, as vectors that can be compared."""
