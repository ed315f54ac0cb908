"""Pocket TTS: a small language model of sound that clones a voice from seconds of it, on a CPU."""

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError, VoiceStackError
from voice_stack.core.gate import FairGate
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop, missing_package
from voice_stack.tts.engines.base import TTSCapabilities
from voice_stack.tts.engines.failures import speech_failed
from voice_stack.tts.engines.pocket.model import (
    INSTALL,
    can_clone,
    import_pocket,
    load_model,
    use_threads,
)
from voice_stack.tts.engines.pocket.options import Config
from voice_stack.tts.engines.pocket.sources import (
    ENGINE_NAME,
    OPEN_REPO,
    ensure_files,
    ensure_voice,
    files_of_model,
    find_files,
    language_of,
    name_of,
    ready_made_voices,
)
from voice_stack.tts.engines.pocket.states import State, StateCache, read_state
from voice_stack.tts.engines.pocket.voices import default_voice, describe
from voice_stack.tts.engines.voice_cache import DamagedVoiceError, HearingEngine
from voice_stack.tts.types import EngineVoice, Utterance, VoiceReference

logger = logging.getLogger("voice_stack.tts")

# It was trained on sentences, and is given 50 tokens at once, about four characters each; of more it skips words.
_MOST_CHARACTERS: Final = 180
# Ready-made voices in memory, 6 to 25 MB each.
_LOADED: Final = 8


class PocketEngine(HearingEngine[State]):
    """Pocket TTS through pocket-tts, on the CPU whatever the device is: it is made for it.

    A model speaks one language. The sound comes while it is computed; the next utterance waits for the end of this one,
    because the package's generator runs ahead of its listener in threads of its own.
    Voices are the ready-made ones, each a download of some megabytes, and recordings.
    """

    name = ENGINE_NAME
    neural = True

    def __init__(self, config: Config) -> None:
        problem = self.obstacle(config)
        if problem is not None:
            raise EngineUnavailableError(problem)
        import_pocket()  # before a download: it may not load
        self._config = config
        self.model = name_of(config)
        self.device = "cpu"
        recipe, files = ensure_files(config)
        self._threads_before = use_threads(config.threads)
        self._model = load_model(recipe, files, self.model, config.options)
        self._gate = FairGate(1)
        self._cloned = StateCache(
            self._model,
            config.cache_dir / ENGINE_NAME,
            reference_s=config.options.reference_s,
            megabytes=config.options.voice_cache_mb,
        )
        self._ready_made: OrderedDict[str, State] = OrderedDict()
        self.capabilities = TTSCapabilities(
            sample_rate=self._model.sample_rate,
            languages=frozenset((recipe.language,)),
            max_chars=_MOST_CHARACTERS,
            cloning=can_clone(self._model),
            streaming=True,
            # torch's own generator goes on from attempt to attempt
            seeded=self._model.temp > 0,
        )
        self._keep_default_voice()
        logger.info("loaded %s %s on %s", self.name, self.model, self.device)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        missing = (missing_package(module, cls.name, INSTALL) for module in ("pocket_tts", "torch"))
        return next(filter(None, missing), None)

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return find_files(config) is not None

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        _, files = ensure_files(config, progress)
        return next(iter(files.values()))

    @classmethod
    def download_voice(cls, config: Config, voice: str, progress: Progress | None = None) -> Path | None:
        return ensure_voice(config, voice, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return files_of_model(config)

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset((language_of(config),))

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        language = language_of(config)
        first = default_voice(language)
        found = [
            describe(name, language, downloaded=path is not None) for name, path in ready_made_voices(config).items()
        ]
        return sorted(found, key=lambda voice: voice.id != first)

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        with self._gate.turn(stop), contextlib.closing(self._stream(utterance, stop)) as clips:
            while True:
                try:
                    clip = next(clips, None)
                except VoiceStackError:
                    raise
                except Exception as error:
                    raise speech_failed(self.model, "Pocket TTS", error) from error
                if clip is None:
                    return
                yield clip

    def close(self) -> None:
        del self._model, self._cloned, self._ready_made
        use_threads(self._threads_before)

    def _stream(self, utterance: Utterance, stop: threading.Event) -> Generator[AudioClip]:
        _check(stop)
        if utterance.language not in self.capabilities.languages:
            raise UnsupportedError(f"The model {self.model} does not speak {utterance.language!r}.", param="language")
        state = self._state(utterance.voice)
        if not any(character.isalnum() for character in utterance.text):
            return  # it would make up something to say
        ending = threading.Event()
        parts = self._model.generate_audio_stream(state, utterance.text, stop=ending)
        try:
            for part in parts:
                _check(stop)
                samples = np.clip(np.nan_to_num(part.numpy()), -1.0, 1.0).astype(np.float32)
                if len(samples):
                    yield AudioClip(samples, self.capabilities.sample_rate)
        finally:
            ending.set()
            for _ in parts:  # until its threads have ended: another utterance must not meet them
                pass

    def _state(self, voice: str | VoiceReference) -> State:
        if isinstance(voice, VoiceReference):
            if not self.capabilities.cloning:
                raise UnsupportedError(
                    f"The model {self.model} was published without the part that hears recordings, so that it clones "
                    "no voice; TTS_POCKET_MODEL=kyutai/pocket-tts has it.",
                    param="voice",
                )
            heard: State = self._cloned.get(voice)
            return heard
        if voice not in self._ready_made:
            try:
                self._ready_made[voice] = read_state(self._model, ensure_voice(self._config, voice))
            except (DamagedVoiceError, OSError) as error:
                raise EngineUnavailableError(
                    f"The voice {voice} of Pocket TTS is damaged: download it again."
                ) from error
        return self._ready_made[voice]

    def _keep_default_voice(self) -> None:
        """Fetch the voice that speaks when none is asked for; recordings do without."""
        voices = self.voices(self._config)
        if voices and not voices[0].downloaded:
            try:
                ensure_voice(self._config, voices[0].id)
            except EngineUnavailableError as error:
                logger.warning("the voice %s of %s cannot be had yet: %s", voices[0].id, OPEN_REPO, error.message)


def _check(stop: threading.Event) -> None:
    check_stop(stop)
