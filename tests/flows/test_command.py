"""The commands as an operator types them: what they print and the status they end with."""

import os
import shutil
import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest

from flows.receive.apart import read_apart
from tests.conftest import ROOT
from tests.flows.homes import YEAR, contents, small_home, write_rows


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def test_yearly_ends_with_0_and_names_folder_and_next_step(run, home):
    status, out, err = run("yearly", YEAR, "--data", home)
    assert status == 0 and err == ""
    assert str(home / "results" / str(YEAR)) in out and f"pingyi explain {YEAR}" in out


def test_bad_data_ends_with_1_and_no_traceback(run, home):
    (home / "raw" / str(YEAR) / "given" / "scores.csv").write_text("<html>登录</html>", encoding="utf-8")
    status, _, err = run("yearly", YEAR, "--data", home)
    assert status == 1 and "given/scores.csv" in err and "Traceback" not in err


def test_a_bad_scheme_ends_with_1_and_names_the_key(run, home):
    scheme = home / "schemes" / f"{YEAR}.toml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace("given = 0.1 }", "given = 0.2 }"), encoding="utf-8")
    status, _, err = run("yearly", YEAR, "--data", home)
    assert status == 1 and "groups.bureau.weights" in err and "1.1" in err


def test_a_year_without_a_scheme_ends_with_2_and_offers_the_others(run, home):
    status, _, err = run("yearly", 1999, "--data", home)
    assert status == 2 and str(YEAR) in err


def test_a_server_that_does_not_answer_is_named(run, home, monkeypatch):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    # Prefect has read its settings before.
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        status, _, err = run("yearly", YEAR, "--data", home)
    assert status == 2 and "http://127.0.0.1:9/api" in err and "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [["yearly", YEAR], ["publish", YEAR, "a" * 12], ["nightly", YEAR], ["crawl", YEAR], ["report", YEAR], ["reproduce"], ["check", YEAR],
     ["explain", YEAR, "s1"], ["simulate", YEAR], ["serve"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_home_that_is_not_there_is_told_in_the_same_words_by_every_command(run, tmp_path, words):
    missing = tmp_path / "nowhere"
    status, out, err = run(*words, "--data", missing)
    assert (status, out) == (2, "")
    assert err == f"错误：没有数据目录 {missing}。请改正路径，或先建立这个文件夹（见 data/README.md）。\n"
    assert not missing.exists()


def test_a_command_looks_at_the_home_that_it_is_given_and_not_at_the_environments(prefect_server, home):
    ended = subprocess.run(
        [sys.executable, "-m", "flows.command", "check", str(YEAR), "--data", str(home)],
        cwd=ROOT,
        env=os.environ | {"PINGYI_DATA": "~nobody-of-this-name/data", "PREFECT_API_URL": prefect_server},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("case", ["a file", "a folder in a scheme's place", "no scheme at all"])
def test_what_is_no_home_or_no_scheme_is_told_in_words(run, tmp_path, case):
    home = tmp_path / "home"
    if case == "a file":
        home.write_text("")
    else:
        (home / "schemes" / f"{YEAR}.toml").mkdir(parents=True)
        if case == "no scheme at all":
            (home / "schemes" / f"{YEAR}.toml").rmdir()
    status, _, err = run("check", YEAR, "--data", home)
    expected = {
        "a file": "没有数据目录",
        "a folder in a scheme's place": "读不出来",
        "no scheme at all": f"{YEAR} 年没有评议方案",
    }[case]
    assert status in (1, 2) and expected in err and "Traceback" not in err and "--data" not in err


def test_a_command_that_is_none_ends_with_2(run):
    assert run("anually", YEAR)[0] == 2


def test_check_changes_nothing(run, home):
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88"], ["s2", "77"], ["s3", "66"]])
    before = contents(home)
    status, out, _ = run("check", YEAR, "--data", home)
    assert status == 0 and "s3" in out and "第 4 行" in out
    assert contents(home) == before


def test_check_reads_no_file_again_that_a_run_has_read_and_adds_none_to_its_store(run, published_home, monkeypatch):
    scores = [["site", "score"], ["s1", "88.125"], ["s2", "77"], ["s3", "66"], ["nobody", "50"]]
    write_rows(published_home, "given/scores.csv", scores)
    before, read = contents(published_home), []

    def noted(task, *rest):
        read.append(task.path.name)
        read_apart(task, *rest)

    monkeypatch.setattr("flows.receive.store.read_apart", noted)
    status, out, err = run("check", YEAR, "--data", published_home)
    assert status == 0 and "nobody" in out and read == ["scores.csv"], err
    assert contents(published_home) == before


def test_check_sees_nothing_in_the_store_without_its_key_and_makes_none(run, published_home):
    shutil.rmtree(published_home / "keys")
    before = contents(published_home)
    assert run("check", YEAR, "--data", published_home)[0] == 0
    assert contents(published_home) == before


def test_check_tells_refused_files_with_1(run, home):
    (home / "raw" / str(YEAR) / "given" / "scores.xls").write_bytes(b"\xd0\xcf")
    status, _, err = run("check", YEAR, "--data", home)
    assert status == 1 and "scores.xls" in err


def test_explain_leads_from_the_composite_to_file_and_line(run, published_home):
    status, out, _ = run("explain", YEAR, "第一局", "--all", "--data", published_home)
    assert out.splitlines()[:2] == ["2030年试评议", "得分是编的，请勿引用。"]
    assert status == 0
    assert f"raw/{YEAR}/voted/web.csv 第 3 行：选票 b2" in out
    assert "10 × min(20 ÷ 30, 1) = 6.66666667" in out
    assert "0.3 × 70.00 = 21" in out


def test_explain_tells_the_standard_error_or_why_there_is_none(run, published_home):
    output = run("explain", YEAR, "s1", "--data", published_home)[1]
    assert (
        "名次的误差：专家评议（judged）有的评议内容只有一个评分计入，无法估计；名次可能是第 1 至第 2 名中的任何一名" in output
    )
    write_rows(
        published_home,
        "judged/second.csv",
        [["expert_id", "site", "aspect", "score"], ["e2", "s1", "content", "90"], ["e2", "s1", "service", "60"]],
    )
    run("yearly", YEAR, "--data", published_home)
    output = run("explain", YEAR, "s1", "--data", published_home)[1]
    # 0.6 × 50 of the voters, who disagree on one aspect, and 0.6 × 10 of the experts; 82.44² / (81² + 1.44²) is above 1.
    error = sqrt((0.3 * 30) ** 2 + (0.2 * 6) ** 2)
    assert (
        f"综合得分的标准误 √((0.3 × 30)² + (0.2 × 6)²) = {error:.8f}，自由度 1；按全组一并九成的把握在第 1 至第 2 名之间"
        in output
    )


def test_explain_says_of_a_source_of_weight_0_that_it_is_not_missed(run, home):
    scheme = home / "schemes" / f"{YEAR}.toml"
    scheme.write_text(
        scheme.read_text(encoding="utf-8").replace("audited = 0.1, given = 0.1", "audited = 0.2, given = 0"), encoding="utf-8"
    )
    (home / "raw" / str(YEAR) / "given" / "scores.csv").unlink()
    assert run("yearly", YEAR, "--data", home)[0] == 0
    output = run("explain", YEAR, "s2", "--data", home)[1]
    assert "上级评分（given）：权重为 0，没有得分也不影响综合得分" in output and "标记" not in output


def test_explain_builds_what_the_warehouse_does_not_hold_and_changes_nothing(run, published_home):
    kept = run("explain", YEAR, "s1", "--data", published_home)[1]
    (published_home / "warehouse.duckdb").unlink()
    before = contents(published_home)
    assert run("explain", YEAR, "s1", "--data", published_home)[1] == kept
    assert contents(published_home) == before


def test_explain_says_when_the_raw_files_have_changed_since(run, published_home):
    write_rows(published_home, "given/scores.csv", [["site", "score"], ["s1", "10"], ["s2", "77"]])
    run("nightly", YEAR, "--data", published_home)
    assert "注意" in run("explain", YEAR, "s1", "--data", published_home)[1]


def test_explain_of_an_unknown_site_ends_with_2(run, home):
    status, _, err = run("explain", YEAR, "无此局", "--data", home)
    assert status == 2 and "无此局" in err


def test_explain_of_a_site_without_a_composite_says_what_is_missing(run, home):
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88.125"]])
    assert run("yearly", YEAR, "--data", home)[0] == 1
    status, out, _ = run("explain", YEAR, "s2", "--all", "--data", home)
    assert status == 0 and "没有综合得分，缺少来源 上级评分（given）" in out and "raw/2030/voted/web.csv 第 4 行" in out


def test_a_folder_name_that_looks_like_a_pattern_is_a_name(run, tmp_path):
    home = small_home(tmp_path / "评议 [1] *")
    assert run("yearly", YEAR, "--data", home)[0] == 0
    status, out, _ = run("explain", YEAR, "s1", "--data", home)
    assert status == 0 and "注意" not in out and "还没有公布" not in out


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ("print('done')", 0, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('a text')", 1, "a text"),
        ("raise ZeroDivisionError", 1, "ZeroDivisionError"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt"),
        # What a library registers for its own end comes before ours.
        ("import atexit; atexit.register(lambda: print('done')); raise SystemExit(2)", 2, ""),
    ],
)
def test_the_process_ends_with_the_commands_status_and_all_that_was_printed(body, status, expected):
    ended = subprocess.run(_process(body), cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == status
    assert expected in ended.stderr and "Exception ignored" not in ended.stderr
    assert ended.stdout == ("done\n" if "print" in body else "")


@pytest.mark.parametrize(("output", "status"), [("/dev/full", 5), ("/dev/null", 0)])
def test_output_that_cannot_be_written_is_told(output, status):
    # As it is where output is redirected, unless the environment says otherwise.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path(output).open("w", encoding="utf-8") as file:
        ended = subprocess.run(
            _process("print('done')"), cwd=ROOT, env=buffered, stdout=file, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == status
    assert ("输出没有写完" in ended.stderr) == bool(status)


def test_without_an_output_a_command_ends_as_ever():
    command = ["sh", "-c", 'exec "$@" >&-', "sh", *_process("pass")]
    ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def _process(body):
    return [
        sys.executable,
        "-c",
        f"import flows.command\ndef main():\n    {body}\nflows.command.main = main\nflows.command.run()",
    ]
