"""Declared and real charsets: what a page is read as, and whether it says the truth."""

import codecs

import pytest

from flows.crawler.charsets import decode

WORDS = "<p>市某某局门户网站，政务公开，网上办事</p>"
UTF8, GB, BIG5 = WORDS.encode(), WORDS.encode("gb18030"), "<p>市民網站，政務公開</p>".encode("big5")


def _meta(name: str) -> bytes:
    return f'<meta http-equiv="Content-Type" content="text/html; charset={name}">'.encode()


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (UTF8, "text/html; charset=utf-8"), (UTF8, "text/html; charset=UTF8"), (UTF8, 'text/html; charset="utf-8"'), (GB, "text/html; charset=gb2312"),
        (GB, "text/html;charset=GBK"), (GB, "text/html; charset=gb18030"), (BIG5, "text/html; charset=big5"), (_meta("utf-8") + UTF8, "text/html"),
        (_meta("gb2312") + GB, "text/html"), (b"<meta charset=gbk>" + GB, ""), (codecs.BOM_UTF8 + UTF8, "text/html; charset=gbk"),
        (b'<?xml version="1.0" encoding="gb2312"?><html>' + GB, "text/html"), (b"<?xml version='1.0' encoding = 'UTF-8'?>" + UTF8, ""),
        (b"<!-- <meta charset=gbk> -->" + _meta("utf-8") + UTF8, ""), (_meta("no-such-charset") + b"<meta charset=gbk>" + GB, "text/html"),
        (_meta("csGB2312") + GB, ""), (b"<meta charset='x-gbk' />" + GB, ""), (_meta("utf-8") + UTF8, "text/html; charset=no-such-charset"),
        (WORDS.encode("utf-16"), ""), (WORDS.encode("utf-16-le"), "text/html; charset=utf-16"), (b'<META content="text/html; charset=gbk" http-equiv=CONTENT-TYPE>' + GB, ""),
        # the header goes before the meta
        (_meta("utf-16") + UTF8, "text/html; charset=utf-8"), (b'<?xml version="1.0" encoding="gbk"?>' + UTF8, "text/html; charset=utf-8"),
        (_meta("gb2312") + UTF8, "text/html; charset=utf-8"), (_meta("utf-8") + GB, "text/html; charset=gbk"),
        # characters of GBK and GB18030 that GB 2312 does not have
        ("<p>镕瞭㐀</p>".encode("gb18030"), "text/html; charset=gb2312"),
    ],
)  # fmt: skip
def test_a_declared_charset_that_is_the_real_one_is_right(body, header):
    decoded = decode(body, header)
    assert decoded.right and "\ufffd" not in decoded.text and "<p>" in decoded.text


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (GB, "text/html; charset=utf-8"), (UTF8, "text/html; charset=gb2312"), (_meta("utf-8") + GB, "text/html"), (_meta("gb2312") + UTF8, "text/html"),
        (_meta("gbk") + GB, "text/html; charset=utf-8"), (UTF8, "text/html; charset=iso-8859-1"), (GB, "text/html; charset=iso-8859-1"),
        (GB, "text/html; charset=no-such-charset"),
        # UTF-16 in a page that can be read as ASCII means UTF-8, and is no truth
        (_meta("utf-16") + UTF8, "text/html"), (b"<meta charset=utf-16le>" + UTF8, ""), (b"<meta charset='unicode'>" + UTF8, ""), (_meta("UTF-16BE") + GB, ""),
        (b'<?xml version="1.0" encoding="utf-16"?>' + UTF8, ""), (b"<meta charset=x-user-defined>" + UTF8, ""),
        # words about a charset are no declaration
        (b'<meta name="description" content="charset=utf-8">' + GB, ""), (b"<!-- <meta charset=gbk> -->" + GB, ""), (b' <?xml version="1.0" encoding="gbk"?>' + GB, ""),
        # browsers do not read it
        (_meta("hz-gb-2312") + GB, ""), (UTF8, "text/html; charset=koi8-r"),
    ],
)  # fmt: skip
def test_a_declared_charset_that_is_not_the_real_one_is_wrong_and_the_page_is_read_all_the_same(body, header):
    decoded = decode(body, header)
    assert not decoded.right and WORDS in decoded.text and decoded.summary


@pytest.mark.parametrize("cut", range(1, 4))
@pytest.mark.parametrize(("codec", "header"), [("utf-8", "text/html; charset=utf-8"), ("gb18030", "text/html; charset=gbk")])
def test_a_last_character_that_was_cut_is_no_fault(codec, header, cut):
    decoded = decode((WORDS + "公开㐀").encode(codec)[:-cut], header)
    assert decoded.right and decoded.text.startswith(WORDS)


def test_a_page_of_ascii_letters_that_declares_utf16_says_no_truth():
    decoded = decode(b'<meta charset="utf-16"><title>Bureau</title>', "text/html")
    assert (decoded.right, decoded.codec, decoded.text) == (False, "utf-8", '<meta charset="utf-16"><title>Bureau</title>')


def test_a_charset_is_looked_up_among_those_of_pages_only():
    """Python knows codecs that are none of a page's business."""
    for name in ("idna", "rot13", "zip", "hex", "unicode_escape", "utf-7", "punycode"):
        assert decode(UTF8, f"text/html; charset={name}").text == WORDS


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\xff\xfe", b"\xff" * 100, bytes(range(256)), b"\x80", "한국어 웹".encode("euc-kr")]
)
@pytest.mark.parametrize("header", ["", "text/html; charset=utf-8", "text/html; charset=gbk", "text/html; charset="])
def test_whatever_comes_gives_a_text(body, header):
    assert isinstance(decode(body, header).text, str)
