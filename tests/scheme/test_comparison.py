"""The scheme's `[comparison]`: what is told, what stops a year, what somebody has confirmed."""

from contextlib import nullcontext

import pytest

from flows.comparison import compare_rows, hold_comparison
from flows.errors import OperatorError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import intake
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.scheme.comparison import Comparison
from flows.scheme.file import parse_scheme, read_scheme
from flows.settings import read_settings
from flows.warehouse.run_tables import read_warnings
from tests.flows.homes import YEAR, small_home, write_rows


@pytest.fixture
def home(tmp_path):
    """A small home in which 50 ballots stand twice, under other ids and voters."""
    home = small_home(tmp_path / "home")
    head = ["ballot_id", "submitted_at", "voter", "site", "content", "service"]
    rows = [[f"w{each}", f"2030-01-{1 + each % 28:02} 10:{each:02}:00", f"v{each}", "s1", "满意", "满意"] for each in range(50)]
    write_rows(home, "voted/web.csv", [head, *rows, ["x", "2030-01-05 10:00:00", "v1", "s2", "满意", "满意"]])
    write_rows(home, "voted/again.csv", [head, *([f"z{row[0]}", row[1], f"z{row[2]}", *row[3:]] for row in rows)])
    return home


def scheme_with(home, text: str):
    path = home / "schemes" / f"{YEAR}.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[comparison]\n{text}\n", encoding="utf-8")


def outcome(home) -> tuple[list[str], list[str]]:
    """The warnings, and what forbids publishing."""
    with aside(read_settings(home), read_scheme(Home(home), YEAR), nullcontext(silent)) as evaluation:
        run_here(step for step in intake(evaluation) if not step.check)
        return read_warnings(evaluation.connection), hold_comparison(evaluation.connection)


def test_what_stands_out_is_told_and_stops_nothing(home):
    told, stops = outcome(home)
    assert [warning.partition("：")[0] for warning in told] == [
        "注意（repeats:voted/again.csv）",
        "注意（repeats:voted/web.csv）",
    ]
    assert stops == []


def test_a_gate_stops_until_each_finding_is_confirmed(home):
    scheme_with(home, 'repeats = "gate"\nconfirmed = ["repeats:voted/web.csv"]')
    told, (stop,) = outcome(home)
    assert told[1].startswith("已确认（repeats:voted/web.csv）")
    assert stop.startswith("注意（repeats:voted/again.csv）") and '在 confirmed 里写上 "repeats:voted/again.csv"' in stop


def test_what_nobody_wants_to_hear_is_not_told(home):
    scheme_with(home, 'repeats = "off"')
    assert outcome(home) == ([], [])


def test_a_year_that_a_gate_stops_ends_with_status_3(home, whole_runs):
    from flows.errors import GateError
    from flows.yearly import yearly

    scheme_with(home, 'repeats = "gate"')
    with pytest.raises(GateError, match=r"按方案 .comparison.，没有确认就不能公布"):
        yearly(YEAR, str(home))
    assert not (home / "results" / str(YEAR)).exists()


def test_check_and_the_review_tell_the_same(home, whole_runs):
    from flows.check import check
    from flows.yearly import draft

    told = check(YEAR, str(home)).warnings
    assert told and told[0].startswith("注意（repeats:voted/again.csv）")
    assert draft(YEAR, str(home)).warnings[: len(told)] == told


def test_a_provisional_run_compares_nothing(home):
    from dataclasses import replace

    with aside(read_settings(home), read_scheme(Home(home), YEAR), nullcontext(silent)) as evaluation:
        run_here(step for step in intake(replace(evaluation, provisional=True)) if not step.check)
        assert read_warnings(evaluation.connection) == []
        assert compare_rows(evaluation.connection, evaluation.home, evaluation.scheme) != []


def test_faults_of_the_table_are_all_told(home):
    text = (home / "schemes" / f"{YEAR}.toml").read_text(encoding="utf-8")
    wrong = '\n[comparison]\nlevels = "stop"\nlevel = "tell"\nconfirmed = ["web.csv", "web.csv"]\n'
    with pytest.raises(OperatorError) as fault:
        parse_scheme((text + wrong).encode(), YEAR, f"{YEAR}.toml")
    assert sorted(sentence.partition("：")[0] for sentence in fault.value.faults) == [
        "comparison.confirmed",
        "comparison.confirmed",
        "comparison.confirmed",
        "comparison.level",
        "comparison.levels",
    ]
    assert parse_scheme(text.encode(), YEAR, f"{YEAR}.toml").comparison == Comparison()
