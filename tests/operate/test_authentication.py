"""With a password on, everything still works, and nothing answers without it but the health paths."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home
from tests.operate.serving import Serving

PASSWORD = "office:correct horse"


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    serving = Serving(small_home(folder / "home"), folder / "prefect", PASSWORD)
    serving.start()
    yield serving
    serving.end()


def _status(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.parametrize(
    "path",
    ["/", "/v2/", "/v2/dashboard", "/ui-settings", "/docs", "/openapi.json", "/api/docs", "/api/openapi.json", "/api/version",
     "/api/flows/filter", "/api/admin/settings", "/api//health", "/API/health", "/api/health/../admin/settings"],
)  # fmt: skip
def test_the_server_answers_nobody_without_it(serving, path):
    assert _status(serving.ui + path) == 401
    assert _status(serving.ui + path, Authorization="Basic b2ZmaWNlOndyb25n") == 401


@pytest.mark.parametrize("path", ["/", "/status.json", "/drafts/", "/results/", "/quarantine/"])
def test_the_pages_answer_nobody_without_it(serving, path):
    assert _status(serving.pages + path) == 401


def test_the_health_paths_answer_everybody(serving):
    assert _status(serving.ui + "/api/health") == 200
    assert _status(serving.pages + "/health") in (200, 503)


def test_a_page_of_another_origin_or_name_is_refused(serving):
    assert _status(serving.ui + "/api/health", Origin="https://elsewhere.example") == 403
    assert _status(serving.ui + "/api/health", Host=f"elsewhere.example:{serving.port}") == 403


def test_runs_are_made_and_end_with_it(serving):
    run = serving.run("yearly draft/yearly", year=YEAR)
    assert serving.ended(run)["type"] == "COMPLETED"
    assert (serving.home / "drafts" / str(YEAR) / "manifest.json").is_file()


def test_the_status_knows_it(serving):
    asked = subprocess.run(
        [sys.executable, "-m", "flows.command", "status", "--json"],
        cwd=ROOT, env=serving.environment() | {"PREFECT_API_AUTH_STRING": PASSWORD}, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(asked.stdout)["home"] == str(serving.home), asked.stderr
    assert any("正常" in fact for fact in json.loads(asked.stdout)["facts"])


def test_a_browser_that_has_it_shows_the_deployments(serving, browser):
    user, _, secret = PASSWORD.partition(":")
    context = browser.new_context(http_credentials={"username": user, "password": secret})
    page = context.new_page()
    page.goto(serving.ui)
    # The interface asks for it once more, in a field of its own.
    page.get_by_role("textbox").fill(PASSWORD, timeout=60_000)
    page.get_by_role("button", name="Login").click()
    page.get_by_role("link", name="Deployments").click(timeout=60_000)
    page.get_by_role("link", name="yearly", exact=True).wait_for(timeout=60_000)
    context.close()
