"""The people of a recognition service, for coroutines."""

import asyncio
from collections.abc import Sequence
from typing import Any

from voice_stack.client.files import AudioFile
from voice_stack.client.speakers import Identification, Speaker, Speakers, VoiceSimilarity


class AsyncSpeakers:
    """The people of a service, for coroutines; `AsyncVoiceStackClient.speakers`. Arguments, answers and errors are
    those of `Speakers`, whose methods have the same names."""

    def __init__(self, speakers: Speakers) -> None:
        self._speakers = speakers

    async def enrol(self, name: str, recordings: Sequence[AudioFile], **consent: Any) -> Speaker:
        """Keep a person's voice, so that it is recognised in later recordings."""
        return await asyncio.to_thread(self._speakers.enrol, name, recordings, **consent)

    async def add(self, speaker: Speaker | str, recordings: Sequence[AudioFile]) -> Speaker:
        """Keep further recordings of a person."""
        return await asyncio.to_thread(self._speakers.add, speaker, recordings)

    async def all(self) -> list[Speaker]:
        """Everybody who is enrolled, the oldest first."""
        return await asyncio.to_thread(self._speakers.all)

    async def get(self, speaker: Speaker | str) -> Speaker:
        """A person as they are enrolled now."""
        return await asyncio.to_thread(self._speakers.get, speaker)

    async def identify(self, recording: AudioFile) -> Identification:
        """The person who speaks in a recording of one."""
        return await asyncio.to_thread(self._speakers.identify, recording)

    async def verify(self, speaker: Speaker | str, recording: AudioFile) -> VoiceSimilarity:
        """Likeness of the voice in a recording to a person's."""
        return await asyncio.to_thread(self._speakers.verify, speaker, recording)

    async def rename(self, speaker: Speaker | str, name: str) -> Speaker:
        """Call a person something else; the id stays."""
        return await asyncio.to_thread(self._speakers.rename, speaker, name)

    async def merge(self, speaker: Speaker | str, other: Speaker | str) -> Speaker:
        """Make one of two who are the same person; the other's id is gone."""
        return await asyncio.to_thread(self._speakers.merge, speaker, other)

    async def forget(self, speaker: Speaker | str) -> None:
        """Forget a person: name, vectors and consents."""
        await asyncio.to_thread(self._speakers.forget, speaker)

    async def compare(self, recording: AudioFile, reference: AudioFile) -> VoiceSimilarity:
        """Likeness of the voices in two recordings of one person each."""
        return await asyncio.to_thread(self._speakers.compare, recording, reference)

    async def embed(self, recordings: Sequence[AudioFile]) -> list[list[float]]:
        """The voices in recordings, as vectors of length 1."""
        return await asyncio.to_thread(self._speakers.embed, recordings)
