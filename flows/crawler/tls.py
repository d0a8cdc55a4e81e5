"""What a server must show over TLS: a certificate whose chain, name and time this machine can verify, as browsers do.

A chain that a server leaves incomplete is completed as browsers do: its certificate says where its issuer's can be had (RFC 5280,
4.2.2.1). What is fetched only helps to build a chain; the chain is verified like any other.
"""

import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID
from yarl import URL

from flows.crawler.results import Kind, short
from flows.crawler.shared import Shared

# Browsers take certificates that the strictest reading of RFC 5280 does not, and a root for an anchor, nothing else. Later
# versions of Python differ in both: the same site must not pass with one of them and fail with the next.
_NOT_AS_BROWSERS = getattr(ssl, "VERIFY_X509_STRICT", 0) | getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)
LEFT_OUT = "服务器没有送出中间证书，证书链不完整；浏览器自己取来才打得开"
_MOST_FETCHED = 3
_MOST_HOSTS = 500
_MOST_ISSUERS = 500
_UNUSABLE = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm)

Origin = tuple[str | None, int | None]
Fetch = Callable[[URL], Awaitable[bytes | None]]


def verifying(intermediates: tuple[bytes, ...] = ()) -> ssl.SSLContext:
    """`intermediates`, in DER, are what a server's chain may be built with. None of them is trusted for itself: a chain ends at an
    authority of this machine's or not at all. Raises `ssl.SSLError` for what is no certificate."""
    return _context(_authorities(), intermediates)


@lru_cache(maxsize=1)
def showing() -> ssl.SSLContext:
    """Verifies nothing: only for looking at a server's certificate. Nothing may be sent or read over it."""
    context = _lenient(ssl.create_default_context())
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _authorities() -> tuple[tuple[str, float], ...]:
    """Where the authorities are that this machine trusts, and since when they are as they are."""
    paths = ssl.get_default_verify_paths()
    return tuple((path, Path(path).stat().st_mtime) for path in (paths.cafile, paths.capath) if path)


# Reading a hundred and more authorities takes as long as five sites. Servers that leave out an intermediate leave out the same few.
@lru_cache(maxsize=32)
def _context(authorities: tuple[tuple[str, float], ...], intermediates: tuple[bytes, ...]) -> ssl.SSLContext:
    context = _lenient(ssl.create_default_context())
    context.verify_flags &= ~_NOT_AS_BROWSERS
    if intermediates:
        context.load_verify_locations(cadata=b"".join(intermediates))
    return context


def _lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """As to ciphers and renegotiation what browsers take: a site that every citizen can open must not fail for being
    old-fashioned."""
    context.set_ciphers("DEFAULT")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Chain(NamedTuple):
    """How a host's certificate is verified in spite of it; without a `context` why it cannot be: where the issuer's certificate
    could not be had (`chain`), or not tonight by whoever asks (`budget`), nobody knows what a browser would do."""

    context: ssl.SSLContext | None
    kind: Kind = "certificate"
    detail: str = ""


class Chains:
    """What is known of a night's incomplete chains."""

    def __init__(self) -> None:
        self._hosts: Shared[Origin, Chain] = Shared(_MOST_HOSTS, keeps=lambda chain: chain.kind != "budget")
        self._issuers: Shared[URL, bytes | None] = Shared(_MOST_ISSUERS, keeps=bool)

    def known(self, url: URL) -> Chain | None:
        return self._hosts.known(_origin(url)) if url.scheme == "https" else None

    def forget_failures(self) -> None:
        self._hosts.forget(lambda chain: chain.context is None)

    async def complete(self, url: URL, summary: str, shown: Callable[[], Awaitable[bytes | None]], fetch: Fetch) -> Chain:
        """The chain of a host that could not be verified, for the reason `summary`. `shown` gives the host's own certificate, `fetch`
        what is at an address; both give nothing where there is none, and None where that has to do with us."""
        return await self._hosts.get(_origin(url), lambda: self._complete(summary, shown, fetch))

    async def _complete(self, summary: str, shown: Callable[[], Awaitable[bytes | None]], fetch: Fetch) -> Chain:
        seen = await shown()
        own = _certificates(seen or b"")
        if not own:
            return Chain(None, "budget" if seen is None else "chain", f"{summary}；没有看到服务器的证书")
        certificate = own[0]
        intermediates: list[bytes] = []
        for _ in range(_MOST_FETCHED):
            address = _where_issuer_is(certificate)
            if address is None:
                break
            found = await self._issuers.get(address, partial(fetch, address))
            issuer = _issuer_among(certificate, found or b"")
            if issuer is None:
                if intermediates:
                    break
                why = f"{summary}；签发者的证书没有取到（{short(address)}）"
                return Chain(None, "budget" if found is None else "chain", why)
            if issuer.issuer == issuer.subject:
                # A root is trusted by this machine or not at all; nobody may bring his own.
                break
            intermediates.append(issuer.public_bytes(Encoding.DER))
            certificate = issuer
        if intermediates:
            with suppress(ssl.SSLError):
                return Chain(verifying(tuple(intermediates)))
        return Chain(None, "certificate", summary)


def _origin(url: URL) -> Origin:
    return url.raw_host, url.port


def _where_issuer_is(certificate: x509.Certificate) -> URL | None:
    """Over plain HTTP only, as browsers have it: to verify one certificate must not take verifying another."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, *_UNUSABLE):
        return None
    for point in access:
        is_location = isinstance(point.access_location, x509.UniformResourceIdentifier)
        if point.access_method == AuthorityInformationAccessOID.CA_ISSUERS and is_location:
            with suppress(ValueError):
                address = URL(point.access_location.value)
                if address.scheme == "http" and address.raw_host:
                    return address
    return None


def _issuer_among(certificate: x509.Certificate, found: bytes) -> x509.Certificate | None:
    """The certificate that signed another one, from what was fetched."""
    for each in _certificates(found):
        with suppress(*_UNUSABLE):
            certificate.verify_directly_issued_by(each)
            return each
    return None


def _certificates(found: bytes) -> list[x509.Certificate]:
    """One certificate in DER or PEM, or several in PKCS #7; none where it is neither."""
    is_pem = found.lstrip().startswith(b"-----BEGIN")
    with suppress(*_UNUSABLE):
        return [x509.load_pem_x509_certificate(found) if is_pem else x509.load_der_x509_certificate(found)]
    with suppress(*_UNUSABLE):
        return pkcs7.load_der_pkcs7_certificates(found) if found else []
    return []
