"""Voice Stack behind wyoming-openai, the bridge from Wyoming to OpenAI's audio routes: a sentence there and back.

pip install wyoming-openai, both services running, and then:

    python -m wyoming_openai --uri tcp://127.0.0.1:10400 --languages en \\
        --stt-openai-url http://127.0.0.1:5001/v1 --stt-openai-key any --stt-models whisper-1 \\
        --stt-streaming-models gpt-4o-mini-transcribe \\
        --tts-openai-url http://127.0.0.1:5002/v1 --tts-openai-key any --tts-models tts-1 \\
        --tts-streaming-models tts-1 --tts-voices alloy
    python wyoming_openai.py tcp://127.0.0.1:10400
"""

import asyncio
import sys

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped

TEXT = "The man was walking along the road."


async def spoken(uri: str, *, in_pieces: bool) -> list[AudioChunk]:
    """Sound of the sentence, sent as a whole, or as a language model writes it."""
    chunks: list[AudioChunk] = []
    async with AsyncClient.from_uri(uri) as client:
        if in_pieces:
            await client.write_event(SynthesizeStart().event())
            for word in TEXT.split():
                await client.write_event(SynthesizeChunk(f"{word} ").event())
            await client.write_event(SynthesizeStop().event())
        else:
            await client.write_event(Synthesize(TEXT).event())
        end = SynthesizeStopped if in_pieces else AudioStop
        while (event := await client.read_event()) is not None and not end.is_type(event.type):
            if AudioChunk.is_type(event.type):
                chunks.append(AudioChunk.from_event(event))
    return chunks


async def heard(uri: str, model: str, sound: list[AudioChunk]) -> tuple[str, list[str]]:
    """Transcript, and the types of the events that came."""
    form = sound[0]
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Transcribe(name=model, language="en").event())
        await client.write_event(AudioStart(form.rate, form.width, form.channels).event())
        for chunk in sound:
            await client.write_event(chunk.event())
        await client.write_event(AudioStop().event())
        kinds = []
        while (event := await client.read_event()) is not None:
            kinds.append(event.type)
            if Transcript.is_type(event.type):
                return Transcript.from_event(event).text, kinds
    raise RuntimeError("no transcript came")


async def main(uri: str) -> None:
    """Print what the bridge says of itself, and what comes back of the sentence."""
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        event = await client.read_event()
        assert event is not None
        info = Info.from_event(event)
    models = [model.name for program in info.asr for model in program.models]
    print("models", models, "voices", [voice.name for program in info.tts for voice in program.voices])
    for in_pieces in (False, True):
        sound = await spoken(uri, in_pieces=in_pieces)
        seconds = sum(len(chunk.audio) for chunk in sound) / (sound[0].rate * sound[0].width)
        print("in pieces" if in_pieces else "whole", f"{seconds:.2f} s in {len(sound)} chunks")
        for model in models:
            print(f"  {model}:", *await heard(uri, model, sound))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
