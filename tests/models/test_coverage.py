"""What is due, what did not come, what becomes of it, and what that does to scores and ranks."""

from decimal import Decimal

import pytest

from tests.models.tables import expect

PERIODS = "staged.periods_due"
MISSING = "staged.missing_periods"
PANEL = "staged.panel_due"
GAPS = "scored.gaps"
READINGS = "scored.gap_readings"
MONTHS = """
    position | period
    1        | 2007-01
    2        | 2007-02
    3        | 2007-03
    4        | 2007-04
"""
DAYS = """
    position | period
    1        | 2007-11-01
    2        | 2007-11-02
    3        | 2007-11-03
    4        | 2007-11-04
    5        | 2007-11-05
"""
RULES = "confirm\n1"


def test_a_month_without_a_value_is_missing_of_every_site_and_indicator_that_weighs():
    expect(
        MISSING,
        {
            "ref.sites": "site_id | group_id\ns1 | g\ns2 | g\ns3 | idle",
            "ref.weights": "group_id | weight\ng | 1\nidle | 0",
            "ref.indicators": "indicator\ni1\ni2",
            "ref.crawl_rules": RULES,
            "ref.due_periods": "position | period\n1 | 2007-01\n2 | 2007-02",
            "staged.monthly_values": """
                site_id | indicator | month   | value | checks
                s1      | i1        | 2007-01 | 5     | 1
                s1      | i1        | 2007-02 | 5     | 1
                s2      | i1        | 2007-02 | 0     | 1
            """,
        },
        "site_id item period",
        [
            ("s1", "i2", "2007-01"),
            ("s1", "i2", "2007-02"),
            ("s2", "i1", "2007-01"),
            ("s2", "i2", "2007-01"),
            ("s2", "i2", "2007-02"),
        ],
    )


def test_what_the_crawl_measures_is_due_in_the_months_of_its_period_only():
    expect(
        MISSING,
        {
            "ref.sites": "site_id\ns1",
            "ref.weights": "weight\n1",
            "ref.indicators": "indicator | from_crawl\nby_hand |\ncrawled | c",
            "ref.crawl_rules": "opens | closes | confirm\n2007-02-15 | 2007-03-01 | 1",
            "ref.due_periods": MONTHS,
        },
        "item period",
        [
            *[("by_hand", f"2007-0{month}") for month in (1, 2, 3, 4)],
            *[("crawled", f"2007-0{month}") for month in (2, 3)],
        ],
    )


@pytest.mark.parametrize(
    ("quiet", "missing", "periods"),
    [
        pytest.param(0, 4, "2007-11-01、2007-11-03 至 2007-11-05", id="every day is asked for"),
        pytest.param(1, 3, "2007-11-03 至 2007-11-05", id="one day without a ballot says nothing"),
        pytest.param(3, 0, "", id="no more than the quiet days"),
    ],
)
def test_days_without_a_ballot_are_missing_where_they_are_more_in_a_row_than_the_quiet_ones(quiet, missing, periods):
    expect(
        PERIODS,
        {
            "ref.weights": "weight\n1",
            "ref.ballot_rules": f"quiet_days\n{quiet}",
            "ref.due_periods": DAYS,
            "staged.missing_periods": """
                site_id | item | position | period
                ''      | all  | 1        | 2007-11-01
                ''      | all  | 3        | 2007-11-03
                ''      | all  | 4        | 2007-11-04
                ''      | all  | 5        | 2007-11-05
            """,
        },
        "item unit expected missing periods",
        [("all", "天", 5, missing, periods)],
    )


def test_listed_channels_are_asked_one_by_one_and_others_not():
    expect(
        MISSING,
        {
            "ref.ballot_rules": "quiet_days\n1",
            "ref.categories": "category\n网络\n短信",
            "ref.due_periods": "position | period\n1 | 2007-11-01\n2 | 2007-11-02",
            "ref.crawl_rules": RULES,
            "raw.ballots": """
                channel | submitted_on
                网络    | 2007-11-01
                窗口    | 2007-11-02
                短信    | 2007-11-01
                短信    | 2007-11-02
            """,
        },
        "item period",
        [("网络", "2007-11-02")],
    )


def test_who_rated_a_site_at_all_is_to_rate_all_of_its_aspects():
    expect(
        PANEL,
        {
            "ref.sites": "site_id\ns1\ns2",
            "ref.weights": "weight\n1",
            "ref.panel_rules": "trim_each_side\n0",
            "ref.rated_aspects": "aspect\na\nb",
            "staged.panel_scores": """
                site_id | aspect | expert_id | score | place_from_low | scores
                s1      | a      | e1        | 80    | 1              | 2
                s1      | a      | e2        | 80    | 2              | 2
                s1      | b      | e1        | 80    | 1              | 1
            """,
        },
        "site_id item expected missing",
        # s2 was rated by nobody: one score at least is due.
        [("s1", "a", 2, 0), ("s1", "b", 2, 1), ("s2", "a", 1, 1), ("s2", "b", 1, 1)],
    )


def test_a_list_says_who_is_to_rate_what_and_the_scheme_how_many_at_least():
    expect(
        PANEL,
        {
            "ref.sites": "site_id\ns1\ns2",
            "ref.weights": "weight\n1",
            "ref.panel_rules": "trim_each_side | experts | min_raters\n0 | 4 | 3",
            "ref.rated_aspects": "aspect\na",
            "raw.experts": "expert_id | site_id\ne1 |\ne2 | s1\ne3 | s1",
            "staged.panel_scores": """
                site_id | aspect | expert_id | score | place_from_low | scores
                s1      | a      | e1        | 80    | 1              | 3
                s1      | a      | e2        | 80    | 2              | 3
                s1      | a      | e9        | 80    | 3              | 3
                s2      | a      | e1        | 80    | 1              | 1
            """,
        },
        "site_id item expected missing",
        [
            # Of e1, e2 and e3 the last is missing, though three rated it.
            ("s1", "a", 3, 1),
            # e1 rated it, and two more are to.
            ("s2", "a", 3, 3 - 1),
            # Of four experts, three of them listed, there were e1, e2 and e9: one of the listed is missing, and one of the four.
            ("", "experts", 4, 1),
        ],
    )


def test_a_listed_item_that_nobody_checked_is_missing_and_counts_where_its_group_counts_it():
    expect(
        "staged.items_due",
        {
            "ref.sites": "site_id | group_id\ns1 | g\ns2 | h",
            "ref.weights": "group_id\ng\nh",
            "ref.approval_groups": "group_id\ng",
            "raw.listed_items": """
                item_id | site_id | approval
                1       | s1      | true
                2       | s1      | false
                3       | s1      | false
                4       | s2      | true
            """,
            "raw.audit_items": "item_id | site_id\n2 | s1",
        },
        "site_id expected missing counting",
        [("s1", 3, 2, 2), ("s2", 1, 1, 0)],
    )


@pytest.mark.parametrize(
    ("valid", "missing"),
    [pytest.param(30, 0, id="enough"), pytest.param(29, 1, id="one too few"), pytest.param(None, 30, id="none")],
)
def test_a_site_below_the_base_lacks_ballots(valid, missing):
    tables = {
        "ref.sites": "site_id\ns1",
        "ref.weights": "weight\n1",
        "ref.ballot_rules": "min_ballots\n30",
        "staged.ballot_counts": f"reason | ballots\nduplicate | 99\n{f'valid | {valid}' if valid else 'burst | 5'}",
    }
    expect("staged.bases_due", tables, "expected missing", [(30, missing)])


def test_of_a_source_that_says_no_more_a_score_a_site_is_due():
    expect(
        "scored.due",
        {
            "ref.sites": "site_id\ns1\ns2",
            "ref.weights": "weight\n1",
            "scored.source_scores": "site_id\ns1",
        },
        "site_id item label unit expected missing",
        [("s1", "score", "得分", "项", 1, 0), ("s2", "score", "得分", "项", 1, 1)],
    )


@pytest.mark.parametrize(
    ("waiver", "treatment"),
    [
        pytest.param("s1 | i | r | 张 | 2008-01-02 |", "waived", id="of the site and item"),
        pytest.param("s1 | 指标 | r | 张 | 2008-01-02 |", "waived", id="of the item by its label"),
        pytest.param("s1 | '' | r | 张 | 2008-01-02 |", "waived", id="of all of the site"),
        pytest.param("'' | '' | r | 张 | 2008-01-02 |", "waived", id="of the whole source"),
        pytest.param("s2 | i | r | 张 | 2008-01-02 |", "fail", id="of another site"),
        pytest.param("s1 | j | r | 张 | 2008-01-02 |", "fail", id="of another item"),
    ],
)
def test_a_waiver_accepts_the_gaps_that_it_names(waiver, treatment):
    expect(
        GAPS,
        {
            "ref.scheme": "missing\nfail",
            "ref.sources": "incomplete\nfail",
            "scored.due": "item | label | unit | expected | missing | periods\ni | 指标 | 项 | 1 | 1 |",
            "staged.waivers": f"site_id | item | reason | approved_by | approved_on | document\n{waiver}",
        },
        "treatment",
        [(treatment,)],
    )


@pytest.mark.parametrize(
    ("as_of", "due", "treatment"),
    [
        pytest.param("2007-11-30", "2007-11-30", "awaited", id="on the last day it may still come"),
        pytest.param("2007-12-01", "2007-11-30", "zero", id="then it is late"),
        pytest.param("", "2007-11-30", "zero", id="in a final run everything is due"),
    ],
)
def test_what_is_not_late_yet_is_awaited(as_of, due, treatment):
    expect(
        GAPS,
        {
            "ref.scheme": f"year | as_of\n2007 | {as_of}",
            "ref.sources": f"incomplete | due\nzero | {due}",
            "scored.due": "item | label | unit | expected | missing | periods\ni | 指标 | 项 | 1 | 1 |",
        },
        "treatment",
        [(treatment,)],
    )


def test_rows_that_were_set_aside_are_told_with_the_gap_that_they_are_about():
    expect(
        GAPS,
        {
            "ref.scheme": "missing\nfail",
            "ref.sources": "incomplete\ntell",
            "scored.due": """
                site_id | item    | label | unit | expected | missing | periods
                s1      | i       | 指标  | 个月 | 12       | 2       |
                s2      | i       | 指标  | 个月 | 12       | 1       |
                s1      | ballots | 票    | 票   | 30       | 1       |
            """,
            "ref.items": "item\ni",
            "staged.set_aside": """
                site_id | item | rows
                s1      | i    | 3
                s1      | ''   | 7
                s3      | i    | 9
            """,
        },
        "site_id item set_aside",
        [("s1", "ballots", 7), ("s1", "i", 3), ("s2", "i", 0)],
    )


def test_records_are_read_by_what_came_and_with_the_missing_months_as_0():
    expect(
        READINGS,
        {
            "scored.gaps": "item | treatment\ni | tell",
            "ref.indicators": "indicator | max_points\ni | 10\nj | 30",
            "staged.monthly_points": """
                indicator | month   | max_points | points
                i         | 2007-01 | 10         | 8
                i         | 2007-02 | 10         | 6
            """,
            "staged.periods_due": """
                item | unit | expected | missing | periods
                i    | 个月 | 4        | 2       |
                j    | 个月 | 4        | 4       |
            """,
            "scored.source_scores": "score\n70",
        },
        "score_without score_zero",
        [(Decimal("70.00"), Decimal("8.75"))],  # 100 × 7 ÷ 10, and 100 × (14 ÷ 4 + 0) ÷ (10 + 30)
    )


def test_claims_are_read_by_what_was_claimed_and_with_the_rest_as_0():
    expect(
        READINGS,
        {
            "scored.gaps": "item | treatment\ni | tell",
            "ref.indicators": "indicator | max_points\ni | 10\nj | 30",
            "staged.claims_due": "item | expected | missing\ni | 1 | 1\nj | 1 | 0",
            "scored.indicator_points": "indicator | points | max_points | base\ni | 0 | 10 | 0\nj | 24 | 30 | 1",
            "scored.source_scores": "score\n60",
        },
        "score_without score_zero",
        [(Decimal("80.00"), Decimal("60.00"))],  # 100 × 24 ÷ 30, and 100 × 24 ÷ 40
    )


def test_an_unrated_aspect_counts_0_in_one_reading_and_an_unchecked_item_fails():
    expect(
        READINGS,
        {
            "scored.gaps": "source | item | treatment\nvoted | ballots | tell\naudited | t | tell",
            "ref.rated_aspects": "source | aspect\nvoted | a\nvoted | b",
            "ref.aspects": "aspect | weight\na | 0.4\nb | 0.6",
            "scored.aspect_means": "source | aspect | mean_score\nvoted | a | 90",
            "ref.item_types": "source | item_type | weight\naudited | t | 2",
            "staged.service_items": "source | item_id | result | counts\naudited | 1 | 1 | true\naudited | 2 | 0.5 | true",
            "staged.items_due": "source | item | expected | missing | counting\naudited | t | 4 | 2 | 1",
            "scored.source_scores": "source | score\nvoted | 90\naudited | 75",
        },
        "source score_without score_zero",
        [
            ("audited", Decimal("75.00"), Decimal("50.00")),  # 100 × (2 × 1 + 2 × 0.5) ÷ (2 × 3)
            ("voted", Decimal("90.00"), Decimal("36.00")),  # 0.4 × 90
        ],
    )


EFFECTS = {
    "ref.scheme": "missing\nfail",
    "ref.sites": "site_id\ns1\ns2\ns3",
    "ref.weights": "source | weight\nrec | 0.4\ngiv | 0.6",
    "ref.groups": "group_id\ng",
    "ref.tie_break": "source\ngiv",
    "scored.source_scores": """
        source | site_id | score
        rec    | s1      | 80
        rec    | s2      | 70
        rec    | s3      | 60
        giv    | s1      | 60
        giv    | s2      | 70
        giv    | s3      | 80
    """,
    "ranked.composites": """
        site_id | rank | composite | tie_key
        s1      | 3    | 68        | 06000
        s2      | 2    | 70        | 07000
        s3      | 1    | 72        | 08000
    """,
}


def test_the_gaps_of_one_site_move_it_among_the_others_as_they_are():
    tables = EFFECTS | {"scored.gap_readings": "source | site_id | score_without | score_zero\nrec | s1 | 85 | 0"}
    expect(
        "ranked.gap_effects",
        tables,
        "source reading composite rank",
        [
            # 0.4 × 85 + 0.6 × 60 = 70 ties with s2, whose score in giv decides.
            ("all", "without", Decimal("70.00"), 3),
            ("all", "zero", Decimal("36.00"), 3),
            ("rec", "without", Decimal("70.00"), 3),
            ("rec", "zero", Decimal("36.00"), 3),
        ],
    )


def test_read_so_everywhere_the_gaps_of_all_sites_count_together():
    tables = EFFECTS | {
        "scored.gap_readings": """
            source | site_id | score_without | score_zero
            rec    | s2      | 70            | 0
            rec    | s3      | 90            | 0
        """
    }
    expect(
        "ranked.gap_effects",
        tables,
        "source site_id reading composite rank",
        [
            ("all", "s2", "without", Decimal("70.00"), 2),
            ("all", "s2", "zero", Decimal("42.00"), 3),
            ("all", "s3", "without", Decimal("84.00"), 1),
            ("all", "s3", "zero", Decimal("48.00"), 2),
            ("rec", "s2", "without", Decimal("70.00"), 2),
            ("rec", "s2", "zero", Decimal("42.00"), 3),
            ("rec", "s3", "without", Decimal("84.00"), 1),
            ("rec", "s3", "zero", Decimal("48.00"), 3),
        ],
    )


def test_a_source_of_which_nothing_came_leaves_its_weight_to_the_others_or_counts_0():
    tables = EFFECTS | {
        "ref.scheme": "missing\nreweight",
        "scored.source_scores": "source | site_id | score\ngiv | s1 | 60\nrec | s2 | 70\ngiv | s2 | 70",
        "ref.sites": "site_id\ns1\ns2",
        "scored.gap_readings": "source | site_id | score_without | score_zero\nrec | s1 | | 0",
        "ranked.composites": "site_id | rank | composite | tie_key\ns1 | 2 | 60 | 06000\ns2 | 1 | 70 | 07000",
    }
    expect(
        "ranked.gap_effects",
        tables,
        "source reading composite rank",
        [
            ("all", "without", Decimal("60.00"), 2),
            ("all", "zero", Decimal("36.00"), 2),
            ("rec", "without", Decimal("60.00"), 2),
            ("rec", "zero", Decimal("36.00"), 2),
        ],
    )


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        pytest.param("tell", [("i", Decimal(7), 2)], id="told: the mean over the months with a value"),
        pytest.param(
            "zero",
            [("i", Decimal("3.5"), 2), ("j", Decimal(0), 0), ("i", Decimal(0), 0)],
            id="zero: over all that are due, and 0 for who sent nothing",
        ),
    ],
)
def test_months_that_did_not_come_count_0_where_the_scheme_says_so(incomplete, expected):
    expect(
        "scored.indicator_points",
        {
            "ref.sources": f"incomplete\n{incomplete}",
            "ref.indicators": "indicator | max_points\ni | 10\nj | 30",
            "staged.monthly_points": """
                indicator | month   | max_points | points
                i         | 2007-01 | 10         | 8
                i         | 2007-02 | 10         | 6
            """,
            "staged.periods_due": """
                site_id | item | unit | expected | missing | periods
                s1      | i    | 个月 | 4        | 2       |
                s1      | j    | 个月 | 4        | 4       |
                s2      | i    | 个月 | 4        | 4       |
            """,
        },
        "indicator points base",
        expected,
    )


PUBLISHED = {
    "ref.scheme": "missing\nfail",
    "scored.gaps": """
        site_id | item    | label | unit | expected | missing | periods              | set_aside | due_on     | treatment | reason | approved_by | approved_on
        s1      | i       | 指标  | 个月 | 12       | 3       | 2007-01 至 2007-03   | 1         | 2007-12-31 | tell      |        |             |
        s2      | i       | 指标  | 个月 | 12       | 2       | 2007-05、2007-07     | 0         | 2007-12-31 | waived    | r      | 张          | 2008-01-02
        ''      | experts | 专家  | 位   | 5        | 1       | ''                   | 0         | 2007-12-31 | fail      |        |             |
    """,
}


def test_a_gap_is_published_with_what_came_and_who_accepts_it():
    expect(
        "published.coverage",
        PUBLISHED,
        "site_id item received missing treatment reason approved_by approved_on",
        [
            ("s1", "i", 12 - 3, 3, "tell", "", "", ""),
            ("s2", "i", 12 - 2, 2, "waived", "r", "张", "2008-01-02"),
            ("", "experts", 5 - 1, 1, "fail", "", "", ""),
        ],
    )


def test_a_source_is_as_complete_as_all_that_is_due_of_it():
    tables = PUBLISHED | {
        "scored.due": """
            site_id | item    | label | unit | expected | missing | periods
            s1      | i       | 指标  | 个月 | 12       | 3       | ''
            s2      | i       | 指标  | 个月 | 12       | 2       | ''
            s3      | i       | 指标  | 个月 | 12       | 0       | ''
            ''      | experts | 专家  | 位   | 5        | 1       | ''
        """,
        "staged.set_aside": "site_id | item | rows\ns1 | i | 1\n'' | '' | 4",
    }
    expect(
        "published.coverage_summary",
        tables,
        "unit expected received missing waived sites_missing set_aside",
        [("个月", 36, 36 - 5, 5, 2, 2, 1 + 4), ("位", 5, 4, 1, 0, 0, 1 + 4)],
    )


def test_effects_stand_beside_what_is_a_row_a_source_and_one_for_all():
    expect(
        "published.coverage_effects",
        {
            "ref.scheme": "missing\nfail",
            "ref.sites": "site_id\ns1",
            "scored.gap_readings": "score_without | score_zero\n80 | 60",
            "scored.source_scores": "score\n80",
            "ranked.composites": "rank | composite\n1 | 75",
            "ranked.gap_effects": """
                source | reading | composite | rank
                src    | without | 75        | 1
                src    | zero    | 65        | 2
                all    | without | 75        | 1
                all    | zero    | 65        | 1
            """,
        },
        "source score score_zero composite composite_zero rank rank_zero",
        [
            ("all", None, None, Decimal("75.00"), Decimal("65.00"), 1, 1),
            ("src", Decimal("80.00"), Decimal("60.00"), Decimal("75.00"), Decimal("65.00"), 1, 2),
        ],
    )


def test_an_aspect_may_be_called_as_what_is_counted_of_a_panel():
    expect(
        "scored.due",
        {
            "ref.items": "item | label\nexperts | 专家意见",
            "staged.panel_due": "site_id | item | expected | missing\ns1 | experts | 3 | 1\n'' | experts | 5 | 2",
        },
        "site_id label unit",
        [("s1", "专家意见", "个评分"), ("", "专家", "位")],
    )


def test_of_two_waivers_that_differ_in_the_document_alone_the_one_without_it_is_told():
    expect(
        "staged.waivers",
        {
            "raw.waivers": "reason | approved_by | approved_on | document\nr | 张 | 2008-01-02 | 〔2008〕1号\nr | 张 | 2008-01-02 |"
        },
        "document",
        [("",)],
    )
