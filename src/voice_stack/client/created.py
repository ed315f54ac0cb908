"""Voices that clients create, and the consents that they rest on, of one speech service."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from voice_stack.client.files import AudioFile, opened
from voice_stack.client.transport import Transport
from voice_stack.client.types import Json

_CONSENTS = "/audio/voice_consents"
_VOICES = "/audio/voices"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a consent or a voice.

    Attributes:
        status: verified, failed or not_verified.
        reason: of that; None where there is none to tell.
        engine: who has checked.
        value, threshold: what was measured, and what it had to keep to.
    """

    status: str
    reason: str | None = None
    engine: str | None = None
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent of a voice's owner.

    Attributes:
        checks: by name: phrase, speaker, synthetic.
    """

    id: str
    name: str
    language: str = ""
    created_at: int = 0
    checks: Mapping[str, Check] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CreatedVoice:
    """A voice that was made of a recording.

    Attributes:
        consent: id of the consent that it rests on; None without.
        duration: seconds of the reference.
        checks: by name: phrase, speaker, synthetic.
    """

    id: str
    name: str
    language: str | None = None
    created_at: int = 0
    consent: str | None = None
    duration: float = 0.0
    checks: Mapping[str, Check] = field(default_factory=dict)


class CreatedVoices:
    """Created voices and consents of a service; `VoiceStackClient.created`. Methods raise as those of the client do."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def phrases(self, language: str = "en") -> list[str]:
        """The phrases of which the recording of a consent says one; the language is a BCP 47 tag."""
        return list(self._transport.json("GET", "/audio/consent_phrases", params={"language": language})["phrases"])

    def create_consent(self, recording: AudioFile, *, name: str, language: str) -> Consent:
        """Leave a consent to the service.

        Args:
            recording: the owner of the voice says a phrase of the language.
            language: BCP 47 tag of what is spoken.
        """
        with opened(recording, "recording") as sound:
            form = {"name": name, "language": language}
            return _consent_of(self._transport.json("POST", _CONSENTS, data=form, files=sound))

    def consents(self) -> Iterator[Consent]:
        """The consents, the newest first."""
        after: str | None = None
        while True:
            params = {"limit": _PAGE, **({} if after is None else {"after": after})}
            page = self._transport.json("GET", _CONSENTS, params=params)
            yield from (_consent_of(found) for found in page["data"])
            if not page["has_more"]:
                return
            after = page["last_id"]

    def consent(self, consent: Consent | str) -> Consent:
        """A consent as it is now."""
        return _consent_of(self._transport.json("GET", f"{_CONSENTS}/{_id(consent)}"))

    def rename_consent(self, consent: Consent | str, name: str) -> Consent:
        """Call a consent something else."""
        return _consent_of(self._transport.json("POST", f"{_CONSENTS}/{_id(consent)}", json={"name": name}))

    def delete_consent(self, consent: Consent | str) -> None:
        """Delete a consent and its recording; voices that rest on it stay."""
        self._transport.json("DELETE", f"{_CONSENTS}/{_id(consent)}")

    def create_voice(
        self, sample: AudioFile, *, name: str, consent: Consent | str | None = None, language: str | None = None
    ) -> CreatedVoice:
        """Make a voice of a recording; its id is what `speak` takes as `voice`.

        Args:
            sample: 6 to 30 seconds of clear speech of one person.
            consent: of the voice's owner; None only where the service does without (TTS_REQUIRE_CONSENT).
            language: that is spoken in the sample.
        """
        asked = {"name": name, "consent": _raw_id(consent), "language": language}
        form = {field: value for field, value in asked.items() if value}
        with opened(sample, "audio_sample") as sound:
            return _created_voice_of(self._transport.json("POST", _VOICES, data=form, files=sound))

    def voice(self, voice: CreatedVoice | str) -> CreatedVoice:
        """A created voice as it is now; `VoiceStackClient.voices` lists them among all others, as kind `custom`."""
        return _created_voice_of(self._transport.json("GET", f"{_VOICES}/{_id(voice)}"))

    def rename_voice(self, voice: CreatedVoice | str, name: str) -> CreatedVoice:
        """Call a voice something else; its id stays."""
        return _created_voice_of(self._transport.json("POST", f"{_VOICES}/{_id(voice)}", json={"name": name}))

    def delete_voice(self, voice: CreatedVoice | str) -> None:
        """Delete a voice, its recordings, and what engines have computed of it."""
        self._transport.json("DELETE", f"{_VOICES}/{_id(voice)}")

    def check_voice(self, voice: CreatedVoice | str) -> CreatedVoice:
        """Have the service look at a voice again, with whoever can look today."""
        return _created_voice_of(self._transport.json("POST", f"{_VOICES}/{_id(voice)}/check"))

    def sample(self, voice: CreatedVoice | str) -> bytes:
        """The prepared reference that engines hear: WAV, 24 kHz, mono."""
        return self._transport.read("GET", f"{_VOICES}/{_id(voice)}/sample")[0]


def _raw_id(record: Consent | CreatedVoice | str | None) -> str | None:
    return record if record is None or isinstance(record, str) else record.id


def _id(record: Consent | CreatedVoice | str) -> str:
    return quote(_raw_id(record) or "", safe="")


def _consent_of(found: Json) -> Consent:
    """A consent of its JSON."""
    return Consent(
        id=str(found["id"]),
        name=str(found.get("name", "")),
        language=str(found.get("language") or ""),
        created_at=int(found.get("created_at") or 0),
        checks=_checks(found),
    )


def _created_voice_of(found: Json) -> CreatedVoice:
    """A created voice of its JSON."""
    return CreatedVoice(
        id=str(found["id"]),
        name=str(found.get("name", "")),
        language=found.get("language"),
        created_at=int(found.get("created_at") or 0),
        consent=(found.get("consent") or {}).get("id"),
        duration=float(found.get("duration") or 0.0),
        checks=_checks(found),
    )


def _checks(found: Json) -> dict[str, Check]:
    names = ("reason", "engine", "value", "threshold")
    listed = (found.get("verification") or {}).items()
    return {kind: Check(str(one["status"]), **{name: one.get(name) for name in names}) for kind, one in listed}
