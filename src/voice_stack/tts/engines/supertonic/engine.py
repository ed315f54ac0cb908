"""Supertonic: a small network for many languages, that reads letters instead of phonemes, through sherpa-onnx."""

import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    UnsupportedError,
    VoiceNotFoundError,
)
from voice_stack.hub.local import is_local
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop, missing_package
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.engines.failures import load_failed, speech_failed
from voice_stack.tts.engines.pieces import pieces
from voice_stack.tts.engines.supertonic.files import (
    ENGINE_NAME,
    SupertonicFiles,
    ensure_files,
    files_on_disk,
    model_files,
    models,
)
from voice_stack.tts.engines.supertonic.options import Config, source_of
from voice_stack.tts.types import EngineVoice, Utterance

logger = logging.getLogger("voice_stack.tts")

LANGUAGES: Final = frozenset(
    (
        *("ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hi", "hr", "hu", "id", "it"),
        *("ja", "ko", "lt", "lv", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk", "vi"),
    )
)
# Its makers' own range.
_SPEED: Final = (0.7, 2.0)
# What it takes at once; sherpa-onnx would cut longer texts by itself.
_MOST_CHARACTERS: Final = 300
_MOST_SYLLABLES: Final = 120
_RELEASED: Final = ("F1", "F2", "F3", "F4", "F5", "M1", "M2", "M3", "M4", "M5")
_GENDERS: Final = {"F": "female", "M": "male"}


class SupertonicEngine(TTSEngine):
    """Supertonic through sherpa-onnx's own onnxruntime, on the CPU whatever the device is.

    A voice speaks all of the engine's languages. It clones none: a style that Supertone's Voice Builder has made of a
    recording is a voice when its JSON file lies beside the others.
    """

    name = ENGINE_NAME
    whole_sentences = True
    neural = True

    def __init__(self, config: Config) -> None:
        import sherpa_onnx  # noqa: F401  before a download: it may be broken

        self.model = models(config)[0].id
        self.device = "cpu"
        files = ensure_files(config)
        self._voices = files.names()
        self._steps = config.options.steps
        self._speaker = _load(files, self.model, config.threads)
        if self._speaker.num_speakers != len(self._voices):
            raise EngineUnavailableError(f"The model {self.model} of Supertonic has no voices.")
        self.capabilities = TTSCapabilities(
            sample_rate=self._speaker.sample_rate,
            languages=LANGUAGES,
            speed=_SPEED,
            max_chars=_MOST_CHARACTERS,
            max_chars_by_language={"ja": _MOST_SYLLABLES, "ko": _MOST_SYLLABLES},
            concurrency=max(1, config.workers),
            seeded=True,  # begun with noise, whose seed sherpa-onnx draws each time
        )
        logger.info("loaded %s %s on %s, %d voices", self.name, self.model, self.device, len(self._voices))

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return missing_package("sherpa_onnx", cls.name, "'voice-stack[sherpa]'")

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return files_on_disk(config) is not None

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_files(config, progress).settings

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return model_files(config)

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return LANGUAGES

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        files = files_on_disk(config)
        if files is None and is_local(source_of(config)):
            return ()
        names = _RELEASED if files is None else files.names()
        return [
            EngineVoice(
                name, name, gender=_GENDERS.get(name[:1], "") if name in _RELEASED else "", downloaded=files is not None
            )
            for name in names
        ]

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        if not isinstance(utterance.voice, str) or utterance.voice not in self._voices:
            raise VoiceNotFoundError(f"Supertonic has no voice {str(utterance.voice)[:100]!r}.")
        if utterance.language not in LANGUAGES:
            raise UnsupportedError(f"Supertonic does not speak {utterance.language!r}.", param="language")
        for text in pieces(utterance.text, self.capabilities.limit(utterance.language)):
            check_stop(stop)
            samples = self._infer(text, utterance, self._voices.index(utterance.voice))
            yield AudioClip(samples, self.capabilities.sample_rate)

    def close(self) -> None:
        del self._speaker

    def _infer(self, text: str, utterance: Utterance, voice: int) -> Samples:
        from sherpa_onnx import GenerationConfig

        asked = GenerationConfig()
        asked.sid = voice
        asked.speed = utterance.speed
        asked.num_steps = self._steps
        asked.extra = {"lang": utterance.language, "max_len": str(2 * _MOST_CHARACTERS)}
        try:
            sound = self._speaker.generate(text, asked)
        except Exception as error:  # sherpa-onnx's onnxruntime has no classes of its own in Python
            raise speech_failed(self.model, "Supertonic", error) from error
        if not len(sound.samples):
            raise EngineError("Supertonic failed on this text.")
        samples: Samples = np.clip(np.nan_to_num(np.asarray(sound.samples, np.float32)), -1.0, 1.0)
        return samples


def _load(files: SupertonicFiles, name: str, threads: int) -> Any:
    """sherpa-onnx's `OfflineTts` with a model.

    Raises:
        EngineUnavailableError: a part of it is damaged, or there is not enough memory.
    """
    import sherpa_onnx

    with tempfile.TemporaryDirectory(prefix="voice-stack-") as folder:
        letters, voices = files.write(Path(folder))
        model = sherpa_onnx.OfflineTtsSupertonicModelConfig(
            **{name: str(path) for name, path in files.networks.items()},
            tts_json=str(files.settings),
            unicode_indexer=str(letters),
            voice_style=str(voices),
        )
        config = sherpa_onnx.OfflineTtsConfig(
            model=sherpa_onnx.OfflineTtsModelConfig(supertonic=model, num_threads=threads or 2, provider="cpu")
        )
        try:
            return sherpa_onnx.OfflineTts(config)
        except Exception as error:  # as above
            raise load_failed(name, "Supertonic", error) from error
