"""Nothing that a command uses speaks to anybody beyond this machine; `test_terminal` says the same of one that has no server."""

import os
import subprocess
import sys

import pytest

from flows.host.quiet import SETTINGS
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home
from tests.flows.quiet import beyond, noting_folder, reached


@pytest.fixture
def noting(tmp_path):
    return noting_folder(tmp_path / "noting")


def _started(noting, *words, **variables):
    environment = os.environ | {"PYTHONPATH": f"{noting}{os.pathsep}{ROOT}"} | variables
    for name in ("CI", *SETTINGS):
        environment.pop(name, None)
    subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True)


def test_whoever_speaks_to_somebody_else_is_noted(noting):
    program = "import socket\nfor host in ('192.0.2.1', 'nowhere.invalid', '127.0.0.1'):\n"
    program += "    try:\n        socket.create_connection((host, 9), 0.1)\n    except OSError:\n        pass\n"
    _started(noting, "-c", program)
    assert {address[0] for address in beyond(noting)} == {"192.0.2.1", "nowhere.invalid"}
    assert ("127.0.0.1", 9) in reached(noting)


def test_commands_speak_to_their_server_alone(noting, prefect_server, prefect_home, tmp_path):
    home = small_home(tmp_path / "home")
    server = {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(prefect_home)}
    _started(noting, "-m", "flows.command", "yearly", str(YEAR), "--data", str(home), **server)
    assert (home / "results" / str(YEAR)).is_symlink() and reached(noting) and beyond(noting) == []
    # Exit status 1 is nothing here: something may need attention.
    program = (
        f"from flows.command import main\ntry:\n    main(['status', '--data', {str(home)!r}])\nexcept SystemExit:\n    pass\n"
    )
    _started(noting, "-c", program, **server)
    assert beyond(noting) == []
