"""Bad input through the yearly flow: files are refused, rows are set aside, and published results stay untouched."""

import csv
import io
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from flows.errors import OperatorError
from tests.receive.correct import BALLOTS, GOOD, YEAR
from tests.receive.home import small_home
from tests.receive.sheets import HEADER as SHEET_HEADER
from tests.receive.sheets import number, row, with_sheet
from tests.receive.test_personal_data import ORIGIN, VOTER, assert_nowhere


def _contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A home whose year is published. A test puts one thing wrong and takes it back."""
    from flows.yearly import yearly

    home = small_home(tmp_path_factory.mktemp("published") / "home")
    yearly(YEAR, str(home.folder))
    return home


# What is wrong (by the files that are put there), and what the one error must name.
WRONG = {
    "files that cannot be read": (
        {
            "public/web.csv": "<html><title>登录已过期</title></html>",
            "expert/panel.csv": GOOD["expert/panel.csv"].encode("utf-16"),
            "self_check/claims.csv": "",
            "daily_work/records.csv": GOOD["daily_work/records.csv"] + '"s02,d1,2007',
            "service_audit/items.xls": b"\xd0\xcf",
            "service_audit/more.xlsx": with_sheet(SHEET_HEADER + row(1_048_576, number("XFD1048576", "1"))),
            "service_audit/sums.xlsx": with_sheet(row(1, '<c r="A1"><f>1</f></c>')),
        },
        ["public/web.csv", "网页", "重新导出", "expert/panel.csv", "UTF-16", "self_check/claims.csv", "空文件", "daily_work/records.csv", "第 4 行", "引号",
         "service_audit/items.xls", "格式", "service_audit/more.xlsx", "1048576", "删去", "service_audit/sums.xlsx", "单元格 A1", "公式", "有 7 个文件"],
    ),
    "too many broken rows": (
        {"superior/scores.csv": "site,score\ns01,100.01\ns02,NaN\nd01,66\n",
         "daily_work/records.csv": "site,indicator,month,value\n市財政局,d1,2007-11,1\n".encode("big5")},
        ["superior/scores.csv", "3 行", "2 行", "第 2 行", "score", "100.01", "0 到 100", "daily_work/records.csv", "site", "Big5", "有 2 个文件"],
    ),
    "a name for two sites": ({"sites.csv": GOOD["sites.csv"].replace("市教委", "财政局")}, ["sites.csv", "财政局", "s01", "s02"]),
    "a folder of no dataset": ({"expart/panel.csv": GOOD["expert/panel.csv"]}, ["expart", "expert", "文件夹"]),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_refused_run_touches_nothing_that_is_published_and_says_what_to_do(published, evaluate_year, wrong):
    files, parts = WRONG[wrong]
    results, warehouse = published.folder / "results" / str(YEAR), published.folder / "warehouse.duckdb"
    before, stamp = _contents(results), (warehouse.stat().st_ino, warehouse.stat().st_mtime_ns)
    paths = [published.put(name, content) for name, content in files.items()]
    try:
        with pytest.raises(OperatorError) as fault:
            evaluate_year(published.folder, YEAR)
    finally:
        for path in paths:
            path.unlink()
        for name in files.keys() & GOOD.keys():
            published.put(name, GOOD[name])
    assert [part for part in parts if part not in str(fault.value)] == []
    assert fault.value.exit_status == 1
    assert _contents(results) == before and "manifest.json" in before
    assert (warehouse.stat().st_ino, warehouse.stat().st_mtime_ns) == stamp
    assert [entry.name for entry in results.parent.iterdir()] == [str(YEAR)]


def test_after_all_that_the_same_files_give_the_same_results(published, evaluate_year):
    results = published.folder / "results" / str(YEAR)
    before = _contents(results)
    assert _contents(evaluate_year(published.folder, YEAR)) == before


def test_quarantine_has_one_line_a_row_with_its_first_fault(home, evaluate_year):
    home.change_scheme("max_quarantined = 0.5", "max_quarantined = 0.9")
    home.put("superior/a.csv", 'score,site,备注\n100.01,查无此站,x\n77,s02\n"1,5",s01,x\n5,d01,x\n6,d01,\n4,d01,\n3,d01,\n')
    home.put(
        "expert/b.jsonl",
        '{"expert_id": "e2", "site": "s01", "aspect": "services", "score": 50}\n{"expert_id": "e3", "site": "s01", "aspect": "services", "score": 1e400}\n',
    )
    results = evaluate_year(home.folder, YEAR)
    quarantine = home.folder / "quarantine" / str(YEAR)
    assert sorted(path.name for path in quarantine.iterdir()) == ["expert.csv", "superior.csv"]
    header, *lines = _read(quarantine / "superior.csv")
    assert header == ["dataset", "file", "line", "column", "value", "reason"]
    first = [line[:5] for line in lines[:3]]
    assert first == [
        ["superior", "a.csv", "2", "site", "查无此站"],
        ["superior", "a.csv", "3", "", ""],
        ["superior", "a.csv", "4", "score", "1,5"],
    ]
    # Of the five scores of d01 the one whose content sorts first stays: 3, in line 8 of a.csv.
    assert [line[:5] for line in lines if line[:5] not in first] == [
        *(["superior", "a.csv", line, "site", "d01"] for line in "567"), ["superior", "scores.csv", "4", "site", "d01"]]  # fmt: skip
    assert _read(quarantine / "expert.csv")[1][:5] == ["expert", "b.jsonl", "2", "score", "1e400"]
    assert all(line[5] for line in lines)

    inputs = {
        f"{entry['dataset']}/{entry['file']}": entry
        for entry in json.loads((results / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    }
    assert set(inputs) == {"sites/sites.csv", "superior/a.csv", "expert/b.jsonl", *(name for name in GOOD if "/" in name)}
    assert all(entry["rows_in"] == entry["loaded"] + entry["quarantined"] for entry in inputs.values())
    accounts = {
        name: (entry["rows_in"], entry["loaded"], entry["quarantined"])
        for name, entry in inputs.items()
        if entry["quarantined"]
    }
    assert accounts == {"superior/a.csv": (7, 1, 6), "superior/scores.csv": (3, 2, 1), "expert/b.jsonl": (2, 1, 1)}


def test_a_dataset_without_bad_rows_has_no_quarantine_file_any_more(home, evaluate_year):
    home.put("superior/a.csv", "site,score\n?,1\n")
    home.change_scheme("max_quarantined = 0.5", "max_quarantined = 1")
    evaluate_year(home.folder, YEAR)
    assert [path.name for path in (home.folder / "quarantine" / str(YEAR)).iterdir()] == ["superior.csv"]
    (home.raw / "superior" / "a.csv").unlink()
    evaluate_year(home.folder, YEAR)
    assert list((home.folder / "quarantine" / str(YEAR)).iterdir()) == []


OUTSIDE = ["2007-10-31T15:59:59Z", "2007-10-31T15:59:59.999999Z", "2007-12-20T16:00:00Z", "2007-10-31 23:59:59", "2007-12-21 00:00:00", "2007-12-21",
           "2007-11-01T00:00:00+09:00", "2007-12-20T23:59:59-01:00"]  # fmt: skip
INSIDE = ["2007-10-31T16:00:00Z", "2007-12-20T15:59:59Z", "2007-12-20T15:59:59.999999Z", "2007-11-01 00:00:00", "2007-11-01", "2007-12-20 23:59:59",
          "2007-10-31T23:00:00+07:00", "2007-12-21T00:30:00+09:00"]  # fmt: skip


def test_ballots_at_the_edges_of_the_period_count_by_the_local_day(home, evaluate_year):
    times = OUTSIDE + INSIDE
    rows = [f"e{index},{time},v{index},s01,1,1,,,,\n" for index, time in enumerate(times)]
    home.put("public/edges.csv", BALLOTS + "".join(rows))
    instants = [datetime(2007, 10, 31, 15, 59, 59, tzinfo=UTC), datetime(2007, 10, 31, 16, tzinfo=UTC),
                datetime(2007, 12, 20, 15, 59, 59, tzinfo=UTC), datetime(2007, 12, 20, 16, tzinfo=UTC)]  # fmt: skip
    frame = pl.DataFrame(
        {"ballot_id": list("pqrs"), "submitted_at": instants, "voter": list("abcd"), "site": ["s01"] * 4, "services": [1] * 4}
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    home.put("public/edges.parquet", buffer.getvalue())
    audit = _read(evaluate_year(home.folder, YEAR) / "tables" / "ballot_audit.csv")[1:]
    counts = {reason: int(ballots) for _, source, reason, ballots in audit if source == "public"}
    assert counts.pop("outside_period") == len(OUTSIDE) + 2
    assert counts.pop("valid") == len(INSIDE) + 2 + 3  # and the three of the home
    assert set(counts.values()) == {0}


def test_personal_data_are_in_no_file_of_a_whole_run(home, evaluate_year):
    fine = f"p1,2007-11-05,{VOTER},s01,1,1,1,web,{ORIGIN},9\n"
    broken = (
        f"p2,2007-13-05,{VOTER},s01,1,1,1,web,{ORIGIN},9\np3,2007-11-05,{VOTER},s01,web,{ORIGIN}\n,,{VOTER},,,,,,{ORIGIN},\n"
    )
    home.put(
        "public/people.csv",
        BALLOTS
        + fine
        + fine
        + broken.replace("p2", "p4")
        + "".join(f"g{n},2007-11-05,{VOTER}{n},s01,1,1,1,,,\n" for n in range(9)),
    )
    results = evaluate_year(home.folder, YEAR)
    assert len(_read(home.folder / "quarantine" / str(YEAR) / "public.csv")) == 5
    assert_nowhere(home, VOTER, ORIGIN)
    assert results.is_dir() and (home.folder / "warehouse.duckdb").is_file()
