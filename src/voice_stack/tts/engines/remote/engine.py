"""Speech by an upstream, whose sound is passed on as it comes."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineError, InvalidRequestError
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.remote.engine import UpstreamEngine
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.engines.remote import RemoteSpeechOptions
from voice_stack.tts.engines.remote.sound import SoundReader
from voice_stack.tts.engines.remote.voices import ANY, ask_voices, known_voices
from voice_stack.tts.types import EngineVoice, Utterance

Config = EngineConfig[RemoteSpeechOptions]

# Of OpenAI's `speed`.
_SPEED: Final = (0.25, 4.0)
# A sentence at the slowest tempo takes two minutes; sound without an end must end all the same.
_MOST_S: Final = 600.0


class RemoteSpeaker(UpstreamEngine, TTSEngine):
    """An OpenAI-shaped server behind our queues, limits and jobs.

    It is sent one utterance at a time, in the words that our own normalisation has made of it, and its sound leaves
    here as it comes. While it speaks it is not interrupted for others: that would keep a place of the upstream's.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        try:
            ask_voices(self.upstream, config.options)
        except BaseException:
            self.close()
            raise
        self.capabilities = TTSCapabilities(
            sample_rate=config.options.sample_rate,
            languages=self.languages(config),
            speed=_SPEED,
            streaming=True,
            concurrency=config.options.concurrency,
            instructions=config.options.instructions,
        )

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset(config.options.languages or LANGUAGES)

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        return known_voices(config.options)

    @classmethod
    def knows_voice(cls, config: Config, voice: str) -> bool:
        return ANY in config.options.voices or super().knows_voice(config, voice)

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        if not isinstance(utterance.voice, str):
            raise InvalidRequestError("The engine remote takes no recordings for a voice.", param="voice")
        rate = self.capabilities.sample_rate
        left = round(_MOST_S * rate)
        with self.upstream.stream("/audio/speech", self._body(utterance, utterance.voice), stop) as answer:
            reader = SoundReader(answer.headers, rate, rate)
            for data in answer:
                samples = reader.write(data)
                left -= len(samples)
                if left < 0:
                    raise EngineError(f"The upstream speaks for more than {_MOST_S:g} s.")
                if len(samples):
                    yield AudioClip(samples, rate)
            samples = reader.finish()
            if len(samples):
                yield AudioClip(samples, rate)

    def _body(self, utterance: Utterance, voice: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "input": utterance.text,
            "voice": voice,
            "response_format": self._options.format.value,
        }
        if utterance.speed != 1.0:
            body["speed"] = utterance.speed
        if utterance.instructions:
            body["instructions"] = utterance.instructions
        if self.is_voice_stack:  # OpenAI's API has no such field
            body["language"] = utterance.language
        return body
