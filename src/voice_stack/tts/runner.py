"""Speech on worker threads, seen from the event loop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from voice_stack.serving import execution
from voice_stack.serving.attempt import Attempt
from voice_stack.tts.service import SpeechService
from voice_stack.tts.speaking.run import SpeechOptions, SpeechRun, SpeechStart

T = TypeVar("T")

# Consents and voices looked at at once: each decodes a recording, and may wait for the recogniser.
_LOOKING = 2

Execution = execution.Execution[SpeechStart, bytes, SpeechRun]


class SpeechRunner(execution.Runner[SpeechStart, bytes, SpeechRun]):
    """Starts speech on threads of its own."""

    def __init__(self, service: SpeechService) -> None:
        super().__init__("tts-run", service.settings.queue)
        self.service = service
        self._looking = ThreadPoolExecutor(_LOOKING, thread_name_prefix="tts-voices")

    def submit(self, options: SpeechOptions, attempt: Attempt | None = None) -> Execution:
        """Begin to speak.

        Args:
            attempt: of a job, which goes on with what earlier ones have spoken.

        Raises:
            StoppingError: the service is being stopped.
        """
        return self.begin(lambda ask: self.service.start(options, ask), attempt=attempt)

    async def look(self, work: Callable[[], T]) -> T:
        """The result of work on the voice library, which may take long; on threads of its own."""
        return await execution.on_thread(self._looking, work)

    def close(self) -> None:
        self._looking.shutdown(wait=False, cancel_futures=True)
        super().close()
