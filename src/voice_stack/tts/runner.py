"""Speech on worker threads, seen from the event loop."""

from voice_stack.serving import execution
from voice_stack.serving.attempt import Attempt
from voice_stack.tts.service import SpeechService
from voice_stack.tts.speaking.run import SpeechOptions, SpeechRun, SpeechStart

Execution = execution.Execution[SpeechStart, bytes, SpeechRun]


class SpeechRunner(execution.Runner[SpeechStart, bytes, SpeechRun]):
    """Starts speech on threads of its own."""

    def __init__(self, service: SpeechService) -> None:
        super().__init__("tts-run", service.settings.queue)
        self.service = service

    def submit(self, options: SpeechOptions, attempt: Attempt | None = None) -> Execution:
        """Begin to speak.

        Args:
            attempt: of a job, which goes on with what earlier ones have spoken.

        Raises:
            StoppingError: the service is being stopped.
        """
        return self.begin(lambda ask: self.service.start(options, ask), attempt=attempt)
