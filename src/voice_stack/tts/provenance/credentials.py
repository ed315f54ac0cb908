"""C2PA content credentials: a signed manifest in the file, that it is synthetic and who says so (c2pa-python)."""

import importlib.util
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from voice_stack.audio.child import Child, ChildTimeoutError
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import AudioProcessingError, SettingsError
from voice_stack.tts.provenance.statement import SOFTWARE, DigitalSource, Statement, read_statement

HOW_TO_INSTALL: Final = "pip install 'voice-stack[c2pa]'"
SIGNED_FORMATS: Final = (AudioFormat.WAV, AudioFormat.MP3)
"""Formats that can be signed. FLAC could be as well, but would begin with `ID3` then, where clients look for `fLaC`."""

_READER: Final = Path(__file__).with_name("credentials_reader.py")
_CPU_SECONDS: Final = 20
_TIMEOUT_S: Final = 30.0
_MOST_BYTES: Final = 64 * 1024
_MOST_CHARACTERS: Final = 200
_SNIFFED: Final = 12
_RULES: Final = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": True}}


def c2pa_is_installed() -> bool:
    """True where c2pa-python can be imported. Nothing is imported."""
    return importlib.util.find_spec("c2pa") is not None


class CredentialSigner:
    """Signs files with a certificate. Any thread may use it.

    Args:
        certificate: PEM file of the certificate and its chain.
        key: private key, in PEM.

    Raises:
        SettingsError: the package is missing, the file cannot be read, or the two do not make a signature.
    """

    def __init__(self, certificate: Path, key: str) -> None:
        if not c2pa_is_installed():
            raise SettingsError(f"TTS_C2PA_CERT needs the extra `c2pa` ({HOW_TO_INSTALL}).")
        if not key.strip():
            raise SettingsError("TTS_C2PA_CERT needs its private key: TTS_C2PA_KEY, or TTS_C2PA_KEY_FILE.")
        try:
            self._chain = certificate.read_bytes()
        except OSError as error:
            raise SettingsError(f"TTS_C2PA_CERT={certificate} cannot be read: {error.strerror or error}.") from error
        self._key = key.encode()
        self._algorithm = _algorithm(self._key)
        try:
            # The library checks what it has signed.
            self.sign(wav_header(24_000, 0), AudioFormat.WAV, Statement(DigitalSource.TRAINED))
        except AudioProcessingError as error:
            raise SettingsError(f"TTS_C2PA_CERT and TTS_C2PA_KEY make no signature: {error.message}") from error

    def sign(self, data: bytes, audio_format: AudioFormat, statement: Statement) -> bytes:
        """The same file with a manifest that says the statement.

        Args:
            data: a whole file of one of SIGNED_FORMATS.

        Raises:
            AudioProcessingError: it could not be signed.
        """
        import c2pa

        signed = io.BytesIO()
        try:
            signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(self._algorithm, self._chain, self._key, None))
            with c2pa.Builder(_manifest(statement), context=c2pa.Context(c2pa.Settings.from_dict(_RULES))) as builder:
                builder.sign(signer, audio_format.mime, io.BytesIO(data), signed)
        except c2pa.C2paError as error:
            raise AudioProcessingError(f"The speech could not be signed: {str(error)[:_MOST_CHARACTERS]}") from error
        return signed.getvalue()


@dataclass(frozen=True, slots=True)
class Credentials:
    """The manifest of a file, as far as it tells of origin.

    Attributes:
        state: of the signature: trusted, valid, invalid or not_present.
        issuer: organisation that signed, or None.
        source: kind of media that is claimed, or None.
        generated_at: time by RFC 3339 that is claimed, or None.
        model: that is claimed, or None.
    """

    state: str
    issuer: str | None = None
    source: str | None = None
    generated_at: str | None = None
    model: str | None = None

    @property
    def says_synthetic(self) -> bool:
        """True where a signature that holds says that a machine made it."""
        return self.state in ("trusted", "valid") and read_statement([("", self.source or "")]) is not None


def read_credentials(file: BinaryIO) -> Credentials:
    """The manifest of a file, read by a process of its own, which fetches nothing.

    A file that the reader does not come to an end with has an invalid one.

    Args:
        file: a real file (`fileno()`); it is left where it stands.

    Raises:
        ServiceUnavailableError: the process cannot be started.
    """
    media_type = _media_type(file)
    if media_type is None:
        return Credentials("not_present")
    descriptor = file.fileno()
    child = Child([sys.executable, str(_READER), str(descriptor), media_type], descriptor, _CPU_SECONDS)
    try:
        told = json.loads(child.read(_MOST_BYTES, _TIMEOUT_S))
    except (ChildTimeoutError, ValueError):
        return Credentials("invalid")
    finally:
        child.close()
    state = _text(told.get("state"))
    known = state if state in ("trusted", "valid", "invalid", "not_present") else "invalid"
    return Credentials(known, *(_text(told.get(name)) for name in ("issuer", "source", "when", "model")))


def _manifest(statement: Statement) -> dict[str, Any]:
    name, _, version = SOFTWARE.rpartition(" ")
    agent = {"name": name, "version": version}
    action: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": statement.source.uri,
        "softwareAgent": agent,
        "parameters": {"voice-stack.engine": statement.engine, "voice-stack.model": statement.model},
    }
    if statement.generated_at:
        action["when"] = statement.generated_at
    return {
        "claim_generator_info": [agent],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }


def _algorithm(key: bytes) -> bytes:
    """C2PA's name of the signature that a key makes."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        raise SettingsError("TTS_C2PA_KEY is no private key in PEM, or it has a password.") from error
    if isinstance(private, ec.EllipticCurvePrivateKey):
        found = {256: b"es256", 384: b"es384", 521: b"es512"}.get(private.key_size)
    elif isinstance(private, rsa.RSAPrivateKey):
        found = b"ps256"
    else:
        found = b"ed25519" if isinstance(private, ed25519.Ed25519PrivateKey) else None
    if found is None:
        raise SettingsError("TTS_C2PA_KEY is of a kind that C2PA does not know: take P-256, P-384, Ed25519 or RSA.")
    return found


def _media_type(file: BinaryIO) -> str | None:
    """The media type by a file's first bytes, where it can hold a manifest."""
    place = file.tell()
    file.seek(0)
    head = file.read(_SNIFFED)
    if head.startswith(b"ID3") and len(head) >= 10:
        # FLAC that is signed begins like mp3. The size of the tag is written with seven bits a byte.
        file.seek(10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)))
        after = file.read(4)
        file.seek(place)
        return "audio/flac" if after == b"fLaC" else "audio/mpeg"
    file.seek(place)
    if head.startswith(b"RIFF") and head[8:] == b"WAVE":
        return "audio/wav"
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    return "audio/mpeg" if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6) else None


def _text(value: object) -> str | None:
    return value[:_MOST_CHARACTERS] if isinstance(value, str) and value else None
