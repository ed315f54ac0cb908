"""Speech jobs: the work behind them."""

from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.responses import store
from voice_stack.jobs.work.run import JobRun
from voice_stack.tts.schemas import SpeechBody
from voice_stack.tts.wire.answers import read_options, spoken_answer
from voice_stack.tts.wire.state import TtsState


async def run_speech(run: JobRun, state: TtsState) -> StoredResponse:
    """Speak, going on with what earlier attempts have spoken.

    Raises:
        VoiceStackError: as the route for a client that waits.
    """
    options = read_options(SpeechBody.model_validate(run.params["body"]), state, run.lane)
    execution = state.runner.submit(options, run)
    with execution.cancelled_on_error():
        return await store(await spoken_answer(execution, options), run)
