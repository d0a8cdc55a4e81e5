"""Which of the experts' scores count, and their mean after trimming (method 4)."""

from fractions import Fraction

import pytest

from tests.models.tables import expect, mean, to

SCORES = "staged.panel_scores"
TRIMMED = "scored.trimmed_scores"
MEANS = "scored.aspect_means"


def expect_counts(scores: str, expected: list[tuple]) -> None:
    expect(SCORES, {"raw.panel_scores": scores}, "expert_id score", expected)


def test_of_an_experts_scores_for_a_site_and_aspect_the_latest_date_counts():
    expect_counts(
        """
        expert_id | score | reviewed_on
        e1        | 90    | 2007-12-01
        e1        | 60    | 2007-12-02
        """,
        [("e1", 60)],
    )


def test_on_the_same_date_the_greater_score_counts():
    expect_counts(
        """
        expert_id | score | reviewed_on
        e1        | 60    | 2007-12-01
        e1        | 9.5   | 2007-12-01
        e2        | 70    |
        e2        | 80    |
        """,
        [("e1", 60), ("e2", 80)],
    )


def test_a_score_without_a_date_gives_way_to_one_with_a_date():
    expect_counts(
        """
        expert_id | score | reviewed_on
        e1        | 90    |
        e1        | 60    | 1907-12-01
        """,
        [("e1", 60)],
    )


def test_an_expert_scores_every_site_aspect_and_source_once():
    expect_counts(
        """
        source | site_id | aspect | expert_id | score
        src    | s1      | a      | e1        | 1
        src    | s1      | b      | e1        | 2
        src    | s2      | a      | e1        | 3
        other  | s1      | a      | e1        | 4
        """,
        [("e1", 1), ("e1", 2), ("e1", 3), ("e1", 4)],
    )


def test_places_run_from_the_lowest_score_and_ties_go_by_expert():
    expect(
        SCORES,
        {
            "raw.panel_scores": """
                expert_id | score
                e3        | 70
                e2        | 70
                e1        | 80
                e4        | 9
            """
        },
        "expert_id place_from_low scores",
        [("e4", 1, 4), ("e2", 2, 4), ("e3", 3, 4), ("e1", 4, 4)],
    )


def trimmed(scores: list[int], trim_each_side: int, trim_from: int | None, expected: Fraction) -> None:
    lines = [f"{score} | {rank} | {len(scores)}" for rank, score in enumerate(sorted(scores), start=1)]
    expect(
        MEANS,
        {
            "ref.panel_rules": f"trim_each_side | trim_from\n{trim_each_side} | {trim_from or ''}",
            "staged.panel_scores": "\n".join(["score | place_from_low | scores", *lines]),
        },
        "aspect mean_score ratings",
        [("a", to(12, expected), len(scores))],
        first=[TRIMMED],
    )


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param([10, 80, 80, 99], mean(10, 80, 80, 99), id="below trim_from nothing is dropped"),
        pytest.param([10, 70, 80, 90, 99], mean(70, 80, 90), id="at trim_from one is dropped at each end"),
        pytest.param([10, 70, 80, 90, 95, 99], mean(70, 80, 90, 95), id="above trim_from as well"),
        pytest.param([10, 10, 80, 99, 99], mean(10, 80, 99), id="of ties at both ends one each is dropped"),
        pytest.param([70, 70, 70, 70, 70], mean(70, 70, 70), id="all alike"),
    ],
)
def test_one_at_each_end_is_dropped_from_five_scores_on(scores, expected):
    trimmed(scores, 1, 5, expected)


def test_two_at_each_end():
    trimmed([0, 10, 70, 81, 99, 100], 2, 5, mean(70, 81))


def test_without_trimming_every_score_counts():
    trimmed([0, 10, 70, 80, 100, 100], 0, None, mean(0, 10, 70, 80, 100, 100))


def test_trimming_looks_at_one_site_and_aspect_alone():
    expect(
        MEANS,
        {
            "ref.panel_rules": "trim_each_side | trim_from\n1 | 3",
            "raw.panel_scores": """
                site_id | aspect | score
                s1      | a      | 10
                s1      | a      | 20
                s1      | a      | 60
                s1      | b      | 70
                s1      | b      | 90
                s2      | a      | 0
            """,
        },
        "site_id aspect mean_score ratings",
        [("s1", "a", to(12, 20), 3), ("s1", "b", to(12, mean(70, 90)), 2), ("s2", "a", to(12, 0), 1)],
        first=[SCORES, TRIMMED],
    )


def test_a_repeated_score_does_not_count_towards_trim_from():
    expect(
        MEANS,
        {
            "ref.panel_rules": "trim_each_side | trim_from\n1 | 3",
            "raw.panel_scores": """
                expert_id | score | reviewed_on
                e1        | 0     | 2007-12-01
                e1        | 60    | 2007-12-02
                e2        | 90    | 2007-12-01
            """,
        },
        "mean_score ratings",
        [(to(12, mean(60, 90)), 2)],
        first=[SCORES, TRIMMED],
    )


def test_two_panels_are_trimmed_each_by_its_own_rule():
    expect(
        MEANS,
        {
            "ref.panel_rules": """
                source      | trim_each_side | trim_from
                expert      | 1              | 3
                supervisors | 0              |
            """,
            "raw.panel_scores": """
                source      | score
                expert      | 0
                expert      | 50
                expert      | 70
                supervisors | 0
                supervisors | 50
                supervisors | 70
            """,
        },
        "source mean_score",
        [("expert", to(12, 50)), ("supervisors", to(12, mean(0, 50, 70)))],
        first=[SCORES, TRIMMED],
    )
