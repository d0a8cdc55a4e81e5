"""What keeps people out, by ACT rule 23a2a8, HTML-AAM and what elements around say."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.crawler.accessibility import faults_of

FRAME = "<!DOCTYPE html><html><body><main><h1>市某某局</h1>{}</main></body></html>"
LOGO = '<img src="/a.png">'


def _faults(markup: str):
    return faults_of(LexborHTMLParser(FRAME.format(markup)))


@pytest.mark.parametrize(
    "markup",
    [
        # named
        '<img src="/a.png" alt="徽标">', '<img src="/a.png" title="徽标">', '<img src="/a.png" aria-label="徽标">',
        '<img src="/a.png" aria-labelledby="none name"><span id="name">徽标</span>', '<p id="n" hidden>徽标</p><img src="/a.png" aria-labelledby="n">',
        '<span id="n"><img alt="徽标" src="/b.png"></span><img src="/a.png" aria-labelledby="n">', '<img src="/a.png" alt=" " title="徽标">',
        '<div role="img" aria-label="徽标"></div>', '<img role="none" aria-label="徽标" src="/a.png">',
        # decoration
        '<img src="/a.png" alt="">', "<img src='/a.png' alt>", '<img src="/a.png" role="presentation">', '<img src="/a.png" role="NONE">',
        '<img src="/a.png" role="none" aria-hidden="false">', '<div role="none"></div>',
        # hidden
        '<img src="/a.png" aria-hidden="true">', '<img src="/a.png" hidden>', '<img src="/a.png" style="display:none" width="1" height="1">',
        '<img src="/a.png" style="color:red; DISPLAY : none !important">', '<img src="/a.png" style="visibility:hidden">',
        f'<div aria-hidden="true"><p>{LOGO}</p></div>', f'<div hidden><a href="/">{LOGO}</a></div>', f'<div style="display: none">{LOGO}</div>',
        f'<div style="visibility: hidden"><p>{LOGO}{LOGO}</p></div>', f"<dialog>{LOGO}</dialog>", f"<div inert>{LOGO}</div>",
        f'<div style="display:none"><p style="visibility:visible">{LOGO}</p></div>',
        # none by this rule
        '<svg role="img"></svg>', "<input type=image src=/a.png>",
    ],
)  # fmt: skip
def test_an_image_that_has_or_needs_no_alternative_is_no_fault(markup):
    assert _faults(markup).images == 0


@pytest.mark.parametrize(
    ("markup", "images"),
    [
        (LOGO, 1), (LOGO * 3, 3), ('<img src="/a.png" alt=" ">', 1), ('<img src="/a.png" title=" ">', 1), ('<img src="/a.png" aria-label="">', 1),
        ('<img src="/a.png" aria-labelledby="nothing">', 1), ('<i id="n"></i><img src="/a.png" aria-labelledby="n">', 1), ('<div role="img"></div>', 1),
        ('<img role="none" tabindex="0" src="/a.png">', 1), ('<img role="presentation" aria-describedby="a" src="/a.png">', 1),
        ('<img src="/a.png" aria-hidden="false">', 1), ('<img src="/a.png" style="opacity:0">', 1), ('<img src="/a.png" style="display:none;display:block">', 1),
        (f'<div hidden style="display:block">{LOGO}</div>', 1), (f'<div style="margin-left:-9999px">{LOGO}</div>', 1), (f"<dialog open>{LOGO}</dialog>", 1),
        (f'<div style="visibility:hidden">{LOGO}<p style="visibility:visible">{LOGO}</p>{LOGO}</div>', 1), (f'<p aria-hidden="true"></p>{LOGO}', 1),
        (f'<div hidden>{LOGO}</div>{LOGO}', 1), ('<img role="img" src="/a.png">', 1),
    ],
)  # fmt: skip
def test_any_other_image_is_one(markup, images):
    assert _faults(markup).images == images


@pytest.mark.parametrize(
    ("markup", "inputs"),
    [
        ('<input type="text" name="a">', 1), ("<select></select><textarea></textarea>", 2), ('<div style="display:none"><input name="a"></div>', 0),
        ('<div hidden><select></select></div>', 0), ('<input name="a" aria-hidden="true">', 0), ('<input name="a" aria-labelledby="b"><b id="b">站内</b>', 0),
        ('<input name="a" aria-labelledby="b">', 1), ('<label>站内 <input name="a"></label>', 0), ('<label for="a">站内</label><input id="a">', 0),
        ('<input type="hidden"><input type="submit"><input title="站内">', 0),
        # a placeholder names what nothing else names, where it is shown
        ('<input placeholder="请输入关键字"><button>搜索</button>', 0), ('<input type="search" placeholder="站内"><textarea placeholder="留言"></textarea>', 0),
        ('<input type="TEL" placeholder="电话"><input type="password" placeholder="密码"><input type="new" placeholder="新">', 0),
        ('<input placeholder=" "><input placeholder=""><textarea placeholder="　"></textarea>', 3), ('<input type="checkbox" placeholder="同意">', 1),
        ('<select placeholder="区县"></select><input type="file" placeholder="附件"><input type="date" placeholder="日期">', 3),
        ('<input aria-label=" " placeholder="站内">', 0),
    ],
)  # fmt: skip
def test_an_input_needs_a_label_where_somebody_meets_it(markup, inputs):
    assert _faults(markup).inputs == inputs


@pytest.mark.parametrize(
    ("body", "no_heading", "no_main"),
    [
        ("<div><p>无</p></div>", True, True), ("<h1>局</h1>", False, True), ('<div role="heading" aria-level="1">局</div>', False, True),
        ('<div role="heading">局</div>', True, True), ('<h2 aria-level="1">局</h2>', False, True), ('<p aria-level="1">局</p>', True, True),
        ('<div role="MAIN"><div role="Heading" aria-level=" 1 ">局</div></div>', False, False), ("<main></main>", True, False),
    ],
)  # fmt: skip
def test_a_first_heading_and_a_main_landmark_may_be_told_by_role(body, no_heading, no_main):
    faults = faults_of(LexborHTMLParser(f"<html><body>{body}</body></html>"))
    assert (faults.no_heading, faults.no_main) == (no_heading, no_main)
