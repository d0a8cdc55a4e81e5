"""Ctrl-C while DuckDB works: the statement ends, and what comes of it is an interrupt, not a fault."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from flows.settings import read_settings
from flows.warehouse.connection import fresh_database

# Years of work in one pipeline, which either the main thread does or another one for it.
ENDLESS = "select sum(sqrt(range)) from range(1000000000000)"


@pytest.fixture
def connection(tmp_path):
    with fresh_database(tmp_path / "test.duckdb", read_settings(tmp_path)) as connection:
        yield connection


def _soon(act) -> None:
    timer = threading.Timer(0.2, act)
    timer.daemon = True
    timer.start()


@pytest.mark.parametrize("threads", [1, 4])
def test_ctrl_c_ends_a_long_statement(tmp_path, threads):
    too_late = threading.Event()
    before = signal.set_wakeup_fd(-1)
    with pytest.raises(KeyboardInterrupt), fresh_database(tmp_path / "test.duckdb", read_settings(tmp_path)) as connection:
        connection.execute(f"set threads = {threads}")
        _soon(lambda: signal.raise_signal(signal.SIGINT))
        # Without what is tested here the statement would never end.
        rescue = threading.Timer(60, lambda: (too_late.set(), connection.interrupt()))
        rescue.start()
        connection.execute(ENDLESS)
    rescue.cancel()
    assert not too_late.is_set()
    assert signal.set_wakeup_fd(before) == -1


def test_being_told_to_end_does_too(tmp_path):
    class Told(BaseException):
        """What an orchestrator's handler raises."""

    def handler(*_):
        raise Told

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises((Told, KeyboardInterrupt)), fresh_database(tmp_path / "test.duckdb", read_settings(tmp_path)) as connection:
            _soon(lambda: os.kill(os.getpid(), signal.SIGTERM))
            connection.execute(ENDLESS)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_connection_can_be_used_after_another_signal(connection):
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        signal.raise_signal(signal.SIGUSR1)
        assert connection.execute("select 1").fetchall() == [(1,)]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_in_another_thread_duckdbs_own_error_stays(tmp_path):
    def work():
        with fresh_database(tmp_path / "test.duckdb", read_settings(tmp_path)) as connection:
            _soon(connection.interrupt)
            connection.execute(ENDLESS)

    with ThreadPoolExecutor(1) as pool, pytest.raises(duckdb.InterruptException):
        pool.submit(work).result()


def test_other_faults_stay_what_they_are(tmp_path):
    with pytest.raises(RuntimeError, match="something else"), fresh_database(tmp_path / "test.duckdb", read_settings(tmp_path)):
        raise RuntimeError("something else")
