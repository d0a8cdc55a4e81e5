"""The text: figures from small tables, and all faults of a template in one message."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows.documents.tables import Tables
from flows.documents.text import Bulletin, Source, check_template, template_source, write_text
from flows.errors import OperatorError
from flows.home import Home
from flows.results.tables import result_columns
from flows.settings import SQL
from flows.warehouse.models import read_models
from tests.documents.results import SCHEME


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Tables:
    """Small result tables."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "tables").mkdir()
    contents = {
        "portal": {"column": ["新闻", "办事·甲", "办事·乙"], "views": [41577177, 20000, 4900], "rank": [1, 2, 3]},
        "figures": {"metric": ["条目", "来信", "空"], "value": [Decimal("164191.0000"), Decimal("5.0000"), None]},
        "annex_department": {"序号": [1], "网站": ["甲\n局"], "综合得分": [Decimal("92.55")]},
        "annex_district": {"序号": [1, 1], "网站": ["乙", "丙"], "综合得分": [Decimal("80.00"), Decimal("80.00")]},
    }
    for name, columns in contents.items():
        pl.DataFrame(columns).write_parquet(folder / "tables" / f"{name}.parquet")
    return Tables(folder)


def text(tables: Tables, body: str, head: str = "标题：题\n") -> Bulletin:
    return write_text(SCHEME, Source("模板.txt", f"{head}\n{body}\n"), tables)


def paragraph(tables: Tables, body: str) -> str:
    return text(tables, body).body[0].text


def faults(tables: Tables, body: str) -> tuple[str, ...]:
    with pytest.raises(OperatorError) as refusal:
        text(tables, body)
    assert "通报模板 模板.txt" in refusal.value.summary and "请改正模板" in refusal.value.summary
    return refusal.value.faults


def test_a_figure_is_the_cell_that_the_keys_name(tables):
    assert paragraph(tables, '{{ 值("portal", "views", column="新闻") | 万(0) }}页次') == "4158万页次"


def test_sums_counts_and_lists_take_patterns(tables):
    assert paragraph(tables, '{{ 和("portal", "views", column="办事·*") | 整数 }}') == str(20000 + 4900)
    assert paragraph(tables, '{{ 和("portal", "views", column="!新闻") | 整数 }}') == str(20000 + 4900)
    assert paragraph(tables, '{{ 个数("portal") | 汉字 }}') == "三"
    assert paragraph(tables, '{{ 名单("portal", "column", 前=2) | 顿号 }}') == "新闻、办事·甲"


def test_figures_are_divided_exactly(tables):
    share = Decimal(20000) / (41577177 + 20000 + 4900)
    written = paragraph(tables, '{{ (值("portal", "views", column="办事·甲") / 和("portal", "views")) | 小数(8) }}')
    assert written == f"{share:.8f}"
    assert paragraph(tables, '{{ (值("portal", "views", column="新闻") / 天数) | 整数 }}') == str(
        round(Decimal(41577177) / 365)
    )


def test_names_come_from_the_scheme(tables):
    assert (
        paragraph(tables, "{% for 组 in 组别 %}{{ 组.label }}{{ '、' if not loop.last }}{% endfor %}") == "市政府部门、区县政府"
    )
    assert paragraph(tables, "{{ 评议内容 | 顿号 }}等{{ 评议内容 | 长度 | 汉字 }}项") == "信息公开、网上办事等二项"


def test_the_parts_of_a_document_are_read(tables):
    made = text(
        tables,
        "一、概况\n（一）范围\n正文。\n二、结果好。\n（二）这是一句话。",
        "版头：府\n标题：题\n主送：各区：\n署名：办\n日期：某日\n附注：（注）\n附件 district：区表\n",
    )
    assert [(block.kind, block.text) for block in made.body] == [
        ("heading", "一、概况"), ("subheading", "（一）范围"), ("paragraph", "正文。"), ("paragraph", "二、结果好。"),
        ("paragraph", "（二）这是一句话。"),
    ]  # fmt: skip
    assert (made.letterhead, made.title, made.addressees, made.signature, made.date, made.remark) == (
        "府",
        "题",
        "各区：",
        "办",
        "某日",
        "（注）",
    )
    assert [annex.caption for annex in made.annexes] == ["市政府部门网站综合得分前1名", "区表"]
    # A name with a line end in it stays in its cell.
    assert made.annexes[0].rows == (("1", "甲 局", "92.55"),)


def test_every_missing_figure_is_reported_with_its_line_and_the_existing_values(tables):
    reported = faults(
        tables,
        '甲{{ 值("figures", "value", metric="条木") | 万 }}。\n乙{{ 值("figures", "value", metric="空") | 整数 }}。\n\n'
        '丙{{ (和("nothing", "x") / 值("portal", "clicks", column="新闻")) | 百分比 }}，{{ 值("portal", "views") | 万 }}',
    )
    assert reported == (
        '模板.txt 第 3 行：值("figures", "value", metric="条木") 没有这一行（metric 有 条目、来信、空）。',
        '模板.txt 第 4 行：值("figures", "value", metric="空") 那一格是空的。',
        '模板.txt 第 6 行：和("nothing", "x")：没有“nothing”这个表，有的是 annex_department、annex_district、figures、portal。',
        '模板.txt 第 6 行：值("portal", "clicks", column="新闻")：表 portal 没有“clicks”这一列，它的列有 column、views、rank。',
        '模板.txt 第 6 行：值("portal", "views") 有 3 行符合，要正好一行；要求和请用 和(…)，列名单请用 名单(…)。',
    )


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("{{ 直 }}", "第 3 行：不认识“直”，可以写的是 值、和、个数"),
        ('{{ 值("portal") | 千 }}', "没有“| 千”这种写法，有的是 小数、整数"),
        ("{{ 值(", "第 3 行：写法不对"),
        ("{% for x in 组别 %}", "写法不对"),
        ('好\n{{ 名单("portal", "column") | 整数 }}', "第 4 行：“['新闻', '办事·甲', '办事·乙']”不是数字"),
        ('{{ 值("portal", "views", column="新闻") * 0.5 }}', "第 3 行：“*”只能用在数字上，小数请写成除法"),
        ('{{ (值("portal", "views", column="新闻") / 0) | 整数 }}', "第 3 行：除数是零"),
        ('{{ 值("portal", "views", column="新闻") | 小数(99) }}', "位数要写 0 到 12 的整数，不是 99"),
    ],
)
def test_a_wrong_template_is_refused_with_its_line(tables, body, refusal):
    assert any(refusal in fault for fault in faults(tables, body)), faults(tables, body)


@pytest.mark.parametrize(
    "body",
    [
        "{{ 值.__globals__ }}",
        "{{ 组别.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ 组别[0].__init__.__globals__ }}",
        "{{ '%99999999d' % 1 }}",
        "{{ 'x' * 999999999 }}",
        "{{ 'x'.ljust(999999999) }}",
        "{{ 9 ** 99999999 }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_reaches_nothing_but_figures(tables, body):
    assert faults(tables, body)


def test_a_text_without_title_or_body_is_refused(tables):
    with pytest.raises(OperatorError, match="没有标题和正文"):
        write_text(SCHEME, Source("模板.txt", "署名：办\n"), tables)


def test_the_template_of_the_year_goes_before_that_of_every_year_before_the_packages(tmp_path):
    assert template_source(Home(tmp_path), 2007).name == "通用模板"
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "bulletin.txt").write_bytes("标题：每年".encode("gb18030"))
    assert template_source(Home(tmp_path), 2007) == Source("bulletin/bulletin.txt", "标题：每年")
    (tmp_path / "bulletin" / "2007.txt").write_bytes(b"\xef\xbb\xbf" + "标题：当年\r\n".encode())
    assert template_source(Home(tmp_path), 2007) == Source("bulletin/2007.txt", "标题：当年\n")
    (tmp_path / "bulletin" / "2007.txt").write_bytes(b"\xff\xfe\xff\xff")
    with pytest.raises(OperatorError, match="不是 UTF-8 或 GB18030"):
        template_source(Home(tmp_path), 2007)


def test_a_template_is_checked_before_there_are_results(tmp_path):
    columns = result_columns(SCHEME, read_models(SQL))
    check_template(SCHEME, Home(tmp_path), columns)
    (tmp_path / "bulletin").mkdir()
    template: Path = tmp_path / "bulletin" / "2007.txt"
    template.write_text(
        '标题：题\n{{ 值("composite_scores", "mayor", site_id="s1") }}{{ 和("ballots", "x") }}\n{{ 值("group_summary", "means", groups="x") }}',
        encoding="utf-8",
    )
    with pytest.raises(OperatorError) as refusal:
        check_template(SCHEME, Home(tmp_path), columns)
    assert refusal.value.faults == (
        "bulletin/2007.txt 第 2 行：没有“ballots”这个表。",
        "bulletin/2007.txt 第 3 行：表 group_summary 没有“means”这一列。",
        "bulletin/2007.txt 第 3 行：表 group_summary 没有“groups”这一列。",
    )


_DOUBLING = '{% set a = "xy" %}' + "{% set a = a ~ a %}" * 40 + "{{ a }}"


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_DOUBLING, "1 MB"),
        ("{% set a %}xy{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a }}", "1 MB"),
        ("{% macro m(a) %}{{ a }}{{ a }}{% endmacro %}{% set b = 'xy' %}" + "{% set b = m(b) %}" * 40 + "{{ b }}", "不认识"),
        ("{% set a = 'x' * 1000 %}", "数字"),
        ("{% set a = 'x' ~ 'y' %}" + "{% set a = [a, a, a, a, a, a, a, a, a] | 顿号 %}" * 12, "1 MB"),
        ("{% set a = 7 %}" + "{% set a = a * a %}" * 40, "60 位"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "不认识"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "一层套一层"),
        ("{% for a in [1] %}" * 30 + "x" + "{% endfor %}" * 30, "一层套一层"),
        ("{% set l = [" + "1," * 100 + "] %}" + "{% for a in l %}" * 6 + "x" + "{% endfor %}" * 6, "200000 次"),
        ('{{ 和("portal", "views", column="' + "*" * 3000 + '") }}', "写得太长"),
    ],
    ids=["concatenation", "blocks", "macros", "product", "lists", "numbers", "recursion", "brackets", "nested loops", "rounds", "key"],
)  # fmt: skip
def test_a_template_that_asks_for_more_than_a_machine_holds_is_refused_in_words(tables, body, words):
    found = faults(tables, body)
    assert any(words in fault for fault in found) and sum(map(len, found)) < 3_000
