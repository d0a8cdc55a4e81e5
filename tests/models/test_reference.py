"""The check against figures that were printed elsewhere."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.models.tables import expect, rows, to

CHECK = "published.reference_check"
CELLS = """
    table_name        | row_key               | column_name | value
    group_summary     | department            | sites       | 50
    group_summary     | district              | sites       | 19
    group_summary     | department            | mean        | 80
    group_summary     | district              | mean        | 70
    service_inventory | audit/department/all  | items       | 2469
    service_inventory | audit/department/x_y  | items       | 100
    service_inventory | audit/department/xzy  | items       | 7
"""


def checked(figure: dict[str, str], cells: str = CELLS) -> tuple[Decimal | None, str]:
    header, cells_of_figure = " | ".join(figure), " | ".join(figure.values())
    figures = rows(
        CHECK,
        {"ref.reference_figures": f"{header}\n{cells_of_figure}", "published.figure_cells": cells},
        "computed verdict",
    )
    assert len(figures) == 1
    return figures[0]


SITES = {"table_name": "group_summary", "column_name": "sites", "row_pattern": "%", "measure": "sum"}


def test_a_figure_is_the_sum_or_the_count_of_the_cells_that_it_points_at():
    assert checked(SITES | {"value": "69"}) == (50 + 19, "equal")
    assert checked(SITES | {"value": "2", "measure": "count"}) == (2, "equal")
    assert checked(SITES | {"value": "50", "row_pattern": "department"}) == (50, "equal")
    assert checked(SITES | {"value": "51", "row_pattern": "department"}) == (50, "differs")


def test_a_pattern_may_take_its_wildcards_literally():
    items = {"table_name": "service_inventory", "column_name": "items", "measure": "sum"}
    assert checked(items | {"value": "100", "row_pattern": r"audit/department/x\_y"}) == (100, "equal")
    assert checked(items | {"value": "107", "row_pattern": "audit/department/x_y"}) == (100 + 7, "equal")


def test_a_figure_may_be_per_cells_per_a_number_and_in_a_unit():
    items = {"table_name": "service_inventory", "column_name": "items", "row_pattern": "audit/department/all", "measure": "sum"}
    per_cells = {"per_table": "group_summary", "per_column": "sites", "per_rows": "department", "per_measure": "sum"}
    assert checked(items | per_cells | {"value": "49.4", "units": "10"}) == (to(4, Fraction(2469, 50)), "equal")
    assert checked(items | per_cells | {"per_rows": "%", "value": "36"}) == (to(4, Fraction(2469, 50 + 19)), "equal")
    assert checked(items | per_cells | {"per_rows": "%", "per_measure": "count", "value": "1235"}) == (
        to(4, Fraction(2469, 2)),
        "equal",
    )
    assert checked(items | {"per_value": "69", "value": "36"}) == (to(4, Fraction(2469, 69)), "equal")
    assert checked(items | {"scale": "10000", "value": "0.25", "units": "100"}) == (to(4, "0.2469"), "equal")


def test_a_print_that_cut_instead_of_rounding_is_recognised():
    items = {"table_name": "service_inventory", "column_name": "items", "row_pattern": "audit/department/all", "measure": "sum"}
    assert checked(items | {"scale": "1000", "value": "2.46", "units": "100"}) == (to(4, "2.469"), "equal_when_cut")
    assert checked(items | {"scale": "1000", "value": "2.47", "units": "100"}) == (to(4, "2.469"), "equal")


def test_a_figure_that_points_at_no_table_is_not_computable():
    assert checked({"value": "1", "table_name": ""}) == (None, "not_computable")


def test_a_figure_that_points_at_cells_that_are_not_there_differs():
    assert checked(SITES | {"value": "1", "row_pattern": "nobody"}) == (None, "differs")
    nobody = {"per_table": "group_summary", "per_column": "sites", "per_rows": "nobody", "per_measure": "sum"}
    assert checked(SITES | nobody | {"value": "1"}) == (None, "differs")
    assert checked(SITES | {"per_value": "0", "value": "1"}) == (None, "differs")


# 0.29 × 100 is 28.999999999999996 in binary, 1.1 × 10 is 11.000000000000002.
@pytest.mark.parametrize("printed", ["0.29", "1.1", "4.35", "0.57", "88.13", "1.005"])
def test_a_printed_decimal_equals_itself(printed):
    figure = SITES | {"value": printed, "units": str(10 ** len(printed.partition(".")[2]))}
    cells = f"table_name | row_key | column_name | value\ngroup_summary | g | sites | {printed}"
    assert checked(figure, cells) == (Decimal(printed), "equal")


def test_a_negative_figure_is_cut_towards_0():
    cells = "table_name | row_key | column_name | value\ngroup_summary | g | sites | -0.1268"
    assert checked(SITES | {"value": "-0.12", "units": "100"}, cells) == (to(4, "-0.1268"), "equal_when_cut")
    assert checked(SITES | {"value": "-0.13", "units": "100"}, cells) == (to(4, "-0.1268"), "equal")


# One figure points at two columns, since what it is divided by is a cell too.
POINTED = """
    table_name        | column_name           | per_table         | per_column
    composite_scores  | rank                  | composite_scores  | composite
    group_summary     | sites                 | group_summary     | mean
    group_summary     | above_mean            | group_summary     | lowest
    group_summary     | highest               | group_summary     | median
    group_summary     | sd                    |                   |
    satisfaction      | ratings               | satisfaction      | satisfied
    satisfaction      | rate                  | satisfaction      | score
    ballot_audit      | ballots               | source_weights    | weight
    source_details    | value                 | source_details    | base
    service_inventory | items                 | service_inventory | approval_items
    service_inventory | online_items          | service_inventory | forms
    service_inventory | sheets                |                   |
    approval_items    | approval_items        | approval_items    | online_approval_items
    participation     | raters                | participation     | ratings
    portal_columns    | views                 | portal_columns    | share
    portal_columns    | rank                  |                   |
    portal_figures    | value                 | portal_figures    | previous
    portal_figures    | growth                |                   |
    rank_confidence   | se_composite          | weight_sensitivity | rank_low
    failed_checks     | last_value            | no_such_table     | value
"""


def test_every_published_number_that_a_figure_points_at_is_a_cell_under_its_rows_keys():
    expect(
        "published.figure_cells",
        {
            "ref.reference_figures": POINTED,
            "ref.sites": "site_id | name\ns1 | One",
            "published.composite_scores": "group | name | rank | composite\ng | One | 2 | 85.13",
            "published.group_summary": "group | sites | mean | above_mean | lowest | highest | median | sd\ng | 1 | 2 | 3 | 4 | 5 | 6 | 7",
            "published.satisfaction": "group | ratings | satisfied | rate | score\nall | 4 | 3 | 0.7654 | 90",
            "published.ballot_audit": "reason | ballots\nvalid | 9",
            "published.source_details": "item | value | base\na | 80 | 7",
            "published.service_inventory": "group | items | approval_items | online_items | forms | sheets\nall | 5 | 4 | 3 | 2 | 1",
            "published.approval_items": "group | item_type | approval_items | online_approval_items\nall | all | 4 | 3",
            "published.participation": "category | raters | ratings\nall | 3 | 5",
            "published.source_weights": "group | weight\ng | 0.3",
            "published.portal_columns": "column | views | share | rank\nnews | 10 | 0.9999 | 1",
            "published.rank_confidence": "se_composite | rank_low\n0.1234 | 1",
            "published.weight_sensitivity": "rank_low | rank_high\n3 | 4",
            "published.failed_checks": "check | url | last_value | failures | confirmed\nreachable | http://a/ | 1.5 | 2 | 1",
            "published.portal_figures": "metric | value | previous | growth\nvisits | 12.3456 | 10.0001 | 0.2345\nnew | 3 | |",
        },
        "table_name row_key column_name value",
        [
            *(("composite_scores", "g/One", name, to(2, value)) for name, value in (("rank", 2), ("composite", "85.13"))),
            *(
                ("group_summary", "g", name, value)
                for value, name in enumerate(("sites", "mean", "above_mean", "lowest", "highest", "median", "sd"), start=1)
            ),
            ("satisfaction", "src/all/a", "ratings", 4),
            ("satisfaction", "src/all/a", "satisfied", 3),
            ("satisfaction", "src/all/a", "rate", Decimal("0.7654")),
            ("satisfaction", "src/all/a", "score", 90),
            ("ballot_audit", "src/valid", "ballots", 9),
            ("source_details", "One/src/a", "value", 80),
            ("source_details", "One/src/a", "base", 7),
            *(
                ("service_inventory", "src/all/t", name, value)
                for name, value in (("items", 5), ("approval_items", 4), ("online_items", 3), ("forms", 2), ("sheets", 1))
            ),
            ("approval_items", "src/all/all", "approval_items", 4),
            ("approval_items", "src/all/all", "online_approval_items", 3),
            ("participation", "src/all", "raters", 3),
            ("participation", "src/all", "ratings", 5),
            ("source_weights", "g/src", "weight", Decimal("0.3")),
            ("portal_columns", "news", "views", 10),
            ("portal_columns", "news", "share", Decimal("0.9999")),
            ("portal_columns", "news", "rank", 1),
            ("portal_figures", "visits", "value", Decimal("12.3456")),
            ("portal_figures", "visits", "previous", Decimal("10.0001")),
            ("portal_figures", "visits", "growth", Decimal("0.2345")),
            ("portal_figures", "new", "value", 3),
            ("rank_confidence", "One", "se_composite", Decimal("0.1234")),
            ("weight_sensitivity", "One", "rank_low", 3),
            ("failed_checks", "One/reachable/http://a/", "last_value", Decimal("1.5")),
        ],
    )


def test_numbers_that_no_figure_points_at_are_no_cells():
    expect(
        "published.figure_cells",
        {
            "ref.reference_figures": "table_name | column_name\ngroup_summary | mean\n | ",
            "published.group_summary": "group | sites | mean\ng | 1 | 2",
            "published.source_weights": "group | weight\ng | 0.3",
        },
        "table_name row_key column_name value",
        [("group_summary", "g", "mean", 2)],
    )
