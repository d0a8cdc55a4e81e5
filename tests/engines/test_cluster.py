"""Spark on a standalone cluster of two workers, all on loopback; and what an operator reads where Spark fails."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from flows.errors import MachineError
from flows.home import Home
from flows.settings import Settings
from flows.warehouse.engine import fresh_database
from flows.warehouse.spark import Spark, spark_session
from tests.conftest import ROOT
from tests.flows.homes import YEAR, small_home

from .spark import missing

LACKING = missing()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(LACKING is not None and "CI" not in os.environ, reason=str(LACKING))]
_PATIENCE = 60


@contextmanager
def _part(kind: str, folder: Path, *arguments: str) -> Iterator[str]:
    """A master or a worker, as long as it lasts; the address at which the master is."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder)}
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind.lower()}.{kind}", "--host", "127.0.0.1"]
    log = folder / f"{kind}.log"
    folder.mkdir()
    with log.open("wb") as file:
        running = subprocess.Popen([*command, "--webui-port", "0", *arguments], env=environment, stdout=file, stderr=file)
    try:
        yield _said(log, r"(spark://127\.0\.0\.1:\d+)" if kind == "Master" else r"(Successfully registered with master)")
    finally:
        running.terminate()
        running.wait(_PATIENCE)


def _said(log: Path, pattern: str) -> str:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text(encoding="utf-8", errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Iterator[Settings]:
    """Those of a home whose models a cluster of two workers computes."""
    folder = tmp_path_factory.mktemp("cluster")
    storage = folder / "storage"
    storage.mkdir()
    with ExitStack() as parts:
        master = parts.enter_context(_part("Master", folder / "master", "--port", "0"))
        for name in ("one", "two"):
            parts.enter_context(_part("Worker", folder / name, "--cores", "1", "--memory", "1g", master))
        yield Settings(Home(folder / "home"), None, 1, None, 0, engine="spark", spark_master=master, spark_storage=storage)


def test_two_workers_make_a_table_and_a_query_that_fails_is_a_sentence(settings, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    session = spark_session(settings, settings.spark_storage, small=False)
    try:
        make = Spark(session, settings.spark_storage)
        with fresh_database(settings.home.warehouse, settings) as connection:
            connection.execute("create schema raw")
            connection.execute("create table raw.numbers as select range as number, range % 7 as rest from range(100000)")
            query = "select rest, cast(sum(number) as bigint) as total from raw.numbers group by rest"
            make(connection, "staged.sums", query)
            make(connection, "scored.most", "select max(total) as most from staged.sums")
            assert connection.execute("from staged.sums order by rest").fetchall() == [
                (rest, sum(range(rest, 100_000, 7))) for rest in range(7)
            ]
            assert connection.execute("from scored.most").fetchall() == [
                (max(sum(range(rest, 100_000, 7)) for rest in range(7)),)
            ]
            with pytest.raises(MachineError, match=r"Spark 没有算完 scored\.wrong") as told:
                make(connection, "scored.wrong", "select 1 / (number - number) as one from raw.numbers")
            assert "PINGYI_ENGINE" in str(told.value) and "\n" not in str(told.value)
        # With the driver's own.
        assert session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3
    finally:
        session.stop()


def _java_of(process: int) -> int:
    """The number of the process of Java that another process has started."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found = re.match(r"(\d+) \((.*)\) \S (\d+)", stat.read_text())
            if found and found[2] == "java" and int(found[3]) == process:
                return int(found[1])
    raise AssertionError("there is no Java")


def test_a_spark_that_is_killed_ends_the_run_in_a_sentence_and_leaves_nothing(tmp_path):
    home = small_home(tmp_path / "home")
    environment = os.environ | {"PINGYI_ENGINE": "spark", "PINGYI_SPARK_MASTER": "local[1]"}
    command = [sys.executable, "-m", "flows.command", "yearly", str(YEAR), "--data", str(home)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + _PATIENCE
        while not any((folder / "staged.ballot_exclusions").exists() for folder in home.glob("pingyi-run-*")):
            assert time.monotonic() < until and running.poll() is None
            time.sleep(0.05)
        os.kill(_java_of(running.pid), signal.SIGKILL)
        told = running.communicate(timeout=_PATIENCE)[1]
    assert running.returncode == 5 and "Spark 没有算完" in told and "Traceback" not in told, told
    assert not (home / "results").exists() and list(home.glob("pingyi-run-*")) == []


def test_a_spark_that_does_not_start_is_a_sentence(tmp_path):
    settings = Settings(Home(tmp_path), None, 1, None, 0, engine="spark", spark_master="nowhere")
    with pytest.raises(MachineError, match=r"Spark（nowhere）没有启动") as told:
        spark_session(settings, tmp_path, small=True)
    assert "PINGYI_SPARK_MASTER" in str(told.value)
