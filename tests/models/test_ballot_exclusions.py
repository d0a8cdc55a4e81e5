"""Excluded ballots, each with the first reason that applies (method 3)."""

from tests.models.tables import expect

EXCLUSIONS = "staged.ballot_exclusions"
RULES = """
    source | min_seconds | burst_limit | min_ballots
    src    | 5           | 2           | 3
"""
NO_LIMITS = """
    source | min_seconds | burst_limit
    src    |             |
"""


def excluded(ballots: str, expected: list[tuple[str, str]], rules: str = RULES) -> None:
    expect(EXCLUSIONS, {"ref.ballot_rules": rules, "raw.ballots": ballots}, "ballot_id reason", expected)


def test_ballots_before_the_first_and_after_the_last_day_are_outside_the_period():
    excluded(
        """
        ballot_id | submitted_on
        before    | 2007-10-31
        first     | 2007-11-01
        last      | 2007-12-20
        after     | 2007-12-21
        """,
        [("before", "outside_period"), ("after", "outside_period")],
    )


def test_the_local_day_decides_and_not_the_day_in_utc():
    excluded(
        """
        ballot_id | submitted_at        | submitted_on
        local_1st | 2007-10-31 16:00:00 | 2007-11-01
        local_21st | 2007-12-20 16:00:00 | 2007-12-21
        """,
        [("local_21st", "outside_period")],
    )


def test_a_ballot_that_rates_no_aspect_is_excluded_even_with_an_overall_rating():
    excluded(
        """
        ballot_id | ratings      | overall
        none      | [NULL, NULL] | 1
        one       | [NULL, 2]    |
        """,
        [("none", "no_rating")],
    )


def test_a_ballot_is_too_fast_below_min_seconds_and_not_at_it_and_not_without_seconds():
    excluded(
        """
        ballot_id | seconds
        below     | 4.9999999999
        at        | 5
        untold    |
        """,
        [("below", "too_fast")],
    )


def test_all_ballots_of_an_origin_in_a_minute_with_more_than_the_limit_are_a_burst():
    excluded(
        """
        ballot_id | site_id | origin | submitted_at
        a1        | s1      | a      | 2007-11-15 02:00:10
        a2        | s2      | a      | 2007-11-15 02:00:20
        a3        | s3      | a      | 2007-11-15 02:00:30
        b1        | s1      | b      | 2007-11-15 02:00:10
        b2        | s2      | b      | 2007-11-15 02:00:20
        """,
        [("a1", "burst"), ("a2", "burst"), ("a3", "burst")],
    )


def test_a_minute_of_a_burst_is_the_calendar_minute():
    excluded(
        """
        ballot_id | origin | submitted_at
        first     | a      | 2007-11-15 02:00:00
        middle    | a      | 2007-11-15 02:00:30
        last      | a      | 2007-11-15 02:00:59.999999
        next1     | a      | 2007-11-15 02:01:00
        next2     | a      | 2007-11-15 02:01:29
        before    | a      | 2007-11-15 01:59:59.999999
        """,
        [("first", "burst"), ("middle", "burst"), ("last", "burst")],
    )


def test_a_ballot_without_an_origin_is_never_a_burst():
    excluded(
        """
        ballot_id | origin
        x1        |
        x2        |
        x3        |
        """,
        [],
    )


def test_a_burst_counts_only_what_the_earlier_rules_left():
    excluded(
        """
        ballot_id | origin | seconds | ratings | submitted_on
        good1     | a      |         | [1]     | 2007-11-15
        good2     | a      |         | [1]     | 2007-11-15
        fast      | a      | 1       | [1]     | 2007-11-15
        empty     | a      |         | [NULL]  | 2007-11-15
        early     | a      |         | [1]     | 2007-10-15
        """,
        [("fast", "too_fast"), ("empty", "no_rating"), ("early", "outside_period")],
    )


def test_bursts_are_counted_within_a_source():
    excluded(
        """
        ballot_id | source | origin
        x1        | src    | a
        x2        | src    | a
        y1        | other  | a
        """,
        [],
        rules="""
            source | burst_limit
            src    | 2
            other  | 2
        """,
    )


def test_of_a_voters_ballots_for_a_site_the_latest_is_kept():
    excluded(
        """
        ballot_id | voter | site_id | submitted_at
        z_early   | v     | s1      | 2007-11-15 02:00:00
        a_late    | v     | s1      | 2007-11-15 02:00:00.000001
        elsewhere | v     | s2      | 2007-11-14 02:00:00
        another   | w     | s1      | 2007-11-14 02:00:00
        """,
        [("z_early", "duplicate")],
    )


def test_of_a_voters_ballots_at_one_instant_the_greatest_id_is_kept():
    excluded(
        """
        ballot_id | voter
        b09       | v
        b10       | v
        b1        | v
        """,
        [("b09", "duplicate"), ("b1", "duplicate")],
    )


def test_a_voter_may_repeat_at_two_sites_and_in_two_sources():
    excluded(
        """
        ballot_id | source | voter | site_id
        x1        | src    | v     | s1
        x2        | src    | v     | s1
        x3        | src    | v     | s2
        x4        | src    | v     | s2
        y1        | other  | v     | s1
        y2        | other  | v     | s1
        """,
        [("x1", "duplicate"), ("x3", "duplicate"), ("y1", "duplicate")],
        rules="source | burst_limit\nsrc |\nother |",
    )


def test_a_duplicate_is_looked_for_among_what_the_earlier_rules_left():
    excluded(
        """
        ballot_id  | voter | seconds | origin | submitted_at
        kept       | v     |         |        | 2007-11-15 02:00:00
        later_fast | v     | 1       |        | 2007-11-15 03:00:00
        burst_v    | v     |         | a      | 2007-11-15 04:00:00
        burst_w    | w     |         | a      | 2007-11-15 04:00:00
        burst_x    | x     |         | a      | 2007-11-15 04:00:00
        """,
        [("later_fast", "too_fast"), ("burst_v", "burst"), ("burst_w", "burst"), ("burst_x", "burst")],
    )


def test_the_first_rule_that_applies_is_the_reason():
    excluded(
        """
        ballot_id | voter | submitted_on | ratings | seconds | origin
        all_wrong | v     | 2007-12-21   | [NULL]  | 1       | a
        two_wrong | v     | 2007-11-15   | [NULL]  | 1       | a
        fast      | v     | 2007-11-15   | [1]     | 1       | a
        b1        | v     | 2007-11-15   | [1]     | 9       | a
        b2        | v     | 2007-11-15   | [1]     | 9       | a
        b3        | v     | 2007-11-15   | [1]     | 9       | a
        """,
        [
            ("all_wrong", "outside_period"),
            ("two_wrong", "no_rating"),
            ("fast", "too_fast"),
            ("b1", "burst"),
            ("b2", "burst"),
            ("b3", "burst"),
        ],
    )


def test_a_rule_that_the_scheme_leaves_out_is_off():
    excluded(
        """
        ballot_id | origin | seconds
        x1        | a      | 0
        x2        | a      | 0
        """,
        [],
        rules=NO_LIMITS,
    )
