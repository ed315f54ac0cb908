"""coqui: XTTS-v2, which clones a voice from seconds of it and speaks 17 languages."""

import contextlib
import itertools
import logging
import threading
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    NotFoundError,
    UnsupportedError,
    VoiceStackError,
)
from voice_stack.core.gate import FairGate
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.serving.engine import check_stop
from voice_stack.serving.torch_device import choose_torch_device, return_gpu_memory
from voice_stack.tts.engines.base import TTSCapabilities
from voice_stack.tts.engines.coqui.files import ENGINE_NAME, SPEAKERS, ensure_model, find_model, model_files
from voice_stack.tts.engines.coqui.imports import HOW_TO_INSTALL, import_xtts, missing_package
from voice_stack.tts.engines.coqui.languages import XTTS_CHAR_LIMITS, how_to_speak, spoken_languages
from voice_stack.tts.engines.coqui.latents import LatentsCache, VoiceLatents
from voice_stack.tts.engines.coqui.model import failed, load_model
from voice_stack.tts.engines.coqui.options import OFFICIAL_MODEL, Config, batch_size, source_of
from voice_stack.tts.engines.coqui.speakers import OFFICIAL_SPEAKERS, read_speaker_names, speaker_id, studio_voices
from voice_stack.tts.engines.coqui.stream import StreamVocoder
from voice_stack.tts.engines.voice_cache import HearingEngine
from voice_stack.tts.types import EngineVoice, Utterance, VoiceReference

if TYPE_CHECKING:
    from voice_stack.tts.engines.coqui.batch import GptBatch

logger = logging.getLogger("voice_stack.tts")

LICENCE_REFUSED: Final = (
    "XTTS-v2 comes under the Coqui Public Model License, which allows non-commercial use only "
    "(https://huggingface.co/coqui/XTTS-v2/blob/main/LICENSE.txt). If you accept it, set COQUI_TOS_AGREED=1."
)
# Audio tokens of the first part: 0.46 s, of which the vocoder holds back 0.2 s until it knows what follows.
_FIRST_TOKENS: Final = 10
# Audio tokens that every text may have, and that one of the greatest length may have on top: 28 s, XTTS's own limit.
_LEAST_TOKENS: Final = 40
_MOST_TOKENS: Final = 600


class CoquiEngine(HearingEngine[VoiceLatents]):
    """XTTS-v2 through coqui-tts.

    The model keeps state on its modules while it speaks, so utterances take turns; they can between any two clips. On a
    GPU the turn of one makes the audio tokens of all (`GptBatch`); the vocoder speaks for one utterance at a time. Its
    own control of the tempo resamples the language model's latents without a filter; it is not used, and the service
    stretches the sound.
    Voices are the studio speakers, by id (`ana_florence`) or name (`Ana Florence`), and recordings.
    """

    name = ENGINE_NAME
    neural = True

    def __init__(self, config: Config) -> None:
        problem = self.obstacle(config)
        if problem is not None:
            raise EngineUnavailableError(problem)
        import_xtts()  # before a download: it may not load
        import torch

        self._config = config
        self.model = model_id(source_of(config))
        self.device = choose_torch_device(config.device, "TTS_DEVICE")
        folder = ensure_model(config)
        if config.threads and self.device == "cpu":
            torch.set_num_threads(config.threads)
        self._xtts = load_model(folder, self.device)
        self._gate = FairGate(1)
        self._cloned = LatentsCache(
            self._xtts, config.cache_dir / "xtts", self.device, megabytes=config.options.voice_cache_mb
        )
        self._speakers = studio_voices(self._xtts, self.device)
        self._batch = self._open_batch()
        self.capabilities = TTSCapabilities(
            sample_rate=self._xtts.args.output_sample_rate,
            languages=spoken_languages(folder),
            max_chars=max(XTTS_CHAR_LIMITS.values()),
            max_chars_by_language=XTTS_CHAR_LIMITS,
            cloning=self.clones,
            streaming=True,
            concurrency=self._batch.size if self._batch else 1,
            seeded=True,  # sampled; torch's own generator goes on from attempt to attempt
            interruptible=True,
        )
        self._try_out()
        logger.info("loaded %s %s on %s", self.name, self.model, self.device)

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        if not config.options.licence_accepted:
            return LICENCE_REFUSED
        package = missing_package()
        return f"The engine coqui needs the package {package}: {HOW_TO_INSTALL}." if package else None

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
        return spoken_languages(find_model(config))

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        folder = find_model(config)
        names: Sequence[str] = ()
        if source_of(config) == OFFICIAL_MODEL and not is_local(OFFICIAL_MODEL):
            names = tuple(OFFICIAL_SPEAKERS)
        elif folder is not None:
            names = read_speaker_names(folder / SPEAKERS)
        return [
            EngineVoice(
                id=speaker_id(name),
                name=name,
                gender=OFFICIAL_SPEAKERS.get(name, ""),
                downloaded=folder is not None,
            )
            for name in names
        ]

    @classmethod
    def knows_voice(cls, config: Config, voice: str) -> bool:
        return any(speaker_id(voice) == known.id for known in cls.voices(config))

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        with contextlib.closing(self._stream(utterance, stop)) as clips:
            while True:
                with self._gate.turn(stop):
                    try:
                        clip = next(clips, None)
                    except VoiceStackError:
                        raise
                    except Exception as error:
                        raise failed(self.model, error) from error
                if clip is None:
                    return
                yield clip

    def close(self) -> None:
        del self._xtts, self._cloned, self._speakers, self._batch
        return_gpu_memory(self.device)

    def _latents(self, voice: str | VoiceReference) -> VoiceLatents:
        if isinstance(voice, VoiceReference):
            heard: VoiceLatents = self._cloned.get(voice)
            return heard
        latents = self._speakers.get(speaker_id(voice))
        if latents is None:
            raise NotFoundError(f"The model {self.model} has no speaker {voice!r}.", param="voice")
        return latents

    def _stream(self, utterance: Utterance, stop: threading.Event) -> Generator[AudioClip]:
        import torch

        latents = self._latents(utterance.voice)
        limit = min(token_limit(utterance.text, utterance.language), self._xtts.gpt.max_gen_mel_tokens)
        vocoder = StreamVocoder(self._xtts.hifigan_decoder, latents.speaker_embedding)
        tokens = self._tokens(self._text_tokens(utterance), latents, limit, stop)
        speaking = self._xtts.gpt.gpt_inference
        spoken, size = 0, _FIRST_TOKENS
        try:
            for count, (token, latent) in enumerate(itertools.islice(tokens, limit), start=1):
                check_stop(stop)
                vocoder.add(latent)
                if count - spoken == size:
                    spoken, size = count, self._config.options.stream_chunk_size
                    # Entered anew each time: the mode belongs to a thread, and a yield may come back in another.
                    with torch.inference_mode():
                        part = vocoder.speak(final=False)
                    if len(part):
                        prefix = speaking.cached_prefix_emb
                        yield AudioClip(part, self.capabilities.sample_rate)
                        speaking.cached_prefix_emb = prefix  # others may have spoken meanwhile
                if count == limit and int(token) != self._xtts.gpt.stop_audio_token:
                    logger.warning("XTTS did not come to an end within %d tokens: cut off", limit)
        finally:
            tokens.close()
        with torch.inference_mode():
            rest = vocoder.speak(final=True)
        if len(rest):
            yield AudioClip(rest, self.capabilities.sample_rate)

    def _text_tokens(self, utterance: Utterance) -> Any:
        """(1, tokens) int32 on the model's device."""
        import torch

        language = utterance.language
        if language not in self.capabilities.languages:
            install = how_to_speak(language)
            hint = f" It needs more packages: {install}." if install else ""
            raise UnsupportedError(f"The model {self.model} does not speak {language!r}.{hint}", param="language")
        ids = self._xtts.tokenizer.encode(utterance.text.strip(), lang=language)
        most = self._xtts.args.gpt_max_text_tokens - 1
        if len(ids) > most:
            raise InvalidRequestError(
                f"The text is too long for XTTS: {len(ids)} tokens, {most} at most.", param="input"
            )
        return torch.tensor([ids], dtype=torch.int32, device=self.device)

    def _tokens(self, text: Any, latents: VoiceLatents, limit: int, stop: threading.Event) -> Any:
        """As `_generate` gives them, computed together with those of other utterances where there is a batch."""
        import torch

        if self._batch is None:
            return self._generate(text, latents)
        with torch.inference_mode():
            self._xtts.gpt.compute_embeddings(latents.gpt_cond_latent, text)
        return self._batch.generate(self._xtts.gpt.gpt_inference.cached_prefix_emb[0], limit, stop)

    def _open_batch(self) -> "GptBatch | None":
        if batch_size(self._config.options, self.device) == 1:
            return None
        from voice_stack.tts.engines.coqui.trial import open_batch

        return open_batch(self._xtts.gpt, self._config.options, self.device)

    def _generate(self, text: Any, latents: VoiceLatents) -> Any:
        """A generator of audio tokens, (1,), with their latents, (1, channels)."""
        import torch

        sampling = self._config.options
        gpt = self._xtts.gpt
        with torch.inference_mode():
            prefix = gpt.compute_embeddings(latents.gpt_cond_latent, text)
            return gpt.get_generator(
                fake_inputs=prefix,
                do_sample=True,
                num_beams=1,
                num_return_sequences=1,
                temperature=sampling.temperature,
                length_penalty=sampling.length_penalty,
                repetition_penalty=sampling.repetition_penalty,
                top_k=sampling.top_k,
                top_p=sampling.top_p,
                output_attentions=False,
                output_hidden_states=True,
                return_dict_in_generate=True,
            )

    def _try_out(self) -> None:
        """Make a few tokens: a transformers that coqui-tts does not know, or a CUDA that is broken, must show now."""
        import torch

        channels, size = self._xtts.gpt.model_dim, self._xtts.args.d_vector_dim
        silent = VoiceLatents(torch.zeros(1, 32, channels), torch.zeros(1, size, 1)).to(self.device)
        vocoder = StreamVocoder(self._xtts.hifigan_decoder, silent.speaker_embedding)
        try:
            tokens = self._generate(torch.zeros(1, 1, dtype=torch.int32, device=self.device), silent)
            for _, latent in itertools.islice(tokens, 3):
                vocoder.add(latent)
            tokens.close()
            with torch.inference_mode():
                vocoder.speak(final=True)
        except Exception as error:  # whatever torch and transformers raise
            if out_of_memory(error):
                raise EngineUnavailableError(f"Not enough memory for the model {self.model}.") from error
            logger.warning("XTTS does not run", exc_info=error)
            raise EngineUnavailableError(
                f"coqui-tts does not run with what is installed here ({error}): {HOW_TO_INSTALL}."
            ) from error


def token_limit(text: str, language: str) -> int:
    """Audio tokens, 46 ms each, within which a text must be spoken: at least twice what speech takes.

    XTTS at times goes on talking behind a text, the more so the shorter that is.
    """
    share = len(text.strip()) / XTTS_CHAR_LIMITS.get(language, min(XTTS_CHAR_LIMITS.values()))
    return min(_MOST_TOKENS, _LEAST_TOKENS + round(_MOST_TOKENS * share))
