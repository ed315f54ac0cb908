"""Transcriptions on worker threads, seen from the event loop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from voice_stack.asr.recognition.run import TranscriptionOptions, TranscriptionRun
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.types import LanguageGuess, Segment
from voice_stack.audio.decode import RawPcm
from voice_stack.serving import execution
from voice_stack.serving.answering import Answering
from voice_stack.serving.attempt import Attempt

_DETECTIONS = 4
# Threads that look for voices in the sound of live sessions, each for some milliseconds.
_SOUND = 2

T = TypeVar("T")

Execution = execution.Execution[Answering, Segment, TranscriptionRun]
if TYPE_CHECKING:
    from voice_stack.speaker.diarization.run import DiarizationRun
    from voice_stack.speaker.diarization.turns import Turn

    DiarizationExecution = execution.Execution[Answering, Turn, DiarizationRun]


class TranscriptionRunner(execution.Runner[Answering, Segment, TranscriptionRun]):
    """Starts transcriptions on threads of its own, and language detections on others."""

    def __init__(self, service: TranscriptionService) -> None:
        super().__init__("asr-run", service.settings.queue)
        self.service = service
        self._detections = ThreadPoolExecutor(_DETECTIONS, thread_name_prefix="asr-detect")
        self._sound = ThreadPoolExecutor(_SOUND, thread_name_prefix="asr-sound")
        # Two turns of a session may be heard at once.
        places = 2 * max(1, service.settings.realtime.max_sessions)
        self._live = ThreadPoolExecutor(places, thread_name_prefix="asr-live")

    def submit(self, file: BinaryIO, options: TranscriptionOptions, attempt: Attempt | None = None) -> Execution:
        """Begin a transcription.

        Args:
            file: handed over: it is closed when the work ends, whatever becomes of the request.
            attempt: of a job, which goes on with what earlier ones have transcribed.
        """
        return self.begin(lambda ask: self.service.start(file, options, ask), release=file.close, attempt=attempt)

    def diarize(
        self, file: BinaryIO, options: TranscriptionOptions, attempt: Attempt | None = None
    ) -> "DiarizationExecution":
        """Begin a diarization, on the same threads; the file is handed over as to `submit`."""
        # One pool for both: what waits for its results knows of which kind they are.
        begin = cast(Any, self.begin)
        work: DiarizationExecution = begin(
            lambda ask: self.service.diarizing.start(file, options, ask), release=file.close, attempt=attempt
        )
        return work

    async def detect_language(
        self, file: BinaryIO, *, raw: RawPcm | None, track: str | None, offset_s: float, length_s: float
    ) -> tuple[LanguageGuess, Answering]:
        """Tell the language of a file; never behind transcriptions. Closes the file."""

        def work() -> tuple[LanguageGuess, Answering]:
            with file:
                return self.service.detect_language(file, raw=raw, track=track, offset_s=offset_s, length_s=length_s)

        return await execution.on_thread(self._detections, work)

    async def on_sound(self, work: Callable[[], T]) -> T:
        """The result of short work on the sound of a live session."""
        return await execution.on_thread(self._sound, work)

    async def on_live(self, work: Callable[[], T]) -> T:
        """The result of work that waits for the engine, for a live session.

        One that is cancelled is waited for all the same: the engine is in use until it ends.
        """
        return await execution.on_thread(self._live, work)

    def close(self) -> None:
        for threads in (self._sound, self._live):
            threads.shutdown(wait=False, cancel_futures=True)
        self._detections.shutdown(wait=False, cancel_futures=True)
        super().close()
