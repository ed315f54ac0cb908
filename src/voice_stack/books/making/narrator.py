"""The service's voice for a book: one piece after the other, with patience for a service that is busy or away."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voice_stack.books.making.plan import Narration, halves
from voice_stack.client import Speech, VoiceStackClient
from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    OverloadedError,
    ServiceUnavailableError,
    TextTooLongError,
)

PATIENCE_S: Final = 900.0
"""Seconds that a service is waited for which is busy, or which has answered and is away now."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_FAILURES: Final = 3
_SHORTEST: Final = 40


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece that was spoken.

    Attributes:
        pcm: s16le, mono, 24 kHz.
        engine: with its model, `kokoro/kokoro`.
        fallback: why it was not the configured one; empty when it was.
    """

    pcm: bytes
    engine: str
    fallback: str = ""


class Narrator:
    """Speaks the pieces of a book.

    Args:
        client: of the speech service.
        narration: how.
        patience_s: as `PATIENCE_S`.
        on_wait: told why nothing goes on, and for how many seconds.
    """

    def __init__(
        self,
        client: VoiceStackClient,
        narration: Narration,
        *,
        patience_s: float = PATIENCE_S,
        on_wait: Callable[[str, float], None] = lambda reason, seconds: None,
    ) -> None:
        self._client = client
        self._narration = narration
        self._patience_s = patience_s
        self._on_wait = on_wait
        self._has_answered = False

    def speak(self, text: str) -> Spoken:
        """Speak a piece.

        Raises:
            VoiceStackError: what the service says, when waiting does not help or was in vain.
        """
        try:
            speech = self._patiently(text)
        except TextTooLongError:
            parts = halves(text, self._narration.language)
            if len(text) < _SHORTEST or len(parts) < 2:
                raise
            spoken = [self.speak(part) for part in parts]
            return Spoken(b"".join(one.pcm for one in spoken), spoken[0].engine, spoken[0].fallback)
        pcm = speech.audio[: len(speech.audio) // 2 * 2]
        return Spoken(pcm, f"{speech.engine}/{speech.model}", speech.fallback)

    def _patiently(self, text: str) -> Speech:
        begun, wait, failures = time.monotonic(), _FIRST_WAIT_S, 0
        while True:
            try:
                speech = self._client.speak(
                    text,
                    voice=self._narration.voice,
                    model=self._narration.model,
                    language=self._narration.language,
                    speed=self._narration.speed,
                    format="pcm",
                    priority="batch",
                )
                self._has_answered = True
                return speech
            except EngineUnavailableError:  # and it will not be a moment later
                raise
            except OverloadedError as error:
                reason, seconds = error.message, float(error.retry_after_s)
            except ServiceUnavailableError as error:
                if not self._has_answered:  # most likely it does not run, or the address is wrong
                    raise
                reason, seconds = error.message, wait
            except EngineError as error:
                failures += 1
                if failures >= _FAILURES:
                    raise
                reason, seconds = error.message, wait
            if time.monotonic() + seconds > begun + self._patience_s:
                raise ServiceUnavailableError(f"Waited {self._patience_s:.0f} s in vain. {reason}")
            self._on_wait(reason, seconds)
            time.sleep(seconds)
            wait = min(wait * 2, _LONGEST_WAIT_S)
