"""What the sheets of the sites rest on: labels, claims, lost months, failed items and checks, last year's scores."""

from decimal import Decimal

import duckdb
import polars as pl
import pytest

from flows.home import Home
from flows.receive.register import Register
from flows.warehouse.ref import load_ref
from tests.models.tables import expect, to
from tests.validation.year import SCHEME, SITES


def test_every_site_is_listed_with_its_group_and_address():
    expect(
        "published.sites",
        {"ref.sites": "site_id | name | url\ns1 | 甲 | http://a.example/\ns2 | 乙 |"},
        "year site_id group name url",
        [(2007, "s1", "g", "甲", "http://a.example/"), (2007, "s2", "g", "乙", None)],
    )


def test_items_are_the_aspects_indicators_and_item_types_of_their_sources():
    expect(
        "published.source_items",
        {
            "ref.items": """
                source | item | position | label | weight | max_points
                public | a    | 1        | 公开  | 0.4    | 100
                expert | a    | 1        | 公开  | 0.4    | 100
                daily  | d1   | 1        | 死链  | 10     | 10
                audit  | t1   | 1        | 受理  | 3      | 100
                audit  | t2   | 2        | 查询  | 2      | 100
            """,
            "ref.indicators": "source | indicator | rule | per | from_crawl\ndaily | d1 | deduct | 0.5 | dead_links",
        },
        "source item position label weight max_points rule per from_crawl",
        [
            ("public", "a", 1, "公开", Decimal("0.4"), 100, None, None, None),
            ("expert", "a", 1, "公开", Decimal("0.4"), 100, None, None, None),
            ("daily", "d1", 1, "死链", 10, 10, "deduct", Decimal("0.5"), "dead_links"),
            ("audit", "t1", 1, "受理", 3, 100, None, None, None),
            ("audit", "t2", 2, "查询", 2, 100, None, None, None),
        ],
    )


def test_claims_are_published_for_the_sources_that_the_group_weighs():
    expect(
        "published.claimed_points",
        {
            "staged.claimed_points": "source | indicator | claimed_points | verified_points | points\n"
            "self | i1 | 8 | 7.5 | 7.25\nself | i2 | | 3 | 0\nother | i1 | 1 | | 1",
            "ref.sites": "site_id\ns1",
            "ref.weights": "source\nself",
        },
        "site_id source item claimed_points verified_points points",
        [
            ("s1", "self", "i1", 8, Decimal("7.5"), Decimal("7.5") - Decimal("0.5") * (8 - Decimal("7.5"))),
            ("s1", "self", "i2", None, 3, 0),
        ],
    )


def test_only_months_below_the_maximum_are_lost():
    expect(
        "published.lost_months",
        {
            "staged.monthly_points": "indicator | month | value | max_points | points\n"
            "i | 2007-01 | 3 | 15 | 1.5\ni | 2007-02 | 30 | 15 | 15\ni | 2007-03 | 1 | 15 | 14.99996",
            "ref.sites": "site_id\ns1",
            "ref.weights": "source\nsrc",
        },
        "site_id source item month value points max_points",
        [("s1", "src", "i", "2007-01", 3, 15 * Decimal(3) / 30, 15)],
    )


def test_items_with_a_failed_check_are_reported_with_whether_they_count():
    expect(
        "published.failed_items",
        {
            "raw.audit_items": "item_id | name | approval | reachable | guide | form | online | audited_on | auditor\n"
            "i1 | 甲 | true | pass | fail | na | na | 2007-11-05 | 某人\ni2 | 乙 | false | pass | pass | na | na | |\n"
            "i3 | 丙 | false | na | na | na | fail | |",
            "ref.sites": "site_id\ns1",
            "ref.weights": "source\nsrc",
        },
        "site_id item_id name approval counts reachable guide form online audited_on",
        [
            # Approval items count in the groups of the scheme's list only, and here there is none.
            ("s1", "i1", "甲", 1, 0, "pass", "fail", "na", "na", "2007-11-05"),
            ("s1", "i3", "丙", 0, 1, "na", "na", "na", "fail", None),
        ],
        first=("staged.failed_items", "staged.service_items"),
    )


CHECKS = """
    check | url | checked_at          | outcome  | value | confirmed | in_period
    links | /a  | 2007-01-01 02:00:00 | failed   |       | true      | true
    links | /a  | 2007-01-02 02:00:00 | failed   |       | false     | true
    links | /a  | 2007-01-03 02:00:00 | passed   |       | false     | true
    links | /a  | 2008-01-03 02:00:00 | failed   |       | true      | false
    dead  | /h  | 2007-01-05 02:00:00 | measured | 4     | false     | true
    dead  | /h  | 2007-01-06 02:00:00 | measured | 7     | false     | true
    dead  | /h  | 2007-01-07 02:00:00 | measured | 0     | false     | true
    size  | /h  | 2007-01-05 02:00:00 | measured | 9     | false     | true
"""


def test_every_address_that_failed_is_reported_once_with_its_count_and_last_time():
    expect(
        "published.failed_checks",
        {
            "staged.crawl_checks": CHECKS,
            # Measuring costs points only where an indicator deducts for the value.
            "ref.indicators": "indicator | rule | per | from_crawl | measure\nd | deduct | 1 | dead | value\n"
            "e | ratio | 1 | size | value",
            "staged.check_details": "check | url | checked_at | detail\nlinks | /a | 2007-01-01 02:00:00 | 410\n"
            "links | /a | 2007-01-02 02:00:00 | 404",
        },
        "site_id check url failures confirmed first_failed last_failed last_value detail",
        [
            ("s1", "links", "/a", 2, 1, "2007-01-01 02:00:00", "2007-01-02 02:00:00", None, "404"),
            ("s1", "dead", "/h", 2, 2, "2007-01-05 02:00:00", "2007-01-06 02:00:00", 7, None),
        ],
    )


def test_a_detail_is_that_of_a_failure_and_of_bounded_length():
    long = "长" * 1200
    expect(
        "staged.check_details",
        {
            "raw.crawl_checks": "check | passed | url | detail | checked_at\n"
            f"c | false | /a | {long} | 2007-01-01 02:00:00\nc | true | /b | 好 | 2007-01-01 02:00:00\n"
            "c | false | | 二 | 2007-01-02 02:00:00\nc | false | | 一 | 2007-01-02 02:00:00"
        },
        "check url detail",
        [("c", "/a", long[:1000]), ("c", "", "一")],
    )


def test_last_years_scores_are_those_of_sites_that_are_still_there():
    expect(
        "published.previous_scores",
        {
            "ref.previous_scores": "site_id | source | score\ns1 | src | 85.1\ngone | src | 70",
            "ref.sites": "site_id\ns1",
            "ref.sources": "source\nsrc",
        },
        "year site_id source previous_score previous_weight source_now same_rules",
        [(2007, "s1", "src", to(2, "85.1"), None, "src", None)],
    )


def test_last_years_sources_are_reported_with_their_weights_though_a_site_had_no_score():
    expect(
        "published.previous_scores",
        {
            "ref.previous_composites": "site_id | group_id\ns1 | g\ns2 | h\ngone | g",
            "ref.previous_sources": """
                group_id | source | label | weight | source_now | same_rules
                g        | voted  | 公众  | 0.6    | public     | true
                g        | judged | 专家  | 0.4    |            |
                h        | voted  | 公众  | 1      | public     | false
            """,
            "ref.previous_scores": "site_id | source | score\ns1 | voted | 80\ns2 | voted | 70\ns2 | other | 60",
            "ref.sites": "site_id\ns1\ns2",
            "ref.sources": "source\npublic",
        },
        "site_id source previous_score previous_label previous_weight source_now same_rules",
        [
            ("s1", "voted", to(2, 80), "公众", to(8, "0.6"), "public", 1),
            ("s1", "judged", None, "专家", to(8, "0.4"), None, None),
            ("s2", "voted", to(2, 70), "公众", to(8, 1), "public", 0),
            ("s2", "other", to(2, 60), None, None, None, None),
        ],
    )


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_last_years_weights_name_its_sources_wherever_their_columns_stand(tmp_path, kind):
    tables = tmp_path / "results" / "2006" / "tables"
    tables.mkdir(parents=True)
    marks = {"composite": ["75.25"], "remark": ["旧"], "public": ["80.50"], "自查": ["70.00"]}
    before = pl.DataFrame({"year": [2006], "group": "department", "rank": [1], "site_id": ["s1"], "name": ["一"]} | marks)
    weights = pl.DataFrame(
        {
            "year": 2006,
            "group": "department",
            "source": ["public", "自查"],
            "label": ["旧名", "网站自查"],
            "kind": "given",
            "weight": ["0.6", "0.4"],
        }
    )
    for name, frame in (("composite_scores", before), ("source_weights", weights)):
        (frame.write_parquet if kind == "parquet" else frame.write_csv)(tables / f"{name}.{kind}")
    connection = duckdb.connect()
    load_ref(connection, Home(tmp_path), SCHEME, Register(SITES, {}, "", SITES.height), provisional=False)
    assert connection.execute("select * from ref.previous_scores order by all").fetchall() == [
        ("s1", "public", Decimal("80.50")), ("s1", "自查", Decimal("70.00")),
    ]  # fmt: skip
    # The second is this year's self_check by its label; whether the rules are the same nobody knows without that year's scheme.
    assert connection.execute("select * from ref.previous_sources order by all").fetchall() == [
        ("department", "public", "旧名", Decimal("0.6"), "public", None),
        ("department", "自查", "网站自查", Decimal("0.4"), "self_check", None),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_last_years_scores_are_read_from_its_published_ranking_whichever_file_there_is(tmp_path, kind):
    tables = tmp_path / "results" / "2006" / "tables"
    tables.mkdir(parents=True)
    before = pl.DataFrame(
        {
            "year": [2006, 2006],
            "group": "g",
            "rank": [1, 2],
            "site_id": ["s1", "s9"],
            "name": ["一", "九"],
            "public": ["80.50", None],
        }
        | {"gone": ["70.00", "60.00"], "composite": ["75.25", "60.00"], "previous_composite": [None, None], "flags": ["", ""]}
    ).with_columns(pl.col("public", "gone", "composite").cast(pl.Decimal(9, 2)), pl.col("previous_composite").cast(pl.String))
    (before.write_parquet if kind == "parquet" else before.write_csv)(tables / f"composite_scores.{kind}")
    connection = duckdb.connect()
    load_ref(connection, Home(tmp_path), SCHEME, Register(SITES, {}, "", SITES.height), provisional=False)
    assert connection.execute("select * from ref.previous_scores order by all").fetchall() == [
        ("s1", "gone", Decimal("70.00")), ("s1", "public", Decimal("80.50")), ("s9", "gone", Decimal("60.00")),
    ]  # fmt: skip
    assert connection.execute("select * from ref.previous_composites order by all").fetchall() == [
        ("s1", "g", Decimal("75.25"), 1), ("s9", "g", Decimal("60.00"), 2),
    ]  # fmt: skip
