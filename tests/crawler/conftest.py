"""The fault server, the trap, and the one night in which all cases are crawled together."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flows.crawler.run import crawl_night
from tests.crawler import cases_connection, cases_links, cases_onward, cases_pages, cases_refusals, cases_transport
from tests.crawler.answers import reply, status
from tests.crawler.certificates import make_certificates
from tests.crawler.crawling import ZONE, at, rules
from tests.crawler.fault_server import FaultServer, Host
from tests.crawler.payloads import NAMES
from tests.crawler.stage import Case, Stage
from tests.crawler.trap import Trap
from tests.crawler.verdicts import Row, read_sites

_MODULES = (cases_connection, cases_transport, cases_links, cases_refusals, cases_onward, cases_pages)
# The names of the cases do not depend on the stage; tests are named after them before there is a server.
CASES = {case.name: case for module in _MODULES for case in module.cases(Stage(1, 2, datetime(2026, 11, 24).date()))}


@dataclass(frozen=True)
class Crawled:
    """All cases and what the night's file says of them: site, check, row."""

    cases: dict[str, Case]
    sites: dict[str, dict[str, Row]]
    told: list[tuple[str, int, int]]


@pytest.fixture(scope="session")
def noon() -> datetime:
    """Noon of the present day where the sites are: no test sees the day change."""
    return datetime.now(ZoneInfo(ZONE)).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture(scope="session")
def server(noon: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServer]:
    """One server for all tests; each takes host names of its own. Its authority is trusted meanwhile."""
    server = FaultServer()
    with pytest.MonkeyPatch.context() as environment:
        try:
            at = f"http://authority.test:{server.port}"
            certificates = make_certificates(tmp_path_factory.mktemp("tls"), sorted(CASES), noon, at)
            server.contexts = certificates.contexts
            issuers = {path: reply(200, content, "application/pkix-cert") for path, content in certificates.issuers.items()}
            server.hosts["authority.test"] = Host(issuers, status(404))
            environment.setenv("SSL_CERT_FILE", str(certificates.authority))
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def stage(server: FaultServer, noon: datetime) -> Iterator[Stage]:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound, but nobody listens: whoever connects is refused
        yield Stage(server.port, reserved.getsockname()[1], noon.date())


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    try:
        yield trap
    finally:
        trap.close()


@pytest.fixture(scope="session")
def crawled(server: FaultServer, stage: Stage, noon: datetime, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """The night of all cases."""
    cases = {case.name: case for module in _MODULES for case in module.cases(stage)}
    for case in cases.values():
        server.hosts.update({case.name: case.host, **case.more})
    told: list[tuple[str, int, int]] = []
    night = crawl_night(
        # Last those whose time is measured: while we read the pages of others it would be doubtful.
        [case.target(stage) for case in sorted(cases.values(), key=_is_timed)],
        tmp_path_factory.mktemp("night") / "crawl",
        # Not all of them at once: on a busy machine each would have its own slowness held against it.
        rules(deadline=6, at_once=24),
        lambda *words: told.append(words),
        at(noon),
    )
    assert (night.crawled, night.left, night.line_down) == (len(cases), 0, False)
    return Crawled(cases, read_sites(night.file), told)


def _is_timed(case: Case) -> bool:
    return any("full_load=" in expected for expected in case.expected)


@pytest.fixture
def names(monkeypatch):
    """A resolver of our own for names; numbers still go to the real one. Returns the names that it was asked for."""
    real, asked = socket.getaddrinfo, []

    def look_up(host, port, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if not any(letter.isalpha() for letter in name) or ":" in name or name.lower().startswith("0x"):
            return real(host, port, *arguments, **options)
        asked.append(name)
        addresses = NAMES.get(name.lower().rstrip("."), [])
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)) if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked
