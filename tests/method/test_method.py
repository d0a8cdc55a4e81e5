"""The method in sentences: every number of a scheme is in it, and each rule's sentence follows the scheme."""

import re
import tomllib
from decimal import Decimal
from types import SimpleNamespace

import pytest
from docx import Document

import flows.method
from flows.errors import UsageError
from flows.home import Home
from flows.method import as_lines, method, write_docx
from flows.scheme.file import parse_scheme, read_scheme
from flows.sources import behaviour, kinds
from tests.commands import run
from tests.conftest import ROOT

YEAR = 2031
# No number stands here twice, so that a number in the text is of its key.
SCHEME = """
year = 2031
title = "2031年试评议"
timezone = "Asia/Shanghai"
missing = "fail"
tie_break = ["judged"]
max_quarantined = 0.017
placeholders = ["匿名", "无"]
[aspects]
a = { label = "公开", weight = 0.37 }
b = { label = "办事", weight = 0.63 }
[groups.g]
label = "部门"
sites = 53
publish_top = 19
weights = { voted = 0.25, judged = 0.15, claimed = 0.08, recorded = 0.12, audited = 0.29, scored = 0.11 }
[groups.h]
label = "区县"
sites = 41
publish_top = 13
weights = { voted = 0.59, judged = 0.41 }
[sources.voted]
label = "公众评议"
kind = "ballots"
opens = 2031-10-08
closes = 2031-11-26
levels = [ { label = "好", points = 97 }, { label = "中", points = 61 }, { label = "差", points = 3.5 } ]
satisfied = ["好", "中"]
min_seconds = 7.5
burst_limit = 23
min_ballots = 34
channels = ["网络", "短信"]
[sources.judged]
label = "专家评议"
kind = "panel"
trim_each_side = 2
trim_from = 9
opens = 2031-03-04
closes = 2031-04-05
categories = ["学者"]
[sources.claimed]
label = "自查"
kind = "claims"
inflation_penalty = 0.65
indicators = [ { id = "c1", label = "目录", max = 14 }, { id = "c2", label = "互动", max = 5.5 } ]
[sources.recorded]
label = "日常"
kind = "records"
opens = 2031-02-06
closes = 2031-12-18
indicators = [
  { id = "r1", label = "报送", max = 21, rule = "ratio", target = 33 },
  { id = "r2", label = "死链", max = 16, rule = "deduct", per = 0.45, from_crawl = "dead_links" },
  { id = "r3", label = "评分", max = 47, rule = "points" },
  { id = "r4", label = "可用", max = 28, rule = "ratio", target = 0.95, from_crawl = "reachable", measure = "passed" },
]
[sources.audited]
label = "核查"
kind = "audit"
item_types = { t = "受理", u = "查询" }
item_weights = { t = 3.25, u = 1.75 }
approval_items_for = ["g"]
[sources.scored]
label = "上级"
kind = "given"
[crawl]
opens = 2031-01-15
closes = 2031-12-20
confirm = 6
[comparison]
levels = "gate"
times = "off"
"""


def text(*changed: tuple[str, str]) -> list[str]:
    written = SCHEME
    for old, new in changed:
        assert written.count(old) == 1, old
        written = written.replace(old, new)
    return [line for line in as_lines(method(parse_scheme(written.encode(), YEAR, "2031.toml"))) if line]


def difference(*changed: tuple[str, str]) -> tuple[list[str], list[str]]:
    """The lines that a change of the scheme takes away, and those that it brings."""
    before, after = text(), text(*changed)
    return [line for line in before if line not in after], [line for line in after if line not in before]


def numbers(value: object) -> list[object]:
    match value:
        case dict():
            return [number for each in value.values() for number in numbers(each)]
        case list():
            return [number for each in value for number in numbers(each)]
        case str() | bool():
            return []
    return [value]


def forms(number) -> set[str]:
    """How a number may stand in the text."""
    if not isinstance(number, int | Decimal):
        return {f"{number.year}年{number.month}月{number.day}日"}
    plain = f"{Decimal(number) * 100:f}"
    return {str(number), f"{plain.rstrip('0').rstrip('.') if '.' in plain else plain}%"}


@pytest.mark.parametrize("number", numbers(tomllib.loads(SCHEME, parse_float=Decimal)), ids=str)
def test_every_number_of_a_scheme_is_in_the_text(number):
    whole = "\n".join(text())
    assert any(re.search(rf"(?<![\d.]){re.escape(form)}(?![\d.]*\d)", whole) for form in forms(number)), number


# What is changed in the scheme, a part of the one line that goes and the same part of the line that comes.
RULES = [
    ("sites = 53", "sites = 54", "部门，53 个网站", "部门，54 个网站"),
    ("publish_top = 13", "publish_top = 12", "区县前 13 名", "区县前 12 名"),
    ("voted = 0.59, judged = 0.41", "voted = 0.585, judged = 0.415", "公众评议 59%、专家评议 41%", "公众评议 58.5%、专家评议 41.5%"),
    ("voted = 0.59, judged = 0.41", "voted = 1, judged = 0", "公众评议 59%、专家评议 41%", "公众评议 100%；专家评议只列出，不计入综合得分"),
    ('weight = 0.37 }\nb = { label = "办事", weight = 0.63', 'weight = 0.4 }\nb = { label = "办事", weight = 0.6', "公开 37%、办事 63%", "公开 40%、办事 60%"),
    ("opens = 2031-10-08", "opens = 2031-10-09", "评议期为2031年10月8日至", "评议期为2031年10月9日至"),
    ("points = 3.5", "points = 4", "差 3.5 分", "差 4 分"),
    ('satisfied = ["好", "中"]', 'satisfied = ["好"]', "评为“好”“中”的", "评为“好”的"),
    ("min_seconds = 7.5", "min_seconds = 8", "（3）填写时间不足 7.5 秒", "（3）填写时间不足 8 秒"),
    ("min_seconds = 7.5\n", "", "（3）填写时间不足 7.5 秒", "（3）同一来处在同一分钟内超过 23 张"),
    ("burst_limit = 23", "burst_limit = 24", "超过 23 张", "超过 24 张"),
    ("burst_limit = 23\n", "", "（5）同一人对同一网站", "（4）同一人对同一网站"),
    ("min_ballots = 34", "min_ballots = 35", "少于 34 张", "少于 35 张"),
    ('channels = ["网络", "短信"]', 'channels = ["网络", "邮件"]', "按渠道公布：网络、短信", "按渠道公布：网络、邮件"),
    ('channels = ["网络", "短信"]', 'channels = ["网络", "短信"]\naspects = ["b"]', "就各项评议内容各选一档", "就办事各选一档"),
    ("trim_each_side = 2", "trim_each_side = 3", "去掉 2 个最高分和 2 个最低分", "去掉 3 个最高分和 3 个最低分"),
    ("trim_from = 9", "trim_from = 10", "有 9 个评分或更多", "有 10 个评分或更多"),
    ("trim_each_side = 2\ntrim_from = 9\n", "", "去掉 2 个最高分", "不去掉最高分和最低分"),
    ('categories = ["学者"]', 'categories = ["学者", "记者"]', "按专家类别公布：学者；", "按专家类别公布：学者、记者；"),
    ("closes = 2031-04-05\n", "", "2031年3月4日至2031年4月5日", "2031年3月4日至2031年12月31日"),
    ("inflation_penalty = 0.65", "inflation_penalty = 0.7", "再扣 0.65 分", "再扣 0.7 分"),
    ("inflation_penalty = 0.65", "inflation_penalty = 0", "再扣 0.65 分", "自报高于核实的，不另外扣分"),
    ('label = "自查"', 'label = "自查"\nincomplete = "zero"', "一项也没有自报的网站没有这个来源的得分", "一项也没有自报的网站，这个来源计 0 分"),
    ("max = 5.5", "max = 6", "互动，满分 5.5 分", "互动，满分 6 分"),
    ("max = 5.5", "max = 6", "满分合计 19.5 分", "满分合计 20 分"),
    ("target = 33", "target = 35", "达到 33 得满分", "达到 35 得满分"),
    ("per = 0.45", "per = 0.5", "每 1 扣 0.45 分", "每 1 扣 0.5 分"),
    ('max = 47, rule = "points"', 'max = 47, rule = "ratio", target = 9', "评分，满分 47 分：当月数值就是得分", "评分，满分 47 分：当月数值达到 9 得满分"),
    (', measure = "passed"', "", "是当月通过的次数占通过和不通过的次数之和的比例", "（reachable），是当月检测值的平均"),
    ('from_crawl = "dead_links"', 'from_crawl = "own"', "“首页死链”（dead_links）", "网站检测的“own”"),
    ("opens = 2031-02-06\n", "", "2031年2月6日至2031年12月18日", "2031年1月1日至2031年12月18日"),
    ("u = 1.75 }", "u = 2 }", "受理 3.25、查询 1.75", "受理 3.25、查询 2"),
    (", u = 1.75 }", " }", "受理 3.25、查询 1.75", "受理 3.25、查询 1"),
    ('approval_items_for = ["g"]', 'approval_items_for = ["g", "h"]', "审批事项计入部门的得分；在区县不计入得分", "审批事项在各组都计入得分"),
    ('approval_items_for = ["g"]', "approval_items_for = []", "审批事项计入部门的得分；在区县不计入得分", "审批事项在各组都不计入得分，仍列入事项清单"),
    ("confirm = 6", "confirm = 5", "连续 6 次不通过", "连续 5 次不通过"),
    ("confirm = 6", "confirm = { reachable = 4 }", "连续 6 次不通过", "首页可以打开（reachable） 4 次"),
    ("confirm = 6\n", "", "连续 6 次不通过", "检测一次不通过就算不通过"),
    ("closes = 2031-12-20\n", "", "2031年1月15日起、2031年12月20日止", "只计入2031年1月15日起的检测"),
    ('missing = "fail"', 'missing = "zero"', "这一年度不公布", "这个来源按 0 分计"),
    ('missing = "fail"', 'missing = "reweight"', "这一年度不公布", "按比例放大到合计为 100%"),
    ('tie_break = ["judged"]', 'tie_break = ["voted", "judged"]', "依次比较专家评议的得分", "依次比较公众评议、专家评议的得分"),
    ('tie_break = ["judged"]\n', "", "依次比较专家评议的得分", "综合得分相同的，名次并列"),
    ("max_quarantined = 0.017", "max_quarantined = 0.02", "超过 1.7% 的", "超过 2% 的"),
    ('placeholders = ["匿名", "无"]', 'placeholders = ["空"]', "“匿名”“无”", "“空”"),
    ('placeholders = ["匿名", "无"]\n', "", "“匿名”“无”", "匿名、游客、无、NULL、0 等通常的词"),
    ('levels = "gate"', 'sites = "gate"', "评分分布方面的，没有经人确认就不公布", "网站方面的，没有经人确认就不公布"),
    ('times = "off"', 'times = "tell"', "时刻方面的，不看", "评议内容对调、时刻、评分人"),
    ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Urumqi"', "按 Asia/Shanghai 时区", "按 Asia/Urumqi 时区"),
    ('title = "2031年试评议"', 'title = "2031年试点"', "# 2031年试评议办法", "# 2031年试点评议办法"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "gone", "come"), RULES, ids=[f"{new or old}" for old, new, _, _ in RULES])
def test_another_rule_is_another_sentence(old, new, gone, come):
    went, came = difference((old, new))
    assert any(gone in line for line in went), went
    assert any(come in line for line in came), came
    assert not any(gone in line for line in text((old, new)) if gone not in come)


def test_months_that_did_not_come_count_as_the_scheme_says_and_the_text_says_it_once():
    went, came = difference(('label = "日常"', 'label = "日常"\nincomplete = "zero"'))
    assert any("没有数值的月份不计" in line for line in went) and any("只算网站有数值的指标" in line for line in went)
    assert "一项指标的得分是各个月得分的平均；应到而没有数值的月份计 0 分，一个月的数值也没有的指标也计 0 分。" in came
    assert "数值取自网站检测的指标，只有计入检测的那些月份是应到的。" in came
    assert "来源得分 = 100 × 各项指标得分之和 ÷ 满分之和；一项指标的数值也没有的网站，这个来源计 0 分。" in came
    assert not any("不计。" in line and "月份" in line and "数值" in line for line in came)
    # What the crawl looks at all the year, or not at all, needs no word.
    always = ('label = "日常"', 'label = "日常"\nincomplete = "zero"'), ("opens = 2031-01-15\ncloses = 2031-12-20\n", "")
    assert not any("数值取自网站检测的指标" in line for line in text(*always))
    for other in ("tell", "fail"):
        assert not any(
            "计 0 分，一个月" in line for line in text(('label = "日常"', f'label = "日常"\nincomplete = "{other}"'))
        )


@pytest.mark.parametrize(("said", "holds"), [("tell", False), ("fail", True)])
@pytest.mark.parametrize("of_the_source", [True, False])
def test_a_site_with_few_ballots_holds_the_year_back_where_the_scheme_says_fail(said, holds, of_the_source):
    old = 'label = "公众评议"' if of_the_source else 'missing = "fail"'
    (line,) = [line for line in text((old, f'{old}\nincomplete = "{said}"')) if "有效选票少于 34 张" in line]
    assert line.endswith("”；补齐或者书面批准以前，这一年度不公布。" if holds else "”。"), line
    assert not any("有效选票少于" in line for line in text((old, f'{old}\nincomplete = "{said}"'), ("min_ballots = 34\n", "")))


def test_what_a_scheme_does_not_have_is_not_in_the_text():
    short = parse_scheme(
        b'year = 2031\ntitle = "x"\ntimezone = "UTC"\nplaceholders = []\n[groups.g]\nlabel = "y"\npublish_top = 1\n'
        b'weights = { s = 1 }\n[sources.s]\nlabel = "z"\nkind = "given"\n', YEAR, "2031.toml",
    )  # fmt: skip
    lines = list(as_lines(method(short)))
    headings = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert headings == [
        "一、评议对象",
        "二、评分来源和权重",
        "三、各来源的计分",
        "四、缺少得分的处理",
        "五、排名和公布",
        "六、数据的核对",
    ]
    assert not any(word in "".join(lines) for word in ("选票", "专家", "检测", "网站数与", "抽样", "None"))


def test_the_notice_is_in_it():
    went, came = difference(("tie_break", 'notice = "试评。"\ntie_break'))
    assert went == [] and came == ["凡印出结果的地方，都印有：“试评。”"]


def test_a_weight_of_0_is_neither_missed_nor_flagged():
    _, came = difference(("voted = 0.59, judged = 0.41", "voted = 0, judged = 1"))
    assert "权重为 0 的来源没有得分的，不算缺少。" in came
    assert any("（权重为 0 的组别除外）" in line for line in came)


@pytest.mark.parametrize("home", ["shanghai", "us_federal"])
def test_the_schemes_of_this_house_have_a_method_without_a_gap(home):
    place = Home(ROOT / "data" / home)
    scheme = read_scheme(place, place.years[-1])
    lines = list(as_lines(method(scheme)))
    assert not any(re.search(r"None|\[\]|、、|，，|。。|：。", line) for line in lines)
    assert list(as_lines(method(scheme))) == lines


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_has_its_sentences(kind):
    assert callable(behaviour("method", kind).sentences)


def test_a_kind_without_sentences_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(flows.method, "behaviour", lambda room, kind: None if kind == "panel" else SimpleNamespace())
    with pytest.raises(UsageError) as refused:
        text()
    assert refused.value.faults == ("专家评议（judged）是 panel 类，缺 flows/method/panel.py",)


def test_the_document_has_the_same_words_in_the_layout_of_the_bulletin(tmp_path):
    document = method(parse_scheme(SCHEME.encode(), YEAR, "2031.toml"))
    for name in ("a.docx", "b.docx"):
        write_docx(document, YEAR, tmp_path / name)
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    paragraphs = Document(str(tmp_path / "a.docx")).paragraphs
    assert [paragraph.text for paragraph in paragraphs] == [document.title, *(block.text for block in document.body)]
    styles = {"heading": "Heading 1", "subheading": "Heading 2", "paragraph": "正文段落"}
    assert [paragraph.style.name for paragraph in paragraphs] == ["Title", *(styles[block.kind] for block in document.body)]
    assert paragraphs[-1].text.startswith("签发：")


def test_the_command_prints_it_or_writes_it_once(tmp_path):
    printed = run("method", 2007, "--data", ROOT / "data" / "shanghai")
    assert printed.status == 0 and printed.out.startswith("# 2007年上海市政府部门、区县政府网站评议办法\n")
    target = tmp_path / "评议办法.docx"
    written = run("method", 2007, "--data", ROOT / "data" / "shanghai", "--docx", target)
    assert (written.status, written.out) == (0, f"评议办法已写到 {target}。\n")
    before = target.read_bytes()
    again = run("method", 2007, "--data", ROOT / "data" / "shanghai", "--docx", target)
    assert again.status == 2 and "已经有" in again.err and target.read_bytes() == before
    nowhere = run("method", 2007, "--data", ROOT / "data" / "shanghai", "--docx", tmp_path / "no" / "x.docx")
    assert nowhere.status == 5 and nowhere.traceback == ""
