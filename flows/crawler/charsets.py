"""Which charset a page declares, whether that is the real one, and its text."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

# The labels of the Encoding Standard (https://encoding.spec.whatwg.org/, 4.2), in small letters, by the codec that reads what
# browsers read. GBK is read as GB 18030, which holds all of it. The Standard's "replacement" (hz-gb-2312,
# iso-2022-kr and others) is missing on purpose: browsers do not read such pages. The last line of gb18030 are names that no
# browser knows and that say the truth all the same.
_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16-be": "unicodefffe utf-16be",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 "
    "gb2312-80 cp936 euc-cn",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859_2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859_3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859_4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859_5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859_6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 "
    "iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859_7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 "
    "sun_eu_greek",
    "iso8859_8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 "
    "visual csiso88598i iso-8859-8-i logical",
    "iso8859_10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859_13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859_14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859_15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso8859_16": "iso-8859-16",
    "koi8_r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8_u": "koi8-ru koi8-u",
    "mac_roman": "csmacintosh mac macintosh x-mac-roman",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 "
    "iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    # No codec of Python's: where it counts, it is read as windows-1252.
    "x-user-defined": "x-user-defined",
}  # fmt: skip
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

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
            return name, "字节顺序标记", _CODECS[name]
    unknown = None
    in_header = _IN_CONTENT.search(content_type)
    found = [(_HEADER, "".join(in_header.groups("")))] if in_header else []
    found += ((_PAGE, name) for name in _in_page(body))
    found += (("宽字符的 XML 声明", name) for start, name in _WIDE_XML if body.startswith(start))
    for where, name in found:
        label = name.strip()[:40]
        if (codec := _CODECS.get(label.lower())) is not None:
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
