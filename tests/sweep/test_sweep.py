"""A short part of the sweep in the ordinary tests: some tries of each part, none of which may fail."""

import shutil
from random import Random

import pytest

from flows.errors import visible
from tests.commands import Ran
from tests.flows.homes import YEAR

from .canaries import canaries, forms, search, somebody
from .corpus import corpus
from .files import beside, files, mutated, mutations
from .injections import FIELDS, injections, of_csv, of_page, of_terminal
from .interposed import CHANGES, Kind, warm
from .kills import Maker, begin, calls, healed, kills, scenes, stage
from .outcome import Outcome, table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (cc)")
SEED = 1


def _failed(outcomes):
    outcomes = list(outcomes)
    assert outcomes
    return [outcome for outcome in outcomes if outcome.failure]


@pytest.fixture(scope="module")
def folder():
    with stage() as there:
        yield there


@pytest.fixture(scope="module")
def process():
    with warm() as started:
        yield started


@pytest.fixture(scope="module")
def made(process, folder):
    return Maker(process, folder)


@pytest.fixture(scope="module")
def played(made):
    """A revision, and a scene that evaluates nothing; the others are for the sweep by hand."""
    return scenes(made, ("revision", "scrub"))


@needs_compiler
def test_killed_before_any_file_operation_the_next_run_heals(process, folder, played):
    assert _failed(kills(process, folder, played, 4, SEED)) == []


@needs_compiler
def test_a_file_operation_that_fails_is_a_sentence(process, folder, played):
    assert _failed(calls(process, folder, played[:1], 6, SEED)) == []


@needs_compiler
def test_a_kill_is_a_kill_and_an_exchange_that_fails_is_seen(process, folder, played):
    scene = played[0]
    play = folder / "play"
    ended = begin(process, play, scene, CHANGES, 5)
    assert ended.killed and ended.signal == 9 and ended.hit.split()[0]
    (play / "home" / "results" / str(YEAR)).unlink()
    assert healed(process, play, scene, Outcome("kills", "")).failure == "lost"
    shutil.rmtree(play)
    assert scene.counts.count(Kind.NAME) > 0 and scene.counts.count(CHANGES) > 200


@needs_compiler
def test_wrong_things_beside_the_raw_files_are_told(process, folder, made):
    assert _failed(beside(process, folder, made, 2, SEED)) == []


def test_hostile_files_are_read_or_refused_and_take_no_other_with_them(folder):
    assert _failed(files(folder, 36, SEED)) == []


def test_mutated_files_are_read_or_refused(folder):
    assert _failed(mutations(folder, 80, SEED)) == []


def test_the_corpus_is_large_and_the_same_for_one_seed():
    one, other = list(corpus(SEED)), list(corpus(SEED))
    assert len(one) > 500
    for here, there in zip(one, other, strict=True):
        assert here.what == there.what and (callable(here.content) or here.content == there.content), here.what
    assert [each.content for each in mutated(50, 1)] != [each.content for each in mutated(50, 2)]


def test_nobody_is_told_outside_the_raw_files(folder):
    assert _failed(canaries(folder, 40, SEED, (("nightly", YEAR), ("status",)))) == []


def test_whoever_is_told_is_found(tmp_path):
    person = somebody(Random(1))
    for number, form in enumerate(sorted(forms(person.phone))):
        (tmp_path / f"{number}.txt").write_bytes(b"xx" + form + b"yy")
    assert {where for _, where in search(tmp_path, [], person.all)} == {
        f"{number}.txt" for number in range(len(forms(person.phone)))
    }


def test_payloads_stay_text(folder):
    assert _failed(injections(folder, len(FIELDS), SEED, compared=False)) == []


def test_what_acts_is_found():
    assert list(of_page("a", "<p onclick=x>", None)) and list(of_page("a", "<a href='javascript:x'>", None))
    assert list(of_page("a", "<p><img>", [("p", ())])) and not list(of_page("a", "<p>", [("p", ())]))
    assert list(of_csv("a", b"x,\x1f=1+1\n")) and not list(of_csv("a", b"x,-1.5\n"))
    assert list(of_terminal(Ran(0, out="\x1b"))) and not list(of_terminal(Ran(0, out=visible("\x1b\n") + "\n")))


def test_the_table_counts_failures_by_kind():
    lines = table([Outcome("kills", "a"), Outcome("kills", "b", "torn"), Outcome("files", "c", "hung")]).splitlines()
    assert [line.split() for line in lines[1:]] == [["kills", "2", "1", "1"], ["files", "1", "1", "1"]]
    assert lines[0].split()[:5] == ["part", "tries", "failed", "torn", "hung"]
