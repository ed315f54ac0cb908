"""espeak-ng: a synthesiser of nearly eighty languages that comes with its package, so that any machine speaks at once.

It runs in processes of its own, one for each utterance that is spoken at a time, and not in a thread of the service.
The library is not thread-safe and keeps one voice and one callback for the whole process; one thread that owns it
would see to that. But it also crashes on some texts: `⧚-İ` with a Vietnamese voice is a segmentation fault, four
hundred odd signs with a Sinhalese one a buffer overflow, and either would end the service with all its requests. A
process costs a twentieth of a second at the start and a tenth of a millisecond at the first sound of an utterance.
kokoro and piper load the library into the service for their phonemes; this engine's state is not theirs.

What is not done: pronunciation in IPA. Between `[[ ]]` espeak-ng takes phonemes, but in a notation of its own that
differs from language to language, and it ignores `<phoneme>` in SSML.
"""

import logging
import queue
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from voice_stack.audio.clip import AudioClip, from_s16le
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineUnavailableError,
    InvalidRequestError,
    ProcessLostError,
    VoiceNotFoundError,
)
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.engines.espeak import ENGINE_NAME, MODEL, is_installed
from voice_stack.tts.engines.espeak.process import EspeakProcess
from voice_stack.tts.engines.espeak.voices import EspeakVoices, installed_voices
from voice_stack.tts.types import EngineVoice, TimedClip, Utterance, WordStart

logger = logging.getLogger("voice_stack.tts")

_WORDS_PER_MINUTE: Final = 175
# Where durations follow the rate within a tenth in every language measured, and within a twentieth in English. Beyond,
# espeak-ng shortens vowels as far as each language allows, and Japanese at 2.0 is a quarter too short.
_SPEED: Final = (0.5, 1.5)
# Seconds between two looks at `stop` while other utterances are spoken.
_STEP_S: Final = 0.1
# What is no text: control characters, lone surrogates, private use, unassigned. The library takes some for commands.
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})


class EspeakEngine(TTSEngine):
    """The embedded synthesiser: understandable, quick (a thousand times faster than real time), not beautiful.

    Which voice speaks which language is said in `EspeakVoices.resolve`. The same text sounds the same each time, but
    not to the sample.
    """

    name = ENGINE_NAME
    trained = False
    word_times = True

    def __init__(self, config: EngineConfig[Any]) -> None:
        self.model = MODEL
        self.device = "cpu"
        self._voices = _installed(config)
        self._closed = threading.Event()
        # One entry for each utterance at a time; None is a process that has still to be started.
        self._processes: queue.SimpleQueue[EspeakProcess | None] = queue.SimpleQueue()
        workers = max(1, config.workers)
        for _ in range(workers - 1):
            self._processes.put(None)
        first = _start()
        self._processes.put(first)
        self.capabilities = TTSCapabilities(
            sample_rate=first.sample_rate,
            languages=self._voices.languages,
            speed=_SPEED,
            # It does give parts, but all of them within milliseconds.
            streaming=False,
            concurrency=workers,
        )

    @classmethod
    def obstacle(cls, config: EngineConfig[Any]) -> str | None:
        if not is_installed():
            return "The engine espeak needs the package espeakng-loader: pip install espeakng-loader."
        return None

    @classmethod
    def is_downloaded(cls, config: EngineConfig[Any]) -> bool:
        return cls.obstacle(config) is None

    @classmethod
    def languages(cls, config: EngineConfig[Any]) -> frozenset[str]:
        return frozenset() if cls.obstacle(config) else _installed(config).languages

    @classmethod
    def voices(cls, config: EngineConfig[Any]) -> Sequence[EngineVoice]:
        return () if cls.obstacle(config) else _installed(config).listing

    @classmethod
    def knows_voice(cls, config: EngineConfig[Any], voice: str) -> bool:
        return not cls.obstacle(config) and _installed(config).knows(voice)

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        voice = self._voice(utterance)
        text = _plain(utterance.text)
        if not text.strip():
            return
        words_per_minute = round(_WORDS_PER_MINUTE * min(max(utterance.speed, _SPEED[0]), _SPEED[1]))
        committed = False
        words: list[WordStart] = []

        def begun(character: int, sample: int) -> None:
            words.append(WordStart(character, sample))

        while True:
            words.clear()
            try:
                with self._process(stop) as process:
                    for pcm in process.speak(voice, text, words_per_minute, stop, begun):
                        committed = True
                        yield TimedClip(from_s16le(pcm), self.capabilities.sample_rate, tuple(words))
                        words.clear()
                return
            except ProcessLostError as error:
                # Nothing was heard of it yet: another process does it, once.
                if committed:
                    raise
                committed = True
                logger.warning("%s; the sentence is begun once more", error.message.partition(".")[0])

    def close(self) -> None:
        self._closed.set()
        while not self._processes.empty():
            process = self._processes.get()
            if process is not None:
                process.close()

    def _voice(self, utterance: Utterance) -> str:
        if utterance.language not in self._voices.languages:
            raise InvalidRequestError(f"The engine espeak does not speak {utterance.language!r}.", param="language")
        asked = utterance.voice
        voice = self._voices.resolve(asked, utterance.language) if isinstance(asked, str) else None
        if voice is None:
            name = asked if isinstance(asked, str) else asked.id
            raise VoiceNotFoundError(f"The engine espeak has no voice {name[:100]!r}.")
        return voice

    @contextmanager
    def _process(self, stop: threading.Event) -> Iterator[EspeakProcess]:
        """One of the processes, for one utterance; a new one in the place of one that is gone or held by a signal."""
        process = self._free_process(stop)
        try:
            if process is None or not process.ready:
                if process is not None:
                    process.close()
                    process = None
                process = _start()
            yield process
        finally:
            if process is not None and (self._closed.is_set() or not process.ready):
                process.close()
                process = None
            self._processes.put(process)

    def _free_process(self, stop: threading.Event) -> EspeakProcess | None:
        while not stop.is_set():
            try:
                return self._processes.get(timeout=_STEP_S)
            except queue.Empty:
                continue
        raise CancelledWorkError("The client is gone.")


def _installed(config: EngineConfig[Any]) -> EspeakVoices:
    import espeakng_loader

    try:
        return installed_voices(Path(espeakng_loader.get_data_path()))
    except (OSError, RuntimeError) as error:
        raise EngineUnavailableError("The data of espeakng-loader cannot be read; install it anew.") from error


def _start() -> EspeakProcess:
    import espeakng_loader

    return EspeakProcess(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())


def _plain(text: str) -> str:
    return "".join(" " if unicodedata.category(character) in _NO_TEXT else character for character in text)
