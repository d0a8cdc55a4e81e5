"""The register of deliveries: what is missing, short, long, other than it was sent, or not listed stops the run in words."""

import hashlib
from contextlib import nullcontext
from dataclasses import replace

import pytest

from flows.errors import OperatorError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import intake
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.results.manifest import consulted
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from tests.flows.homes import YEAR, small_home, write_rows

HEAD = ["dataset", "file", "rows", "sha256"]


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def register(home, *lines):
    return write_rows(home, "deliveries.csv", [HEAD, *lines])


def received(home):
    """The intake of the home's year; nothing is returned where it goes on."""
    with aside(read_settings(home), read_scheme(Home(home), YEAR), nullcontext(silent)) as evaluation:
        run_here(step for step in intake(evaluation) if step.name != "validate raw")


def refused(home) -> tuple[str, ...]:
    with pytest.raises(OperatorError) as fault:
        received(home)
    assert fault.value.exit_status == 1
    return fault.value.faults


def test_what_arrived_as_it_was_sent_is_evaluated(home):
    content = (home / "raw" / str(YEAR) / "given" / "scores.csv").read_bytes()
    register(home, ["voted", "web.csv", "3", ""], ["given", "scores.csv", "2", hashlib.sha256(content).hexdigest().upper()])
    received(home)
    assert f"raw/{YEAR}/deliveries.csv" in consulted(Home(home), YEAR)


def test_a_file_that_did_not_arrive(home):
    register(home, ["voted", "web.csv", "3", ""], ["voted", "sms.csv", "900", ""])
    assert refused(home) == (
        "raw/2030/deliveries.csv 第 3 行登记的 voted/sms.csv 没有收到（900 行）。请向送件单位要来，或更正登记。",
    )


@pytest.mark.parametrize(("rows", "said"), [("4", "少 1 行"), ("2", "多 1 行")])
def test_a_file_with_another_number_of_rows(home, rows, said):
    register(home, ["voted", "web.csv", rows, ""])
    (fault,) = refused(home)
    assert fault.startswith(f"voted/web.csv 有 3 行，raw/2030/deliveries.csv 第 2 行登记的是 {rows} 行，{said}")


def test_rows_that_were_set_aside_were_sent_all_the_same(home):
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88"], ["s2", "77"], ["nobody", "1"]])
    register(home, ["given", "scores.csv", "3", ""])
    received(home)


def test_a_file_with_another_content(home):
    register(home, ["voted", "web.csv", "3", "0" * 64])
    (fault,) = refused(home)
    assert fault.startswith("voted/web.csv 的内容与 raw/2030/deliveries.csv 第 2 行登记的不同")


def test_a_file_that_nobody_listed_beside_others(home):
    write_rows(
        home,
        "voted/again.csv",
        [
            ["ballot_id", "submitted_at", "voter", "site", "content", "service"],
            ["x1", "2030-01-02 10:00:00", "v9", "s1", "满意", "满意"],
        ],
    )
    register(home, ["voted", "web.csv", "3", ""])
    (fault,) = refused(home)
    assert fault.startswith("voted/again.csv 不在 raw/2030/deliveries.csv 里（1 行）")


def test_a_repeat_of_a_listed_file_counts_as_what_it_repeats(home):
    raw = home / "raw" / str(YEAR) / "voted"
    (raw / "copy.csv").write_bytes((raw / "web.csv").read_bytes())
    register(home, ["voted", "web.csv", "3", ""], ["voted", "copy.csv", "3", ""])
    received(home)


def test_all_faults_of_the_register_come_in_one_error(home):
    register(
        home,
        ["nothing", "web.csv", "3", ""],
        ["voted", "web.csv", "many", ""],
        ["voted", "a.csv", "1.5", ""],
        ["voted", "a.csv", "1", ""],
    )
    with pytest.raises(OperatorError, match=r"送件登记 .*deliveries\.csv 有 4 处错误") as fault:
        received(home)
    assert len(fault.value.faults) == 4


def test_a_register_without_its_columns_is_refused(home):
    write_rows(home, "deliveries.csv", [["file"], ["web.csv"]])
    with pytest.raises(OperatorError, match=r"送件登记 .*读不了：缺少必需的列：dataset"):
        received(home)


def test_during_the_year_files_may_still_be_to_come(home):
    register(home, ["voted", "sms.csv", "900", ""])
    with aside(read_settings(home), read_scheme(Home(home), YEAR), nullcontext(silent)) as evaluation:
        run_here(step for step in intake(replace(evaluation, provisional=True)) if step.name != "validate raw")
