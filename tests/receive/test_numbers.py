"""Numbers: accepted spellings, refused spellings, and the exact bounds."""

from decimal import Decimal

import pytest

BIG = "99999999999999"
BALLOT, VOTE = "ballot_id,submitted_at,voter,site,services", "b1,2007-11-05 10:00:00,v1,s01,1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("92.5", "92.5"), ("０９２．５", "92.5"), ("９２．５", "92.5"), (" 92.5 ", "92.5"), ("\u300092.5\u00a0", "92.5"), ("92.5分", "92.5"),
        ("92.5 分", "92.5"), ("92.5%", "92.5"), ("92.5％", "92.5"), ("９２．５ ％", "92.5"), ("+92.5", "92.5"), (".5", "0.5"), ("5.", "5"),
        ("9.25e1", "92.5"), ("9.25E+01", "92.5"), ("925e-1", "92.5"), ("0", "0"), ("-0", "0"), ("-0.0", "0"), ("0.00", "0"), ("100", "100"),
        ("100.00", "100"), ("1e2", "100"), ("\u200b92.5", "92.5"), ("0.0000000001", "0.0000000001"), ("1e-10", "0.0000000001"),
        ("33.3333333333", "33.3333333333"), ("1e-99", "0"), ("-1e-99", "0"), ("007", "7"),
    ],
)  # fmt: skip
def test_a_score_is_read_as_what_it_means(intake, written, meant):
    taken = intake.take("superior/a.csv", f"site,score\ns01,{written}\n")
    assert (taken.faults, [row["score"] for row in taken.rows]) == ([], [Decimal(meant)])


@pytest.mark.parametrize(
    "written",
    ["NaN", "nan", "inf", "-Infinity", "∞", "1e400", "1e-400", "9e99", "0x1A", "1_000", "1,000", "92,5", "92.5.1", "--5", "+-5", "−5", "5-",
     "1e", "e1", ".", "+", "%", "分", "92.5分%", "92.5%%", "九十", "-", "无", "未评", "true", "92 5", "#REF!", "#DIV/0!", "1/2", "٩٢", "٩e1", "²",
     "1" * 15, "1" * 400, "0b1", "1d", "1L", "$5", "５％分"],
)  # fmt: skip
def test_what_is_no_number_goes_to_quarantine_as_it_was_written(intake, written):
    taken = intake.take("superior/a.csv", f'site,score\ns01,"{written}"\ns02,77\n')
    assert [row["site_id"] for row in taken.rows] == ["s02"]
    assert taken.faults == [(2, "score", written[:200])]
    assert "数字" in taken.reasons[0]


@pytest.mark.parametrize(
    "written", ["100.01", "100.0000000001", "-0.01", "-0.0000000001", "101", "-1", "1e3", "-5", "１００．０１", BIG, "100.01分"]
)
def test_a_score_outside_0_to_100_goes_to_quarantine_with_the_bounds(intake, written):
    taken = intake.take("superior/a.csv", f"site,score\ns01,{written}\n")
    assert (taken.rows, taken.faults) == ([], [(2, "score", written)])
    assert "0 到 100" in taken.reasons[0]


@pytest.mark.parametrize("written", ["", " ", "\u3000", "\u200b"])
def test_an_empty_required_number_is_a_missing_one_and_never_0(intake, written):
    taken = intake.take("superior/a.csv", f"site,score\ns01,{written}\n")
    assert (taken.rows, taken.faults) == ([], [(2, "score", written)])
    assert "缺少" in taken.reasons[0]


@pytest.mark.parametrize(
    ("written", "meant"), [("-12.5", "-12.5"), (BIG, BIG), ("-" + BIG, "-" + BIG), ("1e13", "10000000000000")]
)
def test_a_measured_value_has_no_bounds_but_sense(intake, written, meant):
    taken = intake.take("daily_work/a.csv", f"site,indicator,month,value\ns01,d1,2007-11,{written}\n")
    assert [row["value"] for row in taken.rows] == [Decimal(meant)]


@pytest.mark.parametrize("written", ["100000000000000", "1e14", "-1e14", "9" * 30])
def test_a_measured_value_beyond_sense_goes_to_quarantine(intake, written):
    taken = intake.take("daily_work/a.csv", f"site,indicator,month,value\ns01,d1,2007-11,{written}\n")
    assert (taken.rows, taken.faults) == ([], [(2, "value", written)])


@pytest.mark.parametrize(
    ("indicator", "points", "fine"),
    [("c1", "10", True), ("c1", "0", True), ("c2", "7.5", True), ("c2", "7.50", True), ("c1", "10.01", False), ("c2", "7.51", False),
     ("c2", "10", False), ("c1", "-0.01", False), ("c1", "NaN", False), ("办事", "7.51", False), ("公开", "10", True)],
)  # fmt: skip
def test_points_are_bounded_by_the_maximum_of_their_own_indicator(intake, indicator, points, fine):
    taken = intake.take("self_check/a.csv", f"site,indicator,points\ns01,{indicator},{points}\n")
    assert [row["points"] for row in taken.rows] == ([Decimal(points)] if fine else [])
    assert taken.faults == ([] if fine else [(2, "points", points)])


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("36", "36"),
        ("36秒", "36"),
        ("３６ 秒", "36"),
        ("36.5秒", "36.5"),
        ("1分36秒", "96"),
        ("1 分钟 36 秒", "96"),
        ("2分", "120"),
        ("90分", "5400"),
        ("1小时2分3秒", "3723"),
        ("1小时3秒", "3603"),
        ("0秒", "0"),
    ],
)
def test_a_duration_may_be_in_words(intake, written, seconds):
    taken = intake.take("public/a.csv", f"{BALLOT},seconds\n{VOTE},{written}\n")
    assert (taken.faults, [row["seconds"] for row in taken.rows]) == ([], [Decimal(seconds)])


@pytest.mark.parametrize(
    "written", ["秒", "分", "约36秒", "-3秒", "3秒1分", "1小时90分", "1分60秒", "36秒1", "1分36", "36″", "99999999小时"]
)
def test_what_is_no_duration_goes_to_quarantine(intake, written):
    taken = intake.take("public/a.csv", f"{BALLOT},seconds\n{VOTE},{written}\n")
    assert (taken.rows, [column for _, column, _ in taken.faults]) == ([], ["seconds"])
    assert "数字" in taken.reasons[0] or "超出范围" in taken.reasons[0]


@pytest.mark.parametrize(
    ("column", "value"), [("seconds", "-1"), ("seconds", "NaN"), ("seconds", "约十秒"), ("seconds", "1e400")]
)
def test_a_starred_number_may_be_empty_but_not_wrong(intake, column, value):
    rows = f"b1,2007-11-05,v1,s01,1,{value}\nb2,2007-11-05,v1,s01,1,\n"
    taken = intake.take("public/a.csv", f"ballot_id,submitted_at,voter,site,services,{column}\n{rows}")
    assert [(row["ballot_id"], row[column]) for row in taken.rows] == [("b2", None)]
    assert taken.faults == [(2, column, value)]


@pytest.mark.parametrize("value", ["-1", "1.5.2", "很多"])
@pytest.mark.parametrize("dataset", ["forms", "sheets", "views"])
def test_counts_are_not_below_0(intake, dataset, value):
    if dataset == "views":
        taken = intake.take("portal_traffic/a.csv", f"column,month,views\n要闻,2007-11,{value}\n")
    else:
        taken = intake.take(
            "service_audit/a.csv",
            f"item_id,site,name,item_type,approval,reachable,guide,form,online,{dataset}\ni1,s01,登记,apply,1,,,,,{value}\n",
        )
    assert (taken.rows, taken.faults) == ([], [(2, dataset, value)])
