"""Ranks, ties, annexes and the figures of a group (methods 2, 9 and 10)."""

from decimal import Decimal
from fractions import Fraction

from tests.models.tables import expect, mean, to

RANKED = "ranked.composites"


def ranked(composites: str, expected: list[tuple[str, int]], tie_break: str = "", scores: str = "") -> None:
    sites = [line.split("|")[0].strip() for line in composites.splitlines() if line.strip()][1:]
    expect(
        RANKED,
        {
            "ref.sites": "\n".join(["site_id", *sites]),
            "ref.tie_break": tie_break,
            "scored.composites": composites,
            "scored.source_scores": scores,
        },
        "site_id rank",
        expected,
    )


def test_the_highest_composite_is_first():
    ranked("site_id | composite\ns1 | 9.99\ns2 | 100\ns3 | 10", [("s2", 1), ("s3", 2), ("s1", 3)])


def test_equal_composites_share_the_rank_and_the_next_is_skipped():
    ranked("site_id | composite\ns1 | 90\ns2 | 80\ns3 | 80\ns4 | 70", [("s1", 1), ("s2", 2), ("s3", 2), ("s4", 4)])


def test_sites_are_ranked_within_their_group_only():
    ranked(
        "site_id | group_id | composite\ns1 | g | 90\ns2 | g | 80\ns3 | h | 85\ns4 | h | 95",
        [("s1", 1), ("s2", 2), ("s4", 1), ("s3", 2)],
    )


TIED = """
    site_id | composite
    s1      | 80
    s2      | 80
    s3      | 80
    s4      | 80
    s5      | 90
"""
TIE_BREAK = """
    position | source
    2        | second
    1        | first
"""


def test_ties_go_by_the_tie_break_sources_in_their_order():
    ranked(
        TIED,
        [("s5", 1), ("s4", 2), ("s2", 3), ("s1", 4), ("s3", 5)],
        TIE_BREAK,
        """
        site_id | source | score
        s1      | first  | 70
        s1      | second | 50
        s2      | first  | 70
        s2      | second | 60
        s3      | first  | 69.99
        s3      | second | 100
        s4      | first  | 100
        s4      | second | 0
        s5      | first  | 0
        s5      | second | 0
        s3      | other  | 100
        """,
    )


def test_tie_break_scores_compare_as_numbers():
    ranked(
        TIED,
        [("s5", 1), ("s3", 2), ("s4", 3), ("s1", 4), ("s2", 5)],
        TIE_BREAK,
        "site_id | source | score\ns1 | first | 9.5\ns2 | first | 0.95\ns3 | first | 100\ns4 | first | 10",
    )


def test_sites_still_equal_share_the_rank():
    ranked(
        TIED,
        [("s5", 1), ("s1", 2), ("s4", 2), ("s2", 4), ("s3", 5)],
        TIE_BREAK,
        """
        site_id | source | score
        s1      | first  | 70
        s1      | second | 60
        s2      | first  | 70
        s2      | second | 59.99
        s3      | first  | 0
        s4      | first  | 70
        s4      | second | 60
        """,
    )


def test_a_missing_tie_break_score_decides_like_0_and_leaves_it_to_the_next_source():
    ranked(
        "site_id | composite\ns1 | 80\ns2 | 80",
        [("s1", 1), ("s2", 2)],
        TIE_BREAK,
        "site_id | source | score\ns1 | second | 99\ns2 | first | 0",
    )


def test_a_site_without_a_composite_has_no_rank():
    ranked("site_id | composite\ns1 |\ns2 | 80", [("s2", 1)])


def test_an_annex_has_the_first_ranks_and_all_that_share_the_last():
    expect(
        "published.annexes",
        {
            "ref.groups": "group_id | publish_top\ng | 3\nh | 1",
            "ref.sites": "site_id | name\ns1 | One\ns2 | Two\ns3 | Three\ns4 | Four\ns5 | Five\ns6 | Six\ns7 | Seven",
            "ranked.composites": """
                site_id | group_id | rank | composite
                s1      | g        | 1    | 90
                s2      | g        | 2    | 80
                s3      | g        | 3    | 70
                s4      | g        | 3    | 70
                s5      | g        | 5    | 60
                s6      | h        | 1    | 50
                s7      | h        | 2    | 40
            """,
        },
        "group_id 序号 网站 综合得分",
        [("g", 1, "One", 90), ("g", 2, "Two", 80), ("g", 3, "Three", 70), ("g", 3, "Four", 70), ("h", 1, "Six", 50)],
    )


FIGURES = "ranked.group_figures"


def figures(composites: list[str], columns: str, expected: tuple) -> None:
    lines = [f"s{index} | {composite}" for index, composite in enumerate(composites)]
    expect(FIGURES, {RANKED: "\n".join(["site_id | composite", *lines])}, columns, [expected])


def test_the_mean_of_a_group_has_one_place_half_up():
    exact = mean("85.04", "85.06")
    assert exact == Fraction("85.05")
    figures(["85.04", "85.06"], "sites mean lowest highest", (2, to(1, exact), Decimal("85.04"), Decimal("85.06")))


def test_sites_above_the_mean_are_above_the_unrounded_mean():
    # The mean is 80.0333…, printed 80.0: 80.01 is above the print and not above the mean.
    composites = ["80.01", "80.04", "80.05"]
    exact = mean(*composites)
    figures(composites, "mean above_mean", (to(1, exact), sum(Fraction(composite) > exact for composite in composites)))
    assert sum(Fraction(composite) > to(1, exact) for composite in composites) == 3


def test_a_site_at_the_mean_is_not_above_it():
    figures(["70.1", "80.1", "90.1"], "mean above_mean", (to(1, "80.1"), 1))
    figures(["33.33"] * 7, "mean above_mean", (to(1, "33.33"), 0))


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two_half_up():
    # (70.07 + 70.08) / 2 is 70.07499999999999 in binary.
    figures(["60", "70.07", "70.08", "99"], "median", (to(2, mean("70.07", "70.08")),))


def test_the_median_of_an_odd_number_is_the_middle_one():
    figures(["70", "99", "80.01"], "median", (to(2, "80.01"),))


def test_the_deviation_is_that_of_the_population():
    # The mean is 80.
    figures(["90", "80", "78", "72"], "sd", (to(2, Decimal((10**2 + 0**2 + 2**2 + 8**2) / 4).sqrt()),))


def test_one_site_deviates_by_nothing():
    figures(["85.13"], "sites mean above_mean median sd", (1, to(1, "85.13"), 0, to(2, "85.13"), 0))


def test_every_group_has_its_figures():
    tables = {RANKED: "site_id | group_id | composite\ns1 | g | 80\ns2 | g | 90\ns3 | h | 10"}
    expected = [("g", 2, mean(80, 90), 80, 90), ("h", 1, 10, 10, 10)]
    expect(FIGURES, tables, "group_id sites mean lowest highest", expected)
    expect(
        "published.group_summary",
        {FIGURES: "group_id | sites | mean\ng | 2 | 85\nh | 1 | 10"},
        "year group sites mean",
        [(2007, "g", 2, 85), (2007, "h", 1, 10)],
    )


def test_the_ranking_shows_scores_flags_and_last_year_by_site_id():
    expect(
        "published.composite_scores",
        {
            "ref.sites": "site_id | name\nold | Renamed\nnew | New\nnone | Unscored",
            "ref.previous_composites": "site_id | composite | rank\nold | 77.7 | 4\ngone | 50 | 9",
            RANKED: "site_id | group_id | rank | composite\nold | g | 1 | 90.5\nnew | g | 2 | 80\nnone | g | 3 | 0",
            "scored.source_scores": "site_id | source | score\nold | b | 91\nold | a | 90\nnew | a | 80",
            "scored.flags": "site_id | flags\nnew | low_base",
        },
        "year group rank site_id name scores composite previous_composite previous_rank flags",
        [
            (2007, "g", 1, "old", "Renamed", {"a": 90, "b": 91}, to(2, "90.5"), to(2, "77.7"), 4, ""),
            (2007, "g", 2, "new", "New", {"a": 80}, 80, None, None, "low_base"),
            (2007, "g", 3, "none", "Unscored", None, 0, None, None, ""),
        ],
    )
