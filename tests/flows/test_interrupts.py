"""Ctrl-C while DuckDB works: the statement ends, and what comes of it is what the signal's handler raises, not a fault."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import duckdb
import pytest

import flows.host.interrupts
from flows.host.interrupts import interrupts_raised
from flows.settings import read_settings
from flows.warehouse.engine import fresh_database

# Years of work, which never asks Python for anything.
ENDLESS = "select sum(sqrt(range)) from range(1000000000000)"


class Told(BaseException):
    """What an orchestrator's handler raises."""


@pytest.fixture
def threads():
    """How many threads the database has; the machine's number where a test does not say."""
    return


@pytest.fixture
def database(tmp_path, threads):
    return fresh_database(tmp_path / "test.duckdb", replace(read_settings(tmp_path), threads=threads))


def _told(*_) -> None:
    raise Told


@contextmanager
def _handled(number: signal.Signals, handler: Callable[..., None]) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def _soon(number: signal.Signals) -> None:
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), number))
    timer.daemon = True
    timer.start()


@pytest.mark.parametrize("threads", [1, 4])
def test_a_signal_ends_the_statement_though_nothing_is_raised_by_its_handler(database, threads):
    # So that it can be nobody but us who ends it.
    with _handled(signal.SIGINT, lambda *_: None), database as connection:
        _soon(signal.SIGINT)
        with pytest.raises(duckdb.InterruptException):
            connection.execute(ENDLESS)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize(
    ("number", "handler", "raised"),
    [(signal.SIGINT, signal.default_int_handler, KeyboardInterrupt), (signal.SIGTERM, _told, Told)],
)
def test_what_the_handler_raises_is_raised(database, threads, number, handler, raised):
    with _handled(number, handler), pytest.raises(raised), database as connection:
        _soon(number)
        connection.execute(ENDLESS)


def test_a_signal_that_duckdb_sees_before_we_are_told_of_it_is_raised_too(database, monkeypatch):
    heard = flows.host.interrupts._heard

    class Late(list):
        """Hears a moment later than DuckDB has ended the statement by itself."""

        def append(self, number):
            time.sleep(0.5)
            super().append(number)

    monkeypatch.setattr(flows.host.interrupts, "_heard", Late(heard))
    with _handled(signal.SIGINT, signal.default_int_handler), pytest.raises(KeyboardInterrupt), database:
        _soon(signal.SIGINT)
        try:
            time.sleep(5)
        except KeyboardInterrupt:
            # What DuckDB raises in the place of what the handler raised within a statement.
            raise RuntimeError("Query interrupted") from None


def test_a_library_that_takes_it_for_a_fault_of_one_query_gets_no_other_done(database):
    failed = []

    def library(connection):
        for _ in range(3):
            try:
                connection.execute(ENDLESS)
            except Exception as fault:
                failed.append(fault)

    with _handled(signal.SIGTERM, _told), pytest.raises(Told), database as connection:
        _soon(signal.SIGTERM)
        library(connection)
        assert len(failed) == 3


def test_a_task_whose_library_lost_the_interrupt_does_not_end_as_if_it_were_done(database):
    from flows.orchestrator.outcome import fails_in_words

    @fails_in_words
    def validate(connection):
        with suppress(Exception):
            connection.execute(ENDLESS)

    with pytest.raises(KeyboardInterrupt), database as connection:
        _soon(signal.SIGINT)
        validate(connection)
        pytest.fail("the task has ended")


def test_of_many_interrupts_that_a_library_swallows_none_is_lost(tmp_path):
    for number in range(30):
        with pytest.raises(KeyboardInterrupt), fresh_database(tmp_path / "test.duckdb", read_settings(tmp_path)) as connection:
            # Sometimes DuckDB sees the signal first, sometimes the thread that hears for it.
            timer = threading.Timer(0.02 + 0.002 * number, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with interrupts_raised(), suppress(Exception):
                connection.execute(ENDLESS)
            pytest.fail(f"interrupt {number} is lost")


def test_ctrl_c_after_the_database_was_closed_is_an_interrupt_like_any_other(database):
    with pytest.raises(KeyboardInterrupt), database as connection:
        connection.close()
        _soon(signal.SIGINT)
        threading.Event().wait(30)


def test_another_signal_ends_nothing(database):
    with _handled(signal.SIGUSR1, lambda *_: None), database as connection:
        signal.raise_signal(signal.SIGUSR1)
        assert connection.execute("select count(*) from range(10000000)").fetchall() == [(10000000,)]


def test_what_was_told_of_signals_before_is_told_again_after(database):
    before = signal.set_wakeup_fd(-1)
    try:
        with database:
            pass
        assert signal.set_wakeup_fd(-1) == -1
    finally:
        signal.set_wakeup_fd(before)


def test_in_another_thread_duckdbs_own_error_stays(database):
    def work():
        with database as connection:
            threading.Timer(0.2, connection.interrupt).start()
            connection.execute(ENDLESS)

    with ThreadPoolExecutor(1) as pool, pytest.raises(duckdb.InterruptException):
        pool.submit(work).result()


def test_other_faults_stay_what_they_are(database):
    with pytest.raises(RuntimeError, match="something else"), database:
        raise RuntimeError("something else")
