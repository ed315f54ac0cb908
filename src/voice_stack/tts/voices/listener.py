"""Listening to recordings before anybody asks for them, without taking the machine from who does."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from voice_stack.core.errors import VoiceStackError
from voice_stack.tts.voices.folder import FoundVoice

# While nobody waits, a rest of the same length follows each voice: half of a core is left to speech.
_MOST_REST_S: Final = 2.0


class VoiceListener:
    """One thread that listens to voices in the order in which they are asked for; it ends when there is nothing to do.

    Args:
        listen: judges a voice's recordings, and keeps what it finds; raises VoiceStackError for those that are no good.
    """

    def __init__(self, listen: Callable[[FoundVoice], None]) -> None:
        self._listen = listen
        self._changed = threading.Condition()
        self._pending: dict[FoundVoice, Future[None]] = {}
        self._running = False
        self._waiting = 0

    def ask(self, voices: Sequence[FoundVoice], patience_s: float | None) -> dict[FoundVoice, Future[None]]:
        """Have voices listened to.

        Args:
            patience_s: seconds to wait for all of them; None until it is done.

        Returns:
            Futures by voice; those that are not done when the patience is over go on.
        """
        with self._changed:
            asked = {voice: self._pending.setdefault(voice, Future()) for voice in voices}
            if self._pending and not self._running:
                self._running = True
                threading.Thread(target=self._run, name="voice-listener", daemon=True).start()
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: all(future.done() for future in asked.values()), patience_s)
            finally:
                self._waiting -= 1
        return asked

    def _run(self) -> None:
        while True:
            with self._changed:
                voice = next(iter(self._pending), None)
                if voice is None:
                    self._running = False
                    return
            started = time.monotonic()
            error: BaseException | None = None
            try:
                self._listen(voice)
            except VoiceStackError as problem:
                error = problem
            except BaseException as problem:
                self._finish(voice, problem)
                with self._changed:
                    self._running = False
                raise
            self._finish(voice, error)
            with self._changed:
                rest = min(_MOST_REST_S, time.monotonic() - started)
                self._changed.wait_for(lambda: self._waiting > 0, rest)

    def _finish(self, voice: FoundVoice, error: BaseException | None) -> None:
        with self._changed:
            future = self._pending.pop(voice)
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
            self._changed.notify_all()
