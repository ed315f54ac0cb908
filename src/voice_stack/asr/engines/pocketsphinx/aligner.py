"""Times of the words of a known text: pocketsphinx's forced alignment, for engines that give no word times."""

import logging
import queue
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from voice_stack.asr.engines.pocketsphinx.spelling import sounds_of
from voice_stack.audio.clip import AudioClip, to_s16le
from voice_stack.serving.engine import check_stop

logger = logging.getLogger("voice_stack.asr")

Span = tuple[float, float]

_RATE: Final = 16_000
_FRAMES_PER_S: Final = 100
# Bytes given to the decoder at once (0.1 s): between two of them other threads run.
_BLOCK: Final = 3200
# The text is known, so nothing is gained by giving up paths early; what does not fit is a pause or noise.
_BEAMS: Final = {"beam": 1e-100, "wbeam": 1e-80, "pbeam": 1e-100}
# Words of its own that a decoder is taught before another takes its place: its dictionary forgets none.
_MOST_TAUGHT: Final = 5000
_FILLER: Final = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")


class WordAligner:
    """Times English words that are known to be said. Thread-safe; its models are loaded when they are first needed.

    What is written in figures and signs is spelled out first. Words that the dictionary lacks are aligned by their
    spelling.

    Args:
        decoders: the most alignments at once; more wait.
    """

    def __init__(self, decoders: int) -> None:
        self._decoders: queue.SimpleQueue[_Decoder | None] = queue.SimpleQueue()
        for _ in range(decoders):
            self._decoders.put(None)

    def align(self, clip: AudioClip, words: Sequence[str], stop: threading.Event) -> list[Span] | None:
        """Start and end of each word, in seconds from the start of the clip; None where text and sound do not go
        together.

        Args:
            clip: at 16,000 Hz; what is said in it is the words and nothing else.
            words: as they are written, with their signs.

        Raises:
            CancelledWorkError: `stop` was set.
        """
        spoken = spoken_words(words)
        said = [word for part in spoken for word in part]
        if not said or clip.sample_rate != _RATE:
            return None
        with self._decoder() as decoder:
            found = decoder.align(to_s16le(clip.samples), said, stop)
        if found is None:
            return None
        times: list[Span] = []
        position, before = 0, found[0][0]
        for part in spoken:
            own = found[position : position + len(part)]
            position += len(part)
            times.append((own[0][0], min(own[-1][1], clip.duration)) if own else (before, before))
            before = times[-1][1]
        return times

    @contextmanager
    def _decoder(self) -> "Iterator[_Decoder]":
        decoder = self._decoders.get()
        try:
            if decoder is None or decoder.taught > _MOST_TAUGHT:
                decoder = _Decoder()
            yield decoder
        finally:
            self._decoders.put(decoder)


def spoken_words(words: Sequence[str]) -> list[list[str]]:
    """The words that are said for each written one, in lower case: `$5` is five dollars; a dash has none."""
    # The rules of all languages' numbers: not before there is a word to time.
    from voice_stack.text.normalisation.characters import MAX_PIECES
    from voice_stack.text.normalisation.pipeline import normalise_pieces

    if all(_WORD.fullmatch(word.lower().strip('.,;:!?"()')) for word in words) or len(words) > MAX_PIECES:
        pieces = list(words)
    else:
        pieces = normalise_pieces([f"{word} " for word in words], "en")
    return [_WORD.findall(piece.lower().replace("’", "'")) for piece in pieces]


class _Decoder:
    """A pocketsphinx decoder without a language model.

    Attributes:
        taught: words that it was taught besides its dictionary.
    """

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(lm=None, samprate=_RATE, loglevel="FATAL", **_BEAMS)
        self.taught = 0

    def align(self, pcm: bytes, words: Sequence[str], stop: threading.Event) -> list[Span] | None:
        self._teach(words)
        try:
            self._decoder.set_align_text(" ".join(words))
            # Measured first, and then given: the same sound always has the same times.
            mean = self._feed(pcm, None, stop, no_search=True)
            self._feed(pcm, mean, stop, no_search=False)
            if self._decoder.hyp() is None:
                return None
            found = [part for part in self._decoder.seg() if not _FILLER.match(part.word)]
        except (RuntimeError, ValueError) as error:
            logger.debug("words could not be aligned: %s", error)
            return None
        if [part.word.partition("(")[0] for part in found] != list(words):
            return None
        return [(part.start_frame / _FRAMES_PER_S, (part.end_frame + 1) / _FRAMES_PER_S) for part in found]

    def _teach(self, words: Sequence[str]) -> None:
        for word in dict.fromkeys(words):
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, " ".join(sounds_of(word)), True)
                self.taught += 1

    def _feed(self, pcm: bytes, mean: str | None, stop: threading.Event, *, no_search: bool) -> str:
        """Run through the sound, from a cepstral mean on; returns the mean at its end."""
        decoder = self._decoder
        decoder.reinit_feat()
        if mean is not None:
            decoder.set_cmn(mean)
        decoder.start_utt()
        try:
            for position in range(0, len(pcm), _BLOCK):
                check_stop(stop)
                decoder.process_raw(pcm[position : position + _BLOCK], no_search=no_search)
            measured: str = decoder.get_cmn(True)
        finally:
            decoder.end_utt()
        return measured
