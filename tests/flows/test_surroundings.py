"""Where a command runs: on the server that somebody has named, in whatever way Prefect takes it, else without one."""

import os
import subprocess
import sys

import pytest

from flows.orchestrator import surroundings
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home

_URL = "http://127.0.0.1:9/api"
_PROFILE = f'active = "ours"\n[profiles.ours]\nPREFECT_API_URL = "{_URL}"\n[profiles.none]\n'


def _named(folder, variables=None, files=None):
    """What a process in a folder with these files and these variables says of a server, and whether it imported Prefect."""
    folder.mkdir(exist_ok=True)
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)} | (variables or {})
    code = (
        "import sys; from flows.orchestrator.surroundings import names_server; print(names_server(), 'prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("variables", "files"),
    [
        ({"PREFECT_API_URL": _URL}, {}),
        ({}, {"home/profiles.toml": _PROFILE}),
        ({"PREFECT_PROFILE": "ours"}, {"home/profiles.toml": _PROFILE.replace('active = "ours"', 'active = "none"')}),
        ({}, {".env": f"PREFECT_API_URL={_URL}\n"}),
        ({}, {"prefect.toml": f'[api]\nurl = "{_URL}"\n'}),
        ({}, {"pyproject.toml": f'[tool.prefect.api]\nurl = "{_URL}"\n'}),
    ],
    ids=["variable", "active profile", "chosen profile", "env file", "prefect.toml", "pyproject.toml"],
)
def test_a_server_that_is_named_is_found(tmp_path, variables, files):
    assert _named(tmp_path / "at", variables, files)[0] == "True"


@pytest.mark.parametrize(
    ("files", "asks"),
    [
        ({}, "False"),
        ({"pyproject.toml": "[tool.prefect.flows]\nheartbeat_frequency = 30\n"}, "False"),
        ({"pyproject.toml": "[tool.prefect"}, "False"),
        ({"home/profiles.toml": _PROFILE.replace('active = "ours"', 'active = "none"')}, "True"),
    ],
    ids=["nothing", "other settings", "no TOML", "a profile without one"],
)
def test_without_one_prefect_is_asked_only_where_it_may_know_more(tmp_path, files, asks):
    assert _named(tmp_path / "at", files=files) == ["False", asks]


def test_commands_without_a_server_import_no_prefect(tmp_path):
    home = small_home(tmp_path / "home")
    code = (
        "import sys; from flows.command import main\n"
        f"for words in (['yearly', '{YEAR}'], ['check', '{YEAR}'], ['status']):\n"
        f"    main([*words, '--data', {str(home)!r}])\n"
        "sys.exit('prefect' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (home / "results" / str(YEAR)).is_symlink() and not (tmp_path / "prefect").exists()


def test_outside_of_a_run_there_is_no_run(on_server):
    assert not surroundings.on_prefect()
    assert surroundings.origin() == ("", False) and surroundings.run_label() == ""
