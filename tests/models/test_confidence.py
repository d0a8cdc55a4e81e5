"""How sure the ranks are: standard errors and rank intervals (method 11)."""

from decimal import Decimal
from fractions import Fraction
from math import erfc, sqrt

import pytest

from flows.warehouse.ref import _rank_quantile
from tests.models.tables import expect, rows, to
from tests.oracle.rounding import half_up_root

ERRORS = "scored.standard_errors"
INTERVALS = "ranked.rank_intervals"
BALLOTS = (
    "staged.ballot_exclusions", "staged.rating_patterns", "staged.rating_counts", "staged.ballot_counts", "scored.aspect_means", "scored.ballot_pairs",
)  # fmt: skip
PANEL = ("staged.panel_scores", "scored.trimmed_scores", "scored.aspect_means", "scored.panel_pairs")
# Levels 1, 2 and 3 are worth 100, 60 and 0.
LEVELS = "level | points\n1 | 100\n2 | 60\n3 | 0"


def root(square: Fraction) -> Decimal:
    return half_up_root(square, 8)


def ballots(answers: str, aspects: str, expected: list[tuple]) -> None:
    tables = {"raw.ballots": answers, "ref.aspects": aspects, "ref.levels": LEVELS, "ref.ballot_rules": "source\nsrc"}
    expect(ERRORS, tables, "site_id raters standard_error", expected, BALLOTS)


def panel(scores: str, aspects: str, trim: str, expected: list[tuple]) -> None:
    tables = {"raw.panel_scores": scores, "ref.aspects": aspects, "ref.panel_rules": trim}
    expect(ERRORS, tables, "site_id raters standard_error", expected, PANEL)


def test_two_ballots_of_one_aspect_err_by_half_their_distance():
    # z = (100 − 50) / 2 and (0 − 50) / 2; 2 / 1 × (25² + 25²) = 50².
    ballots("ratings\n[1]\n[3]", "position | aspect\n1 | a", [("s1", 2, to(8, 50))])


def test_ballots_that_all_say_the_same_do_not_err():
    ballots("ratings\n[2]\n[2]\n[2]", "position | aspect\n1 | a", [("s1", 3, to(8, 0))])


@pytest.mark.parametrize(("points", "ballots_cast"), [("77.7", 3), ("33.3", 2), ("77.7", 31), ("83.33", 7), ("66.66666667", 5), ("99.99999999", 9)])
def test_unanimous_ballots_err_by_nothing_at_all(points, ballots_cast):
    tables = {
        "raw.ballots": "ratings\n" + "[1, 1]\n" * ballots_cast,
        "ref.aspects": "position | aspect | weight\n1 | a | 0.3\n2 | b | 0.7",
        "ref.levels": f"level | points\n1 | {points}",
        "ref.ballot_rules": "source\nsrc",
    }
    expect(ERRORS, tables, "raters standard_error", [(ballots_cast, to(8, 0))], BALLOTS)


@pytest.mark.parametrize("score", ["66.6666666667", "83.3333333333", "99.9999999999", "0.0000000001", "77.7"])
@pytest.mark.parametrize("experts", [2, 3, 7])
def test_unanimous_experts_err_by_nothing_at_all(score, experts):
    scores = "expert_id | score\n" + "\n".join(f"e{number} | {score}" for number in range(experts))
    panel(scores, "position | aspect\n1 | a", "trim_each_side | trim_from\n1 | 3", [("s1", experts, to(8, 0))])


def test_the_widest_points_of_very_many_ballots_stay_exact():
    # Half a billion each of 0 and of 99.99999999: 10⁹ / (10⁹ − 1) × 10⁹ × (half of it / 10⁹)².
    many = 500_000_000
    tables = {
        "staged.rating_patterns": f"answers | ballots\n[1] | {many}\n[2] | {many}",
        "staged.ballot_counts": f"reason | ballots\nvalid | {2 * many}",
        "scored.aspect_means": "mean_score\n49.999999995",
        "ref.aspects": "position | aspect\n1 | a",
        "ref.levels": "level | points\n1 | 0\n2 | 99.99999999",
    }
    square = Fraction(2 * many, 2 * many - 1) * 2 * many * (Fraction("49.999999995") / (2 * many)) ** 2
    expect(ERRORS, tables, "standard_error", [(root(square),)], ("scored.ballot_pairs",))


def test_one_ballot_has_no_standard_error():
    ballots("ratings\n[2]", "position | aspect\n1 | a", [("s1", 1, None)])


def test_an_aspect_that_is_not_rated_leaves_its_weight_to_the_others():
    # Means 160 / 3 of three ratings and 50 of two; the third aspect nobody rates, so 0.3 and 0.6 are a third and two thirds.
    first, second = Fraction(160, 3), Fraction(50)
    z = [
        Fraction(1, 3) * (100 - first) / 3 + Fraction(2, 3) * (100 - second) / 2,
        Fraction(1, 3) * (60 - first) / 3,
        Fraction(1, 3) * (0 - first) / 3 + Fraction(2, 3) * (0 - second) / 2,
    ]
    ballots(
        "ratings\n[1, 1, null]\n[2, null, null]\n[3, 3, null]",
        "position | aspect | weight\n1 | a | 0.3\n2 | b | 0.6\n3 | c | 0.1",
        [("s1", 3, root(Fraction(3, 2) * sum(move**2 for move in z)))],
    )


def test_ballots_that_are_excluded_do_not_err():
    ballots("ratings | submitted_on\n[1] | 2007-11-15\n[3] | 2007-11-15\n[3] | 2008-01-01", "position | aspect\n1 | a", [("s1", 2, to(8, 50))])


def test_sites_and_sources_err_by_themselves():
    tables = {
        "raw.ballots": "source | site_id | ratings\nsrc | s1 | [1]\nsrc | s1 | [3]\nsrc | s2 | [1]\nsrc | s2 | [2]\nother | s1 | [2]\nother | s1 | [2]",
        "ref.aspects": "position | aspect\n1 | a",
        "ref.levels": "source | level | points\nsrc | 1 | 100\nsrc | 2 | 60\nsrc | 3 | 0\nother | 2 | 10",
        "ref.ballot_rules": "source\nsrc\nother",
    }
    expect(ERRORS, tables, "source site_id standard_error", [("src", "s1", to(8, 50)), ("src", "s2", to(8, 20)), ("other", "s1", to(8, 0))], BALLOTS)


FIVE = "expert_id | score\ne1 | 50\ne2 | 60\ne3 | 70\ne4 | 80\ne5 | 100"


def test_experts_err_like_voters_where_nothing_is_trimmed():
    deviations = [50 - 72, 60 - 72, 70 - 72, 80 - 72, 100 - 72]
    square = Fraction(5, 4) * sum(Fraction(deviation, 5) ** 2 for deviation in deviations)
    panel(FIVE, "position | aspect\n1 | a", "trim_each_side | trim_from\n1 | 6", [("s1", 5, root(square))])


def test_a_trimmed_score_counts_as_the_nearest_kept_one():
    # 60 60 70 80 80, of mean 70; three are kept.
    square = Fraction(5, 4) * sum(Fraction(score - 70, 3) ** 2 for score in (60, 60, 70, 80, 80))
    panel(FIVE, "position | aspect\n1 | a", "trim_each_side | trim_from\n1 | 5", [("s1", 5, root(square))])


def test_experts_who_score_an_aspect_each_are_all_raters():
    # Two aspects of half the weight, each scored by other experts: 4 / 3 × (2 × (10 / 2 / 2)² + 2 × (20 / 2 / 2)²).
    panel(
        "expert_id | aspect | score\ne1 | a | 60\ne2 | a | 80\ne3 | b | 10\ne4 | b | 50",
        "position | aspect | weight\n1 | a | 0.5\n2 | b | 0.5",
        "trim_each_side | trim_from\n0 | 5",
        [("s1", 4, root(Fraction(4, 3) * (2 * Fraction(5, 2) ** 2 + 2 * Fraction(5) ** 2)))],
    )


def intervals(composites: str, errors: str, expected: list[tuple], **others: str) -> None:
    drawn = {
        "ref.groups": "group_id | rank_quantile\ng | 2\nh | 2",
        "ref.weights": "group_id\ng\nh",
        "ref.sources": "source | kind\nsrc | ballots",
        "ranked.composites": composites,
        "scored.source_scores": "site_id\n" + "\n".join(line.split("|")[0] for line in composites.strip().splitlines()[1:]),
        "scored.standard_errors": errors,
    } | {name.replace("__", "."): table for name, table in others.items()}
    expect(INTERVALS, drawn, "site_id rank_low rank_high", expected)


def test_whose_intervals_do_not_touch_keep_their_ranks():
    intervals("site_id | composite\ns1 | 90\ns2 | 85.99", "site_id | standard_error\ns1 | 1\ns2 | 1", [("s1", 1, 1), ("s2", 2, 2)])


def test_whose_intervals_meet_may_change_places():
    intervals("site_id | composite\ns1 | 90\ns2 | 86", "site_id | standard_error\ns1 | 1\ns2 | 1", [("s1", 1, 2), ("s2", 1, 2)])


def test_a_wide_interval_reaches_over_narrow_ones():
    intervals(
        "site_id | composite\ns1 | 90\ns2 | 85\ns3 | 80\ns4 | 60",
        "site_id | standard_error\ns1 | 0.1\ns2 | 5\ns3 | 0.1\ns4 | 0.1",
        [("s1", 1, 2), ("s2", 1, 3), ("s3", 2, 3), ("s4", 4, 4)],
    )


def test_without_samples_only_equals_share_their_ranks():
    intervals(
        "site_id | composite\ns1 | 90\ns2 | 85\ns3 | 85\ns4 | 80",
        "", [("s1", 1, 1), ("s2", 2, 3), ("s3", 2, 3), ("s4", 4, 4)], ref__sources="source | kind\nsrc | given",
    )  # fmt: skip


def test_groups_are_apart():
    intervals("site_id | group_id | composite\ns1 | g | 90\ns2 | h | 90", "site_id | standard_error\ns1 | 1\ns2 | 1", [("s1", 1, 1), ("s2", 1, 1)])


def test_a_site_with_one_rater_may_have_any_rank_and_says_nothing_of_the_others():
    intervals(
        "site_id | composite\ns1 | 90\ns2 | 85\ns3 | 60",
        "site_id | standard_error\ns1 | 1\ns2 |\ns3 | 1",
        [("s1", 1, 2), ("s2", 1, 3), ("s3", 2, 3)],
    )


TWO_SOURCES = {
    "ref.groups": "group_id | rank_quantile\ng | 2",
    "ref.weights": "source | weight\npublic | 0.3\nexpert | 0.2\nmayor | 0.5\nidle | 0",
    "ref.sources": "source | kind\npublic | ballots\nexpert | panel\nmayor | given\nidle | panel",
    "ranked.composites": "site_id | composite\ns1 | 90",
    "scored.standard_errors": "source | standard_error\npublic | 4\nexpert | 8\nidle |",
}


@pytest.mark.parametrize(
    ("missing", "scores", "square"),
    [
        ("fail", "source\npublic\nexpert\nmayor", Fraction("1.2") ** 2 + Fraction("1.6") ** 2),
        ("zero", "source\nexpert\nmayor", Fraction("1.6") ** 2),
        ("reweight", "source\nexpert\nmayor", (Fraction("1.6") / Fraction("0.7")) ** 2),
        ("reweight", "source\nmayor", Fraction(0)),
        # Of the other sources of this scheme one has a single rater, and weighs nothing.
        ("fail", "source\npublic\nexpert\nmayor\nidle", Fraction("1.2") ** 2 + Fraction("1.6") ** 2),
    ],
)
def test_the_composite_errs_by_what_its_sources_weigh(missing, scores, square):
    tables = TWO_SOURCES | {"ref.scheme": f"missing\n{missing}", "scored.source_scores": scores}
    ((error,),) = rows(INTERVALS, tables, "se_composite")
    assert error == root(square)


def test_the_published_error_has_four_places():
    tables = {
        "ranked.rank_intervals": "site_id | se_composite | rank_low | rank_high\ns1 | 0.12345 | 1 | 2\ns2 | | 1 | 2",
        "drawn.annex_odds": "site_id | p_annex\ns1 | 0.5\ns2 |",
    }
    expect("published.rank_confidence", tables, "site_id se_composite p_annex", [("s1", to(4, "0.1235"), to(4, "0.5")), ("s2", None, None)])


def test_what_the_weights_do_is_published_for_every_ranked_site():
    tables = {
        "ranked.composites": "site_id | composite\ns1 | 90\ns2 | 80",
        "drawn.weight_ranks": "site_id | rank_low | rank_high | p_annex\ns1 | 1 | 2 | 0.9\ns2 | 1 | 3 | 0.125",
    }
    expected = [(2007, "g", "s1", 1, 2, to(4, "0.9")), (2007, "g", "s2", 1, 3, to(4, "0.125"))]
    expect("published.weight_sensitivity", tables, "year group site_id rank_low rank_high p_annex", expected)


def test_pairs_of_aspects_sum_up_the_ballots_that_rate_both():
    tables = {
        "staged.rating_patterns": "answers | ballots\n[1, 2, 1] | 3\n[3, null, 1] | 2\n[2, 2, null] | 1",
        "ref.aspects": "position | aspect\n1 | a\n2 | b",
        "ref.levels": LEVELS,
        # A mean of a, 60, that has been cut to 59 shows how far it is from the real one; that of b is right.
        "scored.aspect_means": "aspect | mean_score\na | 59\nb | 60",
    }
    expected = [
        ("a", "a", 6, 3 * 41 - 2 * 59 + 1, 3 * 41 - 2 * 59 + 1, 3 * 41**2 + 2 * 59**2 + 1),
        ("a", "b", 4, 3 * 41 + 1, 0, 0),
        ("b", "b", 4, 0, 0, 0),
    ]
    assert rows("scored.ballot_pairs", tables, "aspect other_aspect raters total other_total product_total") == expected


@pytest.mark.parametrize("sites", [1, 2, 19, 50, 86_000])
def test_the_quantile_covers_the_whole_group(sites):
    # Two-sided tails of all sites' intervals: together they hold with 90 %.
    covered = (1 - erfc(float(_rank_quantile(sites)) / sqrt(2))) ** sites
    assert covered == pytest.approx(0.9, abs=1e-6)


def test_a_group_without_sites_has_no_quantile():
    assert _rank_quantile(0) is None
