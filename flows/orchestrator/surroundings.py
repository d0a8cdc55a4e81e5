"""Where the code runs: as a run of Prefect, or in a process that nobody watches, as a command without a server.

Prefect is not imported to find out. Its import and the start of a server take longer than the evaluation of a small year.
"""

import os
import sys
import tomllib
from pathlib import Path

from flows.host.quiet import CALM, SETTINGS
from flows.settings import prefect_home

_URL = "PREFECT_API_URL"
_OWN = CALM | SETTINGS
# A profile may name a server.
_PROFILES = ("PREFECT_PROFILE", "PREFECT_PROFILES_PATH")


def on_prefect() -> bool:
    """Whether this is a run of Prefect."""
    context = sys.modules.get("prefect.context")
    return context is not None and bool(context.FlowRunContext.get() or context.TaskRunContext.get())


def origin() -> tuple[str, bool]:
    """The id of the run at the server where it can be looked at, empty where there is none; and whether a schedule or a form has
    started it."""
    if not on_prefect():
        return "", False
    from prefect.runtime import deployment, flow_run
    from prefect.settings import PREFECT_API_URL

    return str(flow_run.id) if PREFECT_API_URL.value() is not None else "", deployment.id is not None


def run_label() -> str:
    """The name of the run in the UI; empty where there is none."""
    if not on_prefect():
        return ""
    from prefect.runtime import flow_run

    return flow_run.name or ""


def names_server() -> bool:
    """Whether the environment or a file of Prefect's settings names a server. Raises `ValueError` as Prefect does for a wrong
    setting."""
    if os.environ.get(_URL):
        return True
    if not _may_name():
        return False
    from prefect.settings import PREFECT_API_URL

    return PREFECT_API_URL.value() is not None


def is_untold() -> bool:
    """Whether nobody but a command itself tells Prefect anything, neither of a server nor what it could find wrong."""
    told = {name for name, value in os.environ.items() if name.startswith("PREFECT_") and _OWN.get(name) != value}
    return not _may_name() and told <= {"PREFECT_HOME"}


def _may_name() -> bool:
    """Whether there is anything by which Prefect could be told of a server: a profile, or a file of settings in this folder."""
    if any(name in os.environ for name in _PROFILES) or (prefect_home() / "profiles.toml").exists():
        return True
    if Path(".env").exists() or Path("prefect.toml").exists():
        return True
    try:
        told = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
        return "api" in told.get("tool", {}).get("prefect", {})
    except (OSError, ValueError, AttributeError):
        return False
