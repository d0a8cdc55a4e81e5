"""Source scores: weighted means, and rounding half up whatever binary noise there is (methods 2 to 7)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.models.tables import expect, mean, to

SCORES = "scored.source_scores"
EVERYWHERE = {"ref.sites": "site_id\ns1", "ref.weights": "source\nsrc"}
THREE_ASPECTS = """
    position | aspect | weight
    1        | a      | 0.2
    2        | b      | 0.3
    3        | c      | 0.5
"""


def scored(tables: dict[str, str], expected, first=()) -> None:
    expect(SCORES, EVERYWHERE | tables, "score", [(expected,)], first)


def test_half_a_hundredth_goes_up():
    scored({"staged.given_scores": "score\n85.125"}, Decimal("85.13"))


def test_less_than_half_a_hundredth_goes_down():
    scored({"staged.given_scores": "score\n85.1249999"}, Decimal("85.12"))


def test_a_double_is_first_brought_to_eight_decimals():
    scored({"staged.given_scores": "score\n85.1249999999"}, Decimal("85.13"))


def test_every_mean_that_ends_in_a_half_goes_up():
    # (x + x.01) / 2 is not a double for most x, and binary noise would push some of these down.
    pairs = [(hundredths, hundredths + 1) for hundredths in range(100, 300)]
    lines = [f"s{low} | e{low} | {low / 100:.2f}\ns{low} | e{high} | {high / 100:.2f}" for low, high in pairs]
    names = [f"s{low}" for low, _ in pairs]
    expect(
        SCORES,
        {
            "ref.sites": "\n".join(["site_id", *names]),
            "ref.weights": "source\nsrc",
            "ref.aspects": "aspect\na",
            "ref.panel_rules": "trim_each_side\n0",
            "raw.panel_scores": "\n".join(["site_id | expert_id | score", *lines]),
        },
        "site_id score",
        [(f"s{low}", to(2, Fraction(low + high, 200))) for low, high in pairs],
        first=["staged.panel_scores", "scored.trimmed_scores", "scored.aspect_means"],
    )


def test_aspect_means_of_thirds_that_add_up_to_a_half_go_up():
    # Each mean is endless (85.333…, 84.833…, 85.216…), and their weighted sum is 85.125 exactly.
    scores = {"a": ("85", "85", "86"), "b": ("84", "85", "85.5"), "c": ("85", "85.5", "85.15")}
    weights = {"a": Fraction(2, 10), "b": Fraction(3, 10), "c": Fraction(5, 10)}
    exact = sum(weights[aspect] * mean(*scores[aspect]) for aspect in scores)
    assert exact == Fraction("85.125")
    lines = [f"{aspect} | {score}" for aspect in scores for score in scores[aspect]]
    scored(
        {
            "ref.aspects": THREE_ASPECTS,
            "ref.panel_rules": "trim_each_side\n0",
            "raw.panel_scores": "\n".join(["aspect | score", *lines]),
        },
        to(2, exact),
        first=["staged.panel_scores", "scored.trimmed_scores", "scored.aspect_means"],
    )


@pytest.mark.parametrize("scores", [("85", "85", "85.375"), ("33.1", "33.1", "33.175"), ("0.1", "0.1", "0.175")])
def test_a_mean_of_three_that_ends_in_a_half_goes_up(scores):
    # x/3 + y/3 + z/3, none of which ends, is 5 at the third decimal.
    exact = mean(*scores)
    assert exact * 1000 % 10 == 5
    scored(
        {
            "ref.aspects": "aspect\na",
            "ref.panel_rules": "trim_each_side\n0",
            "raw.panel_scores": "\n".join(["score", *scores]),
        },
        to(2, exact),
        first=["staged.panel_scores", "scored.trimmed_scores", "scored.aspect_means"],
    )


def test_aspects_weigh_by_the_scheme():
    scored(
        {"ref.aspects": THREE_ASPECTS, "scored.aspect_means": "aspect | mean_score\na | 10\nb | 100\nc | 61"},
        to(2, "0.2") * 10 + to(2, "0.3") * 100 + to(2, "0.5") * 61,
    )


def test_only_the_rated_aspects_weigh():
    # 85.125 exactly: the weights 0.2 and 0.3 scaled to 2/5 and 3/5.
    exact = (Fraction(2, 10) * Fraction("85.5") + Fraction(3, 10) * Fraction("84.875")) / Fraction(5, 10)
    assert exact == Fraction("85.125")
    scored({"ref.aspects": THREE_ASPECTS, "scored.aspect_means": "aspect | mean_score\na | 85.5\nb | 84.875"}, to(2, exact))


def test_a_site_rated_only_in_aspects_without_weight_has_no_score():
    expect(
        SCORES,
        EVERYWHERE | {"ref.aspects": "aspect | weight\na | 0\nb | 1", "scored.aspect_means": "aspect | mean_score\na | 90"},
        "score",
        [],
    )


def test_indicators_score_100_times_points_over_maxima():
    scored(
        {"scored.indicator_points": "indicator | points | max_points\ni1 | 7.5 | 10\ni2 | 0 | 20\ni3 | 30 | 30"},
        to(2, 100 * (Fraction("7.5") + 0 + 30) / (10 + 20 + 30)),
    )


def test_items_weigh_by_their_type_and_only_those_that_count():
    scored(
        {
            "ref.item_types": "item_type | weight\nx | 3\ny | 1",
            "staged.service_items": """
                item_type | result | counts
                x         | 1      | true
                x         | 0.25   | true
                y         | 0.5    | true
                x         | 0      | false
                y         |        | false
            """,
        },
        to(2, 100 * (3 * (1 + Fraction(1, 4)) + 1 * Fraction(1, 2)) / (3 + 3 + 1)),
    )


def test_a_site_whose_items_all_weigh_nothing_has_no_score():
    expect(
        SCORES,
        EVERYWHERE
        | {"ref.item_types": "item_type | weight\nx | 0", "staged.service_items": "item_type | result | counts\nx | 1 | true"},
        "score",
        [],
    )


def test_a_source_is_scored_for_the_groups_that_weigh_it_and_no_others():
    expect(
        SCORES,
        {
            "ref.sites": "site_id | group_id\ns1 | department\ns2 | district",
            "ref.weights": "group_id | source\ndepartment | mayor\ndistrict | public",
            "staged.given_scores": "source | site_id | score\nmayor | s1 | 90\nmayor | s2 | 80",
        },
        "source site_id score",
        [("mayor", "s1", 90)],
    )


def test_a_low_base_changes_no_score():
    scored(
        {
            "ref.aspects": "aspect\na",
            "ref.levels": "level | points\n1 | 100\n2 | 30",
            "staged.rating_counts": "level | ratings\n1 | 1\n2 | 2",
        },
        to(2, mean(100, 30, 30)),
        first=["scored.aspect_means"],
    )


def test_the_details_show_what_stands_behind_a_score_to_two_places():
    expect(
        "scored.source_details",
        {
            "ref.sites": "site_id\ns1",
            "ref.weights": "source\nballots\nclaims\naudit\ngiven",
            "scored.aspect_means": "source | aspect | mean_score | ratings\nballots | a | 85.1245 | 8\nballots | b | 1.005 | 9",
            "scored.indicator_points": "source | indicator | points | base\nclaims | i | 6.666666666667 | 3",
            "scored.item_type_results": "source | item_type | mean_result | items\naudit | t | 0.333333333333 | 9",
            "staged.given_scores": "source | score\ngiven | 77.5\nunweighed | 1",
        },
        "site_id source item value base",
        [
            ("s1", "ballots", "a", to(2, "85.1245"), 8),
            ("s1", "ballots", "b", to(2, "1.005"), 9),
            ("s1", "claims", "i", to(2, Fraction(20, 3)), 3),
            ("s1", "audit", "t", to(2, 100 * Fraction(1, 3)), 9),
            ("s1", "given", "score", to(2, "77.5"), 1),
        ],
    )


def test_given_scores_are_taken_as_they_are():
    expect(
        "staged.given_scores", {"raw.given_scores": "score\n77.123"}, "source site_id score", [("src", "s1", Decimal("77.123"))]
    )
