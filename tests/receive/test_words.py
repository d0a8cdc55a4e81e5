"""Sites, levels, flags and checks: a closed list each, read by any permitted spelling and never by a guess."""

import pytest

SITES = [
    ("s01", "s01"), (" s01 ", "s01"), ("ｓ０１", "s01"), ("市财政局", "s01"), ("财政局", "s01"), ("市地税局", "s01"), ("市\u200b财政局", "s01"),
    ("\ufeff市财政局", "s01"), ("市财政局\u3000", "s01"), ("市教委", "s02"), ("市教育委员会", "s02"), ("浦东新区", "d01"), ("s\u202e01", "s01"),
    ("\u202a市财政局\u202c", "s01"), ("市财政局\ufe0f", "s01"), ('"市财\n政局"', "s01"), ('="s01"', "s01"), ('"=""浦东新区"""', "d01"), ("'s01", "s01"),
]  # fmt: skip
NO_SITES = [
    "s1",
    "s001",
    "s03",
    "市财政",
    "市财政局办公室",
    "上海市财政局",
    "財政局",
    "财政局|市地税局",
    "市 财政局",
    "s01;s02",
    "0",
    "null",
    "http://s01.example/",
]


@pytest.mark.parametrize(("written", "site"), SITES)
def test_a_site_is_reported_by_id_name_or_alias(intake, written, site):
    taken = intake.take("superior/a.csv", f"site,score\n{written},88\n")
    assert (taken.faults, [row["site_id"] for row in taken.rows]) == ([], [site])


@pytest.mark.parametrize("written", NO_SITES)
def test_an_unknown_site_goes_to_quarantine_and_never_becomes_a_new_one(intake, written):
    taken = intake.take("superior/a.csv", f"site,score\n{written},88\n")
    assert (taken.rows, taken.faults) == ([], [(2, "site", written)])
    assert "登记册" in taken.reasons[0]


@pytest.mark.parametrize("column", ["disclosure", "services", "overall"])
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("满意", 1),
        ("一般", 2),
        ("不满意", 3),
        ("1", 1),
        ("2", 2),
        ("3", 3),
        ("３", 3),
        ("2.0", 2),
        (" 满意 ", 1),
        ("满\u200b意", 1),
        ("", None),
    ],
)
def test_a_level_is_its_label_or_its_code(intake, column, written, code):
    taken = intake.take("public/a.csv", f"ballot_id,submitted_at,voter,site,{column}\nb1,2007-11-05,v1,s01,{written}\n")
    (row,) = taken.rows
    ratings = {"disclosure": row["ratings"][0], "services": row["ratings"][1], "overall": row["overall"]}
    assert ratings == dict.fromkeys(ratings) | {column: code}


@pytest.mark.parametrize("column", ["disclosure", "services", "overall"])
@pytest.mark.parametrize(
    "written", ["0", "4", "-1", "1.5", "99", "256", "257", "很满意", "满", "较满意", "滿意", "一", "true", "A", "1 2", "100"]
)
def test_what_is_no_level_goes_to_quarantine(intake, column, written):
    taken = intake.take("public/a.csv", f"ballot_id,submitted_at,voter,site,{column}\nb1,2007-11-05,v1,s01,{written}\n")
    assert (taken.rows, taken.faults) == ([], [(2, column, written)])


def test_a_label_that_looks_like_another_levels_code_is_the_label(home):
    text = home.scheme_text().replace('"满意"', '"3"').replace('"不满意"', '"1"')
    home.write_scheme(text)
    taken = home.take(
        "public/a.csv", "ballot_id,submitted_at,voter,site,services\nb1,2007-11-05,v1,s01,3\nb2,2007-11-05,v1,s02,1\n"
    )
    assert [row["ratings"][1] for row in taken.rows] == [1, 3]


def test_aspects_come_in_the_order_of_the_scheme_whatever_the_order_of_the_file(intake):
    taken = intake.take("public/a.csv", "services,site,voter,submitted_at,disclosure,ballot_id\n3,s01,v1,2007-11-05,1,b1\n")
    assert taken.rows[0]["ratings"] == [1, 3]


def _item(intake, column, written):
    cells = {"item_id": "i1", "site": "s01", "name": "登记", "item_type": "apply", "approval": "1"} | dict.fromkeys(
        ("reachable", "guide", "form", "online"), ""
    )
    cells[column] = written
    return intake.take("service_audit/a.csv", ",".join(cells) + "\n" + ",".join(cells.values()) + "\n")


@pytest.mark.parametrize(
    ("written", "approval"),
    [
        ("true", True),
        ("false", False),
        ("TRUE", True),
        ("False", False),
        ("是", True),
        ("否", False),
        ("1", True),
        ("0", False),
        ("１", True),
        ("1.0", True),
    ],
)
def test_approval_is_read(intake, written, approval):
    assert [row["approval"] for row in _item(intake, "approval", written).rows] == [approval]


@pytest.mark.parametrize("written", ["yes", "2", "真", "对", "也许", "10", "-1", "t", "通过"])
def test_what_is_neither_yes_nor_no_goes_to_quarantine(intake, written):
    taken = _item(intake, "approval", written)
    assert (taken.rows, taken.faults) == ([], [(2, "approval", written)])


@pytest.mark.parametrize("column", ["reachable", "guide", "form", "online"])
@pytest.mark.parametrize(
    ("written", "result"),
    [
        ("pass", "pass"),
        ("FAIL", "fail"),
        ("Na", "na"),
        ("通过", "pass"),
        ("不通过", "fail"),
        ("不适用", "na"),
        ("", "na"),
        (" ", "na"),
        ("ｐａｓｓ", "pass"),
    ],
)
def test_a_check_is_read_and_an_empty_one_does_not_apply(intake, column, written, result):
    (row,) = _item(intake, column, written).rows
    checks = {name: row[name] for name in ("reachable", "guide", "form", "online")}
    assert checks == dict.fromkeys(checks, "na") | {column: result}


@pytest.mark.parametrize("column", ["reachable", "guide", "form", "online"])
@pytest.mark.parametrize("written", ["ok", "1", "true", "n/a", "是", "通過", "passed"])
def test_what_is_no_check_goes_to_quarantine(intake, column, written):
    taken = _item(intake, column, written)
    assert (taken.rows, taken.faults) == ([], [(2, column, written)])


@pytest.mark.parametrize(
    ("column", "written"), [("item_type", "purchase"), ("item_type", ""), ("item_id", ""), ("name", " "), ("approval", "")]
)
def test_an_item_without_what_it_must_have_goes_to_quarantine(intake, column, written):
    assert _item(intake, column, written).faults == [(2, column, written)]


@pytest.mark.parametrize(
    ("dataset", "header", "row", "column"),
    [("expert", "expert_id,site,aspect,score", "e1,s01,没有这项,9", "aspect"), ("self_check", "site,indicator,points", "s01,c3,1", "indicator"),
     ("self_check_verified", "site,indicator,points", "s01,d1,1", "indicator"), ("daily_work", "site,indicator,month,value", "s01,c1,2007-11,1", "indicator")],
)  # fmt: skip
def test_names_that_the_scheme_does_not_know_go_to_quarantine(intake, dataset, header, row, column):
    taken = intake.take(f"{dataset}/a.csv", f"{header}\n{row}\n")
    value = dict(zip(header.split(","), row.split(","), strict=True))[column]
    assert (taken.rows, taken.faults) == ([], [(2, column, value)]) and "方案" in taken.reasons[0]


def test_a_label_that_two_indicators_share_names_neither(home):
    home.change_scheme('label = "办事", max = 7.5', 'label = "公开", max = 7.5')
    taken = home.take("self_check/a.csv", "site,indicator,points\ns01,公开,1\ns01,c1,1\n")
    assert [row["indicator"] for row in taken.rows] == ["c1"] and taken.faults == [(2, "indicator", "公开")]
