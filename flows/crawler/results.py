"""What came of asking for an address: an answer, or one failure of a closed set."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from yarl import URL

Kind = Literal[
    "name_not_found",  # the name does not exist or has no address
    "name_trouble",  # the resolver did not know just now: ours
    "refused",
    "reset",
    "timeout",
    "certificate",
    "chain",  # the certificate lacks its issuer's, and whether a browser would find that is not known
    "tls",
    "too_many_redirects",  # more than five, or a loop
    "forbidden_address",
    "forbidden_scheme",
    "protocol",  # an answer that is none
    "robots",
    "busy",  # told to come back much later
    "budget",  # our own limit of requests
    "own",  # anything else of ours: no route, no more file descriptors, a defect
]

# The other side, or the way to it: held against a site only while our own line is known to be up.
NETWORK: frozenset[Kind] = frozenset({"name_not_found", "refused", "reset", "timeout", "certificate", "tls", "protocol"})
# Nothing was learnt about the other side.
OURS: frozenset[Kind] = frozenset({"name_trouble", "own", "budget", "robots", "busy", "chain"})
# What is asked for is not there.
GONE = frozenset({404, 410})
# The server itself is in trouble: of the registry's 5xx all but 511, by which a network on the way asks for a login.
SERVER_ERRORS = frozenset({*range(500, 509), 510})

_LONGEST_ADDRESS = 300


class Hop(NamedTuple):
    """One answer on the way. `expires` is the end of the server's certificate, over https; `incomplete` says that the server left
    out what it takes to verify it."""

    url: URL
    status: int
    expires: datetime | None
    hsts: str | None
    incomplete: bool = False


class Answer(NamedTuple):
    """The last answer of a chain of redirects.

    `hops` are all answers, the last one included. `body` is inflated, at most as long as was asked for, and `size` its
    length; `truncated` says that there was more, `unreadable` why it could not be read at all. `first_byte` is the time to
    the last answer's headers and `full_load` that of the whole chain with the body, in seconds, without our own polite waiting;
    for `busy` of these seconds we were computing and may have read the answer late.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    size: int
    truncated: bool
    unreadable: str | None
    hops: tuple[Hop, ...]
    first_byte: float
    full_load: float
    busy: float

    @property
    def final_url(self) -> URL:
        return self.hops[-1].url

    @property
    def redirects(self) -> int:
        return len(self.hops) - 1

    @property
    def summary(self) -> str:
        """What was seen, for an operator."""
        size = f"{self.size / 1024:.1f} KB" + ("（只读了这些）" if self.truncated else "")
        return f"状态 {self.status}，{self.full_load:.2f} 秒，{size}，{short(self.final_url)}"


class Failure(NamedTuple):
    """No answer. `url` is where it failed, `at` the event loop's time, `hops` what had answered before.

    `kept` says that the connection was kept from an earlier request and broke before any answer: worth a new one. `incomplete`:
    the server's certificate could not be verified for want of its issuer's.
    """

    kind: Kind
    detail: str
    url: URL
    at: float
    hops: tuple[Hop, ...] = ()
    kept: bool = False
    incomplete: bool = False

    @property
    def summary(self) -> str:
        return f"{self.detail}，{short(self.url)}"


def refuses(status: int) -> bool:
    """Whether a server answers, but not us: every other 4xx, and every number that the registry of statuses does not have.

    What such a status means is between that server and its visitors (999, 418, 567 turn robots away, 521 asks for a proof, 530
    is a content network's), so it says neither that something is there nor that it is not.
    """
    return status >= 400 and status not in GONE and status not in SERVER_ERRORS


def short(url: URL) -> str:
    text = str(url)
    return text if len(text) <= _LONGEST_ADDRESS else text[:_LONGEST_ADDRESS] + "…"
