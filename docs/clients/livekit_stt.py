"""LiveKit's speech recognition on a Voice Stack: prints each event of a recording that is sent as it would be spoken.

pip install livekit-plugins-openai
python livekit_stt.py http://localhost:5001/v1 RECORDING.wav    # 16 bit, mono
"""

import asyncio
import sys
import time
import wave
from collections.abc import AsyncIterator

import aiohttp
from livekit import rtc
from livekit.plugins import openai

FRAMES_PER_S = 50
# A turn ends by what is heard behind it.
SILENCE_S = 2
LAST_WORDS_S = 5.0


async def frames(path: str) -> AsyncIterator[rtc.AudioFrame]:
    """A recording and silence behind it, at the pace at which it was spoken."""
    with wave.open(path) as file:
        rate, sound = file.getframerate(), file.readframes(file.getnframes())
    sound += bytes(2 * rate * SILENCE_S)
    step = 2 * (rate // FRAMES_PER_S)
    for start in range(0, len(sound), step):
        piece = sound[start : start + step]
        yield rtc.AudioFrame(piece, rate, 1, len(piece) // 2)
        await asyncio.sleep(1 / FRAMES_PER_S)


async def main(url: str, path: str) -> None:
    """Send it, and print what comes."""
    began = time.monotonic()
    async with aiohttp.ClientSession() as session:
        recogniser = openai.STT(base_url=url, api_key="any", model="gpt-4o-mini-transcribe", use_realtime=True)
        recogniser._session = session  # outside of an agent's job there is none
        stream = recogniser.stream()

        async def show() -> None:
            async for event in stream:
                texts = [one.text for one in event.alternatives]
                print(f"{time.monotonic() - began:6.2f} {event.type.value} {texts}")

        shown = asyncio.create_task(show())
        async for frame in frames(path):
            stream.push_frame(frame)
        await asyncio.sleep(LAST_WORDS_S)
        await stream.aclose()
        shown.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
