"""An identity: a person whose voice was enrolled, as it is on the disk, with a version of its form."""

import base64
import json
import re
import secrets
import time
import unicodedata
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from voice_stack.core.errors import InvalidRequestError
from voice_stack.speaker.vectors import Embedding, unit

SCHEMA: Final = 1
"""Version of the form that is written, and the newest that is read."""

IDENTITY_ID: Final = re.compile(r"spk_[0-9a-f]{32}")
UNKNOWN: Final = "unknown"
"""Name of whoever is not enrolled; no identity can be called so."""
MAX_NAME_LENGTH: Final = 200
MAX_STATEMENT_LENGTH: Final = 2000

# A consent is of the past; clocks differ by so much.
_CLOCK_S: Final = 86_400
# Control characters, halves of surrogate pairs, private code points, line and paragraph separators; and characters
# that turn the direction of the text around them, with which a name could look like another.
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _read_vector(value: object) -> object:
    """A vector out of base64 of little-endian float32, as JSON holds it."""
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value, validate=True), "<f4").astype(np.float32)
    return value


def _write_vector(vector: Embedding) -> str:
    return base64.b64encode(np.ascontiguousarray(vector, "<f4").tobytes()).decode()


Vector = Annotated[np.ndarray[Any, Any], BeforeValidator(_read_vector), PlainSerializer(_write_vector)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Consent(_Part):
    """The consent that an enrolment rests on.

    Attributes:
        by: who has agreed: the person, or who answers for them.
        statement: what they have said or signed.
        given_at: when, Unix seconds.
        recorded_at: when it was written down here, Unix seconds.
    """

    by: str
    statement: str
    given_at: int
    recorded_at: int


class Sample(_Part):
    """The voice of one recording. The recording itself is not kept.

    Attributes:
        id: of its own, so that nothing is counted twice when identities are merged.
        model: engine and model that have heard it; vectors of others cannot be compared with it.
        vector: (size,) float32 of length 1.
        speech_s: seconds of speech in the recording.
        added_at: Unix seconds.
    """

    id: str
    model: str
    vector: Vector
    speech_s: float = Field(ge=0, allow_inf_nan=False)
    added_at: int


class Identity(_Part):
    """A person whose voice was enrolled.

    Attributes:
        version: of the form.
        id: `spk_` and 32 hex digits; the name of the file.
        name: for people, at most one identity has it.
        created_at, updated_at: Unix seconds.
        consents: what the enrolments rest on; none where the server asks for none.
        samples: at least one.
        absorbed: ids of the identities that were merged into it.
    """

    version: int = Field(SCHEMA, alias="schema", ge=1)
    id: str = Field(pattern=rf"^{IDENTITY_ID.pattern}$")
    name: str
    created_at: int
    updated_at: int
    consents: tuple[Consent, ...] = ()
    samples: tuple[Sample, ...] = Field(min_length=1)
    absorbed: tuple[str, ...] = ()

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, populate_by_name=True)

    @property
    def models(self) -> tuple[str, ...]:
        """Models that have heard it."""
        return tuple(dict.fromkeys(sample.model for sample in self.samples))

    def voice(self, model: str) -> Embedding | None:
        """The mean of its recordings as one model has heard them: (size,) float32 of length 1; None where it has heard
        none."""
        heard = [sample.vector for sample in self.samples if sample.model == model]
        return unit(np.mean(heard, axis=0)) if heard else None


class UnreadableIdentityError(Exception):
    """A file that holds no identity; the text says why."""


def identity_bytes(identity: Identity) -> bytes:
    """An identity as its file holds it."""
    content = identity.model_dump(mode="json", by_alias=True)
    return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_identity(data: bytes) -> Identity:
    """The identity in a file.

    Raises:
        UnreadableIdentityError: it is damaged, or of a later version.
    """
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableIdentityError("it is no JSON") from error
    version = content.get("schema") if isinstance(content, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise UnreadableIdentityError(f"it is of version {version}, and this program knows {SCHEMA}")
    try:
        identity = Identity.model_validate(content)
    except (ValidationError, ValueError) as error:
        raise UnreadableIdentityError("its fields make no sense") from error
    if not all(sample.vector.ndim == 1 and np.isfinite(sample.vector).all() for sample in identity.samples):
        raise UnreadableIdentityError("a vector of it is none")
    return identity


def new_id(prefix: str) -> str:
    """A fresh id: the prefix, the time and chance, so that ids sort by the time of their creation."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def checked_text(value: str | None, field: str, most: int) -> str:
    """A text for people, as it is kept. It is only ever shown: no file is called by it.

    Args:
        field: of the request.
        most: characters.

    Raises:
        InvalidRequestError: blank, too long, or with characters that cannot be shown.
    """
    text = unicodedata.normalize("NFC", (value or "").strip())
    if not text:
        raise InvalidRequestError(f"{field} must not be empty.", param=field)
    if len(text) > most:
        raise InvalidRequestError(f"{field} has {len(text):,} characters; at most {most:,}.", param=field)
    for character in text:
        if unicodedata.category(character) in _UNPRINTABLE or character in _TURNING:
            raise InvalidRequestError(
                f"{field} holds the character U+{ord(character):04X}, which cannot be shown.", param=field
            )
    return text


def checked_name(name: str | None) -> str:
    """The name of an identity.

    Raises:
        InvalidRequestError: as `checked_text`; or it is what those are called who are not known.
    """
    text = checked_text(name, "name", MAX_NAME_LENGTH)
    if text.casefold() == UNKNOWN:
        raise InvalidRequestError(
            f"Nobody can be called {UNKNOWN!r}: it stands for whoever is not known.", param="name"
        )
    return text


def consent_of(by: str | None, statement: str | None, given_at: int | None = None) -> Consent | None:
    """The consent that a request brings; None when it brings none.

    Args:
        by: who has agreed.
        statement: what they have said or signed.
        given_at: when, Unix seconds; None: now.

    Raises:
        InvalidRequestError: half of it is missing, or a part cannot be kept.
    """
    if not (by or "").strip() and not (statement or "").strip():
        return None
    now = int(time.time())
    at = now if given_at is None else given_at
    if not 0 <= at <= now + _CLOCK_S:
        raise InvalidRequestError("consent_given_at must be a time of the past.", param="consent_given_at")
    return Consent(
        by=checked_text(by, "consent_by", MAX_STATEMENT_LENGTH),
        statement=checked_text(statement, "consent_statement", MAX_STATEMENT_LENGTH),
        given_at=at,
        recorded_at=now,
    )
