"""A purge takes what identifies a year's persons, and nothing else; it is on record, and ends right however often it is killed."""

import os
from datetime import datetime

import duckdb
import pytest

import flows.persons.purge as purging
from flows.errors import UsageError
from flows.home import Home
from flows.host.lock import only_writer
from flows.integrity.examine import examine
from flows.integrity.hashing import Hashes
from flows.integrity.memory import Memory
from flows.operate.published import watched
from flows.persons.keys import id_of, key_in_force, open_key
from flows.persons.purge import is_purged, is_unfinished, key_for_run, purge_year
from flows.receive.pseudonyms import Pseudonyms
from flows.results.publications import publish_draft
from flows.results.record import read_record
from flows.settings import read_settings
from tests.flows.homes import YEAR, contents, small_home
from tests.persons.stored import keep
from tests.results.results import write_draft


@pytest.fixture
def home(tmp_path):
    """A year that is published, with all that its runs leave, and a year after it that goes on."""
    folder = small_home(tmp_path / "home")
    keep(folder, open_key(read_settings(folder), YEAR))
    open_key(read_settings(folder), YEAR + 1)
    _warehouse(folder, YEAR)
    for year in (YEAR, YEAR + 1):
        (folder / "quarantine" / str(year)).mkdir(parents=True)
        (folder / "quarantine" / str(year) / "voted.csv").write_text("v1", encoding="utf-8")
    (folder / "quarantine" / f".{YEAR}.building").mkdir()
    publish_draft(Home(folder), YEAR, write_draft(folder), reason="", reviewed=True, by="甲")
    return folder


def _warehouse(home, year):
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(f"create schema ref; create table ref.scheme as select {year} as year")
    (home / "warehouse.duckdb.building").write_bytes(b"of a run that was killed")


def _purge(home, reason="档案规定", confirmed=YEAR):
    return purge_year(read_settings(home), YEAR, reason, confirmed, "乙")


def _kept(home):
    """All that no purge may touch."""
    return {
        name: content
        for name, content in contents(home).items()
        if name.split("/")[0] in ("raw", "schemes", "results", "drafts") or name.startswith(f"publications/{YEAR}/1/")
        or str(YEAR + 1) in name
    }  # fmt: skip


def _amiss(home):
    return examine(Home(home), Hashes(Home(home), Memory()))


def _facts(home):
    return watched(Home(home), datetime.now().astimezone(), "").facts


def test_what_identifies_persons_goes_and_what_is_published_and_raw_stays(home):
    before, key = _kept(home), id_of(home / "keys" / f"{YEAR}.key")
    done = _purge(home)
    assert _kept(home) == before and sorted(path.name for path in (home / "keys").iterdir()) == [f"{YEAR + 1}.key"]
    for name in (
        "warehouse.duckdb",
        "warehouse.duckdb.building",
        f"store/{YEAR}",
        f"quarantine/{YEAR}",
        f"quarantine/.{YEAR}.building",
    ):
        assert not os.path.lexists(home / name), name
    assert set(done.gone) == {
        home / "warehouse.duckdb",
        home / "store" / str(YEAR),
        home / "quarantine" / str(YEAR),
        home / "keys" / f"{YEAR}.key",
    }
    act = read_record(Home(home), YEAR).purge
    assert (act.number, act.keys, act.datasets, act.by, act.reason) == (
        1,
        (key,),
        ("voted", "judged", "judged_experts"),
        "乙",
        "档案规定",
    )
    assert _amiss(home) == []
    (fact,) = [fact for fact in _facts(home) if "清除" in fact]
    assert f"{YEAR} 年的个人信息已经清除" in fact and "由 乙：档案规定" in fact and "又评议过" not in fact
    # What is left to the office is named.
    (raw,) = [warning for warning in done.warnings if "归档" in warning]
    assert str(home / "raw" / str(YEAR) / "voted" / "web.csv") in raw and "judged/panel.csv" in raw and "given" not in raw
    again = _purge(home, confirmed=None)
    assert again.gone == () and "没有什么要清除的" in again.sentence and len(read_record(Home(home), YEAR).acts) == 1


def test_the_warehouse_of_another_year_stays_and_one_that_nobody_can_read_goes(home):
    (home / "warehouse.duckdb").unlink()
    _warehouse(home, YEAR + 1)
    _purge(home)
    assert (home / "warehouse.duckdb").exists()
    open_key(read_settings(home), YEAR)
    (home / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    _purge(home)
    assert not (home / "warehouse.duckdb").exists()


@pytest.mark.parametrize(("reason", "confirmed"), [("档案规定", None), ("档案规定", YEAR + 1), ("", YEAR), (" \u200b。", YEAR)])
def test_without_the_year_once_more_and_a_reason_nothing_happens_and_all_that_would_go_is_listed(home, reason, confirmed):
    before = contents(home)
    with pytest.raises(UsageError, match=f"pingyi purge {YEAR} --confirm {YEAR} --reason") as fault:
        _purge(home, reason, confirmed)
    assert contents(home) == before
    assert f"将删去 {home / 'keys' / f'{YEAR}.key'}" in fault.value.faults
    assert f"不会动 {home / 'raw' / str(YEAR) / 'voted' / 'web.csv'}" in fault.value.faults


def test_a_year_that_was_never_published_is_not_purged(tmp_path):
    home = small_home(tmp_path / "home")
    open_key(read_settings(home), YEAR)
    before = contents(home)
    with pytest.raises(UsageError, match="没有公布过"):
        _purge(home)
    assert contents(home) == before


def test_the_one_key_of_all_years_is_not_taken_for_one_of_them(home, tmp_path, monkeypatch):
    monkeypatch.setenv("PINGYI_SECRET_FILE", str(tmp_path / "all.key"))
    open_key(read_settings(home), YEAR)
    before = contents(home)
    with pytest.raises(UsageError, match=r"all\.key 是各年共用的密钥"):
        _purge(home)
    assert contents(home) == before and (tmp_path / "all.key").exists()


def test_the_key_of_an_older_version_goes_with_the_year_and_the_other_years_are_named(home):
    for path in (home / "keys").iterdir():
        path.unlink()
    (home / "secret.key").write_bytes(bytes(range(32)))
    (home / "secret.key").chmod(0o600)
    entry = keep(home, Pseudonyms(bytes(range(32))))
    other = home / "store" / str(YEAR - 1) / entry.name
    other.parent.mkdir()
    entry.rename(other)
    # Of 2030 nothing is kept that would tell its key; what an older version published does not tell it either.
    done = _purge(home)
    assert not (home / "secret.key").exists() and done.sharing == (YEAR - 1,) and other.is_dir()
    assert any(f"也是 {YEAR - 1} 年的" in warning for warning in done.warnings)
    assert key_in_force(read_settings(home), YEAR - 1) is None


class Killed(BaseException):
    """As if the process ended at this moment."""


_STEPS = ["clear_scratch", "remove_database", "clean", "remove", "sync"]


@pytest.mark.parametrize("step", range(10))
@pytest.mark.parametrize("again", ["purge", "evaluate"])
def test_a_purge_that_is_killed_anywhere_shows_and_is_completed(home, monkeypatch, step, again):
    before, taken = _kept(home), 0

    def counting(original):
        def call(*arguments):
            nonlocal taken
            if taken == step:
                raise Killed
            taken += 1
            return original(*arguments)

        return call

    with monkeypatch.context() as patched:
        for name in _STEPS:
            patched.setattr(purging, name, counting(getattr(purging, name)))
        with pytest.raises(Killed) if step < 9 else pytest.MonkeyPatch.context():
            _purge(home)
    settings, record = read_settings(home), read_record(Home(home), YEAR)
    assert len(record.acts) == 1
    left = is_unfinished(settings, YEAR, record)
    assert left == (home / "keys" / f"{YEAR}.key").exists()
    assert [entry.key for entry in _amiss(home)] == ([f"{YEAR}/purge"] if left else [])
    if again == "purge":
        _purge(home)
        assert is_purged(settings, YEAR, read_record(Home(home), YEAR)) and not (home / "keys" / f"{YEAR}.key").exists()
    else:
        assert key_for_run(settings, YEAR).secret_id not in record.purge.keys
    assert len(read_record(Home(home), YEAR).acts) == 1 and _kept(home) == before
    assert not (home / "store" / str(YEAR)).exists() and _amiss(home) == []


def test_a_year_that_was_purged_gets_a_new_key_and_that_is_said_and_can_be_purged_again(home, caplog):
    old = id_of(home / "keys" / f"{YEAR}.key")
    _purge(home)
    settings = read_settings(home)
    assert is_purged(settings, YEAR, read_record(Home(home), YEAR))
    new = key_for_run(settings, YEAR)
    assert new.secret_id != old and any("已于" in text and "新生成的密钥" in text for text in caplog.messages)
    keep(home, new)
    assert not is_purged(settings, YEAR, read_record(Home(home), YEAR)) and _amiss(home) == []
    assert any("此后又评议过，有新的密钥" in fact for fact in _facts(home))
    _purge(home, "再清除一次")
    acts = read_record(Home(home), YEAR).acts
    assert [act.keys for act in acts] == [(old,), (new.secret_id,)] and not (home / "store" / str(YEAR)).exists()


def test_a_key_that_comes_back_from_a_backup_is_told(home):
    key = (home / "keys" / f"{YEAR}.key").read_bytes()
    _purge(home)
    (home / "keys" / f"{YEAR}.key").write_bytes(key)
    (entry,) = _amiss(home)
    assert entry.key == f"{YEAR}/purge" and str(home / "keys" / f"{YEAR}.key") in entry.listed[0]


def test_ballots_that_are_archived_after_a_purge_are_no_alarm_and_anything_else_is_one(home):
    web = home / "raw" / str(YEAR) / "voted" / "web.csv"
    ballots = web.read_bytes()
    web.unlink()
    (entry,) = _amiss(home)
    assert "web.csv 不见了" in entry.listed[0]
    web.write_bytes(ballots)
    _purge(home)
    web.unlink()
    assert _amiss(home) == []
    web.write_bytes(ballots + b"x")
    (entry,) = _amiss(home)
    assert "web.csv 改过" in entry.listed[0]
    web.unlink()
    (home / "raw" / str(YEAR) / "given" / "scores.csv").unlink()
    (entry,) = _amiss(home)
    assert "scores.csv 不见了" in entry.listed[0] and len(entry.listed) == 1


def test_who_holds_the_home_keeps_a_purge_waiting(home, capsys, monkeypatch):
    from flows.command import main

    monkeypatch.setenv("PINGYI_WAIT", "0")
    with only_writer(Home(home), "nightly", 0, print), pytest.raises(SystemExit) as end:
        main(["purge", str(YEAR), "--confirm", str(YEAR), "--reason", "档案规定", "--data", str(home)])
    assert end.value.code == 4 and (home / "keys" / f"{YEAR}.key").exists()


def test_the_command_says_what_went_and_leaves_a_record_of_the_run(home, capsys):
    from flows.command import main
    from flows.host.runs import read_runs

    with pytest.raises(SystemExit) as end:
        main(["purge", str(YEAR), "--data", str(home)])
    assert end.value.code == 2 and "将删去" in capsys.readouterr().err and read_runs(Home(home)) == []
    main(["purge", str(YEAR), "--confirm", str(YEAR), "--reason", "档案规定", "--data", str(home)])
    printed = capsys.readouterr().out
    assert f"{YEAR} 年的个人信息已经清除" in printed and "请按档案规定移走归档或销毁" in printed
    (run,) = read_runs(Home(home))
    assert (run.what, run.year, run.outcome) == ("purge", YEAR, "warnings") and "已经清除" in run.sentence
