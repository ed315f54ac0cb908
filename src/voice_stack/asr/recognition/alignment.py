"""One alignment: the words of a known text, with the times at which a recording says them."""

import itertools
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Final

from voice_stack.asr.recognition.anchors import Window, anchors_of, windows_of
from voice_stack.asr.recognition.known_text import KnownText, likeness, line_bounds
from voice_stack.asr.recognition.pieces import Piece, read_pieces
from voice_stack.asr.recognition.run import TranscriptionRun
from voice_stack.asr.types import RecognitionRequest, Segment, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import cut_point
from voice_stack.core.errors import TextMismatchError
from voice_stack.text.words import tokens_of

# Of the natural logarithms of the words' probabilities, the mean below which another text is said: on real speech with
# its own text it is above -3.8, in noise of 0 dB too, with the text of another recording below -4.6.
_LEAST_LOG: Final = -4.2
# And of so many words in a row: a sentence in the middle that nobody says.
_LEAST_LOG_OF_ROW: Final = -5.5
_ROW: Final = 8
# For engines that tell no probabilities: the least likeness of what they hear to the text.
_LEAST_LIKENESS: Final = 0.42
# Of a long recording's text, the least share of the words that must have been heard.
_LEAST_HEARD: Final = 0.25
# Words of the text beyond as many as were heard in a piece, among which these are looked for.
_AHEAD: Final = 60
# More words than this in a second nobody says.
_MOST_A_SECOND: Final = 12.0
_SHOWN: Final = 80


class AlignmentRun(TranscriptionRun):
    """An alignment under way: its segments are the lines of the text, with all of its words, as they were written.

    A recording that the engine can take at once is aligned as it is. A longer one is recognised first, piece by piece:
    words that were heard and stand in the text part it into windows, and those are aligned. A job goes on behind the
    last piece that was finished.

    Raises (while it is iterated):
        TextMismatchError: the text is not what is said.
    """

    def _run(self) -> Generator[Segment]:
        known = self._options.alignment
        assert known is not None  # the service makes no alignment without
        lines = iter(line_bounds(known))
        line = next(lines)
        timed: list[Word] = []
        # Of earlier attempts: all words of a piece as one segment.
        finished, self._segments = [word for segment in self._segments for word in segment.words], []
        for word in itertools.chain(finished, self._timed(known, len(finished))):
            timed.append(word)
            if len(timed) == line[1]:
                segment = _segment(timed[line[0] :])
                self._segments.append(segment)
                self._tell(segment.end)
                yield segment
                line = next(lines, (0, 0))
        self._tell(self._stream.seconds)
        self._on_finished(self.report)

    def _timed(self, known: KnownText, cursor: int) -> Iterator[Word]:
        """Every word of the text, in order.

        Args:
            cursor: number of the first that no earlier attempt has found.
        """
        language = self.language.code if self.language else "en"
        longest = self._engine.capabilities.aligned_s
        said = tokens_of(known.words, language)
        begin, facts = (self._memory.samples, self._memory.facts) if self._memory else (0, {})
        heard_words: int = facts.get("heard_words", 0)
        heard: list[str] = list(facts.get("heard", ()))
        lengths = itertools.repeat(self._limits.piece_s)
        pieces = read_pieces(self._stream, lengths, cut_point, begin=begin, stop=self._ask.stop)
        for piece in pieces:
            self._check_stop()
            self._ask.observer.wait_for_reader()
            self._speech_s += piece.clip.duration
            if piece.last and not piece.offset and piece.clip.duration <= longest:
                found = list(self._window(piece, Window(0.0, piece.clip.duration, 0, len(known.words)), known, said))
                if all(word.probability is None for word in found):
                    self._check_heard(piece, [token for part in said for token in part], language)
                yield from found
                return
            words = [word for segment in self._recognise(piece) for word in segment.words]
            tokens = tokens_of([word.text for word in words], language)
            heard += [token for part in tokens for token in part]
            shifted = [replace(w, start=w.start - piece.offset, end=w.end - piece.offset) for w in words]
            ahead = said[cursor:] if piece.last else said[cursor : cursor + 2 * len(words) + _AHEAD]
            anchors = anchors_of(ahead, shifted, tokens)
            if not anchors:
                self._finish(piece, (), {"heard_words": heard_words, "heard": heard[:_SHOWN]})
                continue
            heard_words += len(anchors)
            end = len(ahead) if piece.last else anchors[-1].word + 1
            windows = windows_of(anchors, 0, end, piece.clip.duration, longest)
            if windows is None or heard_words < _LEAST_HEARD * (cursor + end):
                raise self._mismatch(heard, f"{heard_words} of the text's first {cursor + end} words")
            found = []
            for window in windows:
                of_text = replace(window, first=window.first + cursor, last=window.last + cursor)
                for word in self._window(piece, of_text, known, said):
                    found.append(word)
                    yield word
            cursor += end
            self._finish(piece, [_segment(found)], {"heard_words": heard_words, "heard": heard[:_SHOWN]})
        if cursor < len(known.words):
            raise self._mismatch(heard, f"{cursor} of the text's {len(known.words)} words")

    def _window(self, piece: Piece, window: Window, known: KnownText, said: Sequence[Sequence[str]]) -> Iterator[Word]:
        """Words of a window, with times from the start of the recording."""
        written = known.words[window.first : window.last]
        # What has no sound (a dash) has the time at which the word before it ends.
        spoken = [number for number in range(window.first, window.last) if said[number]]
        clip = piece.clip.slice(window.start, window.end)
        words = self._aligned(clip, [known.words[number].strip() for number in spoken]) if spoken else []
        self._check_scores(words, piece.offset + window.start, piece.offset + window.end)
        offset = piece.offset + window.start
        times = dict(zip(spoken, words, strict=True))
        before = offset
        for number, text in enumerate(written, start=window.first):
            word = times.get(number)
            shifted = word.shifted(offset) if word is not None else Word(text, before, before)
            before = shifted.end
            yield replace(shifted, text=text)

    def _aligned(self, clip: AudioClip, words: Sequence[str]) -> Sequence[Word]:
        if len(words) > _MOST_A_SECOND * clip.duration + 1:
            raise TextMismatchError(
                f"The text has {len(words)} words for {clip.duration:.1f} s of sound, more than anybody says."
            )
        assert self.language is not None  # the service has told it from the text
        cost_s = self._engine.capabilities.cost_s(clip.duration)
        with self._seat.turn(cost_s, self._ask.observer.begun) as turn:
            found = self._engine.align(clip, words, self.language.code, self._ask.stop, turn.next_unit)
        if found is None:
            raise TextMismatchError(
                f"The text could not be aligned with the sound: it is not what is said, from “{_shown(words)}” on."
            )
        return found

    def _check_heard(self, piece: Piece, said: Sequence[str], language: str) -> None:
        """See that an engine without probabilities hears what it was told to find."""
        words = [word.text for segment in self._recognise(piece) for word in segment.words]
        heard = [token for part in tokens_of(words, language) for token in part]
        if likeness(said, heard) < _LEAST_LIKENESS:
            raise self._mismatch(heard, "too few of its words")

    def _check_scores(self, words: Sequence[Word], start: float, end: float) -> None:
        logs = [math.log(max(word.probability, 1e-6)) for word in words if word.probability is not None]
        if not logs:
            return
        rows = [sum(logs[at : at + _ROW]) / _ROW for at in range(len(logs) - _ROW + 1)]
        worst = min(range(len(rows)), key=rows.__getitem__, default=0)
        if sum(logs) / len(logs) < _LEAST_LOG or (rows and rows[worst] < _LEAST_LOG_OF_ROW):
            part = [word.text for word in words[worst:]]
            sure = math.exp(sum(logs) / len(logs))
            raise TextMismatchError(
                f"The text is not what is said between {start:.1f} and {end:.1f} s: “{_shown(part)}” was not found "
                f"there (mean probability of its words {sure:.3f})."
            )

    def _mismatch(self, heard: Sequence[str], found: str) -> TextMismatchError:
        said = f"What was heard begins “{_shown(heard)}”." if heard else "Nobody was heard to speak."
        return TextMismatchError(f"The text is not what is said in the recording: {found} were found. {said}")

    def _request_for(self, piece: Piece) -> RecognitionRequest:
        request = super()._request_for(piece)
        # The text before is not what was heard but what the client says.
        return replace(request, prompt=None, prompt_tokens=(), word_timestamps=True)


def _segment(words: Sequence[Word]) -> Segment:
    text = "".join(word.text for word in words)
    logs = [math.log(max(word.probability, 1e-6)) for word in words if word.probability is not None]
    mean = sum(logs) / len(logs) if logs else 0.0
    return Segment(words[0].start, words[-1].end, text, tuple(words), avg_logprob=mean)


def _shown(words: Sequence[str]) -> str:
    text = " ".join(word.strip() for word in words)
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + " ..."
