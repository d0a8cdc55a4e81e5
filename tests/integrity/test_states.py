"""Whatever somebody does by hand in a published home, the status names it, once, with what to do and since when."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import OperatorError
from flows.home import Home
from flows.host.lock import only_writer
from flows.operate.status import read_status
from flows.publish import publish_reviewed
from flows.results import publications
from flows.results.drafts import ResultFolder
from flows.results.folder import remove
from flows.results.publications import publish_draft
from flows.results.record import Publication, Record, add_to_record, read_record, record_path, remember
from flows.results.settling import settle
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from tests.flows.homes import YEAR, contents, small_home, thaw, write_rows
from tests.results.results import sha256, write_draft, write_results

pytestmark = pytest.mark.timeout(60)
OTHER = YEAR - 1


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with two publications of a year, and one of another year."""
    home = small_home(tmp_path_factory.mktemp("states") / "home")
    for mark in ("one", "two"):
        publish(home, mark)
    shutil.copytree(home / "publications" / str(YEAR), home / "publications" / str(OTHER))
    (home / "results" / str(OTHER)).symlink_to(f"../publications/{OTHER}/2")
    remember(Home(home), OTHER, read_record(Home(home), OTHER))
    shutil.copytree(home / "raw" / str(YEAR), home / "raw" / str(OTHER))
    shutil.copyfile(home / "schemes" / f"{YEAR}.toml", home / "schemes" / f"{OTHER}.toml")
    settle(Home(home))
    return home


@pytest.fixture
def home(made, tmp_path):
    copied = shutil.copytree(made, tmp_path / "home", symlinks=True)
    thaw(copied / "publications")
    return copied


def publish(home, mark):
    return publish_draft(Home(home), YEAR, write_draft(home, mark), reason="修订", reviewed=True, by="office")


def found(home):
    status = read_status(Home(home), datetime.now(UTC))
    return [str(statement) for statement in status.faults if "磁盘" not in statement.sentence]


def results(home):
    return home / "results" / str(YEAR)


def kept(home, number=2):
    return home / "publications" / str(YEAR) / str(number)


def relink(home, target):
    results(home).unlink()
    results(home).symlink_to(target)


def forge_manifest(home):
    path = kept(home) / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    (kept(home) / "tables" / "composite_scores.csv").write_text("forged")
    content["tables"][0]["csv_sha256"] = sha256("forged")
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def edit_record(home, old, new):
    path = record_path(Home(home), YEAR)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def cut_record(home):
    path = record_path(Home(home), YEAR)
    path.write_text(path.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")


def chain_anew(home):
    """A record that is whole in itself, and another than the one that is remembered."""
    path, remembered = record_path(Home(home), YEAR), Home(home).heads.read_bytes()
    last = read_record(Home(home), YEAR).publications
    path.unlink()
    for publication in last:
        forged = Publication(**{**vars(publication), "reason": "别的理由"})
        add_to_record(Home(home), YEAR, read_record(Home(home), YEAR), forged)
    Home(home).heads.write_bytes(remembered)


def plain(home, change=None):
    folder = results(home).resolve()
    results(home).unlink()
    shutil.copytree(folder, results(home))
    if change:
        change(results(home))


def replaced(path, make):
    def change(home):
        target = path(home)
        target.unlink() if not target.is_dir() or target.is_symlink() else remove(target)
        make(target)

    return change


def write(name, text="x"):
    return lambda home: (home / name).write_text(text, encoding="utf-8")


TABLE = "tables/composite_scores.csv"
# What is done by hand, and what the one sentence about it must say.
STATES = {
    "results deleted": (lambda home: results(home).unlink(), ["不见了", f"pingyi publish {YEAR}"]),
    "all results deleted": (lambda home: remove(home / "results"), ["不见了", f"pingyi publish {YEAR}"]),
    "a byte of an annex": (lambda home: (kept(home) / TABLE).write_text("y"), [f"{TABLE} 被改动过", "第 2 次"]),
    "the same length": (
        lambda home: (kept(home) / TABLE).write_bytes((kept(home) / TABLE).read_bytes()[::-1]), [f"{TABLE} 被改动过"],
    ),
    "a file deleted": (lambda home: (kept(home) / "bulletin.pdf").unlink(), ["bulletin.pdf 不见了"]),
    "a file added": (lambda home: (kept(home) / "note.txt").write_text("x"), ["note.txt 是后来放进去的"]),
    "a file that is a link": (
        replaced(lambda home: kept(home) / "tables.xlsx", lambda path: path.symlink_to("../1/tables.xlsx")),
        ["tables.xlsx 被换成了链接"],
    ),
    "a file that is a pipe": (replaced(lambda home: kept(home) / "tables.xlsx", os.mkfifo), ["tables.xlsx 读不出来", "管道"]),
    "a folder that is a link": (
        replaced(lambda home: kept(home) / "sites", lambda path: path.symlink_to("../1/sites")), ["sites 是后来放进去的", "s1.html 不见了"],
    ),
    "a manifest forged": (forge_manifest, ["manifest.json 被换过"]),
    "a manifest that is a pipe": (replaced(lambda home: kept(home) / "manifest.json", os.mkfifo), ["manifest.json", "管道"]),
    "a manifest that is a link": (
        replaced(lambda home: kept(home) / "manifest.json", lambda path: path.symlink_to("../1/manifest.json")),
        ["manifest.json 被换成了链接"],
    ),
    "the publication deleted": (lambda home: remove(kept(home)), ["第 2 次公布的结果", "不见了"]),
    "the publication a link": (
        lambda home: (kept(home).rename(home / "elsewhere"), kept(home).symlink_to("../../elsewhere")), ["不是文件夹"],
    ),
    "an older file": (lambda home: (kept(home, 1) / TABLE).write_text("y"), ["第 1 次公布的结果被改动过", f"{TABLE} 被改动过"]),
    "an older one deleted": (lambda home: remove(kept(home, 1)), ["第 1 次公布的结果", "不见了"]),
    "rolled back": (lambda home: relink(home, f"../publications/{YEAR}/1"), ["指向第 1 次公布", "最后公布的却是第 2 次"]),
    "a number that is none": (lambda home: relink(home, f"../publications/{YEAR}/7"), ["指向第 7 次公布"]),
    "another year's": (lambda home: relink(home, f"../publications/{OTHER}/2"), ["指向别处"]),
    "out of the home": (lambda home: relink(home, home.parent), ["指向别处"]),
    "a link in a circle": (lambda home: relink(home, str(YEAR)), ["指向别处"]),
    "a file in its place": (replaced(results, lambda path: path.write_text("x")), ["不是公布的结果，也不是指向它的链接"]),
    "a pipe in its place": (replaced(results, os.mkfifo), ["不是公布的结果，也不是指向它的链接"]),
    "a folder that is changed": (lambda home: plain(home, lambda path: (path / TABLE).write_text("y")), [f"{TABLE} 被改动过"]),
    "a folder of the first": (
        lambda home: (results(home).unlink(), shutil.copytree(kept(home, 1), results(home))), ["manifest.json 被换过"],
    ),
    "the reason edited": (lambda home: edit_record(home, "修订", "修正"), ["record.jsonl 被改动过", "第 1 行"]),
    "reviewed edited": (lambda home: edit_record(home, "true", "false"), ["record.jsonl 被改动过"]),
    "a line cut off": (cut_record, ["被截短、改写或换成了旧的"]),
    "the record chained anew": (chain_anew, ["被截短、改写或换成了旧的"]),
    "the record deleted": (lambda home: record_path(Home(home), YEAR).unlink(), ["公布过，公布记录", "不见了"]),
    "the record emptied": (lambda home: record_path(Home(home), YEAR).write_bytes(b""), ["读不出来（是空的）"]),
    "the record cut": (
        lambda home: record_path(Home(home), YEAR).write_bytes(record_path(Home(home), YEAR).read_bytes()[:-9]),
        ["读不出来（最后一行没有写完）"],
    ),
    "garbage in the record": (lambda home: record_path(Home(home), YEAR).write_bytes(b"\xff\x00\n"), ["读不出来"]),
    "the record a pipe": (replaced(lambda home: record_path(Home(home), YEAR), os.mkfifo), ["读不出来", "管道"]),
    "the record a folder": (replaced(lambda home: record_path(Home(home), YEAR), Path.mkdir), ["读不出来", "文件夹"]),
    "the record a device": (
        replaced(lambda home: record_path(Home(home), YEAR), lambda path: path.symlink_to("/dev/zero")), ["读不出来"],
    ),
    "a folder that nobody published": (lambda home: shutil.copytree(kept(home), kept(home, 3)), ["不在公布记录里"]),
    "everything of a year": (
        lambda home: (remove(home / "publications" / str(YEAR)), results(home).unlink()), ["公布过，公布记录", "也不在了"],
    ),
    "the memory deleted": (lambda home: Home(home).heads.unlink(), [".pingyi.heads 没有了", f"pingyi publish {YEAR}"]),
    "the memory garbage": (write(".pingyi.heads", "{"), [".pingyi.heads", "读不出来"]),
    "the memory of other things": (write(".pingyi.heads", '{"2030": 1}'), [".pingyi.heads", "读不出来"]),
    "the scrub's memory garbage": (write(".pingyi.scrub", "[1]"), [".pingyi.scrub", "读不出来"]),
    "a raw file changed": (
        lambda home: write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "1"]]), ["given/scores.csv 改过"],
    ),
    "a raw file gone": (lambda home: (home / f"raw/{YEAR}/given/scores.csv").unlink(), ["given/scores.csv 不见了"]),
    "a raw file new": (write(f"raw/{YEAR}/given/late.csv"), ["given/late.csv 是新到的"]),
    "a raw file that is a pipe": (
        replaced(lambda home: home / f"raw/{YEAR}/given/scores.csv", os.mkfifo), ["given/scores.csv 读不出来", "管道"],
    ),
    "the register changed": (write(f"raw/{YEAR}/sites.csv"), [f"raw/{YEAR}/sites.csv 改过"]),
    "the scheme changed": (
        lambda home: (home / f"schemes/{YEAR}.toml").open("a").write("# x\n"), [f"schemes/{YEAR}.toml 改过"],
    ),
    "a template new": (
        lambda home: ((home / "bulletin").mkdir(), write(f"bulletin/{YEAR}.txt")(home)), ["通报的模板有了变动", "是新到的"],
    ),
}  # fmt: skip


def test_a_published_home_is_well(home):
    assert found(home) == []
    facts = read_status(Home(home), datetime.now(UTC)).facts
    assert any(f"{YEAR} 年已公布" in fact and "第 2 次公布" in fact for fact in facts)


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_one_sentence_that_names_it_and_since_when(home, state):
    change, words = STATES[state]
    before = datetime.now(UTC) - timedelta(seconds=2)
    change(home)
    faults = [fault for fault in found(home) if str(OTHER) not in fault or str(YEAR) in fault]
    if state in (
        "the publication deleted",
        "the publication a link",
        "all results deleted",
        "a line cut off",
        "the memory deleted",
    ):
        # What follows from it is told too.
        faults = [fault for fault in faults if all(word in fault for word in words)]
    assert len(faults) == 1, faults
    assert all(word in faults[0] for word in words), faults
    assert "请" in faults[0] and "Traceback" not in faults[0]
    if "记忆" not in faults[0] and ".pingyi" not in faults[0]:
        said = datetime.strptime(faults[0][4:20], "%Y-%m-%d %H:%M").replace(tzinfo=read_status(Home(home), before).at.tzinfo)
        assert faults[0].startswith("变动于 ") and said >= before - timedelta(minutes=1)


@pytest.mark.parametrize("state", STATES)
def test_looking_changes_nothing(home, state):
    STATES[state][0](home)
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in home.rglob("*"))
    found(home)
    assert sorted((str(path), path.lstat().st_mtime_ns) for path in home.rglob("*")) == before


def test_a_year_that_is_gone_beside_others_is_named(home):
    (home / "results" / str(OTHER)).unlink()
    (fault,) = found(home)
    assert f"{OTHER} 年公布的结果不见了" in fault


def test_what_an_older_version_or_a_copy_left_works_and_is_a_fact(home):
    plain(home)
    assert found(home) == []
    facts = read_status(Home(home), datetime.now(UTC)).facts
    assert any(f"{results(home)} 是文件夹" in fact for fact in facts)
    settle(Home(home))
    assert results(home).is_symlink() and found(home) == []


def test_tables_of_last_year_that_somebody_put_there_are_none_of_its_business(home):
    by_hand = home / "results" / "2001" / "tables"
    by_hand.mkdir(parents=True)
    (by_hand / "composite_scores.csv").write_text("site_id,composite,rank\ns1,1,1\n")
    assert found(home) == []


def test_results_without_a_record_are_told(home):
    write_results(home / "results" / "2001", home)
    (fault,) = found(home)
    assert "没有公布记录" in fault and "2001" in fault


@pytest.mark.parametrize("moment", ["name_folder", "exchange_link"])
def test_a_publication_that_was_cut_off_is_told_as_such_and_is_under_way_while_its_run_lives(home, monkeypatch, moment):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publications, moment, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        publish(home, "three")
    (fault,) = found(home)
    assert "第 3 次公布已经记录在案，但那次运行没有做完" in fault and "自动完成" in fault
    with only_writer(Home(home), "publish 2030", 0, print):
        status = read_status(Home(home), datetime.now(UTC))
        assert [statement.sentence for statement in status.running if "正在公布：publish 2030" in statement.sentence]
        assert not [fault for fault in status.faults if "公布" in fault.sentence]
    settle(Home(home))
    assert found(home) == [] and results(home).readlink() == Path(f"../publications/{YEAR}/3")


@pytest.mark.parametrize(
    "state",
    [
        "results deleted",
        "rolled back",
        "out of the home",
        "a byte of an annex",
        "a manifest forged",
        "the publication deleted",
    ],
)
def test_the_hash_that_the_sentence_names_puts_it_right(home, state):
    before = contents(results(home))
    STATES[state][0](home)
    (fault, *_) = found(home)
    number = fault.split(f"pingyi publish {YEAR} ")[1][:12]
    restored = publish_reviewed(read_settings(home), read_scheme(Home(home), YEAR), number, "")
    assert restored.repaired and contents(results(home)) == before and found(home) == []


def test_what_nothing_is_remembered_of_is_remembered_again_once_a_person_says_so(home):
    Home(home).heads.unlink()
    settle(Home(home))
    assert len(found(home)) == 2
    last = read_record(Home(home), YEAR).last
    publish_reviewed(read_settings(home), read_scheme(Home(home), YEAR), last.sha256, "")
    (fault,) = found(home)
    assert f"少了 {OTHER} 年" in fault


def test_readers_refuse_a_link_out_of_the_home(home, tmp_path):
    shutil.copytree(kept(home), tmp_path / "outside")
    relink(home, tmp_path / "outside")
    with pytest.raises(OperatorError, match="数据目录以外"):
        Home(home).published(YEAR)
    assert ResultFolder(kept(home)).sha256 == read_record(Home(home), YEAR).last.sha256


def test_an_empty_record_is_none(tmp_path):
    assert read_record(Home(tmp_path), YEAR) == Record()


def test_a_line_that_somebody_has_added_with_a_right_chain_is_told_and_remembered_only_by_a_person(home):
    remembered = Home(home).heads.read_bytes()
    folder = kept(home, 3)
    shutil.copytree(kept(home), folder)
    (folder / "tables.xlsx").write_text("forged")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(sha256("two"), sha256("forged")), encoding="utf-8")
    forged = Publication(3, sha256(manifest.read_bytes()), "2030-03-01T00:00:00+0800", "office", True, "订正")
    add_to_record(Home(home), YEAR, read_record(Home(home), YEAR), forged)
    Home(home).heads.write_bytes(remembered)
    relink(home, f"../publications/{YEAR}/3")
    for _ in range(2):
        (fault,) = found(home)
        assert "有 3 行，记下的只有 2 行" in fault and f"pingyi publish {YEAR} {forged.sha256[:12]}" in fault
        settle(Home(home))
    publish_reviewed(read_settings(home), read_scheme(Home(home), YEAR), forged.sha256, "")
    assert found(home) == []


@pytest.mark.parametrize("name", ["final", "0", "02", "note.txt", "record.jsonl.bak", "2 (copy)", "2/empty", "2/sites/empty"])
def test_whatever_is_put_beside_or_into_publications_is_told(home, name):
    path = home / "publications" / str(YEAR) / name
    shutil.copytree(kept(home), path) if name == "final" else path.write_text("x") if "." in name else path.mkdir()
    (fault,) = found(home)
    assert f"{path} 是后来放进去的" in fault


def test_what_runs_leave_in_publications_is_not_told(home):
    (home / "publications" / str(YEAR) / ".record.jsonl").write_text("x")
    shutil.copytree(kept(home), home / "publications" / str(YEAR) / "unrecorded-1")
    assert found(home) == []
