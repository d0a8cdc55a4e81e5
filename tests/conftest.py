"""What the tests share: a real Prefect server on loopback, and the flows run against it in this process."""

import fcntl
import gc
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest

from flows.host.process import end_without_teardown
from flows.host.quiet import keep_quiet
from tests.machine import lacking
from tests.tiers import order, processes, quick

pytest_plugins = ["tests.browser"]

ROOT = Path(__file__).resolve().parent.parent


# What pytest's process ends with; until all is done, with an error of pytest's own.
_STATUS = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_STATUS] = int(pytest.ExitCode.INTERNAL_ERROR)
    # As in a command: what is imported and collected stays, and is not to be searched for garbage again and again.
    gc.set_threshold(50_000, *gc.get_threshold()[1:])
    # Whoever was started with a signal ignored (`nohup ... &`, some runners of CI) hands that down to every process that the
    # tests start, and the tests send interrupts and hang up.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # Before anything imports Prefect, which reads its settings once.
    os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
    keep_quiet()
    os.environ["PREFECT_TASKS_DEFAULT_NO_CACHE"] = "true"
    # A flow waits up to a second for its heartbeat to end; the tests that are about heartbeats set it themselves.
    os.environ.pop("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", None)
    deciding = ("DATA", "SECRET_FILE", "THREADS", "MEMORY", "WAIT", "ENGINE", "SPARK_MASTER", "SPARK_STORAGE")
    for name in (f"PINGYI_{word}" for word in deciding):
        os.environ.pop(name, None)


def pytest_sessionstart(session: pytest.Session) -> None:
    # As the command ends: the threads of Prefect's client live as long as the process, and hold what DuckDB misses.
    end_without_teardown(lambda: session.config.stash[_STATUS])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    session.config.stash[_STATUS] = int(session.exitstatus)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return processes(config.args, config.invocation_params.dir)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if quick(item):
            item.add_marker("quick")
    items.sort(key=lambda item: order(item.nodeid.partition("::")[0]))


def pytest_report_header() -> str:
    return lacking()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    # Whatever such a test says, this may be why.
    if report.failed and lacking():
        report.sections.append(("machine", lacking()))
    return report


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session", autouse=True)
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for all processes of the tests. Each of them has the pipe in it open from its first test to its end, so what reads
    it goes on as long as any of them, also one that asks for it late."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with suppress(FileExistsError):
        os.mkfifo(folder / "alive")
    held = os.open(folder / "alive", os.O_RDWR)
    yield folder
    os.close(held)


@pytest.fixture(scope="session")
def prefect_server(shared_folder: Path) -> str:
    """The API address of a server of our own, with a database of its own: one for all processes of the tests. The first that asks
    starts it; it ends with the last of them."""
    address, home = shared_folder / "server.address", shared_folder / "server"
    with (shared_folder / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            home.mkdir(exist_ok=True)
            with (shared_folder / "alive").open("rb") as alive:
                url, server = _start_server(home, alive)
            _wait_until_healthy(url, server, home)
            with (
                closing(sqlite3.connect(home / "prefect.db")) as made,
                closing(sqlite3.connect(_migrated(shared_folder))) as copy,
            ):
                made.backup(copy)
            address.write_text(url, encoding="utf-8")
    return address.read_text(encoding="utf-8")


def _migrated(shared_folder: Path) -> Path:
    return shared_folder / "migrated.db"


@pytest.fixture(scope="session")
def used_prefect_home(prefect_server: str, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes folders of Prefect that a server has been in before. Its first start makes the tables of its database in steps, as
    its versions came, which takes as long as all else that it does to start."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("prefect", numbered=True)
        shutil.copyfile(_migrated(shared_folder), folder / "prefect.db")
        return folder

    return make


@contextmanager
def server_of_its_own(home: Path) -> Iterator[str]:
    """A server for tests that change what all its runs share."""
    url, server = _start_server(home, subprocess.PIPE)
    try:
        _wait_until_healthy(url, server, home)
        yield url
    finally:
        server.terminate()
        server.communicate(timeout=30)


def _start_server(home: Path, stdin: int | IO[bytes]) -> tuple[str, subprocess.Popen]:
    """Starts the server of `pingyi serve` with its database in `home`; returns its API address, and the process.

    It ends with the pipe on its standard input, so also when the tests are killed. It keeps no task runs: writing them down takes
    a quarter of what the tests' flows take.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        # By default the scheduler looks once a minute.
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
        # Nobody looks at the events of these runs; automations hear of them without their being kept.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_ENABLED": "false",
        "PREFECT_API_URL": url,
    }
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.operate.child", "server"],
            cwd=ROOT,
            env=environment,
            stdin=stdin,
            stdout=log,
            stderr=log,
        )
    return url, server


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_until_healthy(url: str, server: subprocess.Popen, home: Path) -> None:
    log = home / "server.log"
    end = time.monotonic() + 180
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the Prefect server ended with {server.returncode}:\n{log.read_text(encoding='utf-8')}")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the Prefect server did not answer:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def on_server(prefect_server: str, prefect_home: Path) -> Iterator[str]:
    """This process's Prefect client talks to the test server."""
    with talking_to(prefect_server, prefect_home):
        yield prefect_server


@contextmanager
def talking_to(url: str, home: Path) -> Iterator[None]:
    """This process's Prefect client talks to a server. It sends no events, which nobody keeps there."""
    from prefect.events.clients import NullEventsClient
    from prefect.events.worker import EventsWorker
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_HOME, temporary_settings

    with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        EventsWorker.set_client_override(NullEventsClient)
        yield


@pytest.fixture(autouse=True)
def no_server_unawares() -> Iterator[None]:
    """A flow that a test calls without a server would start one, which takes a minute and goes on for the rest of the tests."""
    yield
    module = sys.modules.get("prefect.server.api.server")
    started = [server for server in module.SubprocessASGIServer._instances.values() if server.running] if module else []
    for server in started:
        server.stop()
    assert not started, "Prefect has started a server: use the fixture on_server"


@pytest.fixture
def whole_runs() -> None:
    """Asked for by what runs whole commands, which takes seconds (see `tests/tiers.py`)."""


@pytest.fixture
def evaluate_year(whole_runs: None) -> Callable[[Path, int], Path]:
    """Evaluates and publishes a year of a data home, as the command does; returns the result folder."""
    from flows.yearly import yearly

    return _folder_of(yearly)


@pytest.fixture
def evaluate_on_server(on_server: str) -> Callable[[Path, int], Path]:
    """The same, by the flow on the Prefect server."""
    from flows.on_prefect import yearly

    return _folder_of(yearly)


def _folder_of(yearly: Callable[..., Any]) -> Callable[[Path, int], Path]:
    def run(data_dir: Path, year: int) -> Path:
        return yearly(year, str(data_dir)).folder

    return run
