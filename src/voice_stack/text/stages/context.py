"""Context of a plan: what all of its stages may look at."""

from dataclasses import dataclass, field

from voice_stack.text.cutting.chunks import Opening
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.text.pronunciation.stand_ins import StandIns


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """Lengths of units, in characters; see `text.cutting.chunks.chunk`.

    Attributes:
        limit: what the engine can speak in one go; at least `text.cutting.chunks.SMALLEST_LIMIT`.
        target: about what a unit should have.
        opening: makes the first ones short, so that speech starts soon.
    """

    limit: int
    target: int = 180
    opening: Opening | None = None


class CutWordError(Exception):
    """A stand-in did not come through whole: it stood in a run of letters longer than half the limit, or in front of
    an accent."""


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Request, engine and lexicon, as the stages of one plan see them.

    Attributes:
        language: ISO 639-1 code, with or without a region.
        limits: of the engine and the settings.
        lexicon: whose words are pronounced.
        phonemes: whether the engine takes IPA.
        words: stand for what no rule of the text may touch, from `pronounce` on; what they stand for is put in their
            place when the units are made.
    """

    language: str
    limits: PlanLimits
    lexicon: Lexicon
    phonemes: bool
    words: StandIns[Pronounced] = field(default_factory=lambda: StandIns(None))

    def is_long(self, held: Pronounced) -> bool:
        """True for what is too long to stay in one piece."""
        return len(held.text) > self.limits.limit // 2

    def pronounced(self, text: str) -> tuple[Pronounced, ...]:
        """The text in pieces that are spoken one way, without stand-ins."""
        parts: list[Pronounced] = []
        for part in self.words.split(text):
            piece = Pronounced(part) if isinstance(part, str) else part
            if parts and parts[-1].ipa is None and piece.ipa is None:
                piece = Pronounced(parts.pop().text + piece.text)
            parts.append(piece)
        return tuple(parts)
