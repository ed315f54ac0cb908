"""A certificate chain of our own, to sign and to be believed by nobody."""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = "Voice Stack's tests"


def make_chain(folder: Path, *, expired: bool = False) -> tuple[Path, Path]:
    """Write a signer's certificate with its chain, and its key; returns both files.

    C2PA wants what these extensions say: a leaf that may sign, and for e-mail, documents or media.
    """
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("Root", root, "Root", root, is_root=True, expired=False)
    signer = _certificate("Signer", leaf, "Root", root, is_root=False, expired=expired)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signer.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM))
    key.write_bytes(leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, key


def _name(common: str) -> x509.Name:
    facts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, ORGANISATION))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in facts])


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
    expired: bool,
) -> x509.Certificate:
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 20 * day)
        .not_valid_after(now - 10 * day if expired else now + 10 * day)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
