"""Chatterbox: a language model of sound that clones a voice from seconds of it, in 19 languages."""

import importlib
import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import (
    EngineUnavailableError,
    UnsupportedError,
    VoiceNotFoundError,
)
from voice_stack.core.gate import FairGate
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop, missing_package
from voice_stack.serving.torch_device import choose_torch_device
from voice_stack.tts.engines.base import TTSCapabilities
from voice_stack.tts.engines.chatterbox.files import (
    ENGINE_NAME,
    OWN_VOICE,
    ensure_model,
    find_model,
    model_files,
    models,
)
from voice_stack.tts.engines.chatterbox.options import Config
from voice_stack.tts.engines.chatterbox.voices import ConditionalsCache
from voice_stack.tts.engines.failures import load_failed, speech_failed
from voice_stack.tts.engines.pieces import pieces
from voice_stack.tts.engines.torch_parts import import_torchaudio
from voice_stack.tts.engines.voice_cache import HearingEngine
from voice_stack.tts.types import EngineVoice, Utterance, VoiceReference

logger = logging.getLogger("voice_stack.tts")

# Without Chinese, Japanese, Hebrew and Russian, for which it wants further packages and models.
LANGUAGES: Final = frozenset(
    ("ar", "da", "de", "el", "en", "es", "fi", "fr", "hi", "it", "ko", "ms", "nl", "no", "pl", "pt", "sv", "sw", "tr")
)
_DEFAULT: Final = "default"
_INSTALL: Final = "'voice-stack[chatterbox]'"
# Of 1000 tokens, 40 s of sound.
_MOST_CHARACTERS: Final = 300
_NOTHING: Final = np.zeros(0, np.float32)


class ChatterboxEngine(HearingEngine[Any]):
    """Chatterbox through chatterbox-tts, whose watermark (resemble-perth) is in all that it says.

    An utterance comes as a whole. Its own voice is `default`; recordings are voices.
    """

    name = ENGINE_NAME
    whole_sentences = True
    neural = True

    def __init__(self, config: Config) -> None:
        model_class = _import()
        self.model = models(config)[0].id
        self.device = choose_torch_device(config.device, "TTS_DEVICE")
        folder = ensure_model(config)
        self._options = config.options
        try:
            self._chatterbox = model_class.from_local(folder, self.device)
        except Exception as error:  # torch, safetensors and chatterbox-tts raise whatever suits them
            raise load_failed(self.model, "Chatterbox", error) from error
        self._own_voice = self._chatterbox.conds
        self._gate = FairGate(1)
        megabytes = config.options.voice_cache_mb
        self._cloned = ConditionalsCache(self._chatterbox, config.cache_dir / ENGINE_NAME, folder, megabytes=megabytes)
        self.capabilities = TTSCapabilities(
            self._chatterbox.sr,
            LANGUAGES,
            max_chars=_MOST_CHARACTERS,
            cloning=self.clones,
            seeded=True,  # sampled at a temperature above 0; torch's own generator goes on from attempt to attempt
        )
        logger.info("loaded %s %s on %s", self.name, self.model, self.device)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        missing = (missing_package(module, cls.name, _INSTALL) for module in ("chatterbox", "torch"))
        return next(filter(None, missing), None)

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return find_model(config) is not None

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_model(config, progress)

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return model_files(config)

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return LANGUAGES

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        folder = find_model(config)
        if folder is not None and not (folder / OWN_VOICE).is_file():
            return ()
        return [EngineVoice(_DEFAULT, "Default", description="The model's own.", downloaded=folder is not None)]

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        if utterance.language not in LANGUAGES:
            raise UnsupportedError(f"Chatterbox does not speak {utterance.language!r} here.", param="language")
        # The first shows that there is such a voice, whatever there is to say.
        for text in ("", *pieces(utterance.text, _MOST_CHARACTERS)):
            with self._gate.turn(stop):
                voice = self._voice(utterance.voice)
                check_stop(stop)
                samples = self._infer(text, utterance.language, voice) if text else _NOTHING
            if len(samples):
                yield AudioClip(samples, self.capabilities.sample_rate)

    def close(self) -> None:
        del self._chatterbox, self._cloned, self._own_voice

    def _voice(self, voice: str | VoiceReference) -> Any:
        if isinstance(voice, VoiceReference):
            return self._cloned.get(voice)
        if voice != _DEFAULT or self._own_voice is None:
            raise VoiceNotFoundError(f"Chatterbox has no voice {voice[:100]!r}.")
        return self._own_voice

    def _infer(self, text: str, language: str, voice: Any) -> Samples:
        try:
            # It puts other conditionals there when the feeling is another, so that what is kept stays as it is.
            self._chatterbox.conds = type(voice)(voice.t3, voice.gen)
            sound = self._chatterbox.generate(
                text,
                language_id=language,
                exaggeration=self._options.exaggeration,
                cfg_weight=self._options.cfg_weight,
                temperature=self._options.temperature,
            )
        except Exception as error:  # as above
            raise speech_failed(self.model, "Chatterbox", error) from error
        samples: Samples = np.clip(np.nan_to_num(np.asarray(sound, np.float32).ravel()), -1.0, 1.0)
        return samples


def _import() -> Any:
    """The class `ChatterboxMultilingualTTS`, which then fetches nothing by itself.

    Raises:
        EngineUnavailableError: a package is missing or does not load.
    """
    try:
        import_torchaudio()
        package = importlib.import_module("chatterbox.mtl_tts")
        tokenizer: Any = importlib.import_module("chatterbox.models.tokenizers.tokenizer")
        network: Any = importlib.import_module("chatterbox.models.t3.t3")
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(
            f"chatterbox-tts cannot be imported: {error}. Install it: pip install {_INSTALL}"
        ) from error
    # Its tokenizer asks the hub for a table that only Chinese needs, and its bars would fill the log.
    tokenizer.hf_hub_download = _fetch_nothing
    network.tqdm = lambda steps, **_: steps
    return package.ChatterboxMultilingualTTS


def _fetch_nothing(*_: object, **__: object) -> None:
    raise OSError("not fetched")
