"""Items: whose date is whose, in the structures that sites build their lists of."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from yarl import URL

from flows.crawler.items import Today, items_of
from flows.crawler.markup import read_markup
from flows.crawler.results import Answer, Hop

HERE = URL("http://a.test/")
TODAY = Today(date(2026, 11, 24), ZoneInfo("Asia/Shanghai"))
DAY = date(2026, 11, 20)
LINK = '<a href="/content.jsp?id=1">市政府召开常务会议</a>'
OTHER = '<a href="/content.jsp?id=2">市政府印发实施意见</a>'


def _items(body: str):
    text = f"<html><head><meta charset=utf-8></head><body>{body}</body></html>".encode()
    hops = (Hop(HERE, 200, None, None),)
    return items_of(
        read_markup(Answer(200, {"Content-Type": "text/html"}, text, len(text), False, None, hops, 0.1, 0.1, 0.0)), TODAY
    )


@pytest.mark.parametrize(
    "body",
    [
        f"<ul><li><div class=date><b>20</b><span>2026-11</span></div>{LINK}</li></ul>", f"<ul><li><p>20</p><p>2026.11</p><p>{LINK}</p></li></ul>",
        f"<ul><li><p>20</p><p>2026.11</p><h3><p>{LINK}</p></h3></li></ul>", f"<dl><dt><b>20</b>2026-11</dt><dd>{LINK}</dd></dl>",
        f"<dl><dt>{LINK}</dt><dd>2026-11-20</dd></dl>", f"<dl><dt>20</dt><dd>2026-11</dd><dd>{LINK}</dd></dl>", f"<dl><dt>{LINK}</dt><dd>20</dd><dd>2026-11</dd></dl>", f"<table><tr><td>{LINK}</td><td>20</td><td>2026-11</td></tr></table>",
        f"<div><div><div>20</div><div>2026/11</div></div><div><h3>{LINK}</h3><p>摘要</p></div></div>",
        f"<div><div><i>20</i><i>2026-11</i></div><div>{LINK}<p>{'摘要的文字' * 80}</p><a href=/more>详细</a></div></div>",
        '<ul><li><a href="/content.jsp?id=1"><em>20</em><em>2026-11</em>市政府召开常务会议</a></li></ul>',
        '<ul><li><a href="javascript:open(1)">市政府召开常务会议</a><span>2026-11-20</span></li></ul>', "<ul><li><a onclick='open(1)'>市政府召开常务会议</a>11.20</li></ul>",
        # in attributes
        f'<ul><li>{LINK}<span title="2026-11-20 08:30">上周</span></li></ul>', f'<ul><li data-date="2026-11-20">{LINK}</li></ul>',
        '<ul><li><a href="/content.jsp?id=1" title="标题：市政府召开常务会议 发布时间：2026-11-20">市政府召开常务…</a></li></ul>',
        f'<ul><li>{LINK}<time datetime="2026-11-20T08:00">上周</time></li></ul>', f'<ul><li>{LINK}<i data-time="1795132800"></i></li></ul>',
        f'<ul><li>{LINK}<i data-x="2026-11-20"></i></li></ul>', f'<ul><li>{LINK}<i data-pubdate="20261120"></i></li></ul>',
    ],
)  # fmt: skip
def test_an_item_is_dated_however_it_is_built(body):
    found = _items(body)
    assert (found.newest, found.undated, found.doubts) == (DAY, (), ())


@pytest.mark.parametrize(
    "body",
    [
        f"<ul><li>{LINK}</li></ul>", f'<ul><li data-id="20261120">{LINK}</li></ul>', f'<ul><li data-views="1795132800">{LINK}</li></ul>',
        f"<ul><li><i>1</i>{LINK}</li><li><i>2</i>{OTHER}</li></ul>", f"<ul><li>{LINK} 沪府发〔2026〕20号</li></ul>", f"<ul><li>{LINK} 电话：20261120</li></ul>",
        f"<ul><li>{LINK}<span>021-20261120</span></li></ul>", f"<dl><dt>{LINK}</dt><dd>摘要</dd><dt>{OTHER}</dt><dd>摘要</dd></dl>",
    ],
)  # fmt: skip
def test_other_numbers_beside_an_item_are_no_dates_and_no_doubts(body):
    found = _items(body)
    assert (found.newest, found.dated, found.doubts) == (None, 0, ())


@pytest.mark.parametrize(
    "body",
    [
        f"<ul><li><i>28</i>{LINK}</li><li><i>27</i>{OTHER}</li></ul>", f"<ul><li>{LINK}<span>2026年11月</span></li></ul>",
        f"<ul><li><p>13/2026</p>{LINK}</li></ul>", f"<ul><li>{LINK}<span>上周</span></li></ul>", f"<ul><li>{LINK}<span>last week</span></li></ul>", f"<ul><li>{LINK}<span>十月廿八</span></li></ul>",
    ],
)  # fmt: skip
def test_what_may_be_the_date_of_an_item_is_told(body):
    found = _items(body)
    assert found.newest is None and found.doubts


NOW = "2026-11-24 星期二"
WORDS = f"<p>{'本局贯彻执行国家和本市有关法律法规。' * 20}</p>"
LISTED = f"<ul><li>{OTHER}<span>2026-10-01</span></li></ul>"


@pytest.mark.parametrize(
    "body",
    [
        f"<ul><li>{LINK}<span>{NOW}</span></li></ul>", f"<ul><li>{LINK}<span>2026年11月24日（周二）</span></li><li>{OTHER} 2026-10-01</li></ul>", f"<ul><li>{LINK} 11月24日 星期二</li></ul>",
        f"<article><h2>{LINK}</h2><p>{NOW}</p></article>", f"<dl><dt>{LINK}</dt><dd>{NOW}</dd></dl>", f"<main><a href='/1'>市政府召开常务会议 {NOW}</a></main>", f"<ul><li>{LINK}<i>Tue, 24 Nov 2026</i></li></ul>",
        f"<main><div>{LINK}<i>{NOW}</i></div><div>{OTHER}<i>2026-10-01 星期四</i></div></main>", f"<table><tr><td>{LINK}</td><td>{NOW}</td></tr><tr><td>{OTHER}</td><td>{NOW}</td></tr></table>",
        f"<ul><li><a href=/1>停水通知</a>{NOW}</li><li>{OTHER}2026-10-01</li></ul>", f"<main>{LINK} {NOW}<br>{OTHER} {NOW}<br>{WORDS}</main>", f"<ul><li>{LINK}<span>星期二</span></li></ul>",
        "<ul><li><a href=/1>今天召开大会的消息</a><b>2026-11-24</b></li></ul>", "<ul><li><a href=/1>从过去走到现在</a><b>2026-11-24</b></li></ul>",
    ],
)  # fmt: skip
def test_today_with_its_weekday_is_a_date_where_an_item_has_it(body):
    assert _items(body).newest == TODAY.day


@pytest.mark.parametrize(
    "clock",
    [
        f"<div>{NOW}</div>", f"<div>{NOW} <a href=/x>设为首页</a> | <a href=/y>加入收藏本站</a></div>", f"<div><p>{NOW}</p><p><a href=/>某某市政府门户网站</a></p></div>",
        f"<table><tr><td>{NOW}</td><td><a href=/index.html>某某市政府门户网站</a></td></tr></table>", f"<ul><li>{NOW}</li><li><a href=/x>无障碍浏览模式</a></li></ul>",
        "<div>今天是<b>2026年11月24日</b> <a href=/x>信息公开的指南</a></div>", "<div>今天是</div><div>2026年11月24日</div>", "<div>2026-11-24 10:15:33</div>", "<div>2026-11-24</div>",
        "<div>星期二 <a href=/x>加入收藏本站</a></div>", f"<ul><li><a href=/rili>{NOW}</a></li></ul>", "<div><i>星期一</i><i>星期二</i></div>", "<p>2026年11月24日 星期二 农历十月十六 <a href=/l>登录</a></p>",
        "<div><time datetime=2026-11-24></time></div>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("items", [LISTED, f"<main>{LINK} 2026-10-01<br>{OTHER} 2026-09-12<br>{WORDS}</main>"])
def test_a_clock_is_none(clock, items):
    found = _items(clock + items)
    assert (found.newest, found.unclaimed, found.doubts) == (date(2026, 10, 1), (), ())


@pytest.mark.parametrize(
    "body",
    [
        f"<main><section><h3>{LINK}</h3><span>2026-11-20</span></section>{WORDS}</main>", f"<main><span>{LINK} 2026-11-20</span>{WORDS}</main>", f"<main><h3>{LINK}<small>11-20</small></h3>{WORDS}</main>",
        "<main><figure><a href=/1><img src=/a.png alt=会议></a><figcaption>2026-11-20</figcaption></figure></main>", f"<center>{LINK}<font>[11-20]</font></center>", f"<news-item>{LINK}<x-day>2026.11.20</x-day></news-item>",
        f"<section><h3>{LINK}</h3><time datetime=2026-11-20>上周</time></section>",
    ],
)  # fmt: skip
def test_a_box_of_any_name_is_an_item(body):
    found = _items(body)
    assert (found.newest, found.undated, found.unclaimed) == (DAY, (), ())


@pytest.mark.parametrize(
    "row",
    [
        "<div><h3>{0}</h3></div><div>{1}</div>", "{0} {1}<br>", "<tr><td>{0}</td></tr><tr><td>{1}</td></tr>", "<table><tr><td>{0}</td></tr><tr><td>{1}</td></tr></table>", "<li>{0}</li><li>{1}</li>",
        "<div>{1}</div><h3>{0}</h3>", "<article>{0}</article><span>发布时间：{1} 来源：本局</span>", "<h3>{0}</h3>{1}", "<p><b>{0}</b></p><p><i>{1}</i> 浏览 33</p>",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("days", "newest"),
    [(("2026-11-20", "2026-10-01"), DAY), (("2026-10-02", "2025-10-01"), date(2026, 10, 2)), (("4天前", "11月2日"), DAY)],
)
def test_titles_and_dates_that_take_turns_are_a_list(row, days, newest):
    rows = "".join(row.format(link, day) for link, day in zip((LINK, OTHER), days, strict=True))
    found = _items(
        (
            f"<table>{rows}</table>"
            if row.startswith("<tr")
            else f"<ul>{rows}</ul>"
            if row.startswith("<li")
            else f"<main>{rows}</main>"
        )
        + WORDS
    )
    assert (found.newest, found.dated, found.unclaimed) == (newest, 2, ())


@pytest.mark.parametrize(
    ("body", "unclaimed"),
    [
        (f"<div><h3>{LINK}</h3></div><div>2026-11-20</div>", (DAY,)), (f"{LISTED}<h2>{LINK}</h2><p>2026-11-20 10:00 本局</p>", (DAY,)), (f"{LISTED}<p>{'文字' * 40}2026年11月20日{'文字' * 40}</p>", (DAY,)),
        (f"{LISTED}<div><h2>{LINK}</h2><i>{NOW}</i></div>", (TODAY.day,)), (f"<p>2026-11-24</p><h2>{LINK}</h2>", (TODAY.day,)), (f"<b>2026-11-24</b><br>{LINK}<br><b>2026-10-01</b><br>{OTHER}", (TODAY.day,)),
        # none
        (f"{LISTED}<p>版权所有 某某局 2026-11-20</p>", ()), (f"{LISTED}<p>最后更新：2026-11-20</p><p>版权所有 某某局</p><p>2026-11-20</p>", ()),
        (f"{LISTED}<footer>2026-11-20</footer><div class='page-footer'>2026-11-20</div><p id=Foot><b>2026-11-20</b></p>", ()), (f"{LISTED}<p>沪ICP备12345678号 2026-11-20</p>", ()),
        (f"{LISTED}<p>电话：20261120 传真 021-20261120 V2.11.20 11.20元 沪府发〔2026〕20号 编号：20261120101500</p>", ()), (f"{LISTED}<p>截止 2027-01-01</p>", ()), (f"{LISTED}<p>周六 9:00-12:00</p><p>周日</p>", ()),
        (f"{LINK} 021-20261120<br>{OTHER} 13820261120<br>", ()), (f"<h3>{LINK}</h3><p>电话 20261120</p><h3>{OTHER}</h3><p>编号：20261120101500</p>", ()),
    ],
)  # fmt: skip
def test_dates_that_belong_to_no_item_are_told(body, unclaimed):
    found = _items(body)
    assert found.unclaimed == unclaimed and found.newest in (None, date(2026, 10, 1))


def test_dates_without_an_item_are_not_looked_for_where_something_is_new():
    assert _items(f"<ul><li>{LINK}2026-11-20</li></ul><p>2026-11-22</p>").unclaimed == ()


def test_links_that_are_no_titles_raise_no_doubts():
    assert _items('<ul><li><a href="/1">3</a></li><li><a href="/2">17</a></li><li><a href="/3">2026</a></li></ul>').doubts == ()
