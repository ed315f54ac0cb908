"""Pipecat's speech recognition on a Voice Stack: prints each frame of a recording that is sent as it would be spoken.

pip install 'pipecat-ai[openai]'
python pipecat_stt.py ws://localhost:5001/v1/realtime RECORDING.wav server    # or local: Pipecat says where a turn ends
"""

import asyncio
import sys
import time
import wave

from pipecat.frames.frames import EndFrame, Frame, InputAudioRawFrame, VADUserStoppedSpeakingFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.stt import OpenAIRealtimeSTTService

FRAMES_PER_S = 50
# A turn ends by what is heard behind it.
SILENCE_S = 2
LAST_WORDS_S = 5.0
SHOWN = ("Transcription", "Speaking", "Error")


class Printer(FrameProcessor):
    """Prints what comes of the recogniser."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """See `FrameProcessor`."""
        await super().process_frame(frame, direction)
        name = type(frame).__name__
        if any(word in name for word in SHOWN):
            print(f"{time.monotonic() - self._began:6.2f} {name} {getattr(frame, 'text', '')!r}")
        await self.push_frame(frame, direction)


async def main(url: str, path: str, turns: str) -> None:
    """Send it, and print what comes."""
    with wave.open(path) as file:
        rate, sound = file.getframerate(), file.readframes(file.getnframes())
    is_server = turns == "server"
    recogniser = OpenAIRealtimeSTTService(
        api_key="any",
        base_url=url,
        turn_detection={"type": "server_vad"} if is_server else False,
        settings=OpenAIRealtimeSTTService.Settings(model="gpt-4o-transcribe" if is_server else "gpt-live-transcribe"),
    )
    task = PipelineTask(Pipeline([recogniser, Printer()]), params=PipelineParams(audio_in_sample_rate=rate))

    async def feed() -> None:
        await asyncio.sleep(1.0)  # the session opens
        whole = sound + bytes(2 * rate * SILENCE_S * is_server)
        step = 2 * (rate // FRAMES_PER_S)
        for start in range(0, len(whole), step):
            piece = whole[start : start + step]
            await task.queue_frame(InputAudioRawFrame(audio=piece, sample_rate=rate, num_channels=1))
            await asyncio.sleep(1 / FRAMES_PER_S)
        if not is_server:
            await task.queue_frame(VADUserStoppedSpeakingFrame())
        await asyncio.sleep(LAST_WORDS_S)
        await task.queue_frame(EndFrame())

    feeding = asyncio.create_task(feed())
    await PipelineRunner(handle_sigint=False).run(task)
    await feeding


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
