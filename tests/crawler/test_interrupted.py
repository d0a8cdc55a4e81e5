"""A night that was killed: what was finished is kept, what was in work is done again, nothing else is."""

import shutil
import signal
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.crawler.rules import Target
from flows.crawler.run import crawl_night
from tests.crawler.answers import behind
from tests.crawler.crawling import at, quiet, rules, start_alone
from tests.crawler.verdicts import read_sites

pytestmark = pytest.mark.slow

_USED = rules(at_once=3, deadline=30)


@dataclass(frozen=True)
class Killed:
    """What a killed night left: its folder, the sites that it had finished, those in work, and when it had begun."""

    folder: Path
    targets: list[Target]
    finished: set[str]
    in_work: set[str]
    begun: datetime

    @property
    def journal(self) -> Path:
        return self.folder / f".night-{self.begun.date()}.jsonl.part"

    def copy(self, place: Path) -> "Killed":
        """A folder that a test may spoil."""
        shutil.copytree(self.folder, place)
        return Killed(place, self.targets, self.finished, self.in_work, self.begun)

    def go_on(self, now: datetime, targets: list[Target] | None = None):
        return crawl_night(self.targets if targets is None else targets, self.folder, rules(), quiet, at(now))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


def _kill(name, how, server, stage, folder, begun):
    """Starts a night in which three sites do not answer, and ends it when nothing but these is left in work."""
    gate = threading.Event()
    names = [f"{name}{number}.test" for number in range(10)]
    stuck = set(names[4:7])
    for each in names:
        host = stage.healthy(each)
        server.hosts[each] = host.but({"/": behind(gate, host.paths["/"])}) if each in stuck else host
    targets = [Target(each, stage.url(each)) for each in names]
    alone = start_alone(targets, folder, _USED, begun)
    try:
        server.wait_until(lambda log: {r.host for r in log if r.path == "/"} >= stuck)
        asked = {request.host for request in server.log if request.host in names}
        killed = Killed(folder, targets, asked - stuck, stuck, begun)
        end = time.monotonic() + 20
        while not all(site in killed.journal.read_text() for site in killed.finished):
            assert time.monotonic() < end, "the sites that are done are not in the journal"
            time.sleep(0.02)  # a file tells nobody when it grows
        alone.process.send_signal(how)
        _, fault = alone.process.communicate(timeout=10)
    finally:
        alone.process.kill()
        gate.set()
    assert len(killed.finished) >= 4
    return killed, alone.process.returncode, fault


@pytest.fixture(scope="module")
def killed(server, stage, noon, tmp_path_factory):
    """Begun yesterday at eleven in the evening, and killed."""
    begun = noon - timedelta(hours=13)
    return _kill("kill", signal.SIGKILL, server, stage, tmp_path_factory.mktemp("killed"), begun)[0]


@pytest.fixture
def mine(killed, tmp_path):
    return killed.copy(tmp_path / "crawl")


def _complete(file, sites):
    """Each of the sites with each check once, and every one of them reached."""
    found = read_sites(file)
    assert set(found) == set(sites)
    assert {rows["reachable"].verdict for rows in found.values()} == {"passed"}


def _everyone(killed):
    return {target.site_id for target in killed.targets}


def test_a_killed_night_leaves_its_journal_and_no_file(killed):
    assert killed.files() == [killed.journal.name]


def test_the_next_start_finishes_the_night_and_asks_no_finished_site_again(mine, server):
    log = len(server.log)
    night = mine.go_on(mine.begun + timedelta(minutes=30))
    assert (night.day, night.already, night.crawled, night.left) == (
        mine.begun.date(),
        len(mine.finished),
        10 - len(mine.finished),
        0,
    )
    assert {request.host for request in server.log[log:]} == _everyone(mine) - mine.finished
    _complete(night.file, _everyone(mine))
    assert mine.files() == [f"night-{mine.begun.date()}.parquet"]


def test_a_night_that_is_taken_up_after_midnight_keeps_its_day(mine, noon):
    night = mine.go_on(noon.replace(hour=10, minute=59))
    assert night.day == mine.begun.date() == noon.date() - timedelta(days=1)
    assert mine.files() == [f"night-{mine.begun.date()}.parquet"]
    _complete(night.file, _everyone(mine))


def test_a_night_that_was_begun_twelve_hours_ago_is_sealed_with_what_it_has(mine, noon, server):
    log = len(server.log)
    night = mine.go_on(noon.replace(hour=11, minute=1))
    assert (night.day, night.already, night.crawled) == (noon.date(), 0, 10)
    assert mine.files() == [f"night-{mine.begun.date()}.parquet", f"night-{noon.date()}.parquet"]
    _complete(mine.folder / f"night-{mine.begun.date()}.parquet", mine.finished)
    _complete(night.file, _everyone(mine))
    assert {request.host for request in server.log[log:]} == _everyone(mine)


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_is_dropped_and_its_site_done_again(mine, cut):
    content = mine.journal.read_bytes()
    mine.journal.write_bytes(content[:-cut])
    night = mine.go_on(mine.begun + timedelta(minutes=30))
    assert night.already in ((len(mine.finished) - 1, len(mine.finished)) if cut == 1 else (len(mine.finished) - 1,))
    _complete(night.file, _everyone(mine))


@pytest.mark.parametrize("torn", [b'{"', b'{"site": "kill9.test", "rows": [', b"\xe6", b"\x00" * 4096])
def test_half_a_line_at_the_end_does_no_harm(mine, torn):
    with mine.journal.open("ab") as journal:
        journal.write(torn)
    night = mine.go_on(mine.begun + timedelta(minutes=30))
    assert night.already == len(mine.finished)
    _complete(night.file, _everyone(mine))


def test_a_night_killed_before_its_file_was_renamed_is_written_again(mine):
    (mine.folder / f".night-{mine.begun.date()}.parquet.part").write_bytes(b"PAR1 half a file")
    night = mine.go_on(mine.begun + timedelta(minutes=30))
    _complete(night.file, _everyone(mine))
    assert mine.files() == [f"night-{mine.begun.date()}.parquet"]


def test_a_night_killed_between_its_file_and_its_journals_end_has_no_row_twice(mine, server):
    """The journal that is still there holds nothing that the file does not hold."""
    journal = mine.journal.read_bytes()
    night = mine.go_on(mine.begun + timedelta(minutes=30))
    mine.journal.write_bytes(journal)
    log = len(server.log)
    again = mine.go_on(mine.begun + timedelta(hours=1))
    assert (len(server.log), again.already, again.file) == (log, 10, night.file)
    _complete(night.file, _everyone(mine))


def test_an_old_journal_beside_its_finished_file_takes_nothing_away(mine, noon):
    journal = mine.journal.read_bytes()
    night = mine.go_on(mine.begun + timedelta(minutes=30))
    mine.journal.write_bytes(journal)
    mine.go_on(noon + timedelta(days=1))
    _complete(night.file, _everyone(mine))


def test_an_interrupt_ends_the_night_soon_and_cleanly(server, stage, noon, tmp_path):
    killed, status, fault = _kill("stop", signal.SIGINT, server, stage, tmp_path, noon)
    assert status != 0 and fault.count("Traceback") <= 1 and fault.rstrip().endswith("KeyboardInterrupt")
    assert killed.files() == [killed.journal.name]
    night = killed.go_on(noon + timedelta(minutes=5))
    assert (night.already, night.crawled) == (len(killed.finished), 10 - len(killed.finished))
    _complete(night.file, _everyone(killed))
