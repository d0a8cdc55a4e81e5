"""`pingyi serve` as an operator lives with it: in a browser, through kills, and to its end."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

from flows.home import Home
from flows.host.runs import DIED, INTERRUPTED, read_runs
from flows.settings import SQL
from flows.warehouse.draws import READS
from flows.warehouse.models import read_models
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home
from tests.operate.serving import Serving, kill_all, until

SHANGHAI = ROOT / "data" / "shanghai"


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve")
    for part in ("schemes", "raw", "reference", "bulletin"):
        shutil.copytree(SHANGHAI / part, folder / "home" / part)
    serving = Serving(folder / "home", folder / "prefect")
    serving.start()
    yield serving
    serving.end()


@pytest.fixture(autouse=True)
def server_log(serving):
    """What the server had to say during a test, for the report of one that fails."""
    yield
    print(serving.server_log[-5000:])


def test_it_says_where_everything_is(serving):
    assert all(text in serving.output for text in (serving.ui, serving.pages, str(serving.home), "Ctrl-C"))


def test_it_makes_a_password_that_only_its_owner_can_read(serving):
    file = serving.prefect_home / "password"
    assert file.stat().st_mode & 0o777 == 0o600 and str(file) in serving.output
    user, _, word = serving.password.partition(":")
    assert user == "pingyi" and len(word) >= 32 and word not in serving.output
    assert not any(
        path.stat().st_mode & 0o077 for path in (serving.prefect_home, *serving.prefect_home.rglob("*")) if path.exists()
    )


def test_whoever_has_no_password_starts_nothing(serving):
    there = serving.deployment("check/check")["id"]
    for address in (
        f"/api/deployments/{there}/create_flow_run", "/api/variables/", "/api/flow_runs/filter", "/api/deployments/filter",
    ):  # fmt: skip
        asked = urllib.request.Request(serving.ui + address, data=b"{}", headers={"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=30)
        assert refused.value.code == 401


@pytest.mark.parametrize(
    "path",
    ["/", "/v2/", "/v2/dashboard", "/ui-settings", "/docs", "/openapi.json", "/api/docs", "/api/openapi.json", "/api/version",
     "/api/flows/filter", "/api/admin/settings", "/api//health", "/API/health", "/api/health/../admin/settings"],
)  # fmt: skip
def test_the_server_answers_nobody_without_the_password(serving, path):
    assert _status(serving.ui + path) == 401
    assert _status(serving.ui + path, Authorization="Basic b2ZmaWNlOndyb25n") == 401


@pytest.mark.parametrize("path", ["/", "/status.json", "/drafts/", "/results/", "/quarantine/"])
def test_the_pages_answer_nobody_without_the_password(serving, path):
    assert _status(serving.pages + path) == 401


def test_the_health_paths_answer_everybody(serving):
    assert _status(serving.ui + "/api/health") == 200
    assert _status(serving.pages + "/health") in (200, 503)


def test_a_page_of_another_origin_or_name_is_refused(serving):
    assert _status(serving.ui + "/api/health", Origin="https://elsewhere.example") == 403
    assert _status(serving.ui + "/api/health", Host=f"elsewhere.example:{serving.port}") == 403


@pytest.mark.parametrize(
    "variables", [{"command": "touch {}"}, {"working_dir": "{}"}, {"env": {"X": "1"}}, {"env.X": "1"}, {"name": "x"}]
)
def test_nobody_chooses_the_command_the_environment_or_the_folder_of_a_run(serving, tmp_path, variables):
    there = serving.deployment("check/check")["id"]
    asked = json.loads(json.dumps(variables).replace("{}", str(tmp_path / "proof")))
    with pytest.raises(urllib.error.HTTPError) as refused:
        serving.api(f"/deployments/{there}/create_flow_run", {"job_variables": asked})
    assert refused.value.code in (409, 422)
    assert not (tmp_path / "proof").exists()


def test_a_folder_that_is_no_data_home_is_refused_and_stays_as_it_is(serving, tmp_path):
    (tmp_path / "schemes").mkdir()
    state = serving.ended(serving.run("check/check", year=2007, data_dir=str(tmp_path)))
    assert state["type"] == "FAILED" and "不是数据目录" in state["message"]
    assert [path.name for path in tmp_path.rglob("*")] == ["schemes"]


def test_its_first_minutes_raise_no_alarm(serving):
    # The server looks for schedules once a minute, and the worker takes a while to report.
    status = _status_of(serving)
    assert status["faults"] == [] and status["good"]


def test_a_second_start_is_refused_in_words(serving):
    second = subprocess.run(serving.command(), cwd=ROOT, env=serving.environment(), capture_output=True, text=True)
    assert second.returncode == 2
    assert "已经在运行" in second.stderr and serving.ui in second.stderr and "Traceback" not in second.stderr
    # It brings a link that opens the interface, for somebody whose first one is used.
    (link,) = re.findall(rf"{serving.ui}/open/[\w-]+", second.stderr)
    assert _status(link) == 200 and _status(link) == 410


def test_a_port_that_is_taken_is_named(serving, tmp_path):
    other = Serving(serving.home, tmp_path / "prefect")
    other.port = serving.port
    refused = subprocess.run(other.command(), cwd=ROOT, env=other.environment(), capture_output=True, text=True)
    assert refused.returncode == 2
    assert f"端口 {serving.port}" in refused.stderr and "--port" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["--port", "99999"], "1 到 65535"), (["--port", "4201"], "不能用同一个端口"), (["--data", "~nosuch/x"], "~nosuch/x")],
)
def test_a_wrong_start_is_refused_in_words(serving, tmp_path, arguments, expected):
    command = [sys.executable, "-m", "flows.command", "serve", "--data", str(serving.home), *arguments]
    environment = serving.environment() | {"PREFECT_HOME": str(tmp_path / "prefect")}
    refused = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert refused.returncode == 2 and expected in refused.stderr and "Traceback" not in refused.stderr


def test_its_schedules_really_make_runs_and_the_status_says_so(serving):
    def next_runs():
        body = {"deployments": {"name": {"any_": ["nightly"]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        return [run["expected_start_time"] for run in serving.api("/flow_runs/filter", body) if run["auto_scheduled"]]

    # 02:30 in Shanghai is 18:30 UTC all year round.
    assert {start[11:16] for start in until(next_runs, "the nightly schedule made runs", 90)} == {"18:30"}
    status = until(lambda: _status_of(serving) if _status_of(serving)["good"] else None, "all is well", 60)
    assert any("nightly" in fact and "下一次运行" in fact for fact in status["facts"])


@pytest.fixture(scope="module")
def window(serving, browser):
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, locale="zh-CN")
    page.set_default_timeout(60_000)
    page.goto(serving.links[0])
    page.get_by_role("link", name="Deployments").wait_for()
    yield page
    page.close()


@pytest.fixture
def page(window):
    """The browser's page. The interface draws without pause where a run is on, so it shows one as long as a test looks."""
    yield window
    window.goto("about:blank")


def _ended(page, serving):
    """The run that was just started from a form, and the state in which it ends, with its page open."""
    page.get_by_role("button", name="View run").click()
    page.wait_for_url("**/flow-run/**")
    address = page.url
    run = address.split("/flow-run/")[1].split("?")[0]
    page.goto("about:blank")
    state = serving.ended(run, 180)
    page.goto(address)
    # Who leaves a page of the interface before it has asked the server who he is, is logged out.
    page.get_by_role("link", name="Deployments").wait_for()
    return run, state


@pytest.fixture(scope="module")
def drafted(serving, window):
    """A draft of 2007, made through the form; the hash that its summary tells."""
    page = window
    page.goto(serving.ui)
    page.get_by_role("link", name="Deployments").click()
    page.get_by_role("link", name="yearly", exact=True).click()
    page.get_by_role("button", name="Run").first.click()
    page.get_by_role("menuitem", name="Custom run").click()
    page.get_by_text("评议年度").wait_for()
    page.get_by_text("有评议方案（schemes/年度.toml）的年度。").first.wait_for()
    page.get_by_role("button", name="Submit").click()
    run, _ = _ended(page, serving)
    page.get_by_text("完成（有提示）").first.wait_for()
    return run


def _open_artifact(page, serving, run, key):
    page.goto(f"{serving.ui}/v2/runs/flow-run/{run}?tab=Artifacts")
    page.locator(f"a[href$='/artifacts/key/{key}']").first.click()
    page.locator("a[href*='/artifacts/artifact/']").first.click()


def test_the_form_starts_a_draft_whose_annex_reads_as_printed(serving, page, drafted):
    _open_artifact(page, serving, drafted, "annex-department")
    row = page.get_by_role("row").filter(has_text="市房地资源局")
    row.wait_for()
    assert row.inner_text().split() == ["1", "市房地资源局", "92.55"]
    assert not (serving.home / "results").exists()


def test_the_graph_in_the_ui_is_that_of_the_sql(serving, drafted):
    wanted = {model.name for model in read_models(SQL)} | {"load raw and ref", "validate raw", "draw rankings"}
    tasks = until(lambda: _task_runs(serving, drafted, wanted), "the server has written down the run's tasks", 60)
    edges = {
        (tasks[source["id"]]["name"], task["name"])
        for task in tasks.values()
        for inputs in task["task_inputs"].values()
        for source in inputs
        if source.get("id") in tasks
    }
    # What reads raw comes after its validation, and ref is there with it; what reads drawn rankings comes after the drawing.
    makers = {"raw": "validate raw", "draws": "draw rankings"}
    of_the_sql = {
        (makers.get(read.split(".")[0], read), model.name)
        for model in read_models(SQL)
        for read in model.reads
        if not read.startswith("ref.")
    }
    assert {edge for edge in edges if "." in edge[1]} == of_the_sql
    assert ("load raw and ref", "validate raw") in edges
    assert {name for name, later in edges if later == "draw rankings"} == set(READS)
    assert {name for name, later in edges if later == "load raw and ref"} == {
        task["name"] for task in tasks.values() if task["name"].startswith("receive ")
    }


def _task_runs(serving, run, wanted):
    """A flow run's task runs by their ids, as soon as the server has those that are wanted."""
    tasks = serving.api("/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}, "limit": 200})
    ended = {task["name"] for task in tasks if task["state_type"] == "COMPLETED"}
    return {task["id"]: task for task in tasks} if wanted <= ended else None


def test_a_year_that_cannot_be_is_refused_at_the_form(serving, page):
    there = serving.deployment("yearly draft/yearly")
    assert there["parameter_openapi_schema"]["properties"]["year"]["anyOf"][0]["enum"] == [2007]
    form = f"{serving.ui}/v2/deployments/deployment/{there['id']}/run"
    page.goto(f'{form}?parameters={{"year":1889}}')
    field = page.locator("input[type=number]")
    field.wait_for()
    page.get_by_role("button", name="Submit").click()
    # The browser says so beside the field, and the form stays; sent before it knows its fields, it is refused by the server.
    assert field.input_value() == "1889" and "1990" in field.evaluate("field => field.validationMessage")
    with pytest.raises(urllib.error.HTTPError) as refused:
        serving.api(f"/deployments/{there['id']}/create_flow_run", {"parameters": {"year": 1889}})
    assert refused.value.code in (409, 422) and "1889 is not" in refused.value.read().decode()
    assert page.url.startswith(form)


def test_a_stale_hash_is_refused_and_the_right_one_publishes(serving, page, drafted):
    form = f"{serving.ui}/v2/deployments/deployment/{serving.deployment('publish/publish')['id']}/run"
    page.goto(f'{form}?parameters={{"year":2007,"draft":"0123456789abcdef"}}')
    page.get_by_role("button", name="Submit").click()
    _ended(page, serving)
    page.get_by_text("Failed").first.wait_for()
    page.get_by_role("tab", name="Details", exact=True).click()
    page.get_by_text("不是 0123456789abcdef，没有公布任何结果").first.wait_for()
    assert not (serving.home / "results").exists()
    _open_artifact(page, serving, drafted, "summary")
    page.get_by_role("link", name="公布这份草稿").click()
    page.get_by_role("button", name="Submit").click()
    _ended(page, serving)
    page.get_by_text("完成（有提示）").first.wait_for()
    results = serving.home / "results" / "2007"
    assert "市房地资源局,92.55" in (results / "tables" / "annex_department.csv").read_text(encoding="utf-8-sig")
    assert (results / "manifest.json").read_bytes() == (serving.home / "drafts" / "2007" / "manifest.json").read_bytes()


def test_a_run_that_fails_shows_the_sentence_and_what_to_do(serving, page):
    broken = serving.home / "raw" / "2007" / "expert" / "broken.csv"
    broken.write_text("<html>登录</html>", encoding="utf-8")
    try:
        run = serving.run("yearly draft/yearly", year=2007)
        state = serving.ended(run)
    finally:
        broken.unlink()
    assert state["type"] == "FAILED"
    assert "raw/2007/expert/broken.csv" in state["message"] and "Traceback" not in state["message"]
    page.goto(f"{serving.ui}/v2/runs/flow-run/{run}?tab=Details")
    page.get_by_text("raw/2007/expert/broken.csv").first.wait_for()
    # The status page has the whole of it, and leads there.
    page.goto(serving.pages)
    page.get_by_text("raw/2007/expert/broken.csv").first.wait_for()
    assert page.get_by_role("link", name="看这次运行").first.get_attribute("href").endswith(f"{run}?tab=Artifacts")
    _open_artifact(page, serving, run, "faults")
    page.get_by_text("raw/2007/expert/broken.csv").first.wait_for()


def test_another_homes_year_is_typed_into_the_form_and_its_draft_leads_to_its_own_publishing(serving, page, tmp_path):
    other = small_home(tmp_path / "other")
    form = f"{serving.ui}/v2/deployments/deployment/{serving.deployment('yearly draft/yearly')['id']}/run"
    page.goto(form)
    page.get_by_role("tab", name="填写年度").click()
    page.locator("input[type=number]").first.fill(str(YEAR))
    page.get_by_role("textbox").nth(1).fill(str(other))
    page.get_by_role("button", name="Submit").click()
    run, state = _ended(page, serving)
    assert state["type"] == "COMPLETED", state
    assert (other / "drafts" / str(YEAR) / "manifest.json").is_file()
    _open_artifact(page, serving, run, "summary")
    page.get_by_role("link", name="公布这份草稿").click()
    page.get_by_role("button", name="Submit").click()
    _, state = _ended(page, serving)
    assert state["type"] == "COMPLETED", state
    assert (other / "results" / str(YEAR) / "manifest.json").is_file()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A home whose year takes seconds."""
    return small_home(tmp_path_factory.mktemp("small") / "home")


def _begun(serving, small):
    """A run that makes a draft of the small home, as soon as it is at work; its entry in the home's list of runs."""
    run = serving.run("yearly draft/yearly", year=YEAR, data_dir=str(small))
    return until(lambda: _entry(small, run), "it works")


def _entry(home, run):
    return next((entry for entry in read_runs(Home(home)) if entry.flow_run == run), None)


def test_killed_with_its_worker_a_run_is_marked_and_the_next_one_is_done(serving, small):
    run = _begun(serving, small).flow_run
    kill_all(serving.children()["worker"])
    state = serving.ended(run, 240)
    assert state["type"] == "CRASHED" and "可以重新运行" in state["message"]
    assert _entry(small, run).outcome == DIED
    again = serving.ended(serving.run("yearly draft/yearly", year=YEAR, data_dir=str(small)), 180)
    assert again["type"] == "COMPLETED", again
    assert (small / "drafts" / str(YEAR) / "manifest.json").is_file()


def test_a_server_that_dies_is_started_again_and_the_run_goes_on(serving, small):
    run = _begun(serving, small).flow_run
    os.kill(serving.children()["server"], signal.SIGKILL)
    assert not _status_of(serving)["good"]
    until(lambda: _answers(serving), "the server is there again", 120)
    assert serving.ended(run, 180)["type"] == "COMPLETED"
    assert _entry(small, run).good


def test_it_ends_clean_and_starts_again_with_what_was_there_and_a_password_of_the_operators(serving, small):
    run = _begun(serving, small).flow_run
    children = serving.children()
    assert set(children) == {"server", "worker"}
    assert serving.end() == 0
    assert serving.output.rstrip().endswith("已结束。")
    assert not [name for name, process in children.items() if Path(f"/proc/{process}").exists()]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", serving.port)) != 0
    assert _entry(small, run).outcome == INTERRUPTED
    made, serving.given = serving.password, "office:correct horse"
    serving.start()
    old, new = ({"Authorization": f"Basic {b64encode(word.encode()).decode()}"} for word in (made, serving.given))
    assert [_status(serving.ui + "/api/version", **word) for word in (old, new)] == [401, 200]
    assert [_status(serving.pages + "/status.json", **word) for word in (old, new)] == [401, 200]
    assert serving.state(run)["type"] == "CRASHED"
    assert serving.api("/artifacts/latest/filter", {"artifacts": {"key": {"any_": ["annex-department"]}}})


def test_the_status_command_knows_the_operators_password(serving):
    asked = subprocess.run(
        [sys.executable, "-m", "flows.command", "status", "--json"],
        cwd=ROOT, env=serving.environment() | {"PREFECT_API_AUTH_STRING": serving.given}, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(asked.stdout)["home"] == str(serving.home), asked.stderr
    assert any("正常" in fact for fact in json.loads(asked.stdout)["facts"])


def test_a_browser_that_has_the_operators_password_shows_the_deployments(serving, browser):
    user, _, secret = serving.given.partition(":")
    context = browser.new_context(http_credentials={"username": user, "password": secret})
    page = context.new_page()
    page.goto(serving.ui)
    # The interface asks for it once more, in a field of its own.
    page.get_by_role("textbox").fill(serving.given, timeout=60_000)
    page.get_by_role("button", name="Login").click()
    page.get_by_role("link", name="Deployments").click(timeout=60_000)
    page.get_by_role("link", name="yearly", exact=True).wait_for(timeout=60_000)
    context.close()


def test_when_it_is_killed_nothing_of_it_stays_behind(serving):
    children = serving.children()
    serving.process.kill()
    serving.process.wait()
    until(lambda: not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()], "its processes have ended", 60)
    serving.start()
    assert _answers(serving)


def _status_of(serving):
    with serving.ask(f"{serving.pages}/status.json") as answer:
        return json.load(answer)


def _status(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def _answers(serving):
    try:
        return serving.api("/health")
    except OSError:
        return False
