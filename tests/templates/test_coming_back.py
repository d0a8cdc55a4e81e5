"""Handouts that come back filled in are received as they are; what nobody filled in is counted and told, and no faulty row."""

import re
import shutil
from datetime import date, datetime
from decimal import Decimal

import pytest

from flows.home import Home as DataHome
from flows.receive import open_store, receive
from flows.receive.chunks import RefusedFile
from flows.receive.handouts import Mark
from flows.receive.hints import hints
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import read_register
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.templates import write_templates
from tests.conftest import ROOT
from tests.receive.correct import YEAR
from tests.receive.home import SECRET, Home
from tests.templates.filling import Workbook

SHANGHAI = ROOT / "data" / "shanghai"

# What is typed into the first row of each dataset, by heading, and what the reader makes of it.
TYPED = {
    "public": (
        {
            "票号": "0012", "提交时间": datetime(2007, 11, 5, 10, 0), "评议人": "13800000001", "网站": "市教育委员会",
            "信息公开": "满意", "网上办事": "不满意", "总体评价": "一般", "渠道": "纸质", "来自IP": "10.1.2.3", "所用时间": 36,
        },
        {
            "ballot_id": "0012", "submitted_at": datetime(2007, 11, 5, 2, 0), "site_id": "s02", "ratings": [1, 3],
            "overall": 2, "channel": "纸质", "seconds": 36,
        },
    ),
    "expert": (
        {"专家": "01", "专家类别": "学者", "得分": 90.5, "评议日期": date(2007, 11, 20)},
        {
            "expert_id": "01", "category": "学者", "site_id": "s01", "aspect": "disclosure", "score": Decimal("90.5"),
            "reviewed_on": date(2007, 11, 20),
        },
    ),
    "self_check": (
        {"得分": 7.5, "依据": "首页“公开”栏"},
        {"site_id": "s01", "indicator": "c1", "points": Decimal("7.5"), "evidence": "首页“公开”栏"},
    ),
    "self_check_verified": (
        {"得分": 7, "核实人": "王", "备注": "少一项"},
        {"site_id": "s01", "indicator": "c1", "points": 7, "verified_by": "王", "note": "少一项"},
    ),
    "daily_work": (
        {"数值": 20, "记录人": "李"},
        {"site_id": "s01", "indicator": "d1", "month": "2007-01", "value": 20, "recorded_by": "李"},
    ),
    "service_audit": (
        {
            "事项编号": "007", "网站": "市财政局", "事项名称": "设立登记", "事项类型": "状态查询", "审批事项": "否", "能否打开": "通过",
            "办事指南": "不通过", "表格下载": "不适用", "表格数": 1, "表格张数": 2, "核查日期": date(2007, 11, 20), "核查人": "赵",
        },
        {
            "item_id": "007", "site_id": "s01", "name": "设立登记", "item_type": "query", "approval": False, "reachable": "pass",
            "guide": "fail", "form": "na", "online": "na", "forms": 1, "sheets": 2, "audited_on": date(2007, 11, 20), "auditor": "赵",
        },
    ),
    "superior": ({"得分": 88.5}, {"site_id": "s01", "score": Decimal("88.5")}),
    "portal_traffic": (
        {"栏目": "新闻", "月份": "2007-11", "浏览量": 120},
        {"column": "新闻", "month": "2007-11", "views": 120},
    ),
    "portal_stats": (
        {"指标名": "留言", "数值": 12, "单位": "条", "上年数值": 10},
        {"metric": "留言", "value": 12, "unit": "条", "previous": 10},
    ),
}  # fmt: skip


def filled(book: Workbook, dataset: str) -> bytes:
    for heading, value in TYPED[dataset][0].items():
        book.put(heading, 2, value)
    return book.saved()


def told(home: Home) -> list[str]:
    return hints(home.scheme, home.receive())


@pytest.mark.parametrize("dataset", TYPED)
def test_what_is_typed_is_what_is_read(handouts, dataset):
    taken = handouts.home.take(f"{dataset}/back.xlsx", filled(handouts.book(dataset), dataset))
    assert (taken.faults, taken.receipt.warnings, taken.receipt.unknown, taken.receipt.lacking) == ([], (), (), ())
    (row,) = taken.rows
    expected = TYPED[dataset][1]
    assert {name: row[name] for name in expected} == expected
    assert row.get("other") is None


def test_there_is_a_handout_for_everything_that_people_fill_in(handouts):
    assert {path.name for path in handouts.folder.iterdir() if path.is_dir()} == {
        *TYPED,
        "hotline",
        "expert_experts",
        "service_audit_items",
        "waivers",
    }


def test_a_handout_that_is_filled_in_gives_no_hint(home):
    write_templates(home.home, YEAR)
    folder = home.folder / "templates" / str(YEAR)
    for dataset in home.raw.iterdir():
        if dataset.is_dir():
            for path in dataset.iterdir():
                path.unlink()
    for path in folder.glob("self_check/*.xlsx"):
        book = Workbook.of(path)
        for line in (2, 3):
            book.put("得分", line, line)
        home.put(f"self_check/{path.name}", book.saved())
    book = Workbook.of(folder / "superior" / "superior.xlsx")
    for line in (2, 3, 4):
        book.put("得分", line, 80)
    home.put("superior/back.xlsx", book.saved())
    assert told(home) == []
    assert home.files() == [
        ("self_check", "s01_市财政局.xlsx", 2, 2, 0),
        ("self_check", "s02_市教育委员会.xlsx", 2, 2, 0),
        ("superior", "back.xlsx", 3, 3, 0),
    ]


def test_rows_that_nobody_filled_in_are_no_rows_and_are_told(home):
    write_templates(home.home, YEAR)
    folder = home.folder / "templates" / str(YEAR)
    book = Workbook.of(folder / "daily_work" / "daily_work.xlsx")
    book.put("数值", 2, 0)
    book.put("数值", 13, 20)
    home.put("daily_work/back.xlsx", book.saved())
    home.put("self_check/back.xlsx", (folder / "self_check" / "s02_市教育委员会.xlsx").read_bytes())
    home.put("self_check/claims.csv", "site,indicator,points,evidence\ns01,c1,9,\n")
    assert told(home)[-2:] == [
        "注意：raw/2007/self_check/back.xlsx 是填报表，一行也没有填写。",
        "raw/2007/daily_work/back.xlsx 是填报表，有 22 行没有填写，算作没有报送。",
    ]
    assert home.files("daily_work", "self_check") == [
        ("daily_work", "back.xlsx", 2, 2, 0),
        ("daily_work", "records.csv", 2, 2, 0),
        ("self_check", "back.xlsx", 0, 0, 0),
        ("self_check", "claims.csv", 1, 1, 0),
    ]


def test_a_row_with_an_answer_beside_the_empty_one_is_set_aside(handouts):
    book = handouts.book("self_check")
    book.put("得分", 2, 3)
    book.put("依据", 3, "首页")
    taken = handouts.home.take("self_check/back.xlsx", book.saved())
    assert (taken.faults, taken.reasons) == ([(3, "points", "")], ["缺少必填的值"])


def test_the_same_cells_without_the_mark_are_read_as_ever(handouts):
    book = handouts.book("daily_work")
    book.put("数值", 2, 5)
    part = re.sub(b"<definedNames>.*</definedNames>", b"", book.parts["xl/workbook.xml"], flags=re.S)
    assert part != book.parts["xl/workbook.xml"]
    taken = handouts.home.take("daily_work/copied.xlsx", book.saved(**{"xl/workbook.xml": part}))
    assert taken.receipt.unanswered == 0
    assert (taken.receipt.loaded, taken.receipt.set_aside, set(taken.reasons)) == (1, 23, {"缺少必填的值"})
    assert [column.heading for column in taken.receipt.unknown] == ["计分办法"]
    assert any("填写说明" in warning for warning in taken.receipt.warnings)


def test_an_empty_value_of_another_file_is_set_aside(handouts):
    taken = handouts.home.take("daily_work/records.csv", "网站,指标,月份,数值\ns01,报送,2007-01,\n")
    assert taken.reasons == ["缺少必填的值"]


def test_an_expert_writes_who_he_is_once(handouts):
    book = handouts.book("expert")
    book.put("专家", 2, "e7")
    for line in (3, 4):
        book.put("得分", line, 80)
    with pytest.raises(AssertionError, match="locked"):
        book.put("专家", 3, "e7")
    taken = handouts.home.take("expert/card.xlsx", book.saved())
    assert [(row["expert_id"], row["site_id"], row["aspect"]) for row in taken.rows] == [
        ("e7", "s01", "services"),
        ("e7", "s02", "disclosure"),
    ]
    assert taken.receipt.warnings == ()


def test_a_card_without_an_expert_is_no_experts(handouts):
    book = handouts.book("expert")
    book.put("得分", 2, 80)
    taken = handouts.home.take("expert/nobody.xlsx", book.saved())
    assert (taken.faults, taken.reasons) == ([(2, "expert_id", "")], ["缺少必填的值"])


def test_a_card_of_two_experts_is_told_and_gives_nobody_the_scores_of_the_other(handouts):
    book = handouts.book("expert")
    book.put("专家", 2, "e7")
    book.force("A3", "e8")
    for line in (2, 3, 4):
        book.put("得分", line, 80)
    taken = handouts.home.take("expert/two.xlsx", book.saved())
    assert [row["expert_id"] for row in taken.rows] == ["e7", "e8"]
    assert (taken.faults, taken.about) == ([(4, "expert_id", "")], [("s02", "disclosure")])
    assert taken.receipt.warnings == ("“专家”一列只要写一次，却有 2 种写法，空着的格没有补上；请核对是不是几份拼成的",)


def test_a_handout_in_the_folder_of_another_dataset_is_refused(handouts):
    with pytest.raises(RefusedFile, match="这是 self_check 的填报表，放错了文件夹"):
        handouts.home.take("self_check_verified/back.xlsx", filled(handouts.book("self_check"), "self_check"))


def test_what_others_put_on_another_sheet_is_told(handouts):
    book = handouts.book("service_audit")
    assert list(book.sheets) == ["网上办事核查", "填写说明"]
    for heading, value in TYPED["service_audit"][0].items():
        book.put(heading, 2, value)
    sheet = book.parts["xl/worksheets/sheet2.xml"].decode()
    more = sheet.replace("</sheetData>", '<row r="99"><c r="A99"><v>1</v></c></row></sheetData>')
    taken = handouts.home.take("service_audit/more.xlsx", book.saved(**{"xl/worksheets/sheet2.xml": more.encode()}))
    assert [re.sub(r"\d+", "N", warning) for warning in taken.receipt.warnings] == [
        "只读第一张工作表；另有 N 张工作表有 N 行，没有读：填写说明（N 行）"
    ]


def test_every_choice_is_one_that_the_reader_knows(handouts):
    """And means what it says: as many rows come out as there are choices, in as many meanings."""
    for dataset, column, name in (
        ("service_audit", "审批事项", "approval"),
        ("service_audit", "能否打开", "reachable"),
        ("service_audit", "事项类型", "item_type"),
        ("service_audit", "网站", "site_id"),
        ("portal_traffic", "月份", "month"),
        ("public", "总体评价", "overall"),
    ):
        choices = handouts.book(dataset).rules[column].choices
        book = handouts.book(dataset)
        for line, choice in enumerate(choices, start=2):
            for heading, value in TYPED[dataset][0].items():
                book.put(heading, line, f"{line}" if heading in ("票号", "事项编号") else value)
            book.put(column, line, choice)
        taken = handouts.home.take(f"{dataset}/choices.xlsx", book.saved())
        assert taken.faults == []
        assert len({row[name] for row in taken.rows}) == len(choices) > 1


@pytest.mark.parametrize(
    "value",
    [
        "", '"', '""', "Sheet1!$A$1", '"x"', '"[]"', '"[1,[],[],[],{}]"', '"[""a"",[1],[],[],{}]"', '"[""a"",[],[],[],[]]"',
        '"[""a"",[],[],[],{""b"":true}]"', '"[""a"",[],[],[]]"', '"' + "[" * 100_000 + '"', "[]",
    ],
)  # fmt: skip
def test_a_name_that_holds_something_else_is_no_mark(value):
    assert Mark.read(value) is None


def test_a_mark_that_calls_every_column_its_own_hides_no_row(handouts):
    """Whoever writes such a mark himself is told that nothing was filled in."""
    book = handouts.book("superior")
    for line in (2, 3, 4):
        book.put("得分", line, 80)
    workbook = book.parts["xl/workbook.xml"].decode()
    name = re.search(r">(&quot;|\")(.*)(&quot;|\")</definedName>", workbook)
    assert name
    forged = Mark("superior", ("网站", "得分")).written()
    part = workbook.replace(name[0], f">{forged}</definedName>")
    taken = handouts.home.take("superior/forged.xlsx", book.saved(**{"xl/workbook.xml": part.encode()}))
    assert (taken.receipt.rows_in, taken.receipt.unanswered) == (0, 3)


def test_a_mark_is_read_as_it_was_written():
    mark = Mark("self_check", ("网站", '"'), ("专家",), ("满分",), {"填写说明": 9})
    assert Mark.read(mark.written()) == mark


def test_a_mark_asks_for_its_dataset_also_where_its_name_is_long():
    mark = Mark("n" * 300)
    assert Mark.read(mark.written()).asks_for("n" * 300)
    assert not mark.asks_for("m" * 300)


def test_a_year_of_2007_comes_back(year_2007):
    """Claims and an expert's card, filled in completely."""
    write_templates(year_2007, 2007, only=["self_check", "expert"])
    folder = year_2007.path / "templates" / "2007"
    paths = sorted(folder.glob("self_check/*.xlsx"))
    assert len(paths) == 69
    for path in paths[:3]:
        book = Workbook.of(path)
        for line, most in enumerate(book.given("满分"), start=2):
            book.put("得分", line, most)
        put(year_2007, f"self_check/{path.name}", book.saved())
    book = Workbook.of(folder / "expert" / "expert.xlsx")
    book.put("专家", 2, "1")
    for line in range(2, 2 + 69 * 5):
        book.put("得分", line, 60)
    put(year_2007, "expert/one.xlsx", book.saved())
    scheme = read_scheme(year_2007, 2007)
    store = open_store(year_2007, scheme, read_register(year_2007, scheme), Pseudonyms(SECRET))
    received = [receive(year_2007, scheme, dataset, store, lambda *_: None) for dataset in datasets(scheme)]
    receipts = [receipt for entry in received for receipt in entry.receipts]
    assert sorted((receipt.dataset, receipt.rows_in, receipt.loaded, receipt.set_aside) for receipt in receipts) == [
        ("expert", 345, 345, 0),
        *[("self_check", 15, 15, 0)] * 3,
    ]
    assert hints(scheme, received) == []


@pytest.fixture
def year_2007(tmp_path) -> DataHome:
    """The scheme and the register of 2007."""
    shutil.copytree(SHANGHAI / "schemes", tmp_path / "schemes")
    home = DataHome(tmp_path)
    put(home, "sites.csv", (SHANGHAI / "raw" / "2007" / "sites.csv").read_bytes())
    return home


def put(home: DataHome, name: str, content: bytes) -> None:
    path = home.raw(2007) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
