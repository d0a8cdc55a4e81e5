"""Random rankings: the probability of the annex and the influence of the weights (method 11)."""

from decimal import Decimal
from fractions import Fraction
from math import comb, erfc, sqrt

import pytest

from flows.host.progress import silent
from flows.scheme.file import parse_scheme
from flows.warehouse.draws import CONCENTRATION, RANKINGS, WEIGHTS, draw_rankings
from tests.models.tables import given


def scheme(top: int, weights: str, year: int = 2007):
    return parse_scheme(
        f"""
        year = {year}
        title = "评议"
        timezone = "Asia/Shanghai"
        tie_break = []
        [aspects]
        a = {{ label = "信息公开", weight = 1 }}
        [groups.g]
        label = "部门"
        publish_top = {top}
        weights = {weights}
        [sources.one]
        label = "一"
        kind = "given"
        [sources.two]
        label = "二"
        kind = "given"
        """.encode(),
        year,
        "",
    )


def draw_rows(
    table: str,
    composites: str,
    errors: str,
    scores: str = "",
    *,
    top: int = 1,
    weights: str = "{ one = 0.6, two = 0.4 }",
    missing: str = "fail",
    year: int = 2007,
):
    """The rows of a table of `drawn` by site, computed from these tables."""
    connection = given(
        {
            "ranked.composites": composites, "ranked.rank_intervals": errors, "scored.source_scores": scores,
            "ref.scheme": f"missing\n{missing}", "draws.annex_odds": "", "draws.weight_ranks": "",
        },
        [],
    )  # fmt: skip
    draw_rankings(connection, scheme(top, weights, year), silent)
    return {site: found for site, *found in connection.execute(f"select * from draws.{table} order by site_id").fetchall()}


def odds(composites: str, errors: str, **options) -> dict[str, Decimal | None]:
    return {site: found for site, (found,) in draw_rows("annex_odds", composites, errors, **options).items()}


def near(probability: float, draws: int) -> object:
    """Within five standard deviations of what so many draws give; the seed is fixed, so a test does not change its mind."""
    return pytest.approx(probability, abs=5 * sqrt(probability * (1 - probability) / draws))


def test_two_sites_change_places_as_often_as_their_difference_changes_its_sign():
    shares = odds("site_id | composite | rank\ns1 | 90 | 1\ns2 | 89.5 | 2", "site_id | se_composite\ns1 | 0.3\ns2 | 0.4")
    # The difference of the two has a standard error of 0.5: one of them.
    assert float(shares["s1"]) == near(1 - erfc(1 / sqrt(2)) / 2, RANKINGS)
    assert shares["s1"] + shares["s2"] == 1


def test_as_many_sites_are_in_the_annex_as_it_has_ranks():
    lines = [(f"s{n:02}", Decimal(90) - Decimal(n) / 10) for n in range(20)]
    shares = odds(
        "site_id | composite | rank\n" + "\n".join(f"{site} | {mark} | {rank}" for rank, (site, mark) in enumerate(lines, 1)),
        "site_id | se_composite\n" + "\n".join(f"{site} | 0.5" for site, _ in lines),
        top=7,
    )
    assert sum(shares.values()) == 7
    assert sorted(shares.values(), reverse=True)[0] > shares["s06"] > shares["s07"] > shares["s13"]


@pytest.mark.parametrize(
    "top, inside", [(1, "s1"), (2, "s1 s2 s3"), (3, "s1 s2 s3"), (4, "s1 s2 s3 s4"), (9, "s1 s2 s3 s4 s5")]
)
def test_without_samples_the_annex_is_what_it_is(top, inside):
    shares = odds(
        "site_id | composite | rank\ns1 | 90 | 1\ns2 | 85 | 2\ns3 | 85 | 2\ns4 | 85 | 4\ns5 | 80 | 5",
        "site_id | se_composite\ns1 | 0\ns2 | 0\ns3 | 0\ns4 | 0\ns5 | 0",
        top=top,
    )
    assert {site: int(odd) for site, odd in shares.items()} == {f"s{n}": int(f"s{n}" in inside) for n in range(1, 6)}


def test_equals_without_samples_beside_a_site_with_one_are_in_the_annex_together():
    shares = odds(
        "site_id | composite | rank\ns1 | 85 | 1\ns2 | 85 | 1\ns3 | 50 | 3",
        "site_id | se_composite\ns1 | 0\ns2 | 0\ns3 | 0.1",
        top=1,
    )
    assert shares == {"s1": 1, "s2": 1, "s3": 0}


def test_nothing_is_said_of_a_site_without_a_standard_error():
    shares = odds("site_id | composite | rank\ns1 | 90 | 1\ns2 | 89 | 2", "site_id | se_composite\ns1 | 0.1\ns2 |")
    assert shares == {"s1": 1, "s2": None}


def test_the_order_of_rows_changes_nothing_and_the_year_does():
    composites = ["s1 | 90 | 1", "s2 | 89.9 | 2", "s3 | 89.8 | 3"]
    errors = ["s1 | 0.3", "s2 | 0.4", "s3 | 0.5"]

    def draws(order: int, year: int = 2007):
        return odds(
            "\n".join(["site_id | composite | rank", *composites[::order]]),
            "\n".join(["site_id | se_composite", *errors[::order]]),
            year=year,
        )

    assert draws(1) == draws(-1) != draws(1, 2008)


def weighed(scores: dict[str, str], composites: str, **options):
    lines = [
        f"{site} | {source} | {score}"
        for site, marks in scores.items()
        for source, score in zip(("one", "two"), marks.split(), strict=True)
        if score != "-"
    ]
    errors = "site_id | se_composite\n" + "\n".join(f"{site} | 0" for site in scores)
    return draw_rows("weight_ranks", composites, errors, "\n".join(["site_id | source | score", *lines]), **options)


def test_two_sites_change_places_as_often_as_the_weight_that_parts_them():
    ranks = weighed({"s1": "100 0", "s2": "0 100"}, "site_id | composite | rank\ns1 | 60 | 1\ns2 | 40 | 2")
    # The weight 0.6 varies as Beta(60, 40). It is above 1/2 as often as at most 59 of 99 tosses of a coin show heads.
    first, second = 6 * CONCENTRATION // 10, 4 * CONCENTRATION // 10
    share = Fraction(sum(comb(first + second - 1, n) for n in range(first)), 2 ** (first + second - 1))
    assert float(ranks["s1"][2]) == near(float(share), WEIGHTS)
    assert ranks["s1"][:2] == [1, 1] and ranks["s2"][:2] == [2, 2]


def test_whoever_is_better_everywhere_stays_first_whatever_the_weights():
    ranks = weighed(
        {"s1": "90 90", "s2": "80 85", "s3": "85 80"}, "site_id | composite | rank\ns1 | 90 | 1\ns2 | 82 | 3\ns3 | 83 | 2"
    )
    assert ranks["s1"] == [1, 1, 1]
    # The other two change places in fewer than one ranking of twenty.
    assert (ranks["s2"][:2], ranks["s3"][:2]) == ([3, 3], [2, 2])


def test_sites_with_the_same_scores_share_every_rank():
    scores = {f"s{n}": "33.33 66.67" for n in range(1, 8)}
    ranks = weighed(scores, "site_id | composite | rank\n" + "\n".join(f"{site} | 46.67 | 1" for site in scores))
    assert list(ranks.values()) == [[1, 1, 1]] * 7


def test_a_source_that_weighs_nothing_is_not_drawn():
    ranks = weighed(
        {"s1": "50 0", "s2": "40 100"}, "site_id | composite | rank\ns1 | 50 | 1\ns2 | 40 | 2", weights="{ one = 1, two = 0 }"
    )
    assert ranks == {"s1": [1, 1, 1], "s2": [2, 2, 0]}


def test_a_site_scored_by_next_to_nothing_alone_is_ranked_by_that():
    tiny = "{ one = 0.99999999, two = 0.00000001 }"
    ranks = weighed(
        {"s1": "60 60", "s2": "- 80"}, "site_id | composite | rank\ns2 | 80 | 1\ns1 | 60 | 2", weights=tiny, missing="reweight"
    )
    assert ranks == {"s1": [2, 2, 0], "s2": [1, 1, 1]}


@pytest.mark.parametrize(("missing", "first"), [("zero", "s1"), ("reweight", "s2")])
def test_a_missing_score_counts_as_the_scheme_says(missing, first):
    ranks = weighed({"s1": "60 60", "s2": "80 -"}, "site_id | composite | rank\ns1 | 60 | 1\ns2 | 48 | 2", missing=missing)
    assert ranks[first][:2] == [1, 1]
