"""Where a refresh and where scripts lead, read as browsers read them."""

import pytest

from flows.crawler.onward import jumps, refresh_of


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("0;url=/a", (0, "/a")), ("0; URL='/a'", (0, "/a")), ('0;url="/a b"x', (0, "/a b")), (" 3 , url = /a", (3, "/a")), ("0 /a", (0, "/a")), ("0;/a", (0, "/a")),
        ("0;urls/a", (0, "urls/a")), ("0; u/a", (0, "u/a")), (".5;url=/a", (0, "/a")), ("1.9;url=/a", (1, "/a")), ("0;'/q'", (0, "/q")), ("00;url=/a", (0, "/a")),
        ("0\nurl=/a", (0, "/a")), ("0;URL=http://a.test/?u=1;2", (0, "http://a.test/?u=1;2")), ("5", (5, "")), ("5;", (5, "")), ("0;url=", (0, "")),
        ("x;url=/a", None), ("1x;url=/a", None), ("", None), (";url=/a", None), ("-1;url=/a", None),
    ],
)  # fmt: skip
def test_a_refresh_is_read_as_the_html_standard_reads_it(content, found):
    assert refresh_of(content) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("window.location.href='/a'", ["/a"]), ('location="/a"', ["/a"]), ("location['href'] = '/a'", ["/a"]), ("top.location='/a'", ["/a"]),
        ("self.location.replace('\\/a')", ["/a"]), ("parent.location.assign('/a')", ["/a"]), ("window.navigate('/a')", ["/a"]), ("window.open('/a', '_self')", ["/a"]),
        ("location.href='/\\u0061'", ["/a"]), ("var u='http://a.test/';\nlocation=u", ["http://a.test/"]), ("location.href='/a' + b", [None]), ("location.href = a ? '/b' : '/c'", [None]),
        ("var u='/a'; u+='b'; location=u", [None]), ("var u='/a'; u='/b'; location=u;", [None]), ("location = location.href", [None]),
        ("// location='/a'", []), ("/* location='/a' */", []), ("location.href == '/a'", []), ("a.location = '/a'", []), ("mylocation = '/a'", []), ("location.hash = '#a'", []),
        ("window.open('/a')", []), ("location.reload()", []), ("var s = 'location'", []), ("x => location", []),
    ],
)  # fmt: skip
def test_the_addresses_that_scripts_go_to_are_found(code, found):
    assert [jump.words for jump in jumps([code])] == found


@pytest.mark.parametrize(
    "unit", ["location = '", "location", "a.location=", "'", '"', "/*", "//", "`", "x", "window.open(", "location=u;", "\\"]
)
def test_no_script_takes_long_to_read(unit):
    assert len(list(jumps([unit * ((2 << 20) // len(unit))]))) <= 20


@pytest.mark.parametrize(
    ("code", "at_once"),
    [
        ("location='/a'", [True]), ("var a = {b: 1}; location='/a'", [True]), ("function go() { location='/a' }", [False]), ("if (a) { location='/a' } else location='/b'", [False, True]),
    ],
)  # fmt: skip
def test_what_every_visitor_runs_is_told_from_what_stands_in_a_block(code, at_once):
    assert [jump.at_once for jump in jumps([code])] == at_once
