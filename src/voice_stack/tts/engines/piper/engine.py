"""Piper: a small network for every voice, quick on any CPU."""

import importlib.util
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.resample import Resampler
from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    VoiceNotFoundError,
)
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.engines.onnx_session import open_session
from voice_stack.tts.engines.piper.options import Config, source_of
from voice_stack.tts.engines.piper.phonemes import sentences
from voice_stack.tts.engines.piper.voices import ENGINE_NAME, PiperVoiceFacts, VoiceShelf, describe, split_speaker
from voice_stack.tts.types import EngineVoice, Utterance

logger = logging.getLogger("voice_stack.tts")

SAMPLE_RATE: Final = 22_050
# The network rounds the length of every phoneme up to whole frames of 12 ms, so that its tempo lags behind what it is
# told: measured with en_US-joe-medium, 0.67 becomes 0.74 and 1.5 becomes 1.39, and from 2 on nearly all phonemes have
# one frame and nothing can be understood. Within this range it is 7 % off at most.
_SPEED: Final = (0.7, 1.4)
# Voices in memory, 60 to 140 MB each.
_LOADED: Final = 3


class PiperEngine(TTSEngine):
    """Piper voices, loaded when they are first asked for.

    A voice speaks the language that it was trained for, whatever the utterance says. Voices with several speakers take
    one behind a hash, by name or number: `en_US-libritts-high#p3922`, `en_US-libritts-high#17`. What is not at 22050
    Hz is resampled.
    """

    name = ENGINE_NAME
    whole_sentences = True
    neural = True

    def __init__(self, config: Config) -> None:
        import piper  # noqa: F401  before a download: it may be broken

        self._config = config
        self._shelf = VoiceShelf(config)
        self.model = model_id(source_of(config))
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._voices: OrderedDict[str, Any] = OrderedDict()
        default = self._shelf.default()
        if not default:
            raise EngineUnavailableError(self._shelf.problem())
        self.device = "cpu"
        try:
            self._voice(default)
        except VoiceNotFoundError as error:
            raise EngineUnavailableError(self._shelf.problem()) from error
        self.capabilities = TTSCapabilities(
            sample_rate=SAMPLE_RATE,
            languages=self.languages(config),
            speed=_SPEED,
            phonemes=True,
            streaming=True,
            concurrency=max(1, config.workers),
            # Without noise it says the same each time; a voice's own is never 0.
            seeded=config.options.noise_scale != 0 or config.options.noise_w_scale != 0,
        )
        logger.info("loaded %s %s on %s", self.name, default, self.device)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        if importlib.util.find_spec("piper") is None:
            return "The engine piper needs the package piper-tts (GPL-3): pip install 'voice-stack[piper]'"
        return None

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return VoiceShelf(config).is_ready()

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        """The network of the voice that is loaded first."""
        return cls.download_voice(config, VoiceShelf(config).default(), progress)

    @classmethod
    def download_voice(cls, config: Config, voice: str, progress: Progress | None = None) -> Path | None:
        base, _ = split_speaker(voice)
        return VoiceShelf(config).ensure(base, progress).model

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return VoiceShelf(config).files()

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset(facts.language for facts in VoiceShelf(config).listed() if facts.language)

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        return [describe(facts) for facts in VoiceShelf(config).listed()]

    @classmethod
    def knows_voice(cls, config: Config, voice: str) -> bool:
        base, speaker = split_speaker(voice)
        shelf = VoiceShelf(config)
        facts = shelf.find(base)
        if facts is None or (speaker is not None and not shelf.catalogue() and facts.model is None):
            # Before the catalogue is on the disk only the form can be judged; speaking tells the rest.
            return shelf.may_exist(base) and speaker != ""
        return speaker is None or facts.speaker(speaker) is not None

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        if not isinstance(utterance.voice, str):
            raise VoiceNotFoundError("Piper cannot clone voices.")
        base, speaker = split_speaker(utterance.voice)
        facts, voice = self._voice(base)
        number = facts.speaker(speaker) if speaker is not None else None
        if speaker is not None and number is None:
            raise VoiceNotFoundError(f"Piper's voice {base} has no speaker {speaker[:100]!r}.")
        resampler = Resampler(voice.config.sample_rate, SAMPLE_RATE)
        for phonemes in self._phonemes(voice, utterance):
            check_stop(stop)
            samples = resampler.write(self._infer(voice, phonemes, number, utterance.speed))
            if len(samples):
                yield AudioClip(samples, SAMPLE_RATE)
        rest = resampler.finish()
        if len(rest):
            yield AudioClip(rest, SAMPLE_RATE)

    def close(self) -> None:
        self._voices.clear()

    def _phonemes(self, voice: Any, utterance: Utterance) -> list[list[str]]:
        try:
            return sentences(voice, utterance.parts)
        except ImportError as error:
            raise EngineUnavailableError(
                f"Piper's voice {utterance.voice} needs the package {error.name} to read its language."
            ) from error
        except Exception as error:  # a reader for every alphabet, each with errors of its own
            raise EngineError(f"Piper could not read the text: {error}") from error

    def _infer(self, voice: Any, phonemes: list[str], speaker: int | None, speed: float) -> Samples:
        """The sound of a sentence, as loud as the network says: a peak of its own for each would make levels jump."""
        from piper import SynthesisConfig

        options = SynthesisConfig(
            speaker_id=speaker,
            length_scale=voice.config.length_scale / speed,
            noise_scale=self._config.options.noise_scale,
            noise_w_scale=self._config.options.noise_w_scale,
        )
        try:
            sound = voice.phoneme_ids_to_audio(voice.phonemes_to_ids(phonemes), options)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError("Out of memory while Piper was speaking.") from error
            raise EngineError(f"Piper failed on this text: {error}") from error
        samples: Samples = np.clip(np.nan_to_num(np.atleast_1d(sound)), -1.0, 1.0).astype(np.float32)
        return samples

    def _voice(self, id: str) -> tuple[PiperVoiceFacts, Any]:
        """A voice in memory, loaded and downloaded first when it is not; the one unused for longest makes room.

        Raises:
            VoiceNotFoundError: there is no such voice.
            EngineUnavailableError: it cannot be downloaded or loaded.
        """
        with self._lock:
            loading = self._loading.setdefault(id, threading.Lock())
        try:
            # Others wait only for the voice that they want themselves.
            with loading:
                with self._lock:
                    if id in self._voices:
                        self._voices.move_to_end(id)
                        found: tuple[PiperVoiceFacts, Any] = self._voices[id]
                        return found
                loaded = self._load(self._shelf.ensure(id))
                with self._lock:
                    self._voices[id] = loaded
                    while len(self._voices) > _LOADED:
                        self._voices.popitem(last=False)
                return loaded
        finally:
            with self._lock:
                if id not in self._voices:
                    self._loading.pop(id, None)

    def _load(self, facts: PiperVoiceFacts) -> tuple[PiperVoiceFacts, Any]:
        from piper import PiperVoice
        from piper.config import PiperConfig

        if facts.model is None:
            raise EngineUnavailableError(f"Piper's voice {facts.id} is not on the disk.")
        settings = facts.model.with_name(facts.model.name + ".json")
        try:
            config = PiperConfig.from_dict(json.loads(settings.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineUnavailableError(
                f"The configuration of Piper's voice {facts.id} is damaged: {error}"
            ) from error
        session, self.device = open_session(facts.model, facts.id, self._config)
        # Piper's own loader takes no threads and no second device.
        return facts, PiperVoice(session=session, config=config, download_dir=self._config.model_dir / "piper")
