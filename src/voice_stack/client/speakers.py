"""People who are enrolled by their voices, and voices compared, of one recognition service."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from voice_stack.client.files import AudioFile, opened
from voice_stack.client.transport import Transport

_SPEAKERS = "/speakers"


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person whose voice was enrolled.

    Attributes:
        recordings: number of those that were enrolled.
        consent_by: who has agreed.
        created_at: Unix seconds.
    """

    id: str
    name: str
    recordings: int = 0
    consent_by: tuple[str, ...] = ()
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Identification:
    """The speaker of a recording.

    Attributes:
        id: None: nobody who is enrolled, and the name is `unknown`.
        score: similarity to the likest one, -1 to 1; None where nobody is enrolled.
        threshold: from which it is somebody.
        scores: of the likest ones, by name.
    """

    id: str | None
    name: str
    score: float | None
    threshold: float
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class VoiceSimilarity:
    """Likeness of two voices, or of a voice to a person's.

    Attributes:
        similarity: -1 to 1.
        threshold: from which they are taken to be of one person.
        is_same: whether they are.
    """

    similarity: float
    threshold: float
    is_same: bool


class Speakers:
    """The people of a service; `VoiceStackClient.speakers`. Methods raise as those of the client do."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def enrol(
        self, name: str, recordings: Sequence[AudioFile], *, consent_by: str = "", consent_statement: str = ""
    ) -> Speaker:
        """Keep a person's voice, so that it is recognised in later recordings.

        Args:
            recordings: of that person, a second of speech at least.
            consent_by, consent_statement: who has agreed, and to what.
        """
        form = {"name": name, **_consent(consent_by, consent_statement)}
        return _speaker_of(self._send(_SPEAKERS, recordings, form))

    def add(self, speaker: Speaker | str, recordings: Sequence[AudioFile]) -> Speaker:
        """Keep further recordings of a person."""
        return _speaker_of(self._send(f"{_SPEAKERS}/{_id(speaker)}/samples", recordings, {}))

    def all(self) -> list[Speaker]:
        """Everybody who is enrolled, the oldest first."""
        return [_speaker_of(found) for found in self._transport.json("GET", _SPEAKERS)["data"]]

    def get(self, speaker: Speaker | str) -> Speaker:
        """A person as they are enrolled now."""
        return _speaker_of(self._transport.json("GET", f"{_SPEAKERS}/{_id(speaker)}"))

    def identify(self, recording: AudioFile) -> Identification:
        """The person who speaks in a recording of one."""
        found = self._send(f"{_SPEAKERS}/identify", [recording], {})
        scores = {one["name"]: one["score"] for one in found["candidates"]}
        return Identification(found["id"], found["name"], found["score"], found["threshold"], scores)

    def verify(self, speaker: Speaker | str, recording: AudioFile) -> VoiceSimilarity:
        """Likeness of the voice in a recording to a person's."""
        found = self._send(f"{_SPEAKERS}/{_id(speaker)}/verify", [recording], {})
        return VoiceSimilarity(found["score"], found["threshold"], found["same_speaker"])

    def rename(self, speaker: Speaker | str, name: str) -> Speaker:
        """Call a person something else; the id stays."""
        return _speaker_of(self._transport.json("POST", f"{_SPEAKERS}/{_id(speaker)}", json={"name": name}))

    def merge(self, speaker: Speaker | str, other: Speaker | str) -> Speaker:
        """Make one of two who are the same person; the other's id is gone."""
        body = {"other": other if isinstance(other, str) else other.id}
        return _speaker_of(self._transport.json("POST", f"{_SPEAKERS}/{_id(speaker)}/merge", json=body))

    def forget(self, speaker: Speaker | str) -> None:
        """Forget a person: name, vectors and consents."""
        self._transport.json("DELETE", f"{_SPEAKERS}/{_id(speaker)}")

    def compare(self, recording: AudioFile, reference: AudioFile) -> VoiceSimilarity:
        """Likeness of the voices in two recordings of one person each."""
        with opened(recording) as one, opened(reference, "reference") as other:
            found = self._transport.json("POST", "/audio/similarity", files={**one, **other})
        return VoiceSimilarity(found["similarity"], found["threshold"], found["same_speaker"])

    def embed(self, recordings: Sequence[AudioFile]) -> list[list[float]]:
        """The voices in recordings, as vectors of length 1. Only those of one model can be compared."""
        found = self._send("/audio/embeddings", recordings, {})
        return [list(one["embedding"]) for one in found["data"]]

    def _send(self, path: str, recordings: Sequence[AudioFile], form: Mapping[str, str]) -> Mapping[str, Any]:
        with ExitStack() as stack:
            sent = [("file", stack.enter_context(opened(one))["file"]) for one in recordings]
            return self._transport.json("POST", path, data=dict(form), files=sent)


def _speaker_of(found: Mapping[str, Any]) -> Speaker:
    consents = tuple(str(one["by"]) for one in found.get("consents", ()))
    return Speaker(found["id"], found["name"], len(found.get("samples", ())), consents, found.get("created_at", 0))


def _consent(by: str, statement: str) -> dict[str, str]:
    sent = {"consent_by": by, "consent_statement": statement}
    return {name: value for name, value in sent.items() if value}


def _id(speaker: Speaker | str) -> str:
    return quote(speaker if isinstance(speaker, str) else speaker.id, safe="")
