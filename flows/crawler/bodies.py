"""Bodies: read as far as wanted and inflated by ourselves, so that neither 10 GB nor a bomb takes memory."""

import zlib
from typing import NamedTuple

from aiohttp import ClientResponse

_PLAIN = {"", "identity", "none"}
_GZIP = {"gzip", "x-gzip"}
_GZIP_START = b"\x1f\x8b"
# A stream may be long and inflate to nothing; beyond the cap and this it is not read on.
_SPARE = 64 << 10


class Body(NamedTuple):
    """`data` is inflated. `unreadable` says why nothing could be read of it."""

    data: bytes
    truncated: bool
    unreadable: str | None = None


async def read_body(response: ClientResponse, most: int) -> Body:
    """At most `most` bytes, inflated. Raises `zlib.error` where the encoding is not what it says."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _PLAIN:
        inflater = None
    elif encoding in _GZIP or encoding == "deflate":
        inflater = _Inflater(encoding in _GZIP)
    else:
        return Body(b"", True, f"内容以 {encoding[:40]} 压缩，没有这样要求，读不了")
    content = response.content
    parts: list[bytes] = []
    raw = size = 0
    # Most bodies have come whole with their headers, and are there without waiting.
    while not content.at_eof() and (data := content.read_nowait() or await content.readany()):
        raw += len(data)
        # One byte more than wanted tells that there is more.
        part = data if inflater is None else inflater.feed(data, most + 1 - size)
        parts.append(part)
        size += len(part)
        if size > most or raw > most + _SPARE:
            return Body(b"".join(parts)[:most], True)
    return Body(parts[0] if len(parts) == 1 else b"".join(parts), False)


class _Inflater:
    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._begun = gzip
        self._inflater = zlib.decompressobj(31 if gzip else 15)

    def feed(self, data: bytes, room: int) -> bytes:
        """What `data` inflates to, at most `room` bytes; the rest is lost, so nothing may be fed after a full room."""
        if not self._begun:
            self._begun = True
            # Servers send "deflate" with and without the header of zlib.
            if data[0] & 0x0F != 8:
                self._inflater = zlib.decompressobj(-15)
        parts: list[bytes] = []
        while data and room > 0:
            part = self._inflater.decompress(data, room)
            parts.append(part)
            room -= len(part)
            data = self._inflater.unused_data
            if data:
                # Another member of the same file; anything else behind the end is padding.
                if not (self._gzip and data.startswith(_GZIP_START)):
                    break
                self._inflater = zlib.decompressobj(31)
        return b"".join(parts)
