"""Kokoro: a small network that speaks well, on onnxruntime and without torch."""

import importlib.util
import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import EngineError, EngineUnavailableError, VoiceNotFoundError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.engines.kokoro.files import ENGINE_NAME, Styles, ensure_files, files_on_disk, model_files
from voice_stack.tts.engines.kokoro.options import Config, source_of
from voice_stack.tts.engines.kokoro.phonemes import Phonemiser
from voice_stack.tts.engines.kokoro.voices import LANGUAGES, RELEASED, Mix, accent, describe, parse_mix
from voice_stack.tts.engines.onnx_session import open_session
from voice_stack.tts.types import EngineVoice, Utterance

logger = logging.getLogger("voice_stack.tts")

SAMPLE_RATE: Final = 24_000
# The network's peaks go up to about 1.2. One gain for all keeps what it says of loudness; the service levels anyway.
_GAIN: Final = 0.5
# Measured with the released network: 0.5 becomes 0.49, 1.5 becomes 1.51, 2 becomes 1.88.
_SPEED: Final = (0.5, 2.0)
# Silence between the pieces of an utterance that is too long for the network, seconds.
_SENTENCE_PAUSE_S: Final = 0.25
_CLAUSE_PAUSE_S: Final = 0.1


class KokoroEngine(TTSEngine):
    """Kokoro-82M.

    A voice is a table of styles, so voices can be mixed: `af_bella(2)+af_sky` is two parts of one and one of the
    other. A voice speaks all of the engine's languages, its own best; English with its own accent.
    """

    name = ENGINE_NAME
    whole_sentences = True
    neural = True

    def __init__(self, config: Config) -> None:
        from kokoro_onnx.config import DEFAULT_VOCAB
        from kokoro_onnx.session import embedded_vocab, input_dtypes

        self.model = model_id(source_of(config))
        self._files = ensure_files(config)
        self._names = frozenset(voice.id for voice in describe(self._files.names(), downloaded=True))
        if not self._names:
            raise EngineUnavailableError(f"The model {self.model} has no voice for {', '.join(sorted(LANGUAGES))}.")
        self._session, self.device = open_session(self._files.model, self.model, config)
        self._inputs = input_dtypes(self._session)
        self._tokens_input = next((name for name in ("input_ids", "tokens") if name in self._inputs), "")
        if not self._tokens_input or not {"style", "speed"} <= self._inputs.keys():
            raise EngineUnavailableError(f"The model {self.model} is no Kokoro model: its inputs are others.")
        self._vocabulary: dict[str, int] = embedded_vocab(self._session) or DEFAULT_VOCAB
        self._phonemiser = Phonemiser(self._vocabulary)
        self._styles: dict[str, Styles] = {}
        self.capabilities = TTSCapabilities(
            sample_rate=SAMPLE_RATE,
            languages=LANGUAGES,
            # Some exports take whole numbers only.
            speed=(1.0, 1.0) if self._inputs["speed"].kind in "iu" else _SPEED,
            phonemes=True,
            concurrency=max(1, config.workers),
        )
        logger.info("loaded %s %s on %s, %d voices", self.name, self.model, self.device, len(self._names))

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        if importlib.util.find_spec("kokoro_onnx") is None:
            return "The engine kokoro needs the package kokoro-onnx: pip install kokoro-onnx"
        return None

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return files_on_disk(config) is not None

    @classmethod
    def download(cls, config: Config, progress: Progress | None = None) -> Path | None:
        return ensure_files(config, progress).model

    @classmethod
    def files(cls, config: Config) -> list[Path]:
        return model_files(config)

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return LANGUAGES

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        files = files_on_disk(config)
        if files is None:
            return describe(RELEASED, downloaded=False)
        return describe(files.names(), downloaded=True)

    @classmethod
    def knows_voice(cls, config: Config, voice: str) -> bool:
        return parse_mix(voice, {known.id for known in cls.voices(config)}) is not None

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        voice = utterance.voice
        mix = parse_mix(voice, self._names) if isinstance(voice, str) else None
        if mix is None:
            raise VoiceNotFoundError(f"Kokoro has no voice {str(voice)[:100]!r}.")
        styles = self._mixed(mix)
        try:
            phonemes = self._phonemiser.phonemes(utterance.parts, accent(mix.loudest, utterance.language))
        except (RuntimeError, OSError) as error:
            raise EngineError(f"espeak-ng could not read the text for Kokoro: {error}") from error
        yield from self._speak(phonemes, styles, utterance.speed, stop)

    def close(self) -> None:
        del self._session
        self._styles.clear()

    def _speak(self, phonemes: str, styles: Styles, speed: float, stop: threading.Event) -> Iterator[AudioClip]:
        from kokoro_onnx.chunker import pause_after, split_phonemes
        from kokoro_onnx.config import MAX_PHONEME_LENGTH

        pieces = split_phonemes(phonemes, MAX_PHONEME_LENGTH)
        for index, piece in enumerate(pieces):
            check_stop(stop)
            samples = self._infer(piece, styles, speed)
            if len(pieces) > 1:
                last = index == len(pieces) - 1
                pause = 0.0 if last else pause_after(piece, _SENTENCE_PAUSE_S, _CLAUSE_PAUSE_S)
                samples = _joined(samples, pause, first=index == 0, last=last)
            yield AudioClip(samples, SAMPLE_RATE)

    def _infer(self, phonemes: str, styles: Styles, speed: float) -> Samples:
        """Sound of at most 510 phonemes, as the network gives it: with the silence at its edges."""
        tokens = [self._vocabulary[symbol] for symbol in phonemes]
        inputs: dict[str, Any] = {
            self._tokens_input: np.array([[0, *tokens, 0]], self._inputs[self._tokens_input]),
            "style": styles[min(len(tokens), len(styles)) - 1].astype(self._inputs["style"]),
            "speed": np.array([speed], self._inputs["speed"]),
        }
        try:
            output = np.asarray(self._session.run(None, inputs)[0], np.float32)
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError("Out of memory while Kokoro was speaking.") from error
            raise EngineError(f"Kokoro failed on this text: {error}") from error
        samples: Samples = np.clip(np.nan_to_num(output.ravel()) * _GAIN, -1.0, 1.0)
        return samples

    def _mixed(self, mix: Mix) -> Styles:
        tables = [(self._load_styles(name), weight) for name, weight in mix.weights.items()]
        rows = min(len(table) for table, _ in tables)
        mixed = np.zeros_like(tables[0][0][:rows])
        for table, weight in tables:
            mixed += np.float32(weight) * table[:rows]
        return mixed

    def _load_styles(self, name: str) -> Styles:
        # Two threads may read the same file; the second then writes what is there.
        if name not in self._styles:
            self._styles[name] = self._files.styles(name)
        return self._styles[name]


def _joined(samples: Samples, pause_s: float, *, first: bool, last: bool) -> Samples:
    """A piece without the network's silence where it meets its neighbours, and with a pause behind it."""
    from kokoro_onnx.trim import trim

    _, (start, end) = trim(samples)
    sound = samples[0 if first else start : len(samples) if last else end]
    return np.concatenate([sound, np.zeros(round(pause_s * SAMPLE_RATE), np.float32)])
