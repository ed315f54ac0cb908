"""A piece of text and how it is spoken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pronounced:
    """A piece of text that is spoken one way. Pieces of an utterance concatenate: spaces at their ends are theirs.

    Attributes:
        text: normalised words, with punctuation.
        ipa: how to pronounce them, for engines that take phonemes; None for the engine's own reading.
    """

    text: str
    ipa: str | None = None
