"""PocketSphinx: a small English recogniser whose model comes with its package, so it works without any download."""

import logging
import math
import queue
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from voice_stack.asr.engines.base import ASRCapabilities, ASREngine, NextUnit, UnitMemory, go_on
from voice_stack.asr.engines.pocketsphinx import ENGINE_NAME
from voice_stack.asr.engines.pocketsphinx.aligner import WordAligner
from voice_stack.asr.engines.windows import windows
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip, to_s16le
from voice_stack.core.errors import EngineError, EngineUnavailableError, UnsupportedError
from voice_stack.language.codes import language_name
from voice_stack.serving.engine import EngineConfig, check_stop, missing_package

logger = logging.getLogger("voice_stack.asr")

_ENGLISH = LanguageGuess("en", 1.0)
_FRAMES_PER_S = 100
# Longest stretch decoded at once, seconds. Its last pass does not let other threads run, so it is not long.
_UTTERANCE_S = 10.0
# The search for known words costs ever more for a second, and a window of speech has a pause by then.
_ALIGNED_S = 20.0
# Silence between words that ends a segment, seconds.
_PAUSE_S = 0.4
# Bytes given to the decoder at once (0.1 s): between two of them other threads run and `stop` is looked at.
_BLOCK = 3200
# The search that listens for one word only: it costs little and measures the cepstral mean of an utterance.
_MEASURE = "measure"
_MEASURED_WORD = "zero"
# The cepstral mean that the model's authors suggest to begin with.
_INITIAL_MEAN = "40,3,-1"
# How many frames the decoder counts a mean as that it was given, and when it forgets down to that number.
_MEAN_FRAMES = 500.0
_MOST_MEAN_FRAMES = 800.0
# Shorter than this is no speech, seconds.
_SHORTEST_S = 0.1
# What stands in the word list for silence, breath and noise; and the mark of a further pronunciation: the(2).
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_PRONUNCIATION = re.compile(r"\(\d+\)$")


class PocketsphinxEngine(ASREngine):
    """The embedded recogniser: US English, lower case, no punctuation.

    Its language is English, so a translation into English is the transcript. It hears nothing but English and cannot
    tell languages: `transcribe` always answers ("en", 1.0). Prompts, hotwords and temperatures have no effect.

    The probability of a word is its posterior in the lattice of what was considered.
    """

    name = ENGINE_NAME
    aligns = True

    def __init__(self, config: EngineConfig[Any]) -> None:
        from pocketsphinx import Decoder

        workers = max(1, config.workers)
        self.model = ENGINE_NAME
        self.device = "cpu"
        self._decoders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            for _ in range(workers):
                decoder = Decoder(samprate=self.sample_rate, loglevel="FATAL")
                self._search = decoder.current_search()
                decoder.add_keyphrase(_MEASURE, _MEASURED_WORD)
                self._decoders.put(decoder)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise EngineUnavailableError(f"pocketsphinx cannot load its English model: {error}") from error
        self.capabilities = ASRCapabilities(
            languages=frozenset({"en"}),
            tasks=frozenset(Task),
            detects_language=False,
            word_timestamps=True,
            cheap_word_times=True,
            word_probabilities=True,
            incremental=True,
            concurrency=workers,
            aligned_s=_ALIGNED_S,
        )
        self._aligner = WordAligner(workers)

    @classmethod
    def obstacle(cls, config: EngineConfig[Any]) -> str | None:
        return missing_package("pocketsphinx", cls.name, "pocketsphinx")

    @classmethod
    def is_downloaded(cls, config: EngineConfig[Any]) -> bool:
        return True

    @classmethod
    def languages(cls, config: EngineConfig[Any]) -> frozenset[str]:
        return frozenset({"en"})

    def transcribe(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
        memory: UnitMemory | None = None,
    ) -> Recognition:
        if request.language not in (None, "en"):
            raise UnsupportedError(_knows_english_only(str(request.language)), param="language")
        return Recognition(_ENGLISH, self._segments(clip, request, stop, next_unit, memory or UnitMemory()))

    def detect_language(self, clip: AudioClip) -> list[LanguageGuess]:
        raise UnsupportedError("pocketsphinx knows English only and cannot tell languages. Use a Whisper model.")

    def align(
        self,
        clip: AudioClip,
        words: Sequence[str],
        language: str,
        stop: threading.Event,
        next_unit: NextUnit = go_on,
    ) -> list[Word] | None:
        if language != "en":
            raise UnsupportedError(_knows_english_only(language), param="language")
        next_unit(clip.duration)
        spans = self._aligner.align(clip, words, stop)
        return None if spans is None else [Word(word, *span) for word, span in zip(words, spans, strict=True)]

    def close(self) -> None:
        while not self._decoders.empty():
            self._decoders.get()

    def _segments(
        self,
        clip: AudioClip,
        request: RecognitionRequest,
        stop: threading.Event,
        next_unit: NextUnit,
        memory: UnitMemory,
    ) -> Iterator[Segment]:
        for start, end in windows(clip, _UTTERANCE_S):
            if end - start < _SHORTEST_S:
                continue
            unit = memory.recall()
            if unit is None:
                next_unit(end - start)
                with self._decoder() as decoder:
                    words = self._decode(decoder, clip.slice(start, end), start, stop)
                memory.note({"words": [asdict(word) for word in words]})
            else:
                words = [Word(**word) for word in unit["words"]]
            for phrase in _phrases(words):
                yield _segment(phrase, start, keep_words=request.word_timestamps)

    @contextmanager
    def _decoder(self) -> Iterator[Any]:
        decoder = self._decoders.get()
        try:
            yield decoder
        finally:
            self._decoders.put(decoder)

    def _decode(self, decoder: Any, clip: AudioClip, offset: float, stop: threading.Event) -> list[Word]:
        """The words of one utterance, with times from `offset` on."""
        pcm = to_s16le(clip.samples)
        try:
            # The model wants cepstra without their mean. The decoder would guess the mean from the utterances before,
            # which are another client's: so it is measured first, and the same audio always gives the same text.
            mean = self._feed(decoder, _MEASURE, _INITIAL_MEAN, pcm, stop)
            self._feed(decoder, self._search, without_prior(mean, len(pcm) // _BLOCK), pcm, stop)
            if decoder.hyp() is None:
                return []
            return [
                Word(
                    text=" " + _PRONUNCIATION.sub("", found.word),
                    start=offset + found.start_frame / _FRAMES_PER_S,
                    end=min(offset + (found.end_frame + 1) / _FRAMES_PER_S, offset + clip.duration),
                    probability=min(1.0, max(0.0, found.prob)),
                )
                for found in decoder.seg()
                if not _FILLER.match(found.word)
            ]
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"pocketsphinx failed on this audio: {error}") from error

    @staticmethod
    def _feed(decoder: Any, search: str, mean: str, pcm: bytes, stop: threading.Event) -> str:
        """Run a search over an utterance, from a cepstral mean on; returns the mean at its end."""
        decoder.activate_search(search)
        decoder.reinit_feat()  # forgets the noise of the utterance before
        decoder.set_cmn(mean)
        decoder.start_utt()
        try:
            for position in range(0, len(pcm), _BLOCK):
                check_stop(stop)
                decoder.process_raw(pcm[position : position + _BLOCK])
            measured: str = decoder.get_cmn(True)
        finally:
            decoder.end_utt()
        return measured


def _knows_english_only(language: str) -> str:
    return (
        f"pocketsphinx knows English only, not {language_name(language)}. "
        "Leave the language out or use a Whisper model."
    )


def without_prior(mean: str, blocks: int) -> str:
    """The utterance's own cepstral mean.

    The decoder's running mean counts what it was set to before (`_INITIAL_MEAN`) as 500 frames, and shrinks all that
    it has back to 500 frames whenever there are more than 800 (CMN_WIN and CMN_WIN_HWM of its `cmn_live.c`). The
    weight that the former mean still has is followed through that, and its share taken out. On an utterance of ten
    seconds it would otherwise be a sixth of the mean, on a short one nearly all of it.

    Args:
        mean: comma-separated, as the decoder tells it at the end of the utterance.
        blocks: of `_BLOCK` bytes that the utterance had.
    """
    prior = frames = _MEAN_FRAMES
    for _ in range(blocks):
        frames += _BLOCK // 2 * _FRAMES_PER_S / ASREngine.sample_rate
        if frames > _MOST_MEAN_FRAMES:
            prior *= _MEAN_FRAMES / frames
            frames = _MEAN_FRAMES
    weight = prior / frames
    if weight == 1.0:
        return mean
    initial = [float(value) for value in _INITIAL_MEAN.split(",")]
    measured = [float(value) for value in mean.split(",")]
    initial += [0.0] * (len(measured) - len(initial))
    own = ((m - weight * i) / (1 - weight) for m, i in zip(measured, initial, strict=True))
    return ",".join(f"{value:.3f}" for value in own)


def _phrases(words: list[Word]) -> Iterator[list[Word]]:
    """Cut words into phrases at the pauses."""
    phrase: list[Word] = []
    for word in words:
        if phrase and word.start - phrase[-1].end >= _PAUSE_S:
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def _segment(words: list[Word], offset: float, *, keep_words: bool) -> Segment:
    text = "".join(word.text for word in words)
    data = text.encode()
    logs = [math.log(max(word.probability or 0.0, 1e-10)) for word in words]
    return Segment(
        start=words[0].start,
        end=words[-1].end,
        text=text,
        words=tuple(words) if keep_words else (),
        seek=round(offset * _FRAMES_PER_S),
        avg_logprob=sum(logs) / len(logs),
        compression_ratio=len(data) / len(zlib.compress(data)),
    )
