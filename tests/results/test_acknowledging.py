"""An old publication that is lost for good is acknowledged by name, on record; anything else that is lost stays a fault."""

import shutil
from datetime import datetime

import pytest

from flows.command import main
from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.integrity.scrub import glance, scrub_home
from flows.operate.status import read_status
from flows.results.acknowledging import acknowledge
from flows.results.publications import publish_draft
from flows.results.record import read_record, record_path, remembered
from flows.results.settling import settle
from tests.flows.homes import YEAR, contents, small_home, thaw
from tests.results.results import write_draft


@pytest.fixture
def home(tmp_path):
    """A year that was published three times."""
    folder = small_home(tmp_path / "home")
    for number in range(3):
        publish_draft(Home(folder), YEAR, write_draft(folder, f"{number}"), reason="订正", reviewed=True, by="甲")
    thaw(folder / "publications")
    return folder


def _folder(home, number):
    return home / "publications" / str(YEAR) / str(number)


def _lose(home, number, *names):
    if not names:
        shutil.rmtree(_folder(home, number))
    for name in names:
        (_folder(home, number) / name).unlink()


def _acknowledge(home, number, reason="备份也坏了"):
    return acknowledge(Home(home), YEAR, number, reason, "乙")


def _amiss(home):
    keys = [known.discrepancy.key for known in scrub_home(Home(home), full=True).known]
    assert keys == [known.discrepancy.key for known in glance(Home(home)).known]
    return keys


@pytest.mark.parametrize("names", [(), ("tables.xlsx",), ("manifest.json",), ("index.html", "sites/s1.html")])
def test_what_is_lost_is_a_fault_until_somebody_acknowledges_it_and_then_one_line(home, names):
    _lose(home, 1, *names)
    assert _amiss(home) == [f"{YEAR}/1"]
    done = _acknowledge(home, 1)
    assert done.act.files == names and f"{YEAR} 年第 1 次公布" in done.sentence
    assert _amiss(home) == []
    status = read_status(Home(home), datetime.now().astimezone())
    (line,) = [fact for fact in status.facts if "已经丢失" in fact]
    assert f"{YEAR} 年第 1 次公布" in line and "由 乙 确认：备份也坏了" in line
    assert not any("丢失" in str(fault) or "不见了" in str(fault) for fault in status.faults)


def test_what_is_lost_later_or_of_another_publication_is_a_fault_again(home):
    _lose(home, 1, "tables.xlsx")
    _acknowledge(home, 1)
    _lose(home, 1, "index.html")
    assert _amiss(home) == [f"{YEAR}/1"]
    _acknowledge(home, 1)
    assert _amiss(home) == []
    _lose(home, 1)
    _lose(home, 2)
    assert _amiss(home) == [f"{YEAR}/1", f"{YEAR}/2"]
    _acknowledge(home, 1)
    assert _amiss(home) == [f"{YEAR}/2"]
    # One that is put back, and is not what it was, is told as well.
    shutil.copytree(_folder(home, 3), _folder(home, 1))
    assert _amiss(home) == [f"{YEAR}/1", f"{YEAR}/2"]


def test_an_acknowledgement_is_on_the_chained_record_and_nobody_edits_it_or_takes_it_away(home):
    _lose(home, 1)
    _acknowledge(home, 1)
    path = record_path(Home(home), YEAR)
    lines = path.read_bytes()
    assert remembered(Home(home))[YEAR].lines == 4
    path.write_bytes(lines.replace("备份也坏了".encode(), "没有原因".encode()))
    assert f"{YEAR}/chain" in _amiss(home)
    path.write_bytes(b"".join(lines.splitlines(keepends=True)[:-1]))
    assert {f"{YEAR}/shortened", f"{YEAR}/1"} <= set(_amiss(home))
    with pytest.raises(OperatorError, match="对不上"):
        _acknowledge(home, 1)
    path.write_bytes(lines)
    # Publishing goes on behind it.
    outcome = publish_draft(Home(home), YEAR, write_draft(home, "4"), reason="再订正", reviewed=True, by="甲")
    settle(Home(home))
    record = read_record(Home(home), YEAR)
    assert outcome.publication.number == 4 and record.last.number == 4 and len(record.heads) == 5 and not record.broken
    assert _amiss(home) == []


@pytest.mark.parametrize(
    ("number", "reason", "says"),
    [
        (3, "坏了", "最后一次公布"),
        (4, "坏了", "没有第 4 次公布"),
        (2, "坏了", "是完整的"),
        (1, " 。", "要有文字"),
        (1, "", "要有文字"),
    ],
)
def test_nothing_else_is_acknowledged(home, number, reason, says):
    _lose(home, 1)
    _lose(home, 3, "tables.xlsx")
    before = contents(home)
    with pytest.raises(UsageError, match=says):
        _acknowledge(home, number, reason)
    assert contents(home) == before


def test_what_was_acknowledged_is_not_acknowledged_once_more(home):
    _lose(home, 1)
    _acknowledge(home, 1)
    with pytest.raises(UsageError, match="由 乙 确认过"):
        _acknowledge(home, 1)


def test_a_line_that_this_version_does_not_know_stops_whoever_would_publish(home):
    path = record_path(Home(home), YEAR)
    path.write_bytes(path.read_bytes() + b'{"act": "forgotten", "number": 1, "chain": ""}\n')
    with pytest.raises(OperatorError, match="forgotten"):
        read_record(Home(home), YEAR)


def test_the_command_puts_it_on_record(home, capsys):
    _lose(home, 1)
    main(["acknowledge", str(YEAR), "1", "--reason", "备份也坏了", "--data", str(home)])
    assert "已写进公布记录" in capsys.readouterr().out
    assert read_record(Home(home), YEAR).acknowledgement(1).reason == "备份也坏了"
    with pytest.raises(SystemExit) as end:
        main(["acknowledge", str(YEAR), "3", "--reason", "备份也坏了", "--data", str(home)])
    assert end.value.code == 2
