"""Records and crawl checks: from measured values to the points of an indicator (method 6)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.models.tables import expect, mean, to

MONTHLY = "staged.monthly_points"
VALUES = "staged.monthly_values"
CHECKS = "staged.crawl_checks"


def monthly(indicator: str, value: str, expected) -> None:
    expect(
        MONTHLY,
        {"ref.indicators": f"rule | max_points | target | per\n{indicator}", "staged.monthly_values": f"value\n{value}"},
        "value points",
        [(Decimal(value), to(12, str(expected)))],
    )


@pytest.mark.parametrize(("value", "expected"), [("7.25", "7.25"), ("0", 0), ("20", 20), ("20.1", 20), ("-3", 0)])
def test_points_are_the_value_within_0_and_the_maximum(value, expected):
    monthly("points | 20 | |", value, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("15", 20 * 15 / 30), ("30", 20), ("31", 20), ("0", 0), ("-6", 0), ("12", 20 * 12 / 30)],
)
def test_ratio_is_the_maximum_by_value_over_target_at_most_1(value, expected):
    monthly("ratio | 20 | 30 |", value, expected)


def test_ratio_that_has_no_end():
    monthly("ratio | 20 | 30 |", "10", to(12, mean(20, 0, 0)))


@pytest.mark.parametrize(("value", "expected"), [("0", 10), ("3", 10 - 0.5 * 3), ("20", 0), ("21", 0), ("-4", 10)])
def test_deduct_takes_per_times_value_off_the_maximum(value, expected):
    monthly("deduct | 10 | | 0.5", value, expected)


def test_an_indicators_points_are_the_mean_over_the_months_that_have_a_value():
    expect(
        "scored.indicator_points",
        {
            "staged.monthly_points": """
                site_id | month   | points | max_points
                s1      | 2007-01 | 10     | 10
                s1      | 2007-03 | 5      | 10
                s1      | 2007-12 | 7      | 10
                s2      | 2007-01 | 0      | 10
            """
        },
        "site_id points max_points base",
        [("s1", to(12, mean(10, 5, 7)), 10, 3), ("s2", 0, 10, 1)],
    )


CRAWLED = """
    indicator | from_crawl  | measure
    links     | dead_links  | value
    up        | reachable   | passed
    written   |             |
"""


def test_records_give_the_value_unless_the_indicator_draws_on_the_crawl():
    expect(
        VALUES,
        {
            "ref.indicators": CRAWLED,
            "raw.records": """
                indicator | month   | value
                written   | 2007-01 | 4
                written   | 2007-02 | 5
                links     | 2007-01 | 99
            """,
        },
        "indicator month value checks",
        [("written", "2007-01", 4, 1), ("written", "2007-02", 5, 1)],
    )


def test_a_months_value_is_the_mean_of_the_checks_or_the_share_that_passed():
    expect(
        VALUES,
        {
            "ref.indicators": CRAWLED,
            "raw.crawl_checks": """
                site_id | month   | check      | passed | value
                s1      | 2007-01 | dead_links | true   | 2
                s1      | 2007-01 | dead_links | false  | 3
                s1      | 2007-01 | dead_links |        | 3
                s1      | 2007-02 | dead_links |        | 9
                s2      | 2007-01 | dead_links |        | 1
                s1      | 2007-01 | reachable  | true   | 77
                s1      | 2007-01 | reachable  | false  | 77
                s1      | 2007-01 | reachable  | true   |
                s1      | 2007-01 | https      | true   | 5
            """,
        },
        "indicator site_id month value checks",
        [
            ("links", "s1", "2007-01", to(14, mean(2, 3, 3)), 3),
            ("links", "s1", "2007-02", 9, 1),
            ("links", "s2", "2007-01", 1, 1),
            ("up", "s1", "2007-01", to(14, mean(1, 0, 1)), 3),
        ],
        first=[CHECKS],
    )


def test_a_check_without_a_value_says_nothing_of_its_value_and_one_without_a_verdict_nothing_of_its_passing():
    expect(
        VALUES,
        {
            "ref.indicators": CRAWLED,
            "raw.crawl_checks": """
                check      | passed | value
                dead_links | true   |
                dead_links | true   | 4
                reachable  |        | 1
            """,
        },
        "indicator value checks",
        [("links", 4, 1)],
        first=[CHECKS],
    )


def test_an_endless_mean_of_checks_does_not_decide_how_a_score_is_rounded():
    # One dead link in 15 checks: 10 - 90 / 15 = 4 points, and 4.1 of 16 points are 25.625 exactly.
    exact = 100 * (10 - 90 * Fraction(1, 15) + Fraction("0.1")) / (10 + 6)
    assert exact == Fraction("25.625")
    expect(
        "scored.source_scores",
        {
            "ref.sites": "site_id\ns1",
            "ref.weights": "source\nsrc",
            "ref.indicators": """
                indicator | max_points | rule   | per | from_crawl
                links     | 10         | deduct | 90  | dead_links
                sent      | 6          | points |     |
            """,
            "raw.records": "indicator | value\nsent | 0.1",
            "raw.crawl_checks": "\n".join(
                [
                    "check | checked_at | value",
                    *(f"dead_links | 2007-01-{day:02} 02:00:00 | {day // 15}" for day in range(1, 16)),
                ]
            ),
        },
        "score",
        [(to(2, exact),)],
        first=[CHECKS, VALUES, MONTHLY, "scored.indicator_points"],
    )
