"""Claims: what a claimed indicator is worth (method 5)."""

from decimal import Decimal

import pytest

from tests.models.tables import expect, to

CLAIMED = "staged.claimed_points"


@pytest.mark.parametrize(
    ("claimed", "verified", "expected"),
    [
        pytest.param("8", "", 8, id="not verified: the claim counts"),
        pytest.param("8", "8", 8, id="verified equal"),
        pytest.param("6", "8", 8, id="verified higher: the verified points count"),
        pytest.param("8", "6", 6 - 0.5 * (8 - 6), id="verified lower: the penalty is taken off"),
        pytest.param("10", "1", 0, id="1 - 0.5 * (10 - 1) is below 0, which an indicator never is"),
        pytest.param("9", "3", 3 - 0.5 * (9 - 3), id="the penalty takes all"),
        pytest.param("7.25", "7.1", Decimal("7.1") - Decimal("0.5") * Decimal("0.15"), id="exact in decimals"),
        pytest.param("0", "", 0, id="nothing claimed in so many words"),
        pytest.param("0", "5", 5, id="claimed 0 is a claim"),
    ],
)
def test_what_a_claim_is_worth(claimed, verified, expected):
    tables = {
        "ref.indicators": "max_points\n10",
        "ref.claim_rules": "inflation_penalty\n0.5",
        "raw.claims": f"points\n{claimed}",
    }
    if verified:
        tables["raw.verifications"] = f"points\n{verified}"
    expect(CLAIMED, tables, "points", [(to(12, str(expected)),)])


def test_without_a_penalty_an_inflated_claim_counts_as_verified():
    expect(
        CLAIMED,
        {
            "ref.indicators": "max_points\n10",
            "ref.claim_rules": "inflation_penalty\n0",
            "raw.claims": "points\n9",
            "raw.verifications": "points\n4",
        },
        "points",
        [(4,)],
    )


def test_an_unclaimed_indicator_counts_0_verified_or_not_and_a_site_without_claims_does_not_appear():
    expect(
        CLAIMED,
        {
            "ref.indicators": """
                indicator | max_points
                i1        | 10
                i2        | 20
                i3        | 30
            """,
            "ref.claim_rules": "inflation_penalty\n0.5",
            "raw.claims": """
                site_id | indicator | points
                s1      | i1        | 7
            """,
            "raw.verifications": """
                site_id | indicator | points
                s1      | i2        | 20
                s2      | i1        | 10
            """,
        },
        "site_id indicator max_points points",
        [("s1", "i1", 10, 7), ("s1", "i2", 20, 0), ("s1", "i3", 30, 0)],
    )


def test_claims_of_two_sources_do_not_meet():
    expect(
        CLAIMED,
        {
            "ref.indicators": "source | max_points\nx | 10\ny | 10",
            "ref.claim_rules": "source | inflation_penalty\nx | 0\ny | 1",
            "raw.claims": "source | points\nx | 8\ny | 8",
            "raw.verifications": "source | points\ny | 5",
        },
        "source points",
        [("x", 8), ("y", 5 - 1 * (8 - 5))],
    )


def test_an_indicators_claimed_points_have_base_1_where_claimed_and_0_where_not():
    expect(
        "scored.indicator_points",
        {
            "staged.claimed_points": """
                indicator | claimed_points | points | max_points
                i1        | 8              | 7      | 10
                i2        |                | 0      | 20
            """
        },
        "indicator points max_points base",
        [("i1", 7, 10, 1), ("i2", 0, 20, 0)],
    )
