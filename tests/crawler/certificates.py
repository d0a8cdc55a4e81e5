"""Certificates for the fault server: our own authority, and what a site can do wrong with its own or leave out beside it."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

DAYS_LEFT = 90  # of a valid certificate, whole days


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certificates:
    """`authority` is the file to trust; `contexts` has a server's TLS context for each kind of certificate. `issuers` are what an
    authority has at the addresses that the incomplete kinds name: path, content."""

    authority: Path
    contexts: dict[str, ssl.SSLContext]
    issuers: dict[str, bytes]


def make_certificates(folder: Path, names: Sequence[str], noon: datetime, at: str) -> Certificates:
    """Kinds: `valid`; `expired` three days ago; `other`, valid for another name; `stranger`, of an authority nobody knows.

    Of a chain whose intermediate the server leaves out: `incomplete`, and `incomplete-pem`, `incomplete-p7`, by the form in which it
    can be had under `at`; `twice`, where two are left out; `whole`, where none is; `incomplete-expired` and `incomplete-other` are wrong
    besides; for `incomplete-silent` nothing says where it is, for `incomplete-lost` it is not there, for `incomplete-inside` it is
    said to be in our own network, for `incomplete-false` there is another certificate, and `incomplete-stranger`, `incomplete-root`
    lead to an authority that nobody knows, the latter at once.

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
    middle, strange = _authority("middle CA", noon, ours), _authority("strange middle CA", noon, strangers)
    lower = _authority("lower CA", noon, middle, f"{at}/middle.cer")
    incomplete = {
        "incomplete": (middle, names, end, f"{at}/middle.cer"),
        "incomplete-pem": (middle, names, end, f"{at}/middle.pem"),
        "incomplete-p7": (middle, names, end, f"{at}/middle.p7c"),
        "incomplete-expired": (middle, names, noon - timedelta(days=3), f"{at}/middle.cer"),
        "incomplete-other": (middle, ["elsewhere.example"], end, f"{at}/middle.cer"),
        "incomplete-silent": (middle, names, end, None),
        "incomplete-lost": (middle, names, end, f"{at}/gone.cer"),
        "incomplete-inside": (middle, names, end, "http://10.0.0.1/middle.cer"),
        "incomplete-false": (middle, names, end, f"{at}/strange.cer"),
        "incomplete-stranger": (strange, names, end, f"{at}/strange.cer"),
        "incomplete-root": (strangers, names, end, f"{at}/strangers.cer"),
        "twice": (lower, names, end, f"{at}/lower.cer"),
    }
    kept = {"middle": middle, "lower": lower, "strange": strange, "strangers": strangers}
    issuers = {f"/{name}.cer": each.certificate.public_bytes(Encoding.DER) for name, each in kept.items()}
    issuers["/middle.pem"] = middle.certificate.public_bytes(Encoding.PEM)
    issuers["/middle.p7c"] = pkcs7.serialize_certificates([strange.certificate, middle.certificate], Encoding.DER)
    contexts = {kind: _context(folder / f"{kind}.pem", *leaf) for kind, leaf in (leaves | incomplete).items()}
    contexts["whole"] = _context(folder / "whole.pem", middle, names, end, None, [middle])
    authority = folder / "ca.pem"
    authority.write_bytes(ours.certificate.public_bytes(Encoding.PEM))
    return Certificates(authority, contexts, issuers)


def _context(
    file: Path,
    authority: Authority,
    names: Sequence[str],
    end: datetime,
    issuer_at: str | None = None,
    sent: Sequence[Authority] = (),
) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    unsigned = (
        _unsigned(names[0], authority.certificate.subject, key, end - timedelta(days=365), end)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_issued_by(authority), critical=False)
    )
    certificate = _pointing(unsigned, issuer_at).sign(authority.key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    file.write_bytes(pem + b"".join(each.certificate.public_bytes(Encoding.PEM) for each in sent))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _authority(name: str, noon: datetime, above: Authority | None = None, issuer_at: str | None = None) -> Authority:
    """A root, or an intermediate of the authority `above`."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        False, False, False, False, False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False
    )
    issuer = above.certificate.subject if above else _name(name)
    unsigned = (
        _unsigned(name, issuer, key, noon - timedelta(days=900), noon + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if above:
        unsigned = unsigned.add_extension(_issued_by(above), critical=False)
    return Authority(_pointing(unsigned, issuer_at).sign(above.key if above else key, hashes.SHA256()), key)


def _pointing(unsigned: x509.CertificateBuilder, issuer_at: str | None) -> x509.CertificateBuilder:
    """With the address of its issuer's certificate."""
    if issuer_at is None:
        return unsigned
    place = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_at))
    return unsigned.add_extension(x509.AuthorityInformationAccess([place]), critical=False)


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
