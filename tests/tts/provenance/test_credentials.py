"""C2PA: what was signed is found as it was said, and what was touched afterwards is not believed."""

import tempfile
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("c2pa", reason="the extra `c2pa` is not installed")

from tests.audio.tone import tone
from tests.tts.provenance.certificates import ORGANISATION, make_chain
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import AudioProcessingError, SettingsError
from voice_stack.tts.provenance.credentials import SIGNED_FORMATS, Credentials, CredentialSigner, read_credentials
from voice_stack.tts.provenance.marking import Marking
from voice_stack.tts.provenance.settings import ProvenanceOptions
from voice_stack.tts.provenance.statement import DigitalSource, Statement

CLIP = AudioClip(tone(12_000, 24_000), 24_000)
STATEMENT = Statement(DigitalSource.TRAINED, "kokoro", "kokoro-v1.0", date(2026, 11, 29))
NONE = Credentials("not_present")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_chain(tmp_path_factory.mktemp("chain"))


@pytest.fixture(scope="module")
def signer(chain: tuple[Path, Path]) -> CredentialSigner:
    return CredentialSigner(chain[0], chain[1].read_text())


def read(data: bytes) -> Credentials:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return read_credentials(file)


@pytest.mark.parametrize("audio_format", SIGNED_FORMATS)
def test_what_is_signed_is_found_as_it_was_said(signer: CredentialSigner, audio_format: AudioFormat) -> None:
    plain = encode_whole(CLIP, audio_format, tags=STATEMENT.tags)
    signed = signer.sign(plain, audio_format, STATEMENT)
    assert signed[:3] == plain[:3]
    told = read(signed)
    expected = ("valid", ORGANISATION, STATEMENT.source.uri, "2026-11-29T00:00:00Z", "kokoro-v1.0")
    assert (told.state, told.issuer, told.source, told.generated_at, told.model) == expected
    assert told.says_synthetic
    assert read(plain) == NONE
    # One bit of the sound.
    touched = bytearray(signed)
    touched[signed.index(plain[-2000:-1900])] ^= 1
    assert read(bytes(touched)).state == "invalid"
    assert not read(bytes(touched)).says_synthetic


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"junk" * 100, b"ID3\x03\0\0\x7f\x7f\x7f\x7f", b"OggS" * 9, b"\0\0\0\x18ftypM4A "]
)
def test_what_holds_no_manifest_proves_nothing(data: bytes) -> None:
    assert not read(data).says_synthetic


def test_a_broken_manifest_is_invalid(signer: CredentialSigner) -> None:
    signed = signer.sign(encode_whole(CLIP, AudioFormat.WAV), AudioFormat.WAV, STATEMENT)
    place = signed.index(b"jumb")
    broken = signed[: place + 40] + b"\xff" * 400 + signed[place + 440 :]
    assert read(broken).state == "invalid"


def test_a_certificate_that_makes_no_signature_stops_the_start(chain: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = chain
    (tmp_path / "other").mkdir()
    other = make_chain(tmp_path / "other")[1].read_text()
    expired = make_chain(tmp_path, expired=True)
    for path, pem, words in (
        (certificate, "", "TTS_C2PA_KEY"),
        (certificate, "no key", "no private key"),
        (certificate, other, "make no signature"),
        (tmp_path / "nowhere.pem", key.read_text(), "cannot be read"),
        (key, key.read_text(), "make no signature"),
        (expired[0], expired[1].read_text(), "make no signature"),
    ):
        with pytest.raises(SettingsError, match=words) as caught:
            Marking(ProvenanceOptions(c2pa_cert=str(path), c2pa_key=pem))
        assert "PRIVATE KEY" not in str(caught.value)


def test_what_is_no_file_of_the_format_cannot_be_signed(signer: CredentialSigner) -> None:
    with pytest.raises(AudioProcessingError):
        signer.sign(b"junk" * 100, AudioFormat.WAV, STATEMENT)
