"""Teller of captions: follows the sound of a speech while it is made, and knows afterwards what was said when."""

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.recogniser import HeardWord, Recogniser
from voice_stack.core.errors import VoiceStackError
from voice_stack.text.words import written_words
from voice_stack.tts.speaking.captions import ALIGNMENT, ENGINE, Caption, Captions, Timestamps
from voice_stack.tts.speaking.word_times import SpokenUnit, written_times
from voice_stack.tts.types import VoiceReference, WordStart

logger = logging.getLogger("voice_stack.tts")

# In a sentence of more seconds no recogniser looks for words: nobody says so much in one.
_LONGEST_S: Final = 120.0
# Passages whose sound is kept for the recogniser while it is behind; then the speech waits for it.
_MOST_BEHIND: Final = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A passage, as a run speaks it.

    Attributes:
        voice: for the engine.
        voice_id: what it is called.
        language: ISO 639-1 code.
        text: as it was written; None: its units' words are told.
    """

    voice: str | VoiceReference
    voice_id: str
    language: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """Passages of a speech, and what is to be told of them.

    Attributes:
        parts: in order.
        owners: number of the part of each unit.
        timestamps: whose times are wanted; None for nobody's.
        recogniser: finds words in the sound; None where none are wanted.
    """

    parts: tuple[Part, ...]
    owners: tuple[int, ...]
    timestamps: Timestamps | None = None
    recogniser: Recogniser | None = None


class Teller:
    """Follows a run's sound, sample by sample, from the first that is sent. Not thread-safe; close it.

    The recogniser listens in a thread of its own, so that the next sentence is made meanwhile.

    Args:
        rate: Hz of the sound.
    """

    def __init__(self, script: Script, rate: int) -> None:
        self._script = script
        self._rate = rate
        self._position = 0
        self._captions: list[tuple[Caption, Future[Sequence[HeardWord] | None] | None]] = []
        self._behind: deque[Future[Sequence[HeardWord] | None]] = deque()
        self._listening: ThreadPoolExecutor | None = None
        self._words_by = ""
        self._number: int | None = None
        self._spoken = ""
        self._begin = self._end = 0
        self._sound: list[Samples] = []
        self._units: list[SpokenUnit] = []

    def unit(self, number: int, text: str) -> None:
        """Tell that a unit's sound comes next.

        Args:
            text: its words as they are spoken.
        """
        owner = self._script.owners[number]
        # What was written in one piece (SSML) is told unit by unit.
        if owner != self._number or self._script.parts[owner].text is None:
            self._close()
            self._number, self._begin, self._spoken = owner, self._position, text
        self._units.append(SpokenUnit(text, self._position - self._begin, 0, ()))

    def sound(self, samples: Samples) -> None:
        """Take in a piece of the unit's sound."""
        self._position += len(samples)
        self._end = self._position
        if self._is_listening:
            self._sound.append(samples)

    def words(self, starts: Sequence[WordStart]) -> None:
        """Take in where the words of the unit begin, whose sound has come; the samples count from its first."""
        unit = self._units[-1]
        begun = [(word.character, unit.begin + word.sample) for word in starts]
        self._units[-1] = replace(unit, end=self._end - self._begin, starts=begun)

    def silence(self, samples: Samples) -> None:
        """Take in a pause."""
        self._position += len(samples)
        if self._is_listening:
            self._sound.append(samples)

    def finish(self) -> Captions | None:
        """The captions of all that was spoken; None where nobody wants them. Waits for the recogniser."""
        self._close()
        kind = self._script.timestamps
        if kind is None:
            return None
        captions = tuple(self._completed(caption, heard) for caption, heard in self._captions)
        return Captions(kind, captions, self._position / self._rate, self._words_by)

    def close(self) -> None:
        """Have nobody listen any more. Idempotent."""
        if self._listening is not None:
            self._listening.shutdown(wait=False, cancel_futures=True)

    @property
    def _is_listening(self) -> bool:
        return self._script.timestamps is Timestamps.WORD and self._number is not None

    def _close(self) -> None:
        """End the passage under way."""
        number, self._number = self._number, None
        units, self._units = self._units, []
        if number is None or self._script.timestamps is None or self._end <= self._begin:
            self._sound = []
            return
        part = self._script.parts[number]
        start, end = self._begin / self._rate, self._end / self._rate
        text = self._spoken if part.text is None else part.text
        caption, heard = Caption(text, start, end, part.voice_id), None
        if self._script.timestamps is Timestamps.WORD and self._sound:
            clip = AudioClip(np.concatenate(self._sound)[: self._end - self._begin], self._rate)
            words = [word.strip() for word in written_words(text)]
            found = written_times(words, units, clip.samples, self._rate, part.language)
            if found is not None:
                self._words_by = self._words_by or ENGINE
                caption = _worded(caption, words, found)
            elif end - start <= _LONGEST_S:
                heard = self._ask(clip, words, part.language)
        self._captions.append((caption, heard))
        self._sound = []

    def _ask(self, clip: AudioClip, words: Sequence[str], language: str) -> Future[Sequence[HeardWord] | None] | None:
        """The words of a passage, once the recogniser has found them; None where nobody listens."""
        recogniser = self._script.recogniser
        if recogniser is None:
            return None
        self._listening = self._listening or ThreadPoolExecutor(1, thread_name_prefix="tts-captions")
        heard = self._listening.submit(self._heard, recogniser, clip, words, language)
        self._behind.append(heard)
        while len(self._behind) > _MOST_BEHIND:
            self._behind.popleft().exception()
        return heard

    def _completed(self, caption: Caption, heard: Future[Sequence[HeardWord] | None] | None) -> Caption:
        """The caption with the words that the recogniser was asked for, where it found them."""
        found = None if heard is None else heard.result()
        if found is None:
            return caption
        self._words_by = ALIGNMENT
        return _worded(caption, [word.strip() for word in written_words(caption.text)], found)

    @staticmethod
    def _heard(
        recogniser: Recogniser, clip: AudioClip, words: Sequence[str], language: str
    ) -> Sequence[HeardWord] | None:
        """Words that the recogniser finds in a passage; None where it does not."""
        try:
            found: Sequence[HeardWord] = recogniser.align(clip, words, language)
        except VoiceStackError as error:
            logger.warning("words of a sentence were not timed: %s", error)
            return None
        return found if len(found) == len(words) else None


def _worded(caption: Caption, words: Sequence[str], found: Sequence[HeardWord]) -> Caption:
    """The caption with its words, in seconds from the first sample of the speech.

    Args:
        found: the words' times, from the caption's own start.
    """
    start, end = caption.start_s, caption.end_s
    timed = (
        HeardWord(word, min(start + one.start, end), min(start + one.end, end))
        for word, one in zip(words, found, strict=True)
    )
    return replace(caption, words=tuple(timed))
