"""A key a year hides its persons, and nothing that is published depends on it but its own id."""

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline
from flows.evaluate.write import write_results
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.persons.keys import id_of, key_in_force, open_key, read_key, sharing
from flows.receive import open_store, receive
from flows.receive.pseudonyms import Pseudonyms
from flows.results.drafts import ResultFolder
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from flows.warehouse.raw import create_raw_tables, load
from tests.flows.homes import YEAR, contents, small_home, write_rows
from tests.persons.stored import keep


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def test_a_year_has_a_key_of_its_own_made_once_and_readable_by_its_owner_only(home):
    settings = read_settings(home)
    assert key_in_force(settings, YEAR) is None
    made, other = open_key(settings, YEAR), open_key(settings, YEAR + 1)
    assert made("v1") == open_key(settings, YEAR)("v1") != other("v1") and made.secret_id != other.secret_id
    paths = [home / "keys" / f"{year}.key" for year in (YEAR, YEAR + 1)]
    assert sorted((home / "keys").iterdir()) == paths and not (home / "secret.key").exists()
    assert [path.stat().st_mode & 0o777 for path in (*paths, home / "keys")] == [0o600, 0o600, 0o700]
    assert all(len(read_key(path)) == 32 for path in paths) and key_in_force(settings, YEAR) == paths[0]


def test_the_key_of_an_older_version_goes_on_hiding_the_years_that_were_read_under_it_and_no_others(home):
    (home / "secret.key").write_bytes(bytes(range(64)))
    (home / "secret.key").chmod(0o600)
    older, settings = Pseudonyms(bytes(range(64))), read_settings(home)
    entry = keep(home, older)
    assert open_key(settings, YEAR)("v1") == older("v1") and key_in_force(settings, YEAR) == home / "secret.key"
    assert not (home / "keys").exists() and sharing(settings, YEAR - 1, home / "secret.key") == [YEAR]
    # What is kept is found again.
    assert keep(home, open_key(settings, YEAR)) == entry
    assert open_key(settings, YEAR + 1)("v1") != older("v1")
    # A store that was made under another key says nothing for this one.
    (home / "secret.key").write_bytes(bytes(range(1, 65)))
    assert key_in_force(settings, YEAR) is None


def test_the_environment_names_another_folder_of_keys_or_one_key_of_all_years(home, tmp_path, monkeypatch):
    folder = tmp_path / "keys"
    folder.mkdir()
    monkeypatch.setenv("PINGYI_SECRET_FILE", str(folder))
    first = open_key(read_settings(home), YEAR)
    assert id_of(folder / f"{YEAR}.key") == first.secret_id and not (home / "keys").exists()
    monkeypatch.setenv("PINGYI_SECRET_FILE", str(tmp_path / "all.key"))
    one, same = (open_key(read_settings(home), year) for year in (YEAR, YEAR + 1))
    assert one("v1") == same("v1") != first("v1") and id_of(tmp_path / "all.key") == one.secret_id
    assert (tmp_path / "all.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 64, bytes(40), b"ab" * 20])
def test_a_key_that_hides_nobody_is_refused_with_what_to_do(home, content):
    path = home / "keys" / f"{YEAR}.key"
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UsageError, match=rf"{YEAR}\.key"):
        open_key(read_settings(home), YEAR)
    assert path.read_bytes() == content and id_of(path) == ""


def test_what_is_no_file_is_no_key_and_keeps_nobody_waiting(home, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (Path("/dev/null"), Path("/dev/zero"), tmp_path / "pipe"):
        monkeypatch.setenv("PINGYI_SECRET_FILE", str(path))
        with pytest.raises(UsageError, match="PINGYI_SECRET_FILE"):
            open_key(read_settings(home), YEAR)


def test_a_key_that_others_can_read_is_told_with_what_to_do(home, caplog):
    path = home / "keys" / f"{YEAR}.key"
    open_key(read_settings(home), YEAR)
    assert not caplog.messages
    path.chmod(0o644)
    open_key(read_settings(home), YEAR)
    assert caplog.messages == [f"密钥 {path} 别的账户也能读，有它就能认出投票人。请运行 chmod 600 {path}。"]


def test_under_two_keys_all_that_is_published_is_the_same_to_the_byte_but_the_id_of_the_key(home, tmp_path):
    header = ["ballot_id", "submitted_at", "voter", "site", "content", "service", "origin"]
    # The same id twice: the two differ in the person, and in the person and the answers.
    rows = [["b1", "2030-01-02 10:00:00", f"v{number}", "s1", "满意", "满意", f"10.0.0.{number}"] for number in range(8)]
    rows += [["b2", "2030-01-02 10:00:00", f"w{number}", "s2", "满意", "不满意", ""] for number in range(4)]
    rows += [["b2", "2030-01-02 10:00:00", f"w{number}", "s2", "不满意", "满意", ""] for number in range(4, 8)]
    rows += [
        [f"c{number}", f"2030-01-0{1 + number % 9} 10:00:00", f"v{number % 7}", "s1", "满意", "", ""] for number in range(30)
    ]
    write_rows(home, "voted/web.csv", [header, *rows])
    made = []
    for name in ("one", "two"):
        with aside(read_settings(home), read_scheme(Home(home), YEAR), nullcontext(silent)) as evaluation:
            # The checks take most of the time, and make nothing but the pages of the validation.
            run_here(step for step in pipeline(evaluation) if not step.check)
            folder = tmp_path / name
            write_results(
                evaluation.connection, evaluation.scheme, evaluation.models, Home(home), evaluation.key_id, folder, silent
            )
        made.append(ResultFolder(folder))
    first, second = (contents(results.folder) for results in made)
    keys = [results.manifest["key"] for results in made]
    assert keys[0] != keys[1] and all(len(key) == 16 for key in keys)
    swapped = second.pop("manifest.json").replace(keys[1].encode(), keys[0].encode())
    assert swapped == first.pop("manifest.json") and first == second and len(first) > 20


@pytest.mark.parametrize("secret", [b"one", b"another", b"a third", b"a fourth"])
def test_which_of_two_ballots_with_one_id_stays_does_not_depend_on_the_key(home, secret):
    header = ["ballot_id", "submitted_at", "voter", "site", "content", "service"]
    rows = [
        ["b1", "2030-01-02 10:00:00", "v1", "s2", "满意", "满意"],
        ["b1", "2030-01-02 10:00:00", "v2", "s1", "满意", "满意"],
    ]
    rows += [["b2", "2030-01-02 10:00:00", voter, "s1", "满意", "满意"] for voter in ("v3", "v4")]
    write_rows(home, "voted/web.csv", [header, *rows])
    settings = read_settings(home)
    with aside(settings, read_scheme(Home(home), YEAR), nullcontext(silent)) as evaluation:
        pseudonyms = Pseudonyms(secret)
        scheme, register = evaluation.scheme, evaluation.register
        store = open_store(Home(home), scheme, register, pseudonyms)
        (ballots,) = [dataset for dataset in datasets(scheme) if dataset.name == "voted"]
        create_raw_tables(evaluation.connection)
        load(evaluation.connection, [receive(Home(home), scheme, ballots, store, silent)], silent)
        kept = evaluation.connection.execute("select line, site_id, voter from raw.ballots order by line").fetchall()
        assert kept == [(3, "s1", pseudonyms("v2")), (4, "s1", pseudonyms("v3"))]
