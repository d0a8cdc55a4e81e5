"""The satisfaction rate, and who took part (method 3)."""

from fractions import Fraction

import pytest

from flows.settings import SQL
from flows.warehouse.models import build, read_models
from tests.models.tables import expect, given, mean, to

SATISFACTION = "ranked.satisfaction"
LEVELS = """
    level | points | satisfied
    1     | 100    | true
    2     | 80     | true
    3     | 60     | false
"""
SITES = """
    site_id | group_id
    s1      | department
    s2      | department
    s3      | district
"""


def test_the_rate_is_the_share_of_the_ratings_with_a_satisfied_level_by_group_and_for_all():
    expect(
        SATISFACTION,
        {
            "ref.sites": SITES,
            "ref.levels": LEVELS,
            "staged.rating_counts": """
                site_id | aspect  | level | ratings
                s1      | overall | 1     | 1
                s1      | overall | 3     | 1
                s2      | overall | 2     | 1
                s3      | overall | 3     | 4
                s3      | a       | 1     | 5
            """,
        },
        "group_id aspect ratings satisfied rate score",
        [
            ("department", "overall", 3, 2, to(4, Fraction(2, 3)), to(2, mean(100, 60, 80))),
            ("district", "overall", 4, 0, 0, 60),
            ("all", "overall", 7, 2, to(4, Fraction(2, 7)), to(2, Fraction(100 + 60 + 80 + 4 * 60, 7))),
            ("district", "a", 5, 5, 1, 100),
            ("all", "a", 5, 5, 1, 100),
        ],
    )


def test_rates_and_scores_are_rounded_half_up_and_once():
    expect(
        SATISFACTION,
        {
            "ref.sites": "site_id\ns1",
            "ref.levels": "level | points | satisfied\n1 | 100 | true\n2 | 0 | false",
            "staged.rating_counts": """
                aspect | level | ratings
                a      | 1     | 29
                a      | 2     | 19971
                b      | 1     | 170249
                b      | 2     | 29751
            """,
        },
        "group_id aspect rate score",
        [
            (group, aspect, to(4, share), to(2, 100 * share))
            for group in ("g", "all")
            for aspect, share in (("a", Fraction(29, 20000)), ("b", Fraction(170249, 200000)))
        ],
    )


def test_levels_are_those_of_the_source():
    expect(
        SATISFACTION,
        {
            "ref.sites": SITES,
            "ref.levels": "source | level | points | satisfied\nx | 1 | 100 | true\ny | 1 | 0 | false",
            "staged.rating_counts": "source | level | ratings\nx | 1 | 1\ny | 1 | 1",
        },
        "source group_id satisfied score",
        [("x", "department", 1, 100), ("x", "all", 1, 100), ("y", "department", 0, 0), ("y", "all", 0, 0)],
    )


def test_the_published_table_has_the_year():
    expect(
        "published.satisfaction",
        {SATISFACTION: "group_id | aspect | ratings | satisfied | rate | score\nall | overall | 3 | 2 | 0.6667 | 80"},
        "year source group aspect ratings satisfied rate score",
        [(2007, "src", "all", "overall", 3, 2, to(4, Fraction(2, 3)), 80)],
    )


def test_participation_counts_voters_by_channel_and_experts_by_category_valid_or_not():
    expect(
        "staged.participation",
        {
            "raw.ballots": """
                source | voter | channel
                public | v     | web
                public | v     | web
                public | a     | web
                public | b     | web
                public | c     | web
                public | d     | web
                public | v     | post
                public | w     | post
                public | a     | post
                public | b     | post
                public | c     | post
                public | x     |
            """,
            "raw.panel_scores": """
                source | expert_id | category
                expert | e1        | academic
                expert | e1        | academic
                expert | e2        | academic
                expert | e3        | academic
                expert | e4        | academic
                expert | e5        | academic
            """,
        },
        "source category raters ratings",
        [
            ("public", "web", 5, 6),
            ("public", "post", 5, 5),
            ("public", "unknown", 1, 1),
            ("public", "all", 7, 6 + 5 + 1),
            ("expert", "academic", 5, 6),
            ("expert", "all", 5, 6),
        ],
    )


def test_kinds_of_fewer_than_five_persons_stand_together_and_each_person_counts_once():
    expect(
        "staged.participation",
        {
            "raw.ballots": """
                source | voter | channel
                public | v     | 13912345678
                public | v     | 13912345678
                public | v     | 13812345678
                public | w     | 13812345678
                public | w     | other
                other  | v     | 13912345678
            """,
            "raw.panel_scores": "source | expert_id | category\nexpert | e1 | 张三",
        },
        "source category raters ratings",
        [
            ("public", "other", 2, 5),
            ("public", "all", 2, 5),
            ("other", "other", 1, 1),
            ("other", "all", 1, 1),
            ("expert", "other", 1, 1),
            ("expert", "all", 1, 1),
        ],
    )


def test_of_a_source_whose_channels_the_scheme_lists_no_other_is_published_by_its_name_and_small_ones_stand_together():
    ballots = "\n".join(f"public | {voter} | {channel}" for channel in ("web", "post", "kiosk") for voter in "abcde")
    scores = "\n".join(f"expert | e{number} | academic" for number in range(5))
    expect(
        "staged.participation",
        {
            "ref.categories": "source | category\npublic | web\npublic | kiosk\npublic | sms",
            "raw.ballots": f"source | voter | channel\n{ballots}\npublic | a | sms\npublic | f |",
            "raw.panel_scores": f"source | expert_id | category\n{scores}",
        },
        "source category raters ratings",
        [
            ("public", "web", 5, 5),
            ("public", "kiosk", 5, 5),
            ("public", "other", 5, 5 + 1),
            ("public", "unknown", 1, 1),
            ("public", "all", 6, 3 * 5 + 2),
            ("expert", "academic", 5, 5),
            ("expert", "all", 5, 5),
        ],
    )


@pytest.mark.parametrize("listed", [True, False])
def test_the_gate_of_participation_counts_what_a_scheme_lists_as_the_models_do_and_notices_where_they_do_not(listed):
    ballots = "\n".join(f"public | {voter} | {channel}" for channel in ("web", "post", "kiosk") for voter in "abcde")
    tables = {
        "ref.categories": "source | category\n" + ("public | web\npublic | sms" if listed else ""),
        "raw.ballots": f"source | voter | channel\n{ballots}\npublic | a | sms\npublic | f |",
        "raw.panel_scores": "source | expert_id | category\nexpert | e1 | academic",
    }
    connection = given(tables, ["staged.participation", "published.participation"])
    for model in read_models(SQL):
        if model.name.endswith(".participation"):
            build(connection, model)
    gate = (SQL / "gates" / "participation_as_recounted.sql").read_text(encoding="utf-8")
    assert connection.execute(gate).fetchall() == []
    connection.execute("delete from ref.categories" if listed else "insert into ref.categories values ('public', 'web')")
    assert connection.execute(gate).fetchall() != []


def test_a_channel_that_is_called_all_says_nothing():
    expect(
        "staged.participation",
        {"raw.ballots": "channel\nall\nunknown\nweb", "raw.panel_scores": "source | category\nexpert | all"},
        "source category raters ratings",
        [
            ("src", "unknown", 2, 2),
            ("src", "other", 1, 1),
            ("src", "all", 3, 3),
            ("expert", "unknown", 1, 1),
            ("expert", "all", 1, 1),
        ],
    )


def test_the_published_participation_has_the_year():
    expect(
        "published.participation",
        {"staged.participation": "category | raters | ratings\nall | 3 | 5"},
        "year source category raters ratings",
        [(2007, "src", "all", 3, 5)],
    )
