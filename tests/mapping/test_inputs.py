"""A mapping is an input: in the manifest, watched, part of what a stored reading depends on; and its rows lead to the file."""

import json
import re
import shutil

import pytest

from flows.results.drafts import ResultFolder
from tests.flows.homes import YEAR, evaluated_tables, write_rows
from tests.mapping.exports import BALLOTS, SCORES, WJX, wjx_table, xlsx
from tests.mapping.homes import mapped_home, source_scores, store_of, take, write_mapping

MAPPING_FILE = "mappings/voted.toml"


def _csv(table) -> bytes:
    return "\n".join(",".join(row) for row in table).encode() + b"\n"


@pytest.fixture
def home(tmp_path):
    return mapped_home(tmp_path / "home", "voted/wjx.csv", _csv(wjx_table()), WJX)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory):
    from tests import commands

    home = mapped_home(tmp_path_factory.mktemp("drafted") / "home", "voted/wjx.csv", _csv(wjx_table()), WJX)
    ended = commands.run("yearly", YEAR, "--draft", "--data", home)
    assert ended.status == 0, ended.said
    return home


@pytest.fixture
def draft(drafted, tmp_path):
    return shutil.copytree(drafted, tmp_path / "drafted", symlinks=True)


def _manifest(home, folder="drafts") -> dict:
    return json.loads((home / folder / str(YEAR) / "manifest.json").read_bytes())


def _hash(home) -> str:
    return ResultFolder(home / "drafts" / str(YEAR)).sha256


def test_the_manifest_names_the_mapping_and_accounts_for_every_row_of_the_file(drafted):
    manifest = _manifest(drafted)
    assert MAPPING_FILE in manifest["consulted"]
    (file,) = [file for file in manifest["inputs"] if file["dataset"] == "voted"]
    account = {
        key: file[key] for key in ("mapping", "file_rows", "unrated_rows", "left_out_rows", "rows_in", "loaded", "quarantined")
    }
    assert account == {
        "mapping": "wjx",
        "file_rows": 4,
        "unrated_rows": 1,
        "left_out_rows": 0,
        "rows_in": BALLOTS,
        "loaded": BALLOTS,
        "quarantined": 0,
    }
    # A file that no mapping read says nothing of one.
    assert not any("mapping" in file for file in manifest["inputs"] if file["dataset"] != "voted")


CHANGES = {
    "changed": lambda home: write_mapping(home, "voted", WJX.replace("wjx-", "web-")),
    "gone": lambda home: (home / MAPPING_FILE).unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_draft_whose_mapping_has_moved_is_not_published(run, draft, change):
    number = _hash(draft)
    CHANGES[change](draft)
    status, _, err = run("publish", YEAR, number, "--data", draft)
    assert status == 1 and f"{draft / MAPPING_FILE} {'改过' if change == 'changed' else '不见了'}" in err
    assert not (draft / "results" / str(YEAR)).exists()


def test_a_mapping_that_came_since_voids_the_draft(run, draft):
    number = _hash(draft)
    write_mapping(draft, "judged", '[x]\ncolumns = { "{aspect}" = "score" }\n')
    status, _, err = run("publish", YEAR, number, "--data", draft)
    assert status == 1 and "mappings/judged.toml 是新到的" in err


def test_status_and_reproduce_tell_a_published_year_whose_mapping_has_moved(run, draft):
    status, out, err = run("publish", YEAR, _hash(draft), "--data", draft)
    assert status == 0, out + err
    assert run("reproduce", "--data", draft)[0] == 0
    write_mapping(draft, "voted", WJX + "# 注\n")
    _, out, _ = run("status", "--data", draft)
    assert "算出它的文件有了变动" in out and MAPPING_FILE in out and "改过" in out
    status, out, err = run("scrub", "--data", draft)
    assert status == 3 and MAPPING_FILE in out + err
    status, out, err = run("reproduce", "--data", draft)
    assert status == 3 and MAPPING_FILE in out + err
    # What is put back is well again.
    write_mapping(draft, "voted", WJX)
    assert run("scrub", "--data", draft)[0] == 0
    # The year's own would stand in its place.
    (draft / "mappings" / str(YEAR)).mkdir()
    (draft / "mappings" / str(YEAR) / "voted.toml").write_text(WJX, encoding="utf-8")
    _, out, _ = run("status", "--data", draft)
    assert f"mappings/{YEAR}/voted.toml 是新到的" in out


def test_a_mapping_that_changes_during_a_run_stops_it(home, monkeypatch, run):
    import flows.evaluate.intake as intake

    load = intake.load

    def change_and_load(*arguments):
        write_mapping(home, "voted", WJX + "# 注\n")
        load(*arguments)

    monkeypatch.setattr(intake, "load", change_and_load)
    status, _, err = run("yearly", YEAR, "--data", home)
    assert status == 1 and "期间有文件变动" in err and MAPPING_FILE in err
    assert not (home / "results" / str(YEAR)).exists()


def test_an_unchanged_mapping_finds_what_is_stored_and_a_changed_one_reads_again(home, monkeypatch):
    import flows.receive.store as stores

    read, times = stores.read_apart, []

    def counted(task, known, context):
        times.append(task.contract.mappings)
        read(task, known, context)

    monkeypatch.setattr(stores, "read_apart", counted)
    first = take(home)
    again = take(home)
    assert len(times) == 1 and again.receipt.folder == first.receipt.folder and again.receipt.mapped == first.receipt.mapped
    # A remark is no other mapping.
    write_mapping(home, "voted", WJX + "# 注\n")
    assert take(home).receipt.folder == first.receipt.folder and len(times) == 1
    write_mapping(home, "voted", WJX.replace("wjx-", "web-"))
    changed = take(home)
    assert len(times) == 2 and {row["ballot_id"][:4] for row in changed.rows} == {"web-"}
    write_mapping(home, "voted", WJX)
    assert take(home).receipt.folder == first.receipt.folder and len(times) == 2


def test_without_its_mapping_the_file_is_not_read_from_the_store(home):
    from flows.receive.chunks import RefusedFile

    take(home)
    (home / MAPPING_FILE).unlink()
    with pytest.raises(RefusedFile, match="缺少必需的列"):
        take(home)


def test_a_receipt_that_somebody_changed_is_made_again(home):
    first = take(home)
    path = first.receipt.folder / "receipt.json"
    path.chmod(0o600)
    path.write_text(path.read_text(encoding="utf-8").replace('"unrated": 1', '"unrated": 0'), encoding="utf-8")
    assert take(home).receipt.mapped == first.receipt.mapped


def test_explain_leads_to_the_line_of_the_file(run, home):
    status, out, err = run("explain", YEAR, "s2", "--all", "--data", home)
    assert status == 0, err
    lines = re.findall(r"raw/2030/voted/wjx\.csv 第 (\d+) 行：选票 (\S+)，", out)
    assert lines == [("3", "wjx-2/s2"), ("4", "wjx-3/s2")]
    # The lines of the file are those of the persons who rated the site.
    table = wjx_table()
    assert [table[int(line) - 1][0] for line, _ in lines] == ["2", "3"]


def test_check_shows_how_the_rows_of_a_mapped_file_are_counted(run, home):
    status, out, err = run("check", YEAR, "--data", home)
    assert status == 0, err
    assert f"voted/wjx.csv：按映射 [wjx] 读，文件 4 行，成为 {BALLOTS} 行 = 接收 {BALLOTS} + 不合格 0" in out
    assert "raw/2030/voted/wjx.csv：按映射 [wjx] 读，文件的 4 行里有 1 行一个值也没有填。" in out


def test_the_register_of_deliveries_counts_the_rows_of_the_file(run, home):
    write_rows(home, "deliveries.csv", [["dataset", "file", "rows"], ["voted", "wjx.csv", "4"]])
    assert run("check", YEAR, "--data", home)[0] == 0
    write_rows(home, "deliveries.csv", [["dataset", "file", "rows"], ["voted", "wjx.csv", str(BALLOTS)]])
    status, _, err = run("check", YEAR, "--data", home)
    assert status == 1 and "voted/wjx.csv 有 4 行" in err


@pytest.mark.parametrize(("name", "content"), [("earlier.csv", _csv(wjx_table()[:4])), ("again.xlsx", xlsx(wjx_table()))])
def test_the_same_answers_in_another_export_are_the_same_ballots(run, home, name, content):
    (home / "raw" / str(YEAR) / "voted" / name).write_bytes(content)
    status, _, err = run("check", YEAR, "--data", home)
    assert status == 1 and "5 行中有 5 行不合格" in err and "两行完全相同" in err and "只留最新的一份" in err


def test_of_two_rows_with_one_ballot_the_others_of_the_line_stay(home):
    """A later export in which somebody rated one site more: what is the same counts once, what is new counts."""
    table = wjx_table()
    # In the copy person 1 also rated the second site.
    later = [table[0], [*table[1][:-2], "满意", "满意"]]
    (home / "raw" / str(YEAR) / "voted" / "later.csv").write_bytes(_csv(later))
    assert evaluated_tables(home, YEAR)
    assert source_scores(home, "voted") == {
        "s1": SCORES["s1"],
        "s2": round(0.4 * (100 + 0 + 100) / 3 + 0.6 * (0 + 100 + 100) / 3, 2),
    }


def test_mappings_of_a_dataset_without_files_are_not_read(home):
    write_mapping(home, "judged", "[")
    shutil.rmtree(home / "raw" / str(YEAR) / "judged")
    store, _ = store_of(home)
    assert list(store.mappings) == ["voted"]
