"""How sure the ranks are: standard errors and rank intervals (method 11)."""

from decimal import Decimal
from fractions import Fraction
from math import atan, erfc, pi, sqrt

import pytest

from flows.warehouse.quantiles import NORMAL_FROM, rank_quantiles, student_quantile
from tests.models.tables import expect, rows, to
from tests.oracle.rounding import half_up_root

ERRORS = "scored.standard_errors"
STEPS = "scored.composite_steps"
INTERVALS = "ranked.rank_intervals"
BALLOTS = (
    "staged.ballot_exclusions",
    "staged.rating_patterns",
    "staged.rating_counts",
    "scored.aspect_means",
    "scored.ballot_pairs",
)
PANEL = ("staged.panel_scores", "scored.trimmed_scores", "scored.aspect_means", "scored.panel_pairs")
# Levels 1, 2 and 3 are worth 100, 60 and 0.
LEVELS = "level | points\n1 | 100\n2 | 60\n3 | 0"


def root(square: Fraction) -> Decimal:
    return half_up_root(square, 8)


def ballots(answers: str, aspects: str, expected: list[tuple]) -> None:
    tables = {"raw.ballots": answers, "ref.aspects": aspects, "ref.levels": LEVELS, "ref.ballot_rules": "source\nsrc"}
    expect(ERRORS, tables, "site_id degrees_of_freedom standard_error", expected, BALLOTS)


def panel(scores: str, aspects: str, trim: str, expected: list[tuple]) -> None:
    tables = {"raw.panel_scores": scores, "ref.aspects": aspects, "ref.panel_rules": trim}
    expect(ERRORS, tables, "site_id degrees_of_freedom standard_error", expected, PANEL)


def test_two_ballots_of_one_aspect_err_by_half_their_distance():
    # z = (100 − 50) / 2 and (0 − 50) / 2; 2 / 1 × (25² + 25²) = 50².
    ballots("ratings\n[1]\n[3]", "position | aspect\n1 | a", [("s1", 1, to(8, 50))])


def test_ballots_that_all_say_the_same_do_not_err():
    ballots("ratings\n[2]\n[2]\n[2]", "position | aspect\n1 | a", [("s1", 2, to(8, 0))])


@pytest.mark.parametrize(
    ("points", "ballots_cast"), [("77.7", 3), ("33.3", 2), ("77.7", 31), ("83.33", 7), ("66.66666667", 5), ("99.99999999", 9)]
)
def test_unanimous_ballots_err_by_nothing_at_all(points, ballots_cast):
    tables = {
        "raw.ballots": "ratings\n" + "[1, 1]\n" * ballots_cast,
        "ref.aspects": "position | aspect | weight\n1 | a | 0.3\n2 | b | 0.7",
        "ref.levels": f"level | points\n1 | {points}",
        "ref.ballot_rules": "source\nsrc",
    }
    expect(ERRORS, tables, "degrees_of_freedom standard_error", [(ballots_cast - 1, to(8, 0))], BALLOTS)


@pytest.mark.parametrize("score", ["66.6666666667", "83.3333333333", "99.9999999999", "0.0000000001", "77.7"])
@pytest.mark.parametrize("experts", [2, 3, 7])
def test_unanimous_experts_err_by_nothing_at_all(score, experts):
    scores = "expert_id | score\n" + "\n".join(f"e{number} | {score}" for number in range(experts))
    panel(
        scores,
        "position | aspect\n1 | a",
        "trim_each_side | trim_from\n1 | 3",
        [("s1", experts - 2 * (experts >= 3) - 1, None if experts == 3 else to(8, 0))],
    )


def test_the_widest_points_of_very_many_ballots_stay_exact():
    # Half a billion each of 0 and of 99.99999999: 10⁹ / (10⁹ − 1) × 10⁹ × (half of it / 10⁹)².
    many = 500_000_000
    tables = {
        "staged.rating_patterns": f"answers | ballots\n[1] | {many}\n[2] | {many}",
        "scored.aspect_means": "mean_score\n49.999999995",
        "ref.aspects": "position | aspect\n1 | a",
        "ref.levels": "level | points\n1 | 0\n2 | 99.99999999",
    }
    square = Fraction(2 * many, 2 * many - 1) * 2 * many * (Fraction("49.999999995") / (2 * many)) ** 2
    expect(ERRORS, tables, "standard_error", [(root(square),)], ("scored.ballot_pairs",))


def test_one_ballot_has_no_standard_error():
    ballots("ratings\n[2]", "position | aspect\n1 | a", [("s1", 0, None)])


def test_each_aspect_has_its_own_factor_and_what_is_not_rated_leaves_its_weight_to_the_others():
    # Means 160 / 3 of three ratings and 50 of two; the third aspect nobody rates, so 0.3 and 0.6 are a third and two thirds.
    first, second = 160 / 3, 50
    moves = (1 / 3) * sqrt(3 / 2) / 3, (2 / 3) * sqrt(2 / 1) / 2
    z = [
        moves[0] * (100 - first) + moves[1] * (100 - second),
        moves[0] * (60 - first),
        moves[0] * (0 - first) + moves[1] * (0 - second),
    ]
    ballots(
        "ratings\n[1, 1, null]\n[2, null, null]\n[3, 3, null]",
        "position | aspect | weight\n1 | a | 0.3\n2 | b | 0.6\n3 | c | 0.1",
        [("s1", 1, to(8, sqrt(sum(move**2 for move in z))))],
    )


@pytest.mark.parametrize("ratings", ["[1, 1]\n[3, null]\n[1, null]", "[1, null]\n[null, 3]"])
def test_an_aspect_with_one_rating_leaves_the_source_without_a_standard_error(ratings):
    ballots(f"ratings\n{ratings}", "position | aspect | weight\n1 | a | 0.9\n2 | b | 0.1", [("s1", 0, None)])


def test_an_aspect_that_weighs_nothing_is_no_part_of_the_score():
    ballots("ratings\n[1, 1]\n[3, null]", "position | aspect | weight\n1 | a | 1\n2 | b | 0", [("s1", 1, to(8, 50))])
    ballots("ratings\n[null, 1]\n[null, 3]", "position | aspect | weight\n1 | a | 1\n2 | b | 0", [])


def test_the_aspect_with_the_fewest_ratings_gives_the_degrees_of_freedom():
    # The same two aspects, rated alike by four and by two: z = 0.5 × √(4/3) × ±50 / 4, and ± 0.5 × √2 × 50 / 2 beside it.
    near, far = 0.5 * sqrt(4 / 3) * 50 / 4, 0.5 * sqrt(2) * 50 / 2
    ballots(
        "ratings\n[1, 1]\n[3, 3]\n[1, null]\n[3, null]",
        "position | aspect | weight\n1 | a | 0.5\n2 | b | 0.5",
        [("s1", 1, to(8, sqrt(2 * (near + far) ** 2 + 2 * near**2)))],
    )


def test_ballots_that_are_excluded_do_not_err():
    ballots(
        "ratings | submitted_on\n[1] | 2007-11-15\n[3] | 2007-11-15\n[3] | 2008-01-01",
        "position | aspect\n1 | a",
        [("s1", 1, to(8, 50))],
    )


def test_sites_and_sources_err_by_themselves():
    tables = {
        "raw.ballots": "source | site_id | ratings\nsrc | s1 | [1]\nsrc | s1 | [3]\nsrc | s2 | [1]\nsrc | s2 | [2]\nother | s1 | [2]\nother | s1 | [2]",
        "ref.aspects": "position | aspect\n1 | a",
        "ref.levels": "source | level | points\nsrc | 1 | 100\nsrc | 2 | 60\nsrc | 3 | 0\nother | 2 | 10",
        "ref.ballot_rules": "source\nsrc\nother",
    }
    expect(
        ERRORS,
        tables,
        "source site_id standard_error",
        [("src", "s1", to(8, 50)), ("src", "s2", to(8, 20)), ("other", "s1", to(8, 0))],
        BALLOTS,
    )


FIVE = "expert_id | score\ne1 | 50\ne2 | 60\ne3 | 70\ne4 | 80\ne5 | 100"


def test_experts_err_like_voters_where_nothing_is_trimmed():
    deviations = [50 - 72, 60 - 72, 70 - 72, 80 - 72, 100 - 72]
    square = Fraction(5, 4) * sum(Fraction(deviation, 5) ** 2 for deviation in deviations)
    panel(FIVE, "position | aspect\n1 | a", "trim_each_side | trim_from\n1 | 6", [("s1", 4, root(square))])


def test_a_trimmed_score_counts_as_the_nearest_kept_one():
    # 60 60 70 80 80, of mean 70; three are kept: the winsorised squares over 3 × 2.
    square = Fraction(sum((score - 70) ** 2 for score in (60, 60, 70, 80, 80)), 3 * 2)
    panel(FIVE, "position | aspect\n1 | a", "trim_each_side | trim_from\n1 | 5", [("s1", 2, root(square))])


def test_the_mean_of_a_trimmed_aspect_is_that_of_the_winsorised_scores():
    # 60 60 70 90 90, of mean 74, where the kept ones have 73 1/3.
    square = Fraction(sum((score - 74) ** 2 for score in (60, 60, 70, 90, 90)), 3 * 2)
    panel(FIVE.replace("80", "90"), "position | aspect\n1 | a", "trim_each_side | trim_from\n1 | 5", [("s1", 2, root(square))])


def test_where_trimming_keeps_one_score_there_is_no_standard_error():
    panel(
        "expert_id | score\ne1 | 50\ne2 | 60\ne3 | 90",
        "position | aspect\n1 | a",
        "trim_each_side | trim_from\n1 | 3",
        [("s1", 0, None)],
    )


def test_experts_who_score_an_aspect_each_are_all_raters():
    # Two aspects of half the weight, each scored by two other experts: 2 × (2 × (10 / 2 / 2)² + 2 × (20 / 2 / 2)²).
    panel(
        "expert_id | aspect | score\ne1 | a | 60\ne2 | a | 80\ne3 | b | 10\ne4 | b | 50",
        "position | aspect | weight\n1 | a | 0.5\n2 | b | 0.5",
        "trim_each_side | trim_from\n0 | 5",
        [("s1", 1, root(2 * (2 * Fraction(5, 2) ** 2 + 2 * Fraction(5) ** 2)))],
    )


def squared(errors: str) -> str:
    """A text table of standard errors with their squares, and with seven degrees of freedom where it has none."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in errors.strip().splitlines()] or [[]]
    index = header.index("standard_error") if header else 0
    own = "degrees_of_freedom" in header
    lines = [
        [*line, f"{Decimal(line[index]) ** 2:f}" if line[index] else "", *([] if own else ["7" if line[index] else "0"])]
        for line in lines
    ]
    return "\n".join(
        " | ".join(line) for line in [[*header, "squared_error", *([] if own else ["degrees_of_freedom"])], *lines] if header
    )


def intervals(composites: str, errors: str, expected: list[tuple], **others: str) -> None:
    tables = {
        "ref.rank_quantiles": "group_id | degrees_of_freedom | quantile\ng | 1 | 4\ng | 7 | 2\nh | 1 | 2",
        "ref.sites": "\n".join("|".join(line.split("|")[:-1]) for line in composites.strip().splitlines()),
        "ref.weights": "group_id\ng\nh",
        "ref.sources": "source | is_sample\nsrc | true",
        "ranked.composites": composites,
        "scored.source_scores": "site_id\n" + "\n".join(line.split("|")[0] for line in composites.strip().splitlines()[1:]),
        "scored.standard_errors": squared(errors),
    } | {name.replace("__", "."): table for name, table in others.items()}
    expect(INTERVALS, tables, "site_id rank_low rank_high", expected, [STEPS])


def test_whose_intervals_do_not_touch_keep_their_ranks():
    intervals(
        "site_id | composite\ns1 | 90\ns2 | 85.99", "site_id | standard_error\ns1 | 1\ns2 | 1", [("s1", 1, 1), ("s2", 2, 2)]
    )


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
        "", [("s1", 1, 1), ("s2", 2, 3), ("s3", 2, 3), ("s4", 4, 4)], ref__sources="source | is_sample\nsrc | false",
    )  # fmt: skip


def test_groups_are_apart():
    intervals(
        "site_id | group_id | composite\ns1 | g | 90\ns2 | h | 90",
        "site_id | standard_error\ns1 | 1\ns2 | 1",
        [("s1", 1, 1), ("s2", 1, 1)],
    )


def test_a_site_with_one_rater_may_have_any_rank_and_says_nothing_of_the_others():
    intervals(
        "site_id | composite\ns1 | 90\ns2 | 85\ns3 | 60",
        "site_id | standard_error\ns1 | 1\ns2 |\ns3 | 1",
        [("s1", 1, 2), ("s2", 1, 3), ("s3", 2, 3)],
    )


def test_few_degrees_of_freedom_make_a_wide_interval():
    # 90 − 2 and 86 + 1 where the quantile is 2; with six degrees of freedom it is 4, and 90 − 4 is below 86 + 1.
    for degrees, expected in (
        ("7", [("s1", 1, 1), ("s2", 2, 2)]),
        ("6", [("s1", 1, 2), ("s2", 1, 2)]),
        ("99999", [("s1", 1, 1), ("s2", 2, 2)]),
    ):
        intervals(
            "site_id | composite\ns1 | 90\ns2 | 86",
            f"site_id | standard_error | degrees_of_freedom\ns1 | 1 | {degrees}\ns2 | 0.5 | 7",
            expected,
        )


TWO_SOURCES = {
    "ref.rank_quantiles": "degrees_of_freedom | quantile\n1 | 4",
    "ref.sites": "site_id\ns1",
    "ref.weights": "source | weight\npublic | 0.3\nexpert | 0.2\nmayor | 0.5\nidle | 0",
    "ref.sources": "source | is_sample\npublic | true\nexpert | true\nmayor | false\nidle | true",
    "ranked.composites": "site_id | composite\ns1 | 90",
    "scored.standard_errors": squared("source | standard_error\npublic | 4\nexpert | 8\nidle |"),
}


@pytest.mark.parametrize(
    ("missing", "scores", "square"),
    [
        ("fail", "source\npublic\nexpert\nmayor", Fraction("1.2") ** 2 + Fraction("1.6") ** 2),
        # What counts 0 by a rule does not err; what lends the others its weight leaves nothing to go by.
        ("zero", "source\nexpert\nmayor", Fraction("1.6") ** 2),
        ("reweight", "source\nexpert\nmayor", None),
        ("reweight", "source\nmayor", None),
        ("reweight", "source\npublic\nexpert", (Fraction("1.2") ** 2 + Fraction("1.6") ** 2) / Fraction("0.5") ** 2),
        # Of the other sources of this scheme one has a single rater, and weighs nothing; nor is it missed.
        ("fail", "source\npublic\nexpert\nmayor\nidle", Fraction("1.2") ** 2 + Fraction("1.6") ** 2),
        ("reweight", "source\npublic\nexpert\nmayor", Fraction("1.2") ** 2 + Fraction("1.6") ** 2),
    ],
)
def test_the_composite_errs_by_what_its_sources_weigh(missing, scores, square):
    tables = TWO_SOURCES | {"ref.scheme": f"missing\n{missing}", "scored.source_scores": scores}
    ((error, low, high),) = rows(INTERVALS, tables, "se_composite rank_low rank_high", [STEPS])
    assert error == (None if square is None else root(square))
    assert (low, high) == (1, 1)


@pytest.mark.parametrize(
    ("errors", "degrees"),
    [
        # Where one source alone errs they are its own, whatever it weighs.
        ("public | 4 | 9\nexpert | 0 | 1", 9),
        ("public | 0.00001 | 150\nexpert | 0 | 1", 150),
        # 0.3 × 4 and 0.2 × 6 are equal, and two equal ones of equal degrees have twice as many.
        ("public | 4 | 9\nexpert | 6 | 9", 18),
        # (1.44 + 2.56)² / (1.44² / 9 + 2.56² / 4) = 8.56…, cut.
        ("public | 4 | 9\nexpert | 8 | 4", int(Fraction(16) / (Fraction("1.44") ** 2 / 9 + Fraction("2.56") ** 2 / 4))),
        # Half a million ballots, and one expert more than one.
        ("public | 0.01 | 499999\nexpert | 8 | 1", 1),
        # What does not err at all has none.
        ("public | 0 | 9\nexpert | 0 | 4", None),
    ],
)
def test_the_degrees_of_freedom_of_a_composite(errors, degrees):
    tables = TWO_SOURCES | {
        "scored.source_scores": "source\npublic\nexpert\nmayor",
        "scored.standard_errors": squared(f"source | standard_error | degrees_of_freedom\n{errors}"),
    }
    expect(INTERVALS, tables, "degrees_of_freedom", [(degrees,)], [STEPS])


def test_the_published_error_has_four_places():
    tables = {
        "ranked.rank_intervals": "site_id | se_composite | rank_low | rank_high\ns1 | 0.12345 | 1 | 2\ns2 | | 1 | 2",
        "draws.annex_odds": "site_id | p_annex\ns1 | 0.5\ns2 |",
    }
    expect(
        "published.rank_confidence",
        tables,
        "site_id se_composite p_annex",
        [("s1", to(4, "0.1235"), to(4, "0.5")), ("s2", None, None)],
    )


def test_what_the_weights_do_is_published_for_every_ranked_site():
    tables = {
        "ranked.composites": "site_id | composite\ns1 | 90\ns2 | 80",
        "draws.weight_ranks": "site_id | rank_low | rank_high | p_annex\ns1 | 1 | 2 | 0.9\ns2 | 1 | 3 | 0.125",
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
    quantiles = dict(rank_quantiles(sites))
    assert sorted(quantiles) == list(range(1, NORMAL_FROM + 1))
    covered = {
        # The closed forms: the normal distribution's, and Student's with one, two and four degrees of freedom.
        NORMAL_FROM: lambda t: 1 - erfc(t / sqrt(2)),
        1: lambda t: 2 * atan(t) / pi,
        2: lambda t: t / sqrt(2 + t * t),
        4: lambda t: t / sqrt(4 + t * t) * (1 + 2 / (4 + t * t)),
    }
    for degrees, inside in covered.items():
        assert inside(float(quantiles[degrees])) ** sites == pytest.approx(0.9, abs=1e-6)
    falling = [quantiles[degrees] for degrees in sorted(quantiles)]
    assert falling == sorted(falling, reverse=True)


# Two-sided tails of 0.1, 0.05 and 0.01, as the tables of Student's distribution have them.
PRINTED = [
    (0.05, 1, 6.3137515147), (0.025, 1, 12.7062047362), (0.005, 1, 63.6567411629), (0.025, 2, 4.3026527297), (0.025, 3, 3.1824463053),
    (0.025, 5, 2.5705818356), (0.025, 10, 2.2281388520), (0.025, 30, 2.0422724563), (0.025, 60, 2.0002978221), (0.025, 120, 1.9799304051),
    (0.005, 10, 3.1692726726), (0.005, 30, 2.7499956536), (0.005, 120, 2.6174211447),
]  # fmt: skip


@pytest.mark.parametrize(("tail", "degrees", "quantile"), PRINTED)
def test_the_quantiles_are_those_of_the_printed_tables(tail, degrees, quantile):
    assert student_quantile(tail, degrees) == pytest.approx(quantile, abs=5e-10, rel=1e-11)


def test_a_group_without_sites_has_no_quantile():
    assert rank_quantiles(0) == ()
