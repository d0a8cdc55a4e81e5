"""The nightly flow: provisional scores from whatever has come, and nothing published."""

import shutil

import duckdb
import pytest

from tests.flows.homes import COMPOSITES, YEAR, contents, small_home


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@pytest.fixture
def nightly(whole_runs):
    from flows.nightly import nightly

    return nightly


def _provisional(home):
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        return dict(connection.execute("select site_id, composite from published.composite_scores").fetchall())


def test_refreshes_the_scores_and_publishes_nothing(home, nightly):
    refreshed = nightly(YEAR, str(home))
    assert refreshed.sites == 2 and refreshed.without_all_sources == 0
    assert {site: float(score) for site, score in _provisional(home).items()} == COMPOSITES
    assert not (home / "results").exists()


def test_sources_that_are_still_empty_are_reweighted_and_flagged(home, nightly):
    shutil.rmtree(home / "raw" / str(YEAR) / "given")
    refreshed = nightly(YEAR, str(home))
    assert refreshed.without_all_sources == 2
    # 0.9 of the weight is there: (composite - 0.1 × given) / 0.9, with s2's given score of 77
    assert float(_provisional(home)["s2"]) == pytest.approx((COMPOSITES["s2"] - 0.1 * 77) / 0.9, abs=0.005)


def test_before_anything_has_come_there_is_simply_no_score(home, nightly):
    for folder in (home / "raw" / str(YEAR)).iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
    assert nightly(YEAR, str(home)).sites == 0


def test_what_was_published_stays_as_it_is(published_home, nightly):
    published = published_home / "results" / str(YEAR)
    before = contents(published)
    (published_home / "raw" / str(YEAR) / "given" / "scores.csv").unlink()
    nightly(YEAR, str(published_home))
    assert contents(published) == before


def test_without_a_year_it_takes_the_newest_scheme(home, nightly):
    assert nightly(data_dir=str(home)).year == YEAR
