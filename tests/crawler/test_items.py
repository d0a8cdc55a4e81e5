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
    return items_of(read_markup(Answer(200, {"Content-Type": "text/html"}, text, len(text), False, None, hops, 0.1, 0.1, 0.0)), TODAY)


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
        f"<ul><li><p>13/2026</p>{LINK}</li></ul>", f"<ul><li>{LINK}<span>上周三</span></li></ul>",
    ],
)  # fmt: skip
def test_what_may_be_the_date_of_an_item_is_told(body):
    found = _items(body)
    assert found.newest is None and found.doubts


def test_links_that_are_no_titles_raise_no_doubts():
    assert _items('<ul><li><a href="/1">3</a></li><li><a href="/2">17</a></li><li><a href="/3">2026</a></li></ul>').doubts == ()
