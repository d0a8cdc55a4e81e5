"""A store outlives a change of the code that reads nothing otherwise, and no other change."""

import tomllib

import pytest

from flows.receive import EDITIONS, code_hash, edition, open_store, receive
from flows.receive.pseudonyms import Pseudonyms
from flows.scheme.datasets import datasets
from tests.receive import editions
from tests.receive.home import SECRET, small_home

LISTED = tomllib.loads(EDITIONS.read_text(encoding="utf-8"))["edition"]


@pytest.fixture
def listed(monkeypatch, tmp_path):
    """Lists codes in one edition after another."""

    def call(*codes):
        path = tmp_path / "editions.toml"
        path.write_text("".join(f"[[edition]]\nreads = ''\ncode = {list(each)!r}\n" for each in codes), encoding="utf-8")
        monkeypatch.setattr("flows.receive.EDITIONS", path)

    return call


def test_code_that_is_not_listed_stands_for_itself(listed):
    listed(["a", "b"], ["c"])
    assert edition() == code_hash()


@pytest.mark.parametrize(
    ("codes", "name"), [([["a", None]], "a"), ([["a"], [None, "b"]], None), ([["a"], ["c", "b", None]], "c")]
)
def test_listed_code_stands_under_the_first_of_its_edition(listed, codes, name):
    listed(*([code or code_hash() for code in each] for each in codes))
    assert edition() == (name or code_hash())


def test_what_other_code_of_the_edition_has_read_is_not_read_again(tmp_path, listed, monkeypatch):
    home = small_home(tmp_path / "home")

    def received():
        scheme = home.scheme
        store = open_store(home.home, scheme, home.register, Pseudonyms(SECRET))
        return {
            receipt.folder
            for dataset in datasets(scheme)
            for receipt in receive(home.home, scheme, dataset, store, lambda *_: None).receipts
        }

    with monkeypatch.context() as before:
        before.setattr("flows.receive.code_hash", lambda: "a")
        entries = received()
    listed(["a"], [code_hash()])
    assert entries and received().isdisjoint(entries)
    listed(["a", code_hash()])
    monkeypatch.setattr("flows.receive.store.read_apart", None)
    assert received() == entries


def test_no_code_is_in_two_editions():
    codes = [code for each in LISTED for code in each["code"]]
    assert len(codes) == len(set(codes)) and all(len(code) == 64 for code in codes)


@pytest.mark.slow
def test_listed_code_reads_the_corpus_as_its_edition_does():
    own = [each["reads"] for each in LISTED if code_hash() in each["code"]]
    # Code that is not listed promises nothing: its stores are its own.
    assert not own or own == [editions.reads()]
