"""Which charset a page declares, whether that is the real one, and its text."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from flows.crawler.labels import CODECS

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_IN_CONTENT = re.compile(r"charset\s*=\s*(?:\"\s*([^\"]+)\"|'\s*([^']+)'|([^\s\"';,]+))", re.I)
# The HTML Standard, "prescan a byte stream to determine its encoding". Browsers look further than its 1024 bytes, too.
_META_WITHIN = 4096
_COMMENT = re.compile(rb"<!--(?:>|->|.*?(?:-->|\Z))", re.S)
_META = re.compile(rb"""<meta(?=[\s/])((?:[^>"']|"[^"]*"|'[^']*')*)>""", re.I)
_ATTRIBUTE = re.compile(rb"""([^\s"'>/=]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
# "Get an XML encoding": at the very beginning, and up to the first bracket.
_IN_XML = re.compile(rb"""<\?xml[^>]*?encoding[\x00-\x20]*=[\x00-\x20]*(?:"([^">]*)"|'([^'>]*)')""")
_WIDE_XML = ((b"<\0?\0x\0", "utf-16le"), (b"\0<\0?\0x", "utf-16be"))
# What is read as something else where the page itself says it: a page whose declaration can be read as ASCII is no UTF-16.
_IN_PAGE = {"utf-16-le": "utf-8", "utf-16-be": "utf-8", "x-user-defined": "cp1252"}
_UTF16 = ("utf-16-le", "utf-16-be")
# Declared so, bytes may be anything: such a declaration proves nothing about bytes that are something better.
_STRICT = {"utf-8", *_UTF16, "gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"}
# So many characters outside ASCII, and text that decodes as UTF-8 is UTF-8: other charsets do not do that by accident.
_PROOF = 3
# Pages are damaged here and there; a declared charset with so small a part of broken characters is still the real one.
_DAMAGE = 0.005


class Decoded(NamedTuple):
    """A page's text. `right` is whether the declared charset is the real one; `summary` says so for an operator."""

    text: str
    codec: str
    right: bool
    summary: str


def decode(body: bytes, content_type: str) -> Decoded:
    """Declared by mark, header or page, in this order; where the bytes say otherwise, the bytes are right."""
    name, where, codec = _declared(body, content_type)
    said = f"{where}为 {name}" if name else "没有声明编码"
    if codec is not None and where == _PAGE and codec in _IN_PAGE:
        read = decode(body, f"text/html; charset={_IN_PAGE[codec]}")
        return read._replace(right=False, summary=f"{said}，浏览器按 {_IN_PAGE[codec].upper()} 读，实际是 {read.codec.upper()}")
    if codec == "x-user-defined":
        codec = _IN_PAGE[codec]
    if body.isascii() and codec not in _UTF16:
        right = name is None or codec is not None
        summary = f"{where}为 {name}" if name else "没有声明，内容都是 ASCII 字符"
        return Decoded(body.decode("ascii"), codec or "utf-8", right, summary if right else f"{summary}，没有这种编码")
    text = _strictly(body, codec) if codec else None
    if codec and text is not None and not _is_rather_utf8(body, codec):
        return Decoded(text, codec, True, f"{said}，相符")
    for real in ("utf-8", "gb18030"):
        if real != codec and (found := _strictly(body, real)) is not None:
            return Decoded(found, real, False, f"{said}，实际是 {real.upper()}")
    return _damaged(body, text, codec, said)


_HEADER, _PAGE = "应答头声明", "网页声明"


def _declared(body: bytes, content_type: str) -> tuple[str | None, str, str | None]:
    """The label, who gave it, and the codec that it stands for. A label that is none counts only where there is no other."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, "字节顺序标记", CODECS[name]
    unknown = None
    in_header = _IN_CONTENT.search(content_type)
    found = [(_HEADER, "".join(in_header.groups("")))] if in_header else []
    found += ((_PAGE, name) for name in _in_page(body))
    found += (("宽字符的 XML 声明", name) for start, name in _WIDE_XML if body.startswith(start))
    for where, name in found:
        label = name.strip()[:40]
        if (codec := CODECS.get(label.lower())) is not None:
            return label, where, codec
        unknown = unknown or (label, where, None)
    return unknown or (None, "", None)


def _in_page(body: bytes) -> Iterator[str]:
    """What the page's own metas and its XML declaration say, in this order."""
    head = _COMMENT.sub(b"", body[:_META_WITHIN])
    for meta in _META.finditer(head):
        attributes: dict[str, str] = {}
        for name, *values in _ATTRIBUTE.findall(meta[1]):
            attributes.setdefault(name.lower().decode("latin-1"), b"".join(values).decode("latin-1"))
        if "charset" in attributes:
            yield attributes["charset"]
        elif attributes.get("http-equiv", "").lower() == "content-type" and (
            found := _IN_CONTENT.search(attributes.get("content", ""))
        ):
            yield "".join(found.groups(""))
    if found := _IN_XML.match(body, 0, _META_WITHIN):
        yield b"".join(found.groups(b"")).decode("latin-1")


def _strictly(body: bytes, codec: str) -> str | None:
    """The text, or None where a byte is wrong. A last character that is cut off is left out."""
    try:
        text = body.decode(codec)
    except UnicodeDecodeError:
        try:
            text = codecs.getincrementaldecoder(codec)("strict").decode(body)
        except UnicodeDecodeError:
            return None
    return text.removeprefix("\ufeff")


def _is_rather_utf8(body: bytes, codec: str) -> bool:
    """Whether bytes that decode as declared are really UTF-8, or Chinese behind the name of a lenient charset."""
    if codec == "utf-8" or codec in _UTF16:
        return False
    text = _strictly(body, "utf-8")
    if text is not None:
        return sum(not letter.isascii() for letter in text) >= _PROOF
    if codec not in _STRICT:
        text = _strictly(body, "gb18030")
        return text is not None and sum(letter >= "\u4e00" for letter in text) >= _PROOF
    return False


def _damaged(body: bytes, text: str | None, codec: str | None, said: str) -> Decoded:
    if text is not None and codec:  # decodes as declared, and as nothing better
        return Decoded(text, codec, True, f"{said}，相符")
    text = body.decode(codec or "utf-8", "replace")
    broken = text.count("\ufffd")
    right = codec is not None and broken <= max(1, _DAMAGE * len(text))
    return Decoded(text, codec or "utf-8", right, f"{said}，有 {broken} 处坏字符" + ("" if right else "，对不上"))
