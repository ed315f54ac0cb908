"""Text that comes while it is spoken: the sentences that are whole go, the last one waits for its end."""

import asyncio
from typing import Final

from voice_stack.language.codes import LANGUAGES
from voice_stack.language.detect import detect_language
from voice_stack.text.cutting.cuts import SENTENCE_MARKS
from voice_stack.text.cutting.sentences import split_sentences

# Without any of these no sentence of a text is whole, and it need not be cut.
_ENDS: Final = frozenset(SENTENCE_MARKS + "\n")


class TextStream:
    """A text on its way.

    Args:
        language: ISO 639-1 code by whose rules sentences end; None: told from the text.
        usual: code of the language where it cannot be told.
        whole: nothing is spoken before all is there: SSML cannot be parted.
    """

    def __init__(self, language: str | None, usual: str, *, whole: bool = False) -> None:
        self._language = language
        self._usual = usual
        self._whole = whole
        self._text = ""
        self._ended = False
        self._news = asyncio.Event()
        self.characters = 0

    def add(self, text: str) -> None:
        """Take more of it in."""
        self._text += text
        self.characters += len(text)
        self._news.set()

    def end(self) -> None:
        """Note that nothing more comes."""
        self._ended = True
        self._news.set()

    async def take(self, most: int) -> str | None:
        """The sentences that are whole by now, at least one; the rest of the text when it has ended; None after that.

        Args:
            most: characters after which a further sentence is left for the next time.
        """
        while True:
            self._news.clear()
            ended = self._ended
            if ended or (not self._whole and not _ENDS.isdisjoint(self._text)):
                taken = self._text if self._whole else await asyncio.to_thread(self._cut, most, ended)
                if taken.strip():
                    self._text = self._text[len(taken) :]
                    return taken
            if ended:
                return None
            await self._news.wait()

    def _cut(self, most: int, ended: bool) -> str:
        text = self._text
        return text[: whole_sentences(text, self._told(text), most, ended=ended)]

    def _told(self, text: str) -> str:
        return self._language or detect_language(text, LANGUAGES, self._usual) or self._usual


def whole_sentences(text: str, language: str, most: int, *, ended: bool) -> int:
    """Characters of a text that are whole sentences, the blanks behind them too.

    Args:
        language: ISO 639-1 code.
        most: characters after which a further sentence is left out; the first is in anyhow.
        ended: whether the last sentence is whole.
    """
    sentences = split_sentences(text, language)
    if not ended:
        sentences = sentences[:-1]  # it may go on
    at = 0
    for number, sentence in enumerate(sentences):
        end = _behind(text, at, sentence)
        if number and end > most:
            break
        at = end
    return at


def _behind(text: str, at: int, sentence: str) -> int:
    """Place behind a sentence and its blanks. Of a sentence only blanks differ from the text: a line's end is one."""
    left = sum(not character.isspace() for character in sentence)
    while at < len(text) and (left or text[at].isspace()):
        left -= not text[at].isspace()
        at += 1
    return at
