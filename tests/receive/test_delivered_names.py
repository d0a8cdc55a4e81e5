"""What a file is called decides its format and whether it is a delivery yet, and nothing else."""

import gzip
import os
from pathlib import Path

import pytest

from flows.errors import OperatorError
from flows.receive import refusals
from flows.receive.deliveries import check_folders
from tests.receive.correct import YEAR

SCORES = "site,score\ns01,88\ns02,77\nd01,66\n"


@pytest.fixture
def empty(home):
    (home.raw / "superior" / "scores.csv").unlink()
    return home


def _files(home):
    (received,) = home.receive("superior")
    return [receipt.file for receipt in received.receipts], [refusal.file for refusal in received.refusals]


@pytest.mark.parametrize(
    "name", [".a.csv", "~$a.csv", "a.csv.part", "a.csv.tmp", "a.PART", ".gitkeep", "~$x.xlsx", ".DS_Store"]
)
def test_hidden_locked_and_unfinished_files_are_no_deliveries(empty, name):
    empty.put(f"superior/{name}", b"\0")
    assert _files(empty) == ([], [])


@pytest.mark.parametrize(
    "name", ["a.xls", "a.txt", "a.csv.zip", "a.csv.bak", "a.json", "csv", "a.csv~", "a.xlsm", "a.gz", "公众.doc", "a.tsv"]
)
def test_an_unknown_format_is_refused_and_the_known_ones_are_reported(empty, name):
    empty.put(f"superior/{name}", SCORES)
    assert _files(empty) == ([], [name])
    (received,) = empty.receive("superior")
    message = received.refusals[0].reason
    assert all(ending in message for ending in (".csv", ".csv.gz", ".jsonl", ".xlsx", ".parquet"))


@pytest.mark.parametrize(
    "name",
    ["b[1].csv", "a'; drop table files; --.csv", "评分（终稿）.csv", "a b.csv", "*.csv", "a\"b.csv", "a\nb.csv", "A.CSV", "😀.csv", "a.xlsx.csv", "%s{0}.csv"],
)  # fmt: skip
def test_a_hostile_name_is_only_a_name(empty, name):
    empty.put("superior/b1.csv", "site,score\nd01,1\n")
    empty.put(f"superior/{name}", SCORES)
    empty.put("superior/a1.csv", "site,score\nd01,2\n")
    with empty.loaded("superior") as connection:
        counts = connection.execute("select file, rows_in, loaded + quarantined from raw.files").fetchall()
        scores = connection.execute("select count(*) from raw.given_scores").fetchone()
    assert sorted(counts) == sorted([("b1.csv", 1, 1), (name, 3, 3), ("a1.csv", 1, 1)])
    assert scores == (3,)


def test_a_name_in_the_bytes_of_another_system_is_shown_and_its_rows_load(empty):
    path = os.fsencode(empty.raw / "superior") + b"/" + "评分.csv".encode("gb18030")
    Path(os.fsdecode(path)).write_bytes(SCORES.encode())
    with empty.loaded("superior") as connection:
        assert connection.execute("select file, loaded from raw.files").fetchall() == [(r"\xc6\xc0\xb7\xd6.csv", 3)]


@pytest.mark.parametrize("name", ["a.CSV.GZ", "a.Csv.gz"])
def test_formats_go_by_the_name_whatever_its_case(empty, name):
    empty.put(f"superior/{name}", gzip.compress(SCORES.encode()))
    assert _files(empty) == ([name], [])


def test_a_folder_of_no_dataset_is_refused_and_the_known_ones_are_reported(home):
    home.put("pubilc/a.csv", SCORES)
    with pytest.raises(OperatorError) as fault:
        check_folders(home.home, YEAR, tuple(entry.dataset for entry in home.receive()))
    message = str(fault.value)
    assert "pubilc" in message and "public" in message and "self_check_verified" in message and f"raw/{YEAR}" in message


@pytest.mark.parametrize("name", ["notes/.keep", ".trash/a.csv", "notes/a.csv.part"])
def test_a_folder_without_deliveries_is_nobody(home, name):
    home.put(name, SCORES)
    check_folders(home.home, YEAR, tuple(entry.dataset for entry in home.receive()))


def test_a_year_without_raw_files_says_what_to_make(home):
    with pytest.raises(OperatorError) as fault:
        check_folders(home.home, 1999, ())
    assert "1999" in str(fault.value) and "sites.csv" in str(fault.value)


def test_all_refused_files_of_all_datasets_are_reported_in_one_error(home):
    home.put("superior/a.xls", b"x")
    home.put("superior/b.csv", "site\ns01\n")
    home.put("expert/c.xlsx", b"PK")
    home.put("public/d.jsonl", "[]\n")
    with home.loaded() as connection, pytest.raises(OperatorError) as fault:
        home.check(connection)
    files = [sentence.split("：")[0] for sentence in fault.value.faults]
    assert sorted(files) == sorted(
        f"raw/{YEAR}/{name}" for name in ("superior/a.xls", "superior/b.csv", "expert/c.xlsx", "public/d.jsonl")
    )
    assert "4" in fault.value.summary and "已公布的结果没有改动" in fault.value.summary
    assert fault.value.exit_status == 1


def test_the_correct_home_has_nothing_refused_and_nothing_set_aside(home):
    received = home.receive()
    assert refusals(YEAR, received) == []
    assert {receipt.dataset for entry in received for receipt in entry.receipts} == {
        "public", "hotline", "expert", "self_check", "self_check_verified", "daily_work", "service_audit", "superior"}  # fmt: skip
    assert [receipt.warnings for entry in received for receipt in entry.receipts] == [()] * 8
    assert all(rows_in == loaded and quarantined == 0 for _, _, rows_in, loaded, quarantined in home.files())


def test_files_that_no_dataset_would_read_are_reported(home):
    home.put("public/2007/nested.csv", SCORES)
    home.put("stray.csv", SCORES)
    home.put("notes.txt", "nothing to read")
    with pytest.raises(OperatorError) as error:
        check_folders(home.home, YEAR, tuple(entry.dataset for entry in home.receive()))
    assert [fault.split(" ")[1] for fault in error.value.faults] == ["public/2007", "stray.csv"]
