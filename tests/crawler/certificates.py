"""Certificates for the fault server: our own authority, and what a site can do wrong with its own."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAYS_LEFT = 90  # of a valid certificate, whole days


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certificates:
    """`authority` is the file to trust; `contexts` has a server's TLS context for each kind of certificate."""

    authority: Path
    contexts: dict[str, ssl.SSLContext]


def make_certificates(folder: Path, names: Sequence[str], noon: datetime) -> Certificates:
    """Kinds: `valid`; `expired` three days ago; `other`, valid for another name; `stranger`, of an authority nobody knows.

    `noon` is a time of the present day; half a day more than `DAYS_LEFT` keeps the whole days equal all day long.
    """
    ours, strangers = _authority("pingyi test CA", noon), _authority("unknown CA", noon)
    end = noon + timedelta(days=DAYS_LEFT, hours=12)
    leaves = {
        "valid": (ours, names, end),
        "expired": (ours, names, noon - timedelta(days=3)),
        "other": (ours, ["elsewhere.example"], end),
        "stranger": (strangers, names, end),
    }
    authority = folder / "ca.pem"
    authority.write_bytes(ours.certificate.public_bytes(Encoding.PEM))
    return Certificates(authority, {kind: _context(folder / f"{kind}.pem", *leaf) for kind, leaf in leaves.items()})


def _context(file: Path, authority: Authority, names: Sequence[str], end: datetime) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    certificate = (
        _unsigned(names[0], authority.certificate.subject, key, end - timedelta(days=365), end)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_issued_by(authority), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    file.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _authority(name: str, noon: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
    certificate = (
        _unsigned(name, _name(name), key, noon - timedelta(days=900), noon + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def _unsigned(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _issued_by(authority: Authority) -> x509.AuthorityKeyIdentifier:
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
