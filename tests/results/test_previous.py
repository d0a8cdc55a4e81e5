"""Last year's tables are read from one publication, and recorded under the name by which the year's results are known."""

import pytest

import flows.warehouse.previous as previous
from flows.errors import OperatorError
from flows.home import Home
from flows.host.regular import noted
from flows.results.manifest import check_as_read, consulted
from flows.scheme.file import read_scheme
from flows.warehouse.previous import previous_rows
from tests.flows.homes import YEAR, small_home


@pytest.fixture
def home(tmp_path):
    """A home whose year before was published twice, with other scores and weights; the first publication stands."""
    folder = small_home(tmp_path / "home")
    for number, score, weight in ((1, "80.00", "0.25"), (2, "90.00", "0.75")):
        tables = folder / "publications" / str(YEAR - 1) / str(number) / "tables"
        tables.mkdir(parents=True)
        (tables / "composite_scores.csv").write_text(f"site_id,composite,rank,voted\ns1,{score},1,{score}\n", encoding="utf-8")
        weights = f"group,source,label,weight\nbureau,voted,公众评议,{weight}\n"
        (tables / "source_weights.csv").write_text(weights, encoding="utf-8")
    (folder / "results").mkdir()
    _stand(folder, 1)
    return folder


def _stand(folder, number):
    link = folder / "results" / str(YEAR - 1)
    link.unlink(missing_ok=True)
    link.symlink_to(f"../publications/{YEAR - 1}/{number}", target_is_directory=True)


def test_a_publication_that_takes_the_place_meanwhile_is_not_mixed_in_and_is_noticed(home, monkeypatch):
    scheme, read = read_scheme(Home(home), YEAR), previous.read_previous

    def published_meanwhile(*arguments):
        table = read(*arguments)
        _stand(home, 2)
        return table

    monkeypatch.setattr(previous, "read_previous", published_meanwhile)
    with noted():
        rows = previous_rows(Home(home), scheme)
        assert [str(row["composite"]) for row in rows["previous_composites"]] == ["80.00"]
        assert [str(row["score"]) for row in rows["previous_scores"]] == ["80.00"]
        assert [str(row["weight"]) for row in rows["previous_sources"]] == ["0.25"]
        # What is recorded as consulted is what stands now, and it is not what was read.
        with pytest.raises(OperatorError) as fault:
            check_as_read(Home(home), YEAR, consulted(Home(home), YEAR))
    assert str(home / "results" / str(YEAR - 1) / "tables" / "composite_scores.csv") in str(fault.value)


def test_what_was_consulted_is_recorded_by_the_link(home):
    names = [name for name in consulted(Home(home), YEAR) if "composite_scores" in name or "weights" in name]
    assert names == [f"results/{YEAR - 1}/tables/{table}.csv" for table in ("composite_scores", "source_weights")]
    with noted():
        previous_rows(Home(home), read_scheme(Home(home), YEAR))
        check_as_read(Home(home), YEAR, consulted(Home(home), YEAR))
