"""The portal's columns and figures, the weights, and the details as they are published."""

from decimal import Decimal
from fractions import Fraction

from tests.models.tables import expect, to


def test_views_are_summed_over_the_months():
    expect(
        "staged.portal_views",
        {"raw.portal_traffic": "column | month | views\nnews | 2007-01 | 10\nnews | 2007-02 | 5\nmail | 2007-01 | 1"},
        "column views",
        [("news", 10 + 5), ("mail", 1)],
    )


def columns_of(views: str, expected: list[tuple]) -> None:
    expect(
        "published.portal_columns",
        {"staged.portal_views": f"column | views\n{views}"},
        "year column views share rank",
        expected,
    )


def test_shares_are_of_all_views_and_equal_views_share_the_rank():
    columns_of(
        "a | 7\nb | 3\nc | 3\nd | 2",
        [
            (2007, "a", 7, to(4, Fraction(7, 15)), 1),
            (2007, "b", 3, to(4, Fraction(3, 15)), 2),
            (2007, "c", 3, to(4, Fraction(3, 15)), 2),
            (2007, "d", 2, to(4, Fraction(2, 15)), 4),
        ],
    )


def test_a_share_is_rounded_half_up():
    columns_of("a | 19999\nb | 1", [(2007, "a", 19999, to(4, "0.99995"), 1), (2007, "b", 1, to(4, "0.00005"), 2)])


def test_without_any_view_there_is_no_share():
    columns_of("a | 0", [(2007, "a", 0, None, 1)])


def test_growth_is_value_over_previous_less_1():
    expect(
        "published.portal_figures",
        {
            "staged.portal_figures": """
                metric   | value     | previous | unit
                grown    | 150       | 90       | 次
                shrunk   | 30        | 40       |
                half_up  | 100.005   | 100      |
                half_dn  | 99.995    | 100      |
                exact    | 1.23456   | 2.00005  |
                zero     | 5         | 0        |
                missing  | 5         |          |
                none_now | 0         | 8        |
                huge     | 500000000 | 0.01     |
            """
        },
        "metric value unit previous growth",
        [
            ("grown", 150, "次", 90, to(4, Fraction(150, 90) - 1)),
            ("shrunk", 30, None, 40, Fraction(30, 40) - 1),
            ("half_up", Decimal("100.005"), None, 100, to(4, "0.00005")),
            ("half_dn", Decimal("99.995"), None, 100, to(4, "-0.00005")),
            ("exact", to(4, "1.23456"), None, to(4, "2.00005"), to(4, Fraction("1.23456") / Fraction("2.00005") - 1)),
            ("zero", 5, None, 0, None),
            ("missing", 5, None, None, None),
            ("none_now", 0, None, 8, -1),
            ("huge", 500000000, None, Decimal("0.01"), 500000000 * 100 - 1),
        ],
    )


def test_portal_figures_are_staged_as_reported():
    expect(
        "staged.portal_figures",
        {"raw.portal_stats": "metric | value | unit | previous\nvisits | 12.5 | 万 |"},
        "metric value unit previous",
        [("visits", Decimal("12.5"), "万", None)],
    )


def test_the_weights_are_published_with_label_and_kind():
    expect(
        "published.source_weights",
        {"ref.weights": "source | weight\nexpert | 0.3", "ref.sources": "source | label | kind\nexpert | 专家评议 | panel"},
        "year group source label kind weight",
        [(2007, "g", "expert", "专家评议", "panel", Decimal("0.3"))],
    )


def test_the_published_details_have_the_year():
    expect(
        "published.source_details",
        {"scored.source_details": "item | value | base\na | 85.13 | 8"},
        "year site_id source item value base",
        [(2007, "s1", "src", "a", Decimal("85.13"), 8)],
    )
