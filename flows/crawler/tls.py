"""What a server must show over TLS: a certificate whose chain, name and time this machine can verify, as browsers do."""

import ssl
from functools import lru_cache
from pathlib import Path

# Browsers take certificates that the strictest reading of RFC 5280 does not, and a root for an anchor, nothing else. Later
# versions of Python differ in both: the same site must not pass with one of them and fail with the next.
_NOT_AS_BROWSERS = getattr(ssl, "VERIFY_X509_STRICT", 0) | getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)


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
