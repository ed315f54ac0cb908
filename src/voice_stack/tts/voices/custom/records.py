"""Records of the library as they are on the disk: `voice.json` and `consent.json`, with a version of their own."""

import json
import re
import secrets
import time
import unicodedata
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voice_stack.core.errors import InvalidRequestError

SCHEMA: Final = 1
"""Version of the records that is written, and the newest that is read."""

VOICE_ID: Final = re.compile(r"voice_[0-9a-f]{32}")
CONSENT_ID: Final = re.compile(r"cons_[0-9a-f]{32}")
MAX_NAME_LENGTH: Final = 200
NAME_PATTERN: Final = (
    "^[^\\s\\x00-\\x20\\x7f-\\xa0\u2028-\u202e\u2066-\u2069\ue000-\uf8ff\U000f0000-\U0010ffff]"
    "[^\\x00-\\x1f\\x7f-\\x9f\u2028-\u202e\u2066-\u2069\ue000-\uf8ff\U000f0000-\U0010ffff]*$"
)
"""Pattern of names, for the API's documentation; `checked_name` takes blanks around them too."""

# Control characters, halves of surrogate pairs, private code points, line and paragraph separators.
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
# Characters that turn the direction of the text around them: a name could look like another.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Status(StrEnum):
    """Outcome of a check. What was not looked at is never called verified."""

    VERIFIED = "verified"
    FAILED = "failed"
    NOT_VERIFIED = "not_verified"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, populate_by_name=True)


class Record(_Part):
    """A record of the library.

    Attributes:
        version: of its form.
        id: name of its folder.
        name: for people.
        created_at: Unix seconds.
    """

    version: int = Field(SCHEMA, alias="schema", ge=1)
    id: str
    name: str
    created_at: int


class Check(_Part):
    """One check, and who has made it.

    Attributes:
        reason: why it failed or was not made, in a sentence; None when it is verified.
        engine: engine and model that have looked: `faster-whisper/base`; None when none has.
        value: what was measured: an error rate, a similarity.
        threshold: what `value` had to keep to.
        checked_at: Unix seconds; None when nobody has looked.
        heard: words of the recording as the recogniser heard them, of a consent's phrase only.
    """

    status: Status = Field(strict=False)
    reason: str | None = None
    engine: str | None = None
    value: float | None = Field(None, allow_inf_nan=False)
    threshold: float | None = Field(None, allow_inf_nan=False)
    checked_at: int | None = None
    heard: str | None = None


class Verification(_Part):
    """Checks of a consent, or of a voice.

    Attributes:
        phrase: whether the recording of the consent says what it has to.
        speaker: whether who speaks there speaks in the sample too; of a voice only.
        synthetic: whether any of the recordings carries the mark of synthetic speech: verified means that it was looked
            for and is not there.
    """

    phrase: Check
    speaker: Check
    synthetic: Check

    @property
    def checks(self) -> dict[str, Check]:
        """All of them, by name."""
        return {"phrase": self.phrase, "speaker": self.speaker, "synthetic": self.synthetic}


class KeptFile(_Part):
    """A file of a record.

    Attributes:
        sha256: of its content, in hex.
        bytes: its size.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class ConsentRecord(Record):
    """`consent.json`: somebody has said that a voice may be cloned.

    Attributes:
        language: BCP 47, as the client wrote it.
        recording: the file `recording`.
    """

    id: str = Field(pattern=rf"^{CONSENT_ID.pattern}$")
    language: str
    recording: KeptFile
    verification: Verification


class VoiceRecord(Record):
    """`voice.json`: a voice, its files, and what was verified.

    Attributes:
        origin: `api`, or `import` for an archive that the owner of the server has brought.
        consent: id of the consent that it rests on; None where none was asked for.
        language: ISO 639-1 code of what is spoken in the sample, or None.
        seconds: of the prepared reference.
        prepared: what was done to the sample, for people.
        original: the file `original`: the sample as it was sent.
        reference: the file `reference.wav`: 24 kHz, mono, 16 bits, what engines hear.
    """

    id: str = Field(pattern=rf"^{VOICE_ID.pattern}$")
    type: str = "audio_sample"
    origin: str = "api"
    consent: str | None = Field(None, pattern=rf"^{CONSENT_ID.pattern}$")
    language: str | None = None
    seconds: float = Field(gt=0, allow_inf_nan=False)
    prepared: tuple[str, ...] = Field((), strict=False)
    original: KeptFile
    reference: KeptFile
    verification: Verification


RecordT = TypeVar("RecordT", bound=Record)


class UnreadableRecordError(Exception):
    """A record on the disk that is none; the text says why."""


def record_bytes(record: Record) -> bytes:
    """A record as its file holds it."""
    content = record.model_dump(mode="json", by_alias=True)
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def parse_record(data: bytes, model: type[RecordT]) -> RecordT:
    """The record in a file.

    Raises:
        UnreadableRecordError: it is damaged, or of a later version.
    """
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordError("it is no JSON") from error
    version = content.get("schema") if isinstance(content, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise UnreadableRecordError(f"it is of version {version}, and this program knows {SCHEMA}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"]) or "the whole"
        raise UnreadableRecordError(f"{where} makes no sense") from error


def new_id(prefix: str) -> str:
    """A fresh id: the prefix, the time and chance, so that ids sort by the time of their creation.

    Args:
        prefix: `voice` or `cons`.
    """
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def checked_name(name: str | None) -> str:
    """A name for people, as it is kept. It is only ever shown: no file is called by it.

    Raises:
        InvalidRequestError: blank, too long, or with characters that cannot be shown.
    """
    if name is None or not name.strip():
        raise InvalidRequestError("name must not be empty.", param="name")
    if len(name.strip()) > MAX_NAME_LENGTH:
        raise InvalidRequestError(f"name has {len(name):,} characters; at most {MAX_NAME_LENGTH}.", param="name")
    normal = unicodedata.normalize("NFC", name.strip())
    for character in normal:
        if unicodedata.category(character) in _UNPRINTABLE or character in _TURNING:
            raise InvalidRequestError(
                f"name holds the character U+{ord(character):04X}, which cannot be shown.", param="name"
            )
    return normal
