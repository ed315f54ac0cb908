"""First stage: what is pronounced or read in its own way gives way to stand-ins, and is held by the context."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from voice_stack.core.errors import TextTooLongError
from voice_stack.text.markup.pauses import PAUSE_MARK
from voice_stack.text.markup.spans import Span, TextSpan
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.normalisation.say_as import say_as
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.text.stages.context import PlanContext

# Tags and entities of HTML and pause marks are no words, whatever stands in the lexicon.
_NO_WORDS = re.compile(rf"{PAUSE_MARK.pattern}|</?[a-z][^<>]{{0,1000}}>|&#?\w{{1,31}};", re.IGNORECASE)

# A lexicon that writes words out makes a text longer, and nobody asks for hours of speech with a few words. Characters
# that it may add: so many for each of the text, and so many to any text.
_GROWTH: Final = 4
_FREE_GROWTH: Final = 10_000


def pronounce(spans: Sequence[Span], context: PlanContext) -> list[Span]:
    """The spans with stand-ins in the place of what is pronounced or read in its own way: only text and style are left
    of them.

    Raises:
        TextTooLongError: the lexicon makes far more of the text than it was.
    """
    length = sum(len(span.text) for span in spans if isinstance(span, TextSpan))
    writer = _Writer(context, _FREE_GROWTH + _GROWTH * length)
    return [
        replace(span, text=writer.written(span), phoneme=None, say_as=None, say_as_format="")
        if isinstance(span, TextSpan)
        else span
        for span in spans
    ]


class _Writer:
    """Writes spans of one plan; a respelling is normalised once.

    Args:
        most: characters that respellings may add to the text.
    """

    def __init__(self, context: PlanContext, most: int) -> None:
        self._context = context
        self._most = most
        self._left = most
        self._respelled: dict[str, str] = {}

    def written(self, span: TextSpan) -> str:
        core = span.text.strip()
        before, _, after = span.text.partition(core) if core else (span.text, "", "")
        if span.say_as is not None:
            said = say_as(core, span.say_as, span.say_as_format, self._context.language)
            return f"{before}{self._hold(Pronounced(said), core) if said else ''}{after}"
        if span.phoneme is not None and self._context.phonemes:
            return f"{before}{self._hold(Pronounced(core, span.phoneme), core)}{after}"
        text, done = "", 0
        for match in _NO_WORDS.finditer(span.text):
            text += self._looked_up(span.text[done : match.start()]) + match.group()
            done = match.end()
        return text + self._looked_up(span.text[done:])

    def _looked_up(self, text: str) -> str:
        """A text with the lexicon's words held."""
        context = self._context
        pieces: list[str] = []
        for piece, entry in context.lexicon.matches(text, context.language):
            if entry is not None and entry.ipa and context.phonemes:
                pieces.append(self._hold(Pronounced(piece, entry.ipa), piece))
            elif entry is not None and entry.say:
                if entry.say not in self._respelled:
                    self._respelled[entry.say] = normalise(entry.say, context.language)
                said = self._respelled[entry.say]
                self._grow(len(said) - len(piece))
                pieces.append(self._hold(Pronounced(said), piece))
            else:
                pieces.append(piece)
        return "".join(pieces)

    def _grow(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise TextTooLongError(
                f"The pronunciation lexicon would add more than {self._most:,} characters to the input. "
                "Send it in parts.",
                param="input",
            )

    def _hold(self, held: Pronounced, like: str) -> str:
        length = 0 if self._context.is_long(held) else len(held.text)
        word = self._context.words.put(held, like, length)
        return held.text if word is None else word
