"""The library of created voices: what clients may do with consents and voices, and by which rules.

docs/voices.md tells the rules to people.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from voice_stack.core.errors import (
    InvalidRequestError,
    LibraryFullError,
    ServiceUnavailableError,
    UnusableVoiceError,
    VoiceNotFoundError,
    VoiceStackError,
)
from voice_stack.language.codes import find_language
from voice_stack.serving.answering import Answering
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voice_options import CustomVoiceOptions
from voice_stack.tts.voices.custom.audit import AuditLog
from voice_stack.tts.voices.custom.checks import Checkers, ConsentChecks
from voice_stack.tts.voices.custom.consents import Consents
from voice_stack.tts.voices.custom.phrases import Phrases
from voice_stack.tts.voices.custom.preparing import Prepared, prepared_by
from voice_stack.tts.voices.custom.records import (
    ConsentRecord,
    UnreadableRecordError,
    Verification,
    VoiceRecord,
    checked_name,
    new_id,
)
from voice_stack.tts.voices.custom.store import FOLDER, ORIGINAL, REFERENCE, VoiceStore, kept_file, see_file
from voice_stack.tts.voices.custom.verifying import VoiceVerifier
from voice_stack.tts.voices.doctor import reference_doctor

logger = logging.getLogger("voice_stack.tts")

_LONGEST_TAG: Final = 35
_SHOWN_ID: Final = 100


class CustomVoices:
    """Voices and consents of clients. Blocking; thread-safe.

    Args:
        store: that they are kept in.
        checks: of consents and voices.
        cache_dir: where engines keep what they have computed of voices; it goes with a voice.
        prepared: makes the reference of a sample.
        forget: drops from the memory of loaded engines what they know of a reference, by its SHA-256.

    Attributes:
        consents: of the owners of voices.
        audit: of all that is done with voices.
    """

    def __init__(
        self,
        store: VoiceStore,
        options: CustomVoiceOptions,
        checks: ConsentChecks,
        cache_dir: Path,
        prepared: Callable[[BinaryIO], Prepared],
        forget: Callable[[str], None] = lambda sha256: None,
    ) -> None:
        self.options = options
        self.store = store
        self.checks = checks
        self.audit = AuditLog(store.folder.path)
        self.consents = Consents(
            store, options, checks, self.audit, lambda more: self._see_room(more, store.consents.ids(), "consents")
        )
        self._verifier = VoiceVerifier(options, checks, self.consents)
        self._cache_dir = cache_dir
        self._prepared = prepared
        self._forget = forget
        self._stop = threading.Event()
        self._checking: threading.Thread | None = None

    def start(self) -> None:
        """Remove what was cut off when the last process ended, and begin to read every file, in the background."""
        if not self.store.folder.path.is_dir():
            self.store.is_checked = True
            return
        self.store.folder.aside.look()
        try:
            for name in self.store.folder.sweep():
                self.audit.note("swept", name=name)
            self.store.voices.sweep()
            self.store.consents.sweep()
        except (OSError, VoiceStackError) as error:  # what is there can be spoken with all the same
            logger.warning("the created voices cannot be tidied up: %s", error)
        self._checking = threading.Thread(target=self._check_all, name="voice-integrity", daemon=True)
        self._checking.start()

    def unload_idle(self) -> None:
        """Nothing: no engine is kept here."""

    def close(self) -> None:
        """End what goes on in the background."""
        self._stop.set()
        if self._checking is not None:
            self._checking.join()

    def status(self) -> dict[str, object]:
        """Counts, and what was set aside, for `/health`. Never waits."""
        return {
            "created": self.store.voices.count,
            "consents": self.store.consents.count,
            "checked": self.store.is_checked,
            "set_aside": self.store.folder.aside.names,
        }

    def create_voice(
        self, name: str | None, consent: str | None, sample: BinaryIO, language: str | None = None
    ) -> VoiceRecord:
        """Keep a voice, with what was verified of it.

        Args:
            consent: id.
            sample: a real file, at its start.
            language: of what is spoken in it, in any notation.

        Raises:
            InvalidRequestError, InvalidAudioError, UnusableVoiceError: a field is at fault.
            NotFoundError: there is no such consent.
            ConsentRefusedError: the consent is not that of this voice, as far as could be told.
            LibraryFullError, DiskFullError, ServiceUnavailableError: it cannot be kept.
        """
        name = checked_name(name)
        code = _code_of(language)
        record = self._consent_of(consent)
        if record is not None:
            record = self._verifier.usable(record)
        prepared = self._prepared(sample)
        verification = self._verifier.verified(record, sample)
        sample.seek(0)
        return self._keep(name, sample.read(), prepared, verification, consent=record, language=code)

    def import_voice(self, name: str, sample: BinaryIO, language: str | None, created_at: int) -> VoiceRecord:
        """Keep a voice that the owner of the server has brought. It needs no consent: it is their word.

        Raises:
            As `create_voice`, without those about consents.
        """
        verification = self._verifier.imported(sample)
        prepared = self._prepared(sample)
        sample.seek(0)
        return self._keep(
            checked_name(name),
            sample.read(),
            prepared,
            verification,
            language=_code_of(language),
            origin="import",
            created_at=created_at,
        )

    def voice(self, id: str) -> VoiceRecord:
        """A created voice.

        Raises:
            VoiceNotFoundError: there is none.
            UnusableVoiceError: it is damaged.
        """
        try:
            record = self.store.voices.get(id)
        except UnreadableRecordError as error:
            raise UnusableVoiceError(f"The voice {id!r} is damaged on the server's disk: {error}.") from error
        if record is None:
            raise VoiceNotFoundError(f"There is no created voice {id[:_SHOWN_ID]!r}.", param=None)
        return record

    def rename_voice(self, id: str, name: str) -> VoiceRecord:
        """Call a voice something else; its id stays.

        Raises:
            InvalidRequestError, VoiceNotFoundError: the name cannot be shown; there is no such voice.
        """
        name = checked_name(name)
        self.voice(id)
        self.audit.note("voice.renamed", voice=id)
        return self._changed(id, lambda record: record.model_copy(update={"name": name}))

    def delete_voice(self, id: str) -> None:
        """Delete a voice, its files, and what engines have computed of it, on the disk and in memory.

        Speech with it that is under way ends at its next sentence.

        Raises:
            VoiceNotFoundError: there is none.
        """
        digests: list[str] = []

        def before(record: VoiceRecord | None) -> None:
            self.audit.note("voice.deleted", voice=id)
            if record is not None:
                digests.append(record.reference.sha256)

        if not self.store.voices.remove(id, before):
            raise VoiceNotFoundError(f"There is no created voice {id[:_SHOWN_ID]!r}.", param=None)
        for digest in digests:
            self._forget_computed(digest)

    def sample(self, id: str) -> Path:
        """File of a voice's reference: WAV, 24 kHz, mono.

        Raises:
            VoiceNotFoundError, UnusableVoiceError: there is none; it is damaged.
        """
        if self.store.resolve(self.voice(id).id) is None:
            raise VoiceNotFoundError(f"There is no created voice {id[:_SHOWN_ID]!r}.", param=None)
        path = self.store.voices.file(id, REFERENCE)
        assert path is not None
        return path

    def check_voice(self, id: str) -> VoiceRecord:
        """Look at a voice again, with whoever can look today: its files, its consent, its speaker.

        Raises:
            VoiceNotFoundError: there is none.
            UnusableVoiceError: its files are not what they were.
        """
        record = self.voice(id)
        original = self.store.voices.file(id, ORIGINAL)
        assert original is not None
        try:
            see_file(original, record.original)
        except (UnreadableRecordError, OSError) as error:
            raise UnusableVoiceError(f"The voice {id!r} is damaged on the server's disk.") from error
        self.sample(id)
        with original.open("rb") as sample:
            verification = self._verifier.again(record, sample)
        self.audit.note("voice.checked", voice=id, found=_outcome(verification))
        return self._changed(id, lambda one: one.model_copy(update={"verification": verification}))

    def note_speech(self, voice: VoiceReference, characters: int, answering: Answering) -> None:
        """Write into the audit that something is about to be said with the voice of a recording.

        Args:
            characters: of the input.

        Raises:
            DiskFullError, ServiceUnavailableError: that cannot be written, and it is a created voice. For recordings of
                the owner of the server a warning is all: they may have no folder to write to.
        """
        is_created = voice.id in self.store
        try:
            self.audit.note(
                "speech",
                durably=False,
                voice=voice.id,
                kind="custom" if is_created else "library",
                characters=characters,
                language=answering.language,
                engine=answering.engine,
                model=answering.model,
            )
        except ServiceUnavailableError as error:
            if is_created:
                raise
            logger.warning("the audit of cloned voices cannot be written: %s", error.message)

    def has_consent(self, record: VoiceRecord) -> bool:
        """True while the consent that a voice rests on is there."""
        return self.consents.find(record.consent) is not None

    def _check_all(self) -> None:
        try:
            for damage in self.store.check(self._stop):
                self.audit.note("set-aside", record=damage.id)
        except Exception:
            logger.exception("the created voices could not be checked")

    def _keep(
        self,
        name: str,
        sample: bytes,
        prepared: Prepared,
        verification: Verification,
        *,
        consent: ConsentRecord | None = None,
        language: str | None = None,
        origin: str = "api",
        created_at: int | None = None,
    ) -> VoiceRecord:
        record = VoiceRecord(
            id=new_id("voice"),
            name=name,
            created_at=int(time.time()) if created_at is None else created_at,
            origin=origin,
            consent=None if consent is None else consent.id,
            language=language,
            seconds=round(prepared.seconds, 3),
            prepared=prepared.done,
            original=kept_file(sample),
            reference=kept_file(prepared.wav),
            verification=verification,
        )

        def admit() -> None:
            self._see_room(len(sample) + len(prepared.wav), self.store.voices.ids(), "voices")
            found = _outcome(verification)
            self.audit.note("voice.created", voice=record.id, consent=record.consent, origin=origin, found=found)

        self.store.voices.add(record, {ORIGINAL: sample, REFERENCE: prepared.wav}, admit)
        return record

    def _changed(self, id: str, change: Callable[[VoiceRecord], VoiceRecord]) -> VoiceRecord:
        try:
            changed = self.store.voices.change(id, change)
        except UnreadableRecordError as error:
            raise UnusableVoiceError(f"The voice {id!r} is damaged on the server's disk: {error}.") from error
        return changed or self.voice(id)

    def _consent_of(self, consent: str | None) -> ConsentRecord | None:
        """The consent that a new voice rests on; None where none is needed."""
        if consent:
            return self.consents.get(consent, "consent")
        if self.options.require_consent:
            raise InvalidRequestError(
                "consent must be the id of a consent of the voice's owner; POST /audio/voice_consents makes one.",
                param="consent",
            )
        return None

    def _see_room(self, more: int, ids: list[str], what: str) -> None:
        """See that there is room for another record of so many bytes."""
        if len(ids) >= self.options.custom_voices:
            raise LibraryFullError(
                f"The voice library holds {len(ids):,} {what}, as many as its setting TTS_CUSTOM_VOICES allows. "
                "Delete some."
            )
        most = self.options.custom_voices_mb * 2**20
        if self.store.bytes() + more > most:
            raise LibraryFullError(
                f"The voice library has no room for {more / 2**20:.1f} MiB more; its setting TTS_CUSTOM_VOICES_MB "
                f"allows {self.options.custom_voices_mb:g} MiB. Delete some voices."
            )

    def _forget_computed(self, digest: str) -> None:
        """Remove what engines keep of a voice; they name their files by the digest of its reference."""
        for path in self._cache_dir.rglob(f"{digest[:32]}*"):
            with contextlib.suppress(OSError):
                path.unlink()
        # Behind the files, from which an engine would read it again. One that hears it at this moment finds that the
        # recordings are gone, and keeps no file.
        self._forget(digest)


def open_library(
    settings: TtsSettings,
    checkers: Checkers,
    store: VoiceStore | None = None,
    forget: Callable[[str], None] = lambda sha256: None,
) -> CustomVoices:
    """The library of a service, as its settings say. Nothing is read or written yet.

    Args:
        store: where it is known already.
        forget: see `CustomVoices`.

    Raises:
        SettingsError: consent.yaml has a mistake, or a setting of the doctor.
    """
    options, data = settings.custom, settings.storage.data_dir
    checks = ConsentChecks(checkers, Phrases(options.consent_phrases, options.consent_names), options.consent_max_wer)
    prepared = prepared_by(reference_doctor(settings))
    return CustomVoices(store or VoiceStore(data / FOLDER), options, checks, data / "cache", prepared, forget)


def _outcome(verification: Verification) -> str:
    """The checks in one line of the audit."""
    return ", ".join(f"{name} {check.status}" for name, check in verification.checks.items())


def _code_of(language: str | None) -> str | None:
    if language is None or not language.strip():
        return None
    code = find_language(language.strip()[:_LONGEST_TAG])
    if code is None:
        raise InvalidRequestError(
            f"language={language[:_LONGEST_TAG]!r} is no language that is known here; send a code such as en.",
            param="language",
        )
    return code
