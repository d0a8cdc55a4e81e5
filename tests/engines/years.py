"""Two small years that together have rows in every table a model reads."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from flows.settings import SQL
from flows.warehouse.engine import literal
from flows.warehouse.gates import recount
from flows.warehouse.models import RECOUNT
from tests.oracle.files import write_year
from tests.oracle.model import GeneratedYear
from tests.oracle.years import generate

# A small pair of those that have every kind of source, every form of crawl checks and a year before. The last has all that
# gates look at.
SEEDS = (100, 22)
# Each breaks what one gate asks for: a gate that finds nothing compares nothing.
FAULTS = (
    "update published.ballot_audit set ballots = ballots + 1",
    "update published.composite_scores set composite = composite + 0.01, rank = rank + 1, previous_rank = 99, flags = 'x'",
    "update published.annexes set \"网站\" = 'x'",
    "update published.group_summary set sd = sd + 1",
    "update published.satisfaction set ratings = ratings + 1",
    "update published.participation set raters = raters + 1",
    "update published.source_details set base = base + 1",
    "update published.service_inventory set items = items + 1",
    "update published.claimed_points set points = points + 1",
    "update published.lost_months set points = points + 1",
    "update published.failed_items set name = 'x'",
    "update published.failed_checks set failures = failures + 1",
    "update published.portal_columns set views = views + 1",
    "update published.portal_figures set unit = 'x'",
    "update published.rank_confidence set rank_low = rank_low + 1",
    "update published.source_weights set label = 'x'",
    "update published.check_counts set made = made + 1",
    "update published.coverage set missing = missing + 1",
    "update published.coverage_summary set waived = waived + 1",
    "update published.coverage_effects set rank = rank + 1",
    "update recount.source_scores set score = score - 0.01",
    "update ref.weights set weight = weight + 0.12345678",
    "delete from ref.sites where site_id = (select min(site_id) from ref.sites)",
)
_FIGURES = (
    "figure,section,subject,printed,value,scale,table,column,rows,measure,per_table,per_column,per_rows,per_measure,per_value,remark\n"
    "sites,一,网站,{sites}个,{sites},1,group_summary,sites,%,sum,,,,,,\n"
    "mean,一,平均分,70.1分,70.1,1,group_summary,mean,%,sum,group_summary,mean,%,count,,\n"
    "share,一,占比,三分之一,33.3,0.01,group_summary,above_mean,%,sum,group_summary,sites,%,sum,,\n"
    "people,一,市民,9人,9,1,,,,,,,,,,记录里没有\n"
)


def write_home(seed: int, home: Path) -> int:
    """Writes the year of the seed into a data home, with printed figures and last year's weights; returns the year."""
    year = generate(seed)
    write_year(year, home, seed)
    reference = home / "reference" / str(year.year)
    reference.mkdir(parents=True)
    (reference / "figures.csv").write_text(_FIGURES.format(sites=len(year.meant("sites"))), encoding="utf-8")
    if year.previous is not None:
        _write_weights(year, home / "results" / str(year.year - 1) / "tables" / "source_weights.csv")
    return year.year


def _write_weights(year: GeneratedYear, path: Path) -> None:
    """What the sources weighed last year: the same as this year."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["year", "group", "source", "label", "weight"])
        for group, spec in year.scheme["groups"].items():
            for source, weight in spec["weights"].items():
                table.writerow([year.year - 1, group, source, year.scheme["sources"][source]["label"], weight])


@contextmanager
def database(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy in memory of the database that the home's run left behind, with what the gates count once more."""
    with copied(home / "warehouse.duckdb") as connection:
        yield connection


@contextmanager
def copied(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same of any database that a run left behind."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(warehouse))} as run (read_only)")
        connection.execute("copy from database run to memory")
        connection.execute("detach run")
        recount(connection, SQL / RECOUNT)
        yield connection
