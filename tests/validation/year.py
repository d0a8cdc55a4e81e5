"""A small year with a source of every kind and every dataset, evaluated in memory."""

from pathlib import Path

import duckdb
import polars as pl

from flows.datasets import Dataset
from flows.datasets.contracts import datasets
from flows.datasets.crawl import SCANS
from flows.evaluate.build import build_all
from flows.home import Home
from flows.receive.register import Register
from flows.scheme import Scheme
from flows.scheme.file import parse_scheme
from flows.settings import SQL
from flows.validation.suites import Suite, door_suites, result_suites
from flows.warehouse.models import read_models
from flows.warehouse.raw import create_raw_tables
from flows.warehouse.ref import load_ref
from tests.models.tables import fill

SCHEME: Scheme = parse_scheme(
    """
    year = 2007
    title = "评议"
    timezone = "Asia/Shanghai"
    tie_break = ["public"]
    [aspects]
    disclosure = { label = "信息公开", weight = 0.4 }
    services = { label = "网上办事", weight = 0.6 }
    [groups.department]
    label = "市政府部门"
    publish_top = 1
    weights = { public = 0.2, expert = 0.2, self_check = 0.2, daily_work = 0.2, service_audit = 0.1, mayor = 0.1 }
    [groups.district]
    label = "区县政府"
    publish_top = 1
    weights = { public = 0.2, expert = 0.2, self_check = 0.2, daily_work = 0.2, service_audit = 0.1, mayor = 0.1 }
    [sources.public]
    label = "公众评议"
    kind = "ballots"
    opens = 2007-11-01
    closes = 2007-12-20
    levels = [ { label = "满意", points = 100 }, { label = "不满意", points = 0 } ]
    satisfied = ["满意"]
    [sources.expert]
    label = "专家评议"
    kind = "panel"
    [sources.self_check]
    label = "网站自查"
    kind = "claims"
    indicators = [ { id = "s01", label = "公开", max = 10 }, { id = "s02", label = "互动", max = 5 } ]
    [sources.daily_work]
    label = "日常工作考查"
    kind = "records"
    indicators = [
      { id = "d01", label = "报送", max = 20, rule = "ratio", target = 30 },
      { id = "d02", label = "死链", max = 10, rule = "deduct", per = 0.5, from_crawl = "dead_links" },
    ]
    [sources.service_audit]
    label = "网上办事核查"
    kind = "audit"
    item_types = { acceptance = "在线受理", query = "查询" }
    approval_items_for = ["department"]
    [sources.mayor]
    label = "市长评分"
    kind = "given"
    """.encode(),
    2007,
    "2007.toml",
)

SITES = pl.DataFrame(
    {
        "site_id": ["s1", "s2", "s3"],
        "group": ["department", "department", "district"],
        "name": ["一", "二", "三"],
        "url": [None, None, None],
    },
    schema_overrides={"url": pl.String},
)

RAW = {
    "public": "source | site_id | ratings | overall | seconds\npublic | s1 | [1, 2] | 1 | 9\npublic | s2 | [1, 1] | 2 | 8\n"
    "public | s3 | [2, 1] | 1 | 7",
    "expert": "source | site_id | aspect | score\nexpert | s1 | services | 80\nexpert | s2 | services | 90\n"
    "expert | s3 | disclosure | 70.5",
    "self_check": "source | site_id | indicator | points\nself_check | s1 | s01 | 8\nself_check | s2 | s02 | 5\n"
    "self_check | s3 | s01 | 1",
    "self_check_verified": "source | site_id | indicator | points\nself_check | s1 | s01 | 7\nself_check | s2 | s02 | 5",
    "daily_work": "source | site_id | indicator | value\ndaily_work | s1 | d01 | 15\ndaily_work | s2 | d01 | 30\n"
    "daily_work | s3 | d01 | 3",
    "service_audit": "source | site_id | item_type | name | online | forms | sheets\nservice_audit | s1 | query | 甲 | pass | 1 | 2\n"
    "service_audit | s2 | query | 乙 | fail | 0 | 0\nservice_audit | s3 | acceptance | 丙 | pass | 3 | 4",
    "mayor": "source | site_id | score\nmayor | s1 | 70\nmayor | s2 | 80\nmayor | s3 | 90",
    "crawl": "site_id | check | passed | value\ns1 | dead_links | true | 2\ns2 | dead_links | false | 3",
    "portal_traffic": "column | month | views\n要闻 | 2007-01 | 10\n便民 | 2007-01 | 20",
    "portal_stats": "metric | value | previous\n访问量 | 100 | 80\n信件 | 50 |",
    "crawl_scans": "site_id | checks\n"
    "s1 | [{'check': 'up', 'passed': true, 'value': null, 'not_made': null}]\n"
    "s3 | [{'check': 'up', 'passed': null, 'value': null, 'not_made': '没有值'}]",
}


def drawing(dataset: Dataset) -> str:
    """The name under which a dataset's rows are drawn here: a scanner's own tables are delivered in the folder `crawl` too."""
    return "crawl_scans" if dataset == SCANS else dataset.name


DATASETS: tuple[Dataset, ...] = (*datasets(SCHEME), SCANS)
ROWS = {(one.name, one.table): len(RAW[drawing(one)].splitlines()) - 1 for one in DATASETS}


def evaluated() -> duckdb.DuckDBPyConnection:
    """The year's database with every model built."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    create_raw_tables(connection)
    for dataset in DATASETS:
        fill(connection, f"raw.{dataset.table}", RAW[drawing(dataset)])
    load_ref(connection, Home(Path("/nowhere")), SCHEME, Register(SITES, {}, "", SITES.height), provisional=False)
    for _ in build_all(connection, SCHEME):
        pass
    return connection


def suites(connection: duckdb.DuckDBPyConnection) -> list[Suite]:
    """Every suite of the year, as a yearly run makes them."""
    tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'published'").fetchall()
    rows = {name: connection.execute(f"select count(*) from published.{name}").fetchall()[0][0] for (name,) in tables}
    return [*door_suites(DATASETS, ROWS, SITES.height), *result_suites(SCHEME, read_models(SQL), SITES.height, rows)]
