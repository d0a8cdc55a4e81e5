"""The evaluation of 2007: equal to the print, and the same bytes however its raw files come and wherever it runs."""

import ast
import csv
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.conftest import ROOT
from tests.flows.homes import contents, evaluated_tables

SHANGHAI = ROOT / "data" / "shanghai"
REFERENCE = SHANGHAI / "reference" / "2007"
pytestmark = pytest.mark.slow


def _copied(home: Path) -> Path:
    for part in ("schemes", "raw", "reference", "bulletin"):
        shutil.copytree(SHANGHAI / part, home / part)
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return _copied(tmp_path_factory.mktemp("shanghai") / "home")


@pytest.fixture(scope="module")
def published(home) -> Path:
    from flows.yearly import yearly

    return yearly(2007, str(home)).folder


@pytest.fixture(scope="module")
def tables(published) -> dict[str, bytes]:
    return contents(published / "tables")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("group", ["department", "district"])
def test_the_annex_is_the_printed_one(published, group):
    printed, computed = _rows(REFERENCE / f"annex_{group}.csv"), _rows(published / "tables" / f"annex_{group}.csv")
    assert len(printed) in (20, 10)
    assert computed == printed


def test_the_groups_figures_are_the_printed_ones(published):
    figures = {
        row["group"]: (row["sites"], row["mean"], row["above_mean"], row["lowest"])
        for row in _rows(published / "tables" / "group_summary.csv")
    }
    assert figures == {"department": ("50", "79.2", "26", "55.90"), "district": ("19", "82.6", "10", "75.90")}


def test_every_printed_figure_is_checked_and_only_the_prints_own_slip_differs(published):
    checked = {row["figure"]: row for row in _rows(published / "tables" / "reference_check.csv")}
    listed = [row["figure"] for row in _rows(REFERENCE / "figures.csv")]
    ranks = sum(len(_rows(path)) for path in REFERENCE.glob("annex_*.csv"))
    assert set(listed) <= set(checked) and len(checked) == len(listed) + 2 * ranks
    assert {name for name, row in checked.items() if row["verdict"] == "differs"} == set()
    assert {name for name, row in checked.items() if row["verdict"] == "equal_when_cut"} == {"news_items_from_sites_share"}
    slip = checked["news_items_from_sites_share"]
    assert slip["printed"] == "86%" and round(float(slip["computed"]), 1) == round(100 * 43067 / 49615, 1)
    # What has no pointer into the results cannot follow from records, and each such figure says why.
    pointless = {row["figure"] for row in _rows(REFERENCE / "figures.csv") if not row["table"]}
    assert {name for name, row in checked.items() if row["verdict"] == "not_computable"} == pointless
    assert all(checked[name]["remark"] for name in pointless)


def test_a_second_run_is_byte_identical(evaluate_on_server, home, published):
    first = contents(published)
    assert contents(evaluate_on_server(home, 2007)) == first


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_number_of_threads_changes_no_byte(home, tables, monkeypatch, threads):
    monkeypatch.setenv("PINGYI_THREADS", threads)
    assert evaluated_tables(home, 2007) == tables


def test_the_machines_time_zone_changes_no_byte(home, tables):
    # A process of its own, since a library may ask for the zone once.
    code = "import sys\nfrom tests.flows.homes import evaluated_tables\nsys.stdout.buffer.write(repr(evaluated_tables(sys.argv[1], 2007)).encode())"
    command = [sys.executable, "-c", code, str(home)]
    printed = subprocess.run(
        command, env=os.environ | {"TZ": "America/New_York"}, cwd=ROOT, check=True, capture_output=True
    ).stdout
    assert ast.literal_eval(printed.decode()) == tables


def test_renamed_files_with_shuffled_rows_change_no_byte(tmp_path, tables):
    home = _copied(tmp_path / "home")
    dice = random.Random(2007)
    for number, path in enumerate(sorted((home / "raw" / "2007").glob("*/*"))):
        if not path.name.startswith("."):
            _shuffle(path, dice)
            path.rename(path.with_name(f"{dice.randrange(10**6)}-第{number}份{''.join(path.suffixes)}"))
    assert evaluated_tables(home, 2007) == tables


def _shuffle(path: Path, dice: random.Random) -> None:
    match path.suffix:
        case ".csv" | ".jsonl":
            lines = path.read_bytes().splitlines(keepends=True)
            head, rows = (lines[:1], lines[1:]) if path.suffix == ".csv" else ([], lines)
            dice.shuffle(rows)
            path.write_bytes(b"".join(head + rows))
        case ".parquet":
            frame = pl.read_parquet(path)
            frame[dice.sample(range(frame.height), frame.height)].write_parquet(path)
        case ".xlsx":
            head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            dice.shuffle(rows)
            with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
                sheet = book.add_worksheet()
                for line, row in enumerate([head, *rows]):
                    for column, cell in enumerate(row):
                        if cell != "":
                            sheet.write(line, column, cell if isinstance(cell, str | float | int) else cell.isoformat())
        case other:
            raise AssertionError(f"no way to shuffle {other}")
