"""A row with several faults is set aside once, for the first of them in the order of the contract's columns."""

import pytest

CONTRACT = {
    "public": ["ballot_id", "submitted_at", "voter", "site", "disclosure", "services", "overall", "seconds"],
    "expert": ["expert_id", "site", "aspect", "score", "reviewed_on"],
    "self_check": ["site", "indicator", "points"],
    "self_check_verified": ["site", "indicator", "points"],
    "daily_work": ["site", "indicator", "month", "value"],
    "service_audit": [
        "item_id",
        "site",
        "name",
        "item_type",
        "approval",
        "reachable",
        "guide",
        "form",
        "online",
        "forms",
        "sheets",
        "audited_on",
    ],
    "superior": ["site", "score"],
    "crawl": ["site", "checked_at", "check", "passed", "value"],
    "portal_traffic": ["column", "month", "views"],
    "portal_stats": ["metric", "value", "previous"],
}
GOOD = {
    "ballot_id": "b1", "submitted_at": "2007-11-05", "voter": "v", "site": "s01", "disclosure": "1", "services": "1", "overall": "1", "seconds": "9",
    "expert_id": "e", "aspect": "services", "score": "9", "reviewed_on": "2007-11-05", "indicator": "c1", "points": "1", "month": "2007-11",
    "value": "1", "item_id": "i", "name": "n", "item_type": "apply", "approval": "1", "reachable": "", "guide": "", "form": "", "online": "",
    "forms": "1", "sheets": "1", "audited_on": "2007-11-05", "checked_at": "2007-11-05", "check": "https", "passed": "true", "column": "要闻",
    "views": "1", "metric": "访问量", "previous": "1",
}  # fmt: skip
# What each column cannot mean; for a column of free text only nothing is wrong.
WRONG = dict.fromkeys(GOOD, "错") | dict.fromkeys(
    ("ballot_id", "voter", "expert_id", "item_id", "name", "check", "column", "metric"), ""
)
CASES = [(dataset, index) for dataset, columns in CONTRACT.items() for index in range(len(columns))]


def _good(dataset, column):
    return "d1" if (dataset, column) == ("daily_work", "indicator") else GOOD[column]


@pytest.mark.parametrize("delivered", ["in order", "backwards"])
@pytest.mark.parametrize(("dataset", "index"), CASES, ids=lambda case: str(case))
def test_the_first_fault_in_the_order_of_the_contract_is_reported(intake, dataset, index, delivered):
    columns = CONTRACT[dataset]
    faulty = [_good(dataset, column) for column in columns[:index]] + [WRONG[column] for column in columns[index:]]
    cells = dict(zip(columns, faulty, strict=True))
    good = {column: _good(dataset, column) for column in columns}
    order = columns if delivered == "in order" else columns[::-1]
    lines = [",".join(order), *(",".join(row[column] for column in order) for row in (cells, good))]
    taken = intake.take(f"{dataset}/a.csv", "\n".join(lines) + "\n")
    assert taken.faults == [(2, columns[index], WRONG[columns[index]])]
    assert [row["line"] for row in taken.rows] == [3]


def test_every_row_has_one_line_in_quarantine_and_lines_are_in_order(intake):
    taken = intake.take("superior/a.csv", "site,score\n?,x\ns01,y\ns02\n,\n ,1\n?,\n")
    assert taken.faults == [(2, "site", "?"), (3, "score", "y"), (4, "", ""), (6, "site", " "), (7, "site", "?")]
    assert taken.receipt.rows_in == 5


def test_a_long_value_is_shown_by_its_beginning(intake):
    assert intake.take("superior/a.csv", f"site,score\n{'长' * 300},1\n").faults == [(2, "site", "长" * 200)]
