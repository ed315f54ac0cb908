"""A client of the Wyoming protocol for tests: the package's own, as Home Assistant uses it."""

import asyncio
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop, wav_to_chunks
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event, Eventable

PATIENCE_S = 60.0


@dataclass
class Answer:
    """Events that came back, in order."""

    events: list[Event] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        """Types, each once in a row."""
        found: list[str] = []
        for event in self.events:
            if not found or found[-1] != event.type:
                found.append(event.type)
        return found

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == kind]

    def data(self, kind: str) -> dict[str, Any]:
        (event,) = self.of(kind)
        return event.data

    @property
    def error(self) -> Error:
        (event,) = self.of("error")
        return Error.from_event(event)

    @property
    def sound(self) -> bytes:
        return b"".join(event.payload or b"" for event in self.of("audio-chunk"))


def sound_events(path: Path, samples: int = 1024) -> list[Eventable]:
    """A recording as a microphone sends it."""
    with wave.open(str(path)) as file:
        return list(wav_to_chunks(file, samples, start_event=True, stop_event=True))


def silence_events(seconds: float, rate: int = 16_000) -> list[Eventable]:
    form = {"rate": rate, "width": 2, "channels": 1}
    chunks = [AudioChunk(audio=bytes(rate // 5), **form) for _ in range(round(10 * seconds))]
    return [AudioStart(**form), *chunks, AudioStop()]


async def ask(port: int, events: Iterable[Eventable | Event | bytes], *, until: Sequence[str]) -> Answer:
    """Send events, while what comes back is read: until one of these comes, or the service closes the connection."""
    async with AsyncTcpClient("127.0.0.1", port, connect_timeout=PATIENCE_S, read_timeout=PATIENCE_S) as client:
        answer = Answer()

        async def send() -> None:
            for event in events:
                if isinstance(event, bytes):
                    assert client._writer is not None
                    client._writer.write(event)
                    await client._writer.drain()
                else:
                    await client.write_event(event if isinstance(event, Event) else event.event())

        sending = asyncio.create_task(send())
        try:
            while (event := await client.read_event()) is not None:
                answer.events.append(event)
                if event.type in until:
                    break
        finally:
            sending.cancel()
            await asyncio.wait({sending})
            if not sending.cancelled():
                sending.exception()
        return answer
