"""What became of the ballots, and what the valid ones are worth (method 3)."""

from tests.models.tables import expect, mean, to


def test_ballots_are_counted_by_what_became_of_them():
    expect(
        "staged.ballot_counts",
        {
            "raw.ballots": """
                ballot_id | site_id
                x1        | s1
                x2        | s1
                x3        | s1
                x4        | s2
            """,
            "staged.ballot_exclusions": """
                ballot_id | reason
                x3        | burst
            """,
        },
        "site_id reason ballots",
        [("s1", "valid", 3 - 1), ("s1", "burst", 1), ("s2", "valid", 1)],
    )


def test_the_audit_lists_every_reason_even_with_no_ballot():
    expect(
        "published.ballot_audit",
        {
            "ref.ballot_rules": "source\nsrc",
            "staged.ballot_counts": """
                site_id | reason | ballots
                s1      | valid  | 5
                s2      | valid  | 7
                s2      | burst  | 3
            """,
        },
        "year source reason ballots",
        [(2007, "src", "valid", 5 + 7), (2007, "src", "burst", 3)]
        + [(2007, "src", reason, 0) for reason in ("outside_period", "no_rating", "too_fast", "duplicate")],
    )


def test_levels_are_counted_over_the_valid_ballots_by_aspect_and_overall():
    expect(
        "staged.rating_counts",
        {
            "ref.aspects": """
                position | aspect
                1        | a
                2        | b
            """,
            "raw.ballots": """
                ballot_id | ratings   | overall
                x1        | [1, 2]    | 1
                x2        | [1, NULL] |
                x3        | [1, 2]    | 1
            """,
            "staged.ballot_exclusions": """
                ballot_id | reason
                x3        | burst
            """,
        },
        "site_id aspect level ratings",
        [("s1", "a", 1, 2), ("s1", "b", 2, 1), ("s1", "overall", 1, 1)],
        ("staged.rating_patterns",),
    )


def test_ballots_with_the_same_answers_are_one_row():
    expect(
        "staged.rating_patterns",
        {
            "raw.ballots": """
                ballot_id | site_id | ratings   | overall
                x1        | s1      | [1, NULL] | 2
                x2        | s1      | [1, NULL] | 2
                x3        | s1      | [1, NULL] |
                x4        | s1      | [NULL, 1] | 2
                x5        | s2      | [1, NULL] | 2
                x6        | s2      | [1, NULL] | 2
            """,
            "staged.ballot_exclusions": "ballot_id | reason\nx6 | burst",
        },
        "site_id answers ballots",
        [("s1", [1, None, 2], 2), ("s1", [1, None, None], 1), ("s1", [None, 1, 2], 1), ("s2", [1, None, 2], 1)],
    )


def test_a_ballot_mean_is_over_the_ballots_that_rate_the_aspect():
    expect(
        "scored.aspect_means",
        {
            "ref.levels": """
                level | points
                1     | 100
                2     | 66.67
                3     | 0
            """,
            "staged.rating_counts": """
                aspect  | level | ratings
                a       | 1     | 2
                a       | 2     | 1
                b       | 3     | 4
                overall | 1     | 9
            """,
        },
        "aspect mean_score ratings",
        [("a", to(12, mean(100, 100, "66.67")), 2 + 1), ("b", to(12, 0), 4)],
    )
