"""Consents of the owners of voices: kept with their recording, and with what was found in it."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import ConsentRefusedError, InvalidAudioError, InvalidRequestError, NotFoundError
from voice_stack.language.codes import find_language
from voice_stack.tts.voice_options import CustomVoiceOptions
from voice_stack.tts.voices.custom.audit import AuditLog
from voice_stack.tts.voices.custom.checks import ConsentChecks, newer, not_verified
from voice_stack.tts.voices.custom.preparing import MAX_CONSENT_S, decoded
from voice_stack.tts.voices.custom.records import (
    CONSENT_ID,
    ConsentRecord,
    Status,
    UnreadableRecordError,
    Verification,
    checked_name,
    new_id,
)
from voice_stack.tts.voices.custom.store import RECORDING, VoiceStore, kept_file, see_file

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LONGEST_TAG: Final = 35
_SHOWN_ID: Final = 100


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """Consents, the newest first.

    Attributes:
        has_more: whether there are older ones.
    """

    consents: list[ConsentRecord]
    has_more: bool


class Consents:
    """The consents of a library. Blocking; thread-safe.

    Args:
        see_room: called with the bytes of a new one; raises LibraryFullError when there is no room.
    """

    def __init__(
        self,
        store: VoiceStore,
        options: CustomVoiceOptions,
        checks: ConsentChecks,
        audit: AuditLog,
        see_room: Callable[[int], None],
    ) -> None:
        self._store = store
        self._options = options
        self._checks = checks
        self._audit = audit
        self._see_room = see_room

    def create(self, name: str | None, language: str | None, recording: BinaryIO) -> ConsentRecord:
        """Keep a consent, with what its recording was found to say.

        Args:
            language: BCP 47.
            recording: a real file, at its start.

        Raises:
            InvalidRequestError, InvalidAudioError: a field is at fault.
            ConsentRefusedError: with TTS_CONSENT_STRICT, the phrase was not verified.
            LibraryFullError, DiskFullError, ServiceUnavailableError: it cannot be kept.
        """
        name, language = checked_name(name), _checked_language(language)
        clip = self.clip(recording)
        verification = Verification(
            phrase=self._checks.phrase(clip, language),
            speaker=not_verified("it is compared with the sample of a voice when that is created"),
            synthetic=self._checks.synthetic(recording, "the consent"),
        )
        phrase = verification.phrase
        if self._options.consent_strict and phrase.status is not Status.VERIFIED:
            raise ConsentRefusedError(f"The consent is not accepted: {phrase.reason}.", param="recording")
        recording.seek(0)
        content = recording.read()
        record = ConsentRecord(
            id=new_id("cons"),
            name=name,
            language=language,
            created_at=int(time.time()),
            recording=kept_file(content),
            verification=verification,
        )

        def admit() -> None:
            self._see_room(len(content))
            self._audit.note("consent.created", consent=record.id, phrase=str(phrase.status))

        self._store.consents.add(record, {RECORDING: content}, admit)
        return record

    def get(self, id: str, param: str | None = None) -> ConsentRecord:
        """A consent.

        Raises:
            NotFoundError: there is none, or it is damaged.
        """
        with contextlib.suppress(UnreadableRecordError):
            record = self._store.consents.get(id)
            if record is not None:
                return record
        raise NotFoundError(f"There is no consent {id[:_SHOWN_ID]!r}.", param=param)

    def page(self, after: str | None, limit: int) -> ConsentPage:
        """A page of consents, the newest first.

        Args:
            after: id of the last one of the page before; it need not exist any more.

        Raises:
            InvalidRequestError: `after` is no id.
        """
        if after is not None and not CONSENT_ID.fullmatch(after):
            raise InvalidRequestError(f"after={after[:_SHOWN_ID]!r} is no id of a consent.", param="after")
        records = [one for one in reversed(self._store.consents.all()) if after is None or one.id < after]
        return ConsentPage(records[:limit], len(records) > limit)

    def rename(self, id: str, name: str) -> ConsentRecord:
        """Call a consent something else.

        Raises:
            InvalidRequestError, NotFoundError: the name cannot be shown; there is no such consent.
        """
        name = checked_name(name)
        self.get(id)
        self._audit.note("consent.renamed", consent=id)
        changed = self._store.consents.change(id, lambda record: record.model_copy(update={"name": name}))
        return changed or self.get(id)

    def delete(self, id: str) -> None:
        """Delete a consent and its recording. Voices that rest on it stay, and say so.

        Raises:
            NotFoundError: there is none.
        """
        if not self._store.consents.remove(id, lambda record: self._audit.note("consent.deleted", consent=id)):
            raise NotFoundError(f"There is no consent {id[:_SHOWN_ID]!r}.")

    def find(self, id: str | None) -> ConsentRecord | None:
        """The consent that a voice rests on; None when it has none, or it is gone."""
        if id is None:
            return None
        with contextlib.suppress(NotFoundError):
            return self.get(id)
        return None

    def heard_again(self, record: ConsentRecord, *, anew: bool = False) -> ConsentRecord:
        """The consent, its phrase listened to when that could not be done before.

        Args:
            anew: look again whatever was found before.
        """
        verification = record.verification
        missing = verification.phrase.status is Status.NOT_VERIFIED
        if not self._checks.has_recogniser or not (missing or anew):
            return record
        with self.opened(record) as recording:
            phrase = newer(verification.phrase, self._checks.phrase(self.clip(recording), record.language))
        changed = {"verification": verification.model_copy(update={"phrase": phrase})}
        return self._store.consents.change(record.id, lambda one: one.model_copy(update=changed)) or record

    def clip(self, recording: BinaryIO) -> AudioClip:
        """The sound of a consent, at 16 kHz.

        Raises:
            InvalidAudioError: it is no audio, longer than two minutes, or silent.
        """
        clip = decoded(recording, SAMPLE_RATE, MAX_CONSENT_S, "recording")
        if not clip.samples.any():
            raise InvalidAudioError("There is only silence in the recording.", param="recording")
        return clip

    @contextlib.contextmanager
    def opened(self, record: ConsentRecord) -> Iterator[BinaryIO]:
        """The recording of a consent.

        Raises:
            NotFoundError: it is not what it was.
        """
        path = self._store.consents.file(record.id, RECORDING)
        try:
            if path is None:
                raise FileNotFoundError
            see_file(path, record.recording)
            file = path.open("rb")
        except (UnreadableRecordError, OSError) as error:
            raise NotFoundError(f"The recording of the consent {record.id!r} is damaged.", param="consent") from error
        with file:
            yield file


def _checked_language(language: str | None) -> str:
    tag = (language or "").strip()
    code = find_language(tag) if len(tag) <= _LONGEST_TAG else None
    if code is None:
        raise InvalidRequestError(
            f"language={tag[:_LONGEST_TAG]!r} is no language that is known here; send a tag such as en-US.",
            param="language",
        )
    return tag if _TAG.fullmatch(tag) else code
