"""Speech that is answered later: from a request to a job."""

import asyncio

from voice_stack.jobs.types import NewJob
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.tts.schemas import SpeechBody
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.wire.state import TtsState

SPEECH = "speech"
# Until the engine has spoken: what a character takes, all engines and languages taken together.
_CHARACTER_S = 0.065


async def speech_job(state: TtsState, body: SpeechBody, options: SpeechOptions, callback_url: str | None) -> NewJob:
    """The job of a request.

    Args:
        callback_url: by the query; the body's own comes first.

    Raises:
        VoiceStackError: what a client that waits would be told before an engine is asked.
    """

    def look() -> str:
        state.service.check(options)
        return state.service.context(options)

    context = await asyncio.to_thread(look)
    return NewJob(
        kind=SPEECH,
        params={"body": body.model_dump(mode="json", exclude={"callback_url"})},
        lane=options.lane or Lane.BATCH,
        cost_s=len(options.text) * _CHARACTER_S / options.speed,
        callback_url=body.callback_url or callback_url or None,
        context=context,
    )
