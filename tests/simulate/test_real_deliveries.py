"""No real delivery is ever overwritten or removed by a simulation."""

import json
from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.home import Home
from flows.simulate import simulate

from .test_any_scheme import ALL_KINDS, YEAR, home_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_of(tmp_path, ALL_KINDS)


def contents(home: Path) -> dict[str, bytes]:
    raw = home / "raw" / str(YEAR)
    return {str(path.relative_to(raw)): path.read_bytes() for path in raw.rglob("*") if path.is_file()}


def run(home: Path, **options):
    return simulate(Home(home), YEAR, **({"ballots": 500} | options))


def test_the_same_options_give_the_same_bytes_again(home: Path) -> None:
    run(home)
    first = contents(home)
    run(home)
    assert contents(home) == first


def test_a_file_from_elsewhere_stops_it(home: Path) -> None:
    real = home / "raw" / str(YEAR) / "web" / "week1.csv"
    real.parent.mkdir(parents=True)
    real.write_text("ballot_id\n", "utf-8")
    before = contents(home)
    with pytest.raises(UsageError, match=r"web/week1\.csv.*不会覆盖真实数据"):
        run(home)
    assert contents(home) == before


def test_a_simulated_file_that_was_edited_counts_as_real(home: Path) -> None:
    run(home)
    edited = home / "raw" / str(YEAR) / "score" / "scores.csv"
    edited.write_bytes(edited.read_bytes() + b"x,1\n")
    before = contents(home)
    with pytest.raises(UsageError, match=r"score/scores\.csv"):
        run(home, seed=5)
    assert contents(home) == before


def test_a_register_from_elsewhere_is_used_and_kept(home: Path) -> None:
    register = home / "raw" / str(YEAR) / "sites.csv"
    register.parent.mkdir(parents=True)
    register.write_text("site_id,group,name\nx,big,某局\ny,big,某委\nz,small,某区\n", "utf-8")
    before = register.read_bytes()
    with pytest.raises(UsageError, match="--sites 4 不会覆盖它"):
        run(home, sites=4)
    assert run(home).sites == 3
    assert register.read_bytes() == before
    assert "sites.csv" not in json.loads((register.parent / ".simulated.json").read_text("utf-8"))["files"]


def test_a_register_made_here_may_be_made_anew(home: Path) -> None:
    assert run(home, sites=10).sites == 10
    assert run(home).sites == 10
    assert run(home, sites=4).sites == 4
    claims = home / "raw" / str(YEAR) / "claims"
    assert len(list(claims.iterdir())) == 2  # the workbooks of the sites that are gone are gone


def test_an_exchange_that_was_cut_short_can_be_taken_up_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(home, seed=1)
    moved = 0

    def replace(source, target) -> None:
        nonlocal moved
        moved += 1
        if moved == 9:
            raise KeyboardInterrupt
        source.rename(target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            run(home, seed=2)
    run(home, seed=2)
    taken_up = contents(home)
    fresh = home_of(home / "fresh", ALL_KINDS)
    run(fresh, seed=2)
    assert taken_up == contents(fresh)


def test_nothing_is_left_where_the_scheme_is_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="2013 年没有评议方案"):
        simulate(Home(home), 2013)
    assert not (home / "raw").exists()
