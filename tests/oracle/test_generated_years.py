"""The project's whole run against the oracle: random years, every cell of every table."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from .confidence_cases import CONFIDENCE_CASES, confidence_cases
from .coverage_cases import COVERAGE_CASES, coverage_cases
from .crawl_cases import CRAWL_CASES, crawl_cases
from .exact import evaluate
from .files import write_year
from .model import GeneratedYear
from .vague import NOBODY
from .whole import compared, evaluate_here
from .years import generate, kind_of

# As few as reach every case, most of them twice: `python -m tests.oracle` takes any others. In 16, 32 and 33 the tie-break
# decides a rank; from 17 on nearly all have crawl checks with rules of their own.
SEEDS = [0, 1, 4, 5, 9, 16, 18, 22, 30, 32, 33, 49, 55, 59, 62, 69, 190]
TWICE = [9, 22, 62]  # written in two completely different ways
SHOWN = 40  # differences; after so many the rest tell nothing new

pytestmark = pytest.mark.slow

Published = Callable[[int], Path]


@cache
def _year_and_tables(seed: int) -> tuple[GeneratedYear, dict[str, list[dict]]]:
    year = generate(seed)
    return year, evaluate(year)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The data home in which the year of a seed was evaluated, once for all tests: some by the flow, which publishes it, the
    others by the same steps without an orchestrator, which need half of the time."""
    from flows.yearly import yearly

    @cache
    def home(seed: int) -> Path:
        year, _ = _year_and_tables(seed)
        home = tmp_path_factory.mktemp(f"seed{seed}")
        write_year(year, home, seed)
        if seed in TWICE:
            yearly(year.year, str(home))
        else:
            evaluate_here(year.year, home)
        return home

    return home


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_is_what_exact_arithmetic_says(seed: int, published: Published) -> None:
    year, tables = _year_and_tables(seed)
    home = published(seed)
    found = compared(year, tables, home)
    assert not found, f"{len(found)} differences in the year of seed {seed}:\n" + "\n".join(found[:SHOWN])


@pytest.mark.parametrize("seed", TWICE)
def test_formats_files_and_order_leave_no_trace(
    seed: int, tmp_path: Path, published: Published, evaluate_year: Callable[[Path, int], Path]
) -> None:
    year, _ = _year_and_tables(seed)
    # With another seed: in other formats, files and order than those in which it was evaluated.
    write_year(year, tmp_path, 1000 + seed)
    first, second = (
        {path.name: path.read_bytes() for path in (folder / "tables").iterdir() if path.suffix in (".csv", ".parquet")}
        for folder in (published(seed) / "results" / str(year.year), evaluate_year(tmp_path, year.year))
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_the_seeds_write_ballots_and_scores_as_wide_exports(published: Published) -> None:
    kinds: Counter[str] = Counter()
    for seed in SEEDS:
        year, _ = _year_and_tables(seed)
        kinds.update(kind_of(year.scheme, path.parent.name) for path in published(seed).glob("raw/*/*/export-*"))
    assert kinds.keys() == {"ballots", "panel"} and min(kinds.values()) >= 5


def test_the_seeds_reach_every_rule() -> None:
    """A generator that has stopped producing a case would pass in silence; this fails instead."""
    reached: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    unsure: Counter[str] = Counter()
    due: Counter[str] = Counter()
    for seed in SEEDS:
        year, tables = _year_and_tables(seed)
        reached.update(_scheme_cases(year))
        checks.update(crawl_cases(year, seed))
        unsure.update(confidence_cases(year, tables))
        due.update(coverage_cases(year, tables))
        reached.update(row["reason"] for row in tables["ballot_audit"] if row["ballots"])
        for row in tables["composite_scores"]:
            reached.update(flag.split(":")[0] for flag in (row["flags"] or "").split("|") if flag)
            reached["in last year's table"] += row["previous_rank"] is not None
        for row, other in combinations(tables["composite_scores"], 2):
            if (row["group"], row["composite"]) == (other["group"], other["composite"]):
                reached["shared rank" if row["rank"] == other["rank"] else "tie-break"] += 1
        reached["new site"] += any(row["previous_rank"] is None for row in tables["composite_scores"])
        reached["portal_columns"] += bool(tables["portal_columns"])
        reached["portal_figures"] += bool(tables["portal_figures"])
        reached["quarantine"] += sum(year.quarantined(dataset) for dataset in year.rows)
        reached.update(_vague_cases(year))
    assert [case for case in CASES if not reached[case]] == []
    assert [case for case in CRAWL_CASES if not checks[case]] == []
    assert [case for case in CONFIDENCE_CASES if not unsure[case]] == []
    assert [case for case in COVERAGE_CASES if not due[case]] == []


CASES = [
    *("ballots", "panel", "claims", "records", "audit", "given", "two sources of a kind"),
    *("min_seconds", "burst_limit", "min_ballots", "trim_each_side", "inflation_penalty"),
    *("item_weights", "approval_items_for"),
    *("points", "ratio", "deduct", "from_crawl", "value", "passed", "wide"),
    *("outside_period", "no_rating", "too_fast", "burst", "duplicate", "valid", "low_base"),
    *("fail", "zero", "reweight", "missing_zero", "missing_reweight", "shared rank", "tie-break"),
    *("in last year's table", "new site", "portal_columns", "portal_figures", "quarantine"),
    *("Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata", "notice"),
    *(
        "a day for a moment",
        "nobody for a voter",
        "nobody for an origin",
        "a burst but for its days",
        "one person but for the placeholder",
    ),
]


def _vague_cases(year: GeneratedYear) -> list[str]:
    """Ballots that tell too little, and the rules that would exclude them if they told more."""
    cases = []
    for source, spec in year.scheme["sources"].items():
        if spec["kind"] != "ballots":
            continue
        ballots = year.meant(source)
        days = [ballot for ballot in ballots if not isinstance(ballot["submitted_at"], datetime)]
        nobody = [ballot for ballot in ballots if ballot["voter"] in NOBODY]
        cases += ["a day for a moment"] * bool(days) + ["nobody for a voter"] * bool(nobody)
        cases += ["nobody for an origin"] * any(ballot["origin"] in NOBODY for ballot in ballots)
        sent = Counter((ballot["origin"], ballot["submitted_at"]) for ballot in days if ballot["origin"])
        cases += ["a burst but for its days"] * any(count > spec.get("burst_limit", count) for count in sent.values())
        rated = Counter((ballot["voter"], ballot["site"]) for ballot in nobody)
        cases += ["one person but for the placeholder"] * any(count > 1 for count in rated.values())
    return cases


def _scheme_cases(year: GeneratedYear) -> list[str]:
    specs = list(year.scheme["sources"].values())
    kinds = [spec["kind"] for spec in specs]
    indicators = [indicator for spec in specs for indicator in spec.get("indicators", [])]
    return [
        *kinds,
        *(key for spec in specs for key in spec),
        *(key for indicator in indicators for key in indicator),
        *(indicator["rule"] for indicator in indicators if "rule" in indicator),
        *(indicator["measure"] for indicator in indicators if "measure" in indicator),
        *(["two sources of a kind"] if len(set(kinds)) < len(kinds) else []),
        *(["wide"] if "wide" in year.scheme.get("crawl", {}) else []),
        year.scheme.get("missing", "fail"),
        year.scheme["timezone"],
        *(["notice"] if "notice" in year.scheme else []),
    ]
