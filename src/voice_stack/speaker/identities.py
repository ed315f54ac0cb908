"""Identities: people whose voices were enrolled, recognised in later recordings, renamed, merged and forgotten.

    identities = open_identities(settings, speaker_encoder(settings, embedded=True))
    identities.enrol("Anna", [clip], consent)
    match = identities.match(encoder.embed(another_clip))    # None: nobody who is enrolled

docs/speakers.md tells the rules to people.
"""

import logging
import time
from collections.abc import Sequence
from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import (
    InvalidRequestError,
    SpeakerExistsError,
    SpeakerNotFoundError,
    SpeakersFullError,
    VoiceStackError,
)
from voice_stack.core.settings import Settings
from voice_stack.core.storage import SPEAKERS_FOLDER, StorageOptions
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.identity import (
    Consent,
    Identity,
    Sample,
    checked_name,
    new_id,
)
from voice_stack.speaker.identity_files import IdentityFiles
from voice_stack.speaker.matching import Identified, Match, Voices
from voice_stack.speaker.references import Heard, hear_reference
from voice_stack.speaker.settings import IdentityOptions
from voice_stack.speaker.vectors import Embedding

logger = logging.getLogger("voice_stack.speaker")

MOST_SAMPLES: Final = 50
"""Recordings of one identity."""
_SHOWN_ID: Final = 100


class Identities:
    """The identities of a folder. Blocking; thread-safe; several processes may use it.

    Args:
        files: that they are kept in.
        encoder: that hears them; its threshold says who is the same.
    """

    def __init__(self, files: IdentityFiles, options: IdentityOptions, encoder: SpeakerEncoder) -> None:
        self.files = files
        self.options = options
        self.encoder = encoder
        self._voices = Voices(files)
        try:
            files.sweep()
        except VoiceStackError as error:  # who is there can be recognised all the same
            logger.warning("identities cannot be tidied up: %s", error.message)

    def match(self, vector: Embedding) -> Match | None:
        """The identity that a voice is taken to be; None when it is like none of them.

        Args:
            vector: (size,) float32 of length 1, of the same encoder.

        Raises:
            EngineUnavailableError: the encoder's model cannot be had.
        """
        best = next(iter(self.rank(vector, 1)), None)
        return best if best is not None and best.is_same else None

    def rank(self, vector: Embedding, most: int = 5) -> list[Match]:
        """The identities that a voice is most like, the likest first, whether it is theirs or not.

        Identities that only other models have heard are not among them.
        """
        return self._voices.rank(vector, self.encoder.name, self.encoder.calibration.same, most)

    def identify(self, clip: AudioClip) -> Identified:
        """The person who speaks in a recording of one.

        Raises:
            As `hear_reference`.
        """
        heard = hear_reference(clip, self.encoder)
        candidates = tuple(self.rank(heard.vector))
        match = candidates[0] if candidates and candidates[0].is_same else None
        return Identified(match, candidates, self.encoder.calibration.same, heard.model, heard.speech_s)

    def verify(self, clip: AudioClip, id: str) -> Match:
        """Likeness of the voice of a recording to an identity's.

        Raises:
            SpeakerNotFoundError: there is none.
            InvalidRequestError: only other models have heard it.
            As `hear_reference` otherwise.
        """
        identity = self.get(id)
        heard = hear_reference(clip, self.encoder)
        found = [match for match in self.rank(heard.vector, self.options.identities) if match.id == id]
        if not found:
            raise InvalidRequestError(
                f"{identity.name} was enrolled with {', '.join(identity.models)}, whose vectors {heard.model} cannot "
                "be compared with: enrol again."
            )
        return found[0]

    def check(self, name: str | None, recordings: int, consent: Consent | None) -> str:
        """The name as it would be kept, when an enrolment can be tried; nothing is heard yet.

        Raises:
            As `enrol`, as far as it can be told without the recordings.
        """
        name = checked_name(name)
        self._see_consent(consent)
        self._see_count(recordings)
        self._see_name(name)
        if len(self.files.all()) >= self.options.identities:
            raise SpeakersFullError(
                f"{len(self.files.all()):,} speakers are enrolled, as many as the setting SPEAKER_IDENTITIES allows. "
                "Forget some."
            )
        return name

    def enrol(self, name: str | None, clips: Sequence[AudioClip], consent: Consent | None) -> Identity:
        """Keep a new identity.

        Args:
            clips: mono, at any rate, each of the same one person; at least one.
            consent: of that person, or of who answers for them.

        Raises:
            InvalidRequestError: the name or the consent is at fault, or the recordings are of different people.
            SpeakerExistsError: somebody is enrolled under this name already.
            SpeakersFullError: there is no room.
            TooLittleSpeechError, SeveralSpeakersError: a recording is no reference.
            DiskFullError, ServiceUnavailableError: it cannot be kept.
        """
        name = self.check(name, len(clips), consent)
        heard = self._heard(clips)
        with self.files.locked():
            self.check(name, len(clips), consent)
            now = int(time.time())
            identity = Identity(
                id=new_id("spk"),
                name=name,
                created_at=now,
                updated_at=now,
                consents=() if consent is None else (consent,),
                samples=tuple(_sample(one, now) for one in heard),
            )
            self.files.write(identity)
        logger.info("enrolled %s", identity.id)
        return identity

    def add(self, id: str, clips: Sequence[AudioClip], consent: Consent | None = None) -> Identity:
        """Keep further recordings of an identity.

        Args:
            consent: a further one; what was agreed to before stays.

        Raises:
            SpeakerNotFoundError: there is none.
            InvalidRequestError: the recordings are of somebody else, or too many.
            As `enrol` otherwise.
        """
        identity = self.get(id)
        heard = self._heard(clips, identity)
        with self.files.locked():
            now, identity = int(time.time()), self.get(id)
            return self._changed(
                identity,
                samples=(*identity.samples, *(_sample(one, now) for one in heard)),
                consents=identity.consents if consent is None else (*identity.consents, consent),
            )

    def all(self) -> list[Identity]:
        """All identities, the oldest first."""
        return self.files.all()

    def get(self, id: str) -> Identity:
        """An identity.

        Raises:
            SpeakerNotFoundError: there is none that can be read.
        """
        found = self.files.get(id)
        if found is None:
            raise SpeakerNotFoundError(f"There is no speaker {id[:_SHOWN_ID]!r}.")
        return found

    def named(self, name: str) -> Identity | None:
        """The identity of a name, however it is capitalised; None when there is none."""
        wanted = name.strip().casefold()
        return next((one for one in self.files.all() if one.name.casefold() == wanted), None)

    def rename(self, id: str, name: str | None) -> Identity:
        """Call an identity something else; its id stays.

        Raises:
            InvalidRequestError, SpeakerExistsError: the name is at fault.
            SpeakerNotFoundError: there is none.
        """
        name = checked_name(name)
        with self.files.locked():
            identity = self.get(id)
            self._see_name(name, but=id)
            return self._changed(identity, name=name)

    def merge(self, id: str, other: str) -> Identity:
        """Make one identity of two that are the same person. It keeps the id and the name of the first.

        Raises:
            SpeakerNotFoundError: there is no such one.
            InvalidRequestError: both are the same, or have too many recordings together.
        """
        if id == other:
            raise InvalidRequestError("A speaker cannot be merged with itself.", param="other")
        with self.files.locked():
            kept, gone = self.get(id), self.get(other)
            samples = {sample.id: sample for sample in (*kept.samples, *gone.samples)}
            merged = self._changed(
                kept,
                samples=tuple(samples.values()),
                consents=tuple(dict.fromkeys((*kept.consents, *gone.consents))),
                absorbed=tuple(dict.fromkeys((*kept.absorbed, gone.id, *gone.absorbed))),
            )
            self.files.sweep()
        logger.info("merged %s into %s", other, id)
        return merged

    def forget(self, id: str) -> None:
        """Forget an identity: its name, its vectors and its consents are overwritten on the disk and in memory.

        Raises:
            SpeakerNotFoundError: there is none.
            DiskFullError, ServiceUnavailableError: the disk cannot be written.
        """
        if not self.files.remove(id):
            raise SpeakerNotFoundError(f"There is no speaker {id[:_SHOWN_ID]!r}.")
        self._voices.drop()
        logger.info("forgot %s", id)

    def look_again(self) -> None:
        """Notice what other processes have changed, and drop what they have forgotten."""
        self._voices.look_again()

    def close(self) -> None:
        """Overwrite what is in memory."""
        self._voices.drop()
        self.files.close()

    def _heard(self, clips: Sequence[AudioClip], identity: Identity | None = None) -> list[Heard]:
        """The voices of references that must be of one person, and of the same as the identity."""
        self._see_count(len(clips) + (0 if identity is None else len(identity.samples)))
        heard = [hear_reference(clip, self.encoder) for clip in clips]
        same = self.encoder.calibration.same
        with self.files.reading() as identities:
            found = None if identity is None else identities.get(identity.id)
            known = None if found is None else found.voice(heard[0].model)
        for number, one in enumerate(heard):
            score = float((known if known is not None else heard[0].vector) @ one.vector)
            if score < same:
                which = "The recording" if len(heard) == 1 else f"Recording {number + 1}"
                whose = "the first one" if known is None else "the speaker who is enrolled"
                raise InvalidRequestError(
                    f"{which} is of another person than {whose}: their similarity is {score:.2f}, of one person from "
                    f"{same:.2f} on.",
                    param="file",
                )
        return heard

    def _changed(self, identity: Identity, **fields: object) -> Identity:
        changed = identity.model_copy(update={**fields, "updated_at": int(time.time())})
        self._see_count(len(changed.samples))
        self.files.write(changed)
        return changed

    def _see_name(self, name: str, but: str = "") -> None:
        found = self.named(name)
        if found is not None and found.id != but:
            raise SpeakerExistsError(
                f"{found.name!r} is enrolled already, as {found.id}. Add the recording there, or choose another name.",
                param="name",
            )

    def _see_count(self, recordings: int) -> None:
        if not recordings:
            raise InvalidRequestError("file must be a recording of the person.", param="file")
        if recordings > MOST_SAMPLES:
            raise InvalidRequestError(f"A speaker has at most {MOST_SAMPLES} recordings.", param="file")

    def _see_consent(self, consent: Consent | None) -> None:
        if consent is None and self.options.require_consent:
            raise InvalidRequestError(
                "consent_by and consent_statement are missing: who has agreed to the enrolment, and to what.",
                param="consent_by",
            )


def open_identities(settings: Settings, encoder: SpeakerEncoder) -> Identities:
    """The identities of DATA_DIR. Loads no model."""
    folder = settings.group(StorageOptions).data_dir / SPEAKERS_FOLDER
    return Identities(IdentityFiles(folder), settings.group(IdentityOptions), encoder)


def _sample(heard: Heard, now: int) -> Sample:
    return Sample(
        id=new_id("smp"), model=heard.model, vector=heard.vector, speech_s=round(heard.speech_s, 3), added_at=now
    )
