"""Which charset a page declares, whether that is the real one, and its text."""

import codecs
import re
from typing import NamedTuple

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.I)
_IN_META = re.compile(rb"<meta\b[^>]{0,400}?\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]+)", re.I)
_META_WITHIN = 4096
# The names that pages use, and what browsers read them as. Only these: a codec by any name could be anything.
_CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "gb_2312-80": "gb18030", "gb2312-80": "gb18030",
    "x-gbk": "gb18030", "cp936": "gb18030", "euc-cn": "gb18030", "chinese": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "iso-8859-15": "iso-8859-15", "shift_jis": "shift_jis", "euc-jp": "euc_jp", "euc-kr": "euc_kr",
}  # fmt: skip
# Declared so, anything decodes: such a declaration proves nothing about bytes that are something better.
_LENIENT = {"cp1252", "iso-8859-15"}
# So many characters outside ASCII, and text that decodes as UTF-8 is UTF-8: other charsets do not do that by accident.
_PROOF = 3
# Pages are damaged here and there; a declared charset with so small a part of broken characters is still the real one.
_DAMAGE = 0.005


class Decoded(NamedTuple):
    """A page's text. `right` is whether the declared charset is the real one; `told` says so for an operator."""

    text: str
    codec: str
    right: bool
    told: str


def decode(body: bytes, content_type: str) -> Decoded:
    """Declared by mark, header or meta, in this order; where the bytes say otherwise, the bytes are right."""
    name, where = _declared(body, content_type)
    codec = _CODECS.get(name.lower()) if name else None
    if body.isascii() and codec not in ("utf-16-le", "utf-16-be"):
        right = name is None or codec is not None
        told = f"{where}为 {name}" if name else "没有声明，内容都是 ASCII 字符"
        return Decoded(body.decode("ascii"), codec or "utf-8", right, told if right else f"{told}，没有这种编码")
    text = _strictly(body, codec) if codec else None
    if text is not None and not _is_rather_utf8(body, codec):
        return Decoded(text, codec, True, f"{where}为 {name}，相符")
    for real in ("utf-8", "gb18030"):
        if real != codec and (found := _strictly(body, real)) is not None:
            said = f"{where}为 {name}，实际是 {real.upper()}" if name else f"没有声明编码，实际是 {real.upper()}"
            return Decoded(found, real, False, said)
    return _damaged(body, text, codec, f"{where}为 {name}" if name else "没有声明编码")


def _declared(body: bytes, content_type: str) -> tuple[str | None, str]:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, "字节顺序标记"
    found = _IN_HEADER.search(content_type)
    if found:
        return found[1][:40], "应答头声明"
    found = _IN_META.search(body, 0, _META_WITHIN)
    if found:
        return found[1].decode("ascii")[:40], "网页声明"
    return None, ""


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
    if codec == "utf-8" or codec.startswith("utf-16"):
        return False
    text = _strictly(body, "utf-8")
    if text is not None:
        return sum(not letter.isascii() for letter in text) >= _PROOF
    if codec in _LENIENT:
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
