"""Words of somebody who still talks: sent once two decodings agree, and never taken back.

Local agreement (Liu, Spanakis and Niehues, 2020; for Whisper, Macháček, Dabre and Bojar, 2023): the audio so far is
decoded over and over, and what two decodings in a row begin with is believed. Here a decoding may also say otherwise
what was sent already: it is laid against that (least edits), and goes on behind it.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from voice_stack.asr.engines.token_words import WORD
from voice_stack.asr.types import Segment


@dataclass(frozen=True, slots=True)
class LiveWord:
    """A word as it is sent.

    Attributes:
        text: with the blank before it, where the script has one.
        probability: 0..1, or None where the engine has none.
    """

    text: str
    probability: float | None = None

    @property
    def bare(self) -> str:
        """The word as two decodings are compared by it: no case, no punctuation."""
        found = "".join(c for c in self.text.casefold() if unicodedata.category(c)[0] in "LNM")
        return found or self.text.strip()


def live_words(segments: Iterable[Segment]) -> list[LiveWord]:
    """The words of a decoding."""
    found: list[LiveWord] = []
    for segment in segments:
        if segment.words:
            found += [LiveWord(word.text, word.probability) for word in segment.words]
        else:
            found += [LiveWord(text) for text in WORD.findall(segment.text)]
    return found


@dataclass(slots=True)
class Agreement:
    """Words that were sent of a window of audio, and those that its last decoding said: plain data.

    Attributes:
        sent: words, in order; never changed but at their end.
        heard: the last decoding.
    """

    sent: list[LiveWord] = field(default_factory=list)
    heard: list[LiveWord] = field(default_factory=list)

    def agree(self, heard: Sequence[LiveWord]) -> list[LiveWord]:
        """The words that a new decoding of the window has in common with the last one, and that were not sent.

        What ends a decoding may be a sentence's end or only the end of the sound: the mark behind its last word is
        kept back until there is a word behind it.
        """
        rest, before = self._rest(heard), self._rest(self.heard)
        self.heard = list(heard)
        common = 0
        while common < min(len(rest), len(before)) and rest[common].bare == before[common].bare:
            common += 1
        agreed = rest[:common]
        if agreed and common == len(rest):
            agreed[-1] = _without_mark(agreed[-1])
        return self._send(heard, agreed, over=False)

    def grow(self, heard: Sequence[LiveWord]) -> list[LiveWord]:
        """The words of a hypothesis that only grows, that were not sent: all but the last, which may grow itself."""
        self.heard = list(heard)
        return self._send(heard, self._rest(heard)[:-1], over=False)

    @property
    def unsent(self) -> list[LiveWord]:
        """The words of the last decoding behind all that was sent."""
        return self._rest(self.heard)

    def finish(self, heard: Sequence[LiveWord]) -> list[LiveWord]:
        """The words that the last decoding of the window has behind all that was sent."""
        self.heard = list(heard)
        return self._send(heard, self._rest(heard), over=True)

    def cut(self, head: Sequence[LiveWord]) -> list[LiveWord]:
        """Cut the window behind what `head` is the last decoding of: the rest is a window of its own from now on.

        Returns:
            What the head has behind all that was sent.
        """
        sent, said = _bare(self.sent), _bare(head)
        behind, edits = _laid(sent, said)
        carried, edits_other = _laid(said, sent)
        if edits_other < edits:  # more was sent than the head says: it is of the rest
            new: list[LiveWord] = []
            kept = self.sent[carried:]
        else:
            new = self._send(head, list(head[behind:]), over=True)
            kept = []
        # What was heard of the rest counts as a decoding of it.
        rest = self.heard[_laid(said, _bare(self.heard))[0] :]
        self.sent, self.heard = kept, rest
        return new

    def _rest(self, heard: Sequence[LiveWord]) -> list[LiveWord]:
        return list(heard[_laid(_bare(self.sent), _bare(heard))[0] :])

    def _send(self, heard: Sequence[LiveWord], new: list[LiveWord], *, over: bool) -> list[LiveWord]:
        """Send words, and before them the mark that was kept back of the last one.

        Args:
            over: nothing is said behind what was heard, so a mark at its end is one.
        """
        marks: list[LiveWord] = []
        place = _laid(_bare(self.sent), _bare(heard))[0]
        if self.sent and 0 < place <= len(heard) and heard[place - 1].bare == self.sent[-1].bare:
            mark = _mark(heard[place - 1])
            if mark and not _mark(self.sent[-1]) and (new or over):
                marks = [LiveWord(mark, heard[place - 1].probability)]
                self.sent[-1] = LiveWord(self.sent[-1].text + mark, self.sent[-1].probability)
        self.sent += new
        return marks + new


def _bare(words: Iterable[LiveWord]) -> list[str]:
    return [word.bare for word in words]


def _mark(word: LiveWord) -> str:
    text = word.text
    return text[len(_stem(text)) :]


def _stem(text: str) -> str:
    end = len(text)
    while end and unicodedata.category(text[end - 1])[0] == "P":
        end -= 1
    return text[:end] if text[:end].strip() else text


def _without_mark(word: LiveWord) -> LiveWord:
    return LiveWord(_stem(word.text), word.probability)


def _laid(said: Sequence[str], heard: Sequence[str]) -> tuple[int, int]:
    """The number of words of `heard` that say what `said` says, with the least edits, and the number of those.

    Of several such beginnings it is the one whose length is nearest.
    """
    if list(heard[: len(said)]) == list(said):
        return len(said), 0
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        last, row = row, [number]
        for place, other in enumerate(heard, 1):
            row.append(min(last[place] + 1, row[place - 1] + 1, last[place - 1] + (word != other)))
    least = min(row)
    place = min((p for p, edits in enumerate(row) if edits == least), key=lambda p: abs(p - len(said)))
    return place, least
