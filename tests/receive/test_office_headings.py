"""Files and the register carry the headings that offices give them; a file that is made to the contract is read as ever."""

import csv
import json
import shutil
from pathlib import Path

import pytest

import flows.home
from flows.datasets.register import register
from flows.errors import OperatorError
from flows.receive.chunks import RefusedFile
from flows.receive.expected import unexpected
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from tests.flows import homes as whole
from tests.receive.home import YEAR

CHINESE = "票号,提交时间,评议人,网站"
BALLOTS = "ballot_id,submitted_at,voter,site"
ROW = "b1,2007-11-05 10:00:00,v1,s01"


def _rows(taken, *columns):
    assert taken.faults == []
    return [tuple(str(row[column]) for column in columns) for row in taken.rows]


@pytest.mark.parametrize(
    ("file", "text", "columns", "rows"),
    [
        ("expert/a.csv", "专家编号,专家类别,评议网站,评议内容,分数,评审日期\ne1,学者,市财政局,网上办事,90,2007/11/20",
         ("expert_id", "category", "site_id", "aspect", "score", "reviewed_on"), [("e1", "学者", "s01", "services", "90.0000000000", "2007-11-20")]),
        ("self_check/a.csv", "网站名称,指标,自评分,佐证材料\n市财政局,公开,9,甲",
         ("site_id", "indicator", "points", "evidence"), [("s01", "c1", "9.0000000000", "甲")]),
        ("self_check_verified/a.csv", "网站,指标,核实得分,核实人,备注\n市财政局,公开,8,王,少一项",
         ("points", "verified_by", "note"), [("8.0000000000", "王", "少一项")]),
        ("daily_work/a.csv", "网站,指标名称,月份,数值,填报人\ns01,报送,2007年11月,20,李",
         ("indicator", "month", "value", "recorded_by"), [("d1", "2007-11", "20.0000000000", "李")]),
        ("service_audit/a.csv", "事项编号,网站,事项名称,事项类型,审批事项,能否打开,办事指南,表格下载,网上办理,表格数,表格张数,核查日期,核查人\n"
         "i1,s01,设立登记,在线受理,是,通过,不通过,不适用,,1,2,2007/11/20,赵",
         ("item_id", "name", "item_type", "approval", "reachable", "guide", "form", "online", "sheets", "audited_on", "auditor"),
         [("i1", "设立登记", "apply", "True", "pass", "fail", "na", "na", "2.0000000000", "2007-11-20", "赵")]),
        ("superior/a.csv", "网站,得分\n市财政局,88.5", ("site_id", "score"), [("s01", "88.5000000000")]),
        ("crawl/a.csv", "网站,检测时间,检测项目,未检测原因,是否通过,网址,数值,详情\ns01,2007/11/5 3:00,https,,是,http://s01.example/,1.5,好",
         ("check", "passed", "url", "value", "detail"), [("https", "True", "http://s01.example/", "1.5000000000", "好")]),
        ("portal_traffic/a.csv", "栏目,月份,访问量\n动态,2007年1月,12", ("column", "month", "views"), [("动态", "2007-01", "12.0000000000")]),
        ("portal_stats/a.csv", "指标名称,本年,单位,上年\n信件,12,件,7", ("metric", "value", "unit", "previous"),
         [("信件", "12.0000000000", "件", "7.0000000000")]),
    ],
)  # fmt: skip
def test_every_dataset_goes_by_the_headings_of_offices(intake, file, text, columns, rows):
    assert _rows(intake.take(file, f"{text}\n"), *columns) == rows


@pytest.mark.parametrize("header", [CHINESE, "选票编号,提交答卷时间,投票人,评议网站", " 票 号,提交\u200b时间,评议人,网站名称"])
def test_ballots_go_by_the_headings_of_a_survey(intake, header):
    taken = intake.take(
        "public/a.csv",
        f"{header},所用时间,来自IP,渠道,总体评价,信息公开,网上办事\nb1,2007/11/05 20:58:14,v1,市财政局,36秒,10.1.2.3,网络,一般,满意,不满意\n",
    )
    (row,) = taken.rows
    assert (row["ballot_id"], str(row["submitted_at"]), row["site_id"]) == ("b1", "2007-11-05 12:58:14", "s01")
    assert (float(row["seconds"]), row["channel"], row["overall"], row["ratings"]) == (36, "网络", 2, [1, 3])
    assert row["voter"] != "v1" and row["origin"] != "10.1.2.3" and taken.receipt.unknown == ()


def test_the_register_goes_by_the_headings_of_offices_and_a_group_by_its_label(home):
    before = home.register.sites
    home.put(
        "sites.csv",
        "编号,组别,名称,别名,网址\n"
        "s01,市政府部门,市财政局,财政局|市地税局,http://s01.example/\ns02,department,市教育委员会,市教委,\nd01,区县政府,浦东新区,,\n",
    )
    assert home.register.sites.equals(before)


def test_a_label_that_two_groups_have_is_neither(home):
    home.change_scheme('label = "区县政府"', 'label = "市政府部门"')
    home.put("sites.csv", "编号,组别,名称\ns01,市政府部门,甲\ns02,department,乙\nd01,district,丙\n")
    with pytest.raises(OperatorError) as fault:
        _ = home.register
    assert "第 2 行 group 列“市政府部门”：方案中没有这个组别" in fault.value.faults[0]


def test_the_register_of_deliveries_goes_by_the_headings_of_offices(home):
    home.put("deliveries.csv", "文件夹,文件名,行数\npublic,web.csv,4\n")
    (sentence,) = unexpected(home.home, home.scheme, home.receive("public"))
    assert f"raw/{YEAR}/deliveries.csv 第 2 行登记的是 4 行，少 1 行" in sentence


MIXED = [
    # The file is made to the contract, so no other word counts, of a column that it has or has not.
    (f"{BALLOTS},services,评议网站,用时", "s02,7", {"site_id": "s01", "seconds": None}, ["评议网站", "用时（是不是 seconds？）"]),
    (f"{BALLOTS},services,seconds,所用时间", "9,7", {"seconds": 9}, ["所用时间"]),
    (f"{BALLOTS},services,IP,总评", "10.1.2.3,一般", {"origin": None, "overall": None}, ["IP（是不是 origin？）", "总评（是不是 overall？）"]),
    # The file has some names of the contract: the other columns go by the words of offices.
    ("ballot_id,提交时间,voter,site,services,网站名称,用时", "s02,7", {"site_id": "s01", "seconds": 7}, ["网站名称"]),
    (f"{CHINESE},services,seconds,用时", "9,7", {"seconds": 9}, ["用时"]),
]  # fmt: skip


@pytest.mark.parametrize(("header", "more", "values", "unknown"), MIXED)
def test_the_name_of_the_contract_comes_before_the_words_of_offices(intake, header, more, values, unknown):
    taken = intake.take("public/a.csv", f"{header}\n{ROW},满意,{more}\n")
    assert ({name: taken.rows[0][name] for name in values}, taken.faults) == (values, [])
    assert [column.sentence for column in taken.receipt.unknown] == unknown


@pytest.mark.parametrize(
    ("header", "twice"),
    [
        (f"{CHINESE},用时,所用时间", "用时、所用时间 都是 seconds"),
        (f"{CHINESE},评议网站", "网站、评议网站 都是 site"),
        (f"{CHINESE},services,网上办事", "services、网上办事 都是 services"),
    ],
)
def test_two_words_for_one_column_refuse_the_file(intake, header, twice):
    with pytest.raises(RefusedFile, match=twice):
        intake.take("public/a.csv", f"{header}\n")


@pytest.mark.parametrize("label", ["网站", "来源渠道", "用时", "IP", "票号"])
def test_an_aspects_own_label_comes_before_the_words_of_offices(home, label):
    home.change_scheme('label = "网上办事"', f'label = "{label}"')
    others = ["答卷编号", "提交时间", "评议人", "评议网站"]
    (row,) = home.take("public/a.csv", f"{','.join(others)},{label}\n{ROW},不满意\n").rows
    assert (row["ballot_id"], row["site_id"], row["ratings"]) == ("b1", "s01", [None, 3])
    (row,) = home.take("public/b.csv", f"{BALLOTS},{label}\n{ROW},不满意\n").rows
    assert row["ratings"] == [None, 3]


def test_a_label_that_two_aspects_have_is_no_other_column_either(home):
    home.change_scheme('label = "信息公开"', 'label = "渠道"')
    home.change_scheme('label = "网上办事"', 'label = "渠道"')
    (row,) = home.take("public/a.csv", f"{CHINESE},渠道\n{ROW},满意\n").rows
    assert (row["channel"], row["ratings"]) == (None, [None, None])


def test_a_missing_column_is_asked_for_in_both_languages(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("public/a.csv", "提交答卷时间,所用时间,您评议的网站,内容\n2007/11/05,36秒,市财政局,满意\n")
    message = str(fault.value)
    assert "缺少必需的列：ballot_id（票号）、voter（评议人）、site（网站）；" in message
    assert "认得的是：submitted_at、seconds；" in message and "您评议的网站（是不是 site？）" in message


@pytest.mark.parametrize("again", [f"{CHINESE},网上办事", f"{BALLOTS},services", "选票编号,提交时间,评议人,网站,services"])
def test_a_header_in_the_middle_is_seen_in_any_words(intake, again):
    taken = intake.take("public/a.csv", f"{CHINESE},网上办事\n{ROW},满意\n{again}\n{ROW.replace('b1', 'b2')},一般\n")
    assert [row["line"] for row in taken.rows] == [2, 4] and "又是一行表头" in taken.reasons[0]


def test_a_header_in_the_middle_in_another_order_refuses_the_file(intake):
    with pytest.raises(RefusedFile, match="次序"):
        intake.take("self_check/a.csv", "网站,指标,得分\ns01,c1,1\n指标,网站,得分\nc1,s02,2\n")


def test_in_a_file_made_to_the_contract_a_row_of_other_words_is_a_row_as_ever(intake):
    taken = intake.take("portal_traffic/a.csv", "column,month,views\n栏目,月份,浏览量\n动态,2007-01,1\n")
    assert (len(taken.rows), taken.faults) == (1, [(2, "month", "月份")])


WIDE = '\n[crawl]\nwide = {{ site = "网站", checked_at = "{at}", checks = {{ up = "{check}" }} }}\n'


@pytest.mark.parametrize(
    ("at", "check", "header", "is_scan"),
    [
        ("扫描时间", "可用", "网站,扫描时间,可用", True),
        ("扫描时间", "可用", "网站,检测时间,检测项,是否通过", False),
        # What could be read as the scanner's own table before is read so still.
        ("检测时间", "是否通过", "网站,检测时间,检测项,是否通过", True),
    ],
)
def test_a_scanners_own_columns_come_before_the_words_of_offices(home, at, check, header, is_scan):
    home.write_scheme(home.scheme_text() + WIDE.format(at=at, check=check))
    cells = ["s01", "2007-11-05T10:00:00", *(["true"] if header.count(",") == 2 else ["https", "true"])]
    taken = home.take("crawl/a.csv", f"{header}\n{','.join(cells)}\n")
    assert (taken.receipt.table == "crawl_scans", len(taken.rows)) == (is_scan, 1)


def test_what_a_file_made_to_the_contract_kept_beside_its_columns_it_keeps(intake):
    (row,) = intake.take("superior/a.csv", "site,score,网站名称,分数\ns01,9,市教委,77\n").rows
    assert (row["site_id"], float(row["score"]), json.loads(row["other"])) == ("s01", 9, {"网站名称": "市教委", "分数": "77"})


@pytest.fixture(scope="module")
def english(tmp_path_factory) -> tuple[Path, dict[str, bytes]]:
    """A whole home made to the contract, and its tables."""
    folder = whole.small_home(tmp_path_factory.mktemp("english") / "home")
    return folder, whole.evaluated_tables(folder, whole.YEAR)


@pytest.mark.parametrize("place", [0, -1])
def test_a_whole_home_with_the_headings_of_offices_has_the_same_tables_to_the_byte(english, tmp_path, place):
    folder, tables = english
    shutil.copytree(folder, tmp_path / "home", ignore=shutil.ignore_patterns("raw"))
    scheme = read_scheme(flows.home.Home(folder), whole.YEAR)
    contracts = {dataset.name: dataset for dataset in (*datasets(scheme), register(scheme.groups))}
    rated = {aspect.id: aspect.label for aspect in scheme.aspects}
    groups = {group.id: group.label for group in scheme.groups}
    raw = folder / "raw" / str(whole.YEAR)
    for path in raw.rglob("*.csv"):
        contract = contracts[path.stem if path.parent == raw else path.parent.name]
        titles = rated | {column.name: column.titles[place] for column in contract.columns if column.titles}
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        office = [[titles[name] for name in header], *([groups.get(cell, cell) for cell in row] for row in rows)]
        whole.write_rows(tmp_path / "home", str(path.relative_to(raw)), office)
        assert office[0] != header
    assert whole.evaluated_tables(tmp_path / "home", whole.YEAR) == tables
