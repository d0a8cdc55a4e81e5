"""The command line on bad input: what it ends with, and that it says it on stderr without a traceback."""

import sys

import pytest

from flows.command import main
from tests.receive.correct import YEAR


@pytest.fixture
def run(whole_runs, capsys, monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["pingyi", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err and printed.out == ""
        return end.value.code, printed.err

    return call


def test_refused_files_end_with_1_and_are_all_reported(run, home):
    home.put("superior/a.txt", "x")
    home.put("public/web.csv", "<html>")
    for command in ("yearly", "nightly", "check"):
        status, output = run(command, YEAR, "--data", home.folder)
        assert status == 1 and "superior/a.txt" in output and "public/web.csv" in output
    assert not (home.folder / "results").exists() and not (home.folder / "warehouse.duckdb").exists()


def test_a_scheme_with_faults_ends_with_1_and_names_every_key(run, home):
    home.change_scheme("public = 0.5, superior = 0.5", "public = 0.49, superior = 0.5")
    home.change_scheme("max_quarantined", "max_quarantine")
    before = sorted(home.folder.rglob("*"))
    status, output = run("yearly", YEAR, "--data", home.folder)
    assert status == 1 and "groups.district.weights" in output and "0.99" in output and "max_quarantine：" in output
    # All that is left of it is the record that it ran.
    assert [path for path in sorted(home.folder.rglob("*")) if path.relative_to(home.folder).parts[0] != "runs"] == before


def test_too_many_broken_rows_end_with_1_and_leave_the_quarantine_to_look_at(run, home):
    home.put("superior/scores.csv", "site,score\n查无此站,1\n查无此站,2\ns02,77\n")
    status, output = run("yearly", YEAR, "--data", home.folder)
    assert status == 1 and "superior/scores.csv" in output and "第 2 行" in output and "查无此站" in output
    lines = (home.folder / "quarantine" / str(YEAR) / "superior.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:5] for line in lines[1:]] == [
        ["superior", "scores.csv", str(line), "site", "查无此站"] for line in (2, 3)
    ]


@pytest.mark.parametrize("arguments", [("yearly", 1999), ("yearly",), ("yearly", "zweitausend"), ("publish", YEAR)])
def test_wrong_usage_ends_with_2(run, home, arguments):
    assert run(*arguments, "--data", home.folder)[0] == 2
