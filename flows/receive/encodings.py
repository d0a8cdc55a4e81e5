"""Determines the encoding of a text file by rule, never by guess. A refusal says which line is at fault, and why."""

import codecs
import gzip
import zlib
from dataclasses import dataclass

import pyarrow as pa

from flows.receive.chunks import RefusedFile
from flows.receive.content import Content
from flows.receive.magic import what_it_is

LONGEST_LINE = 4 << 20
_BLOCK = 1 << 20
_BOMB_SIZE = 256 << 20
_BOMB_RATIO = 100
# The mark of UTF-32 begins as that of UTF-16 does.
_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32 编码",
    codecs.BOM_UTF32_BE: "UTF-32 编码",
    codecs.BOM_UTF16_LE: "UTF-16 编码（Excel 的“Unicode 文本”）",
    codecs.BOM_UTF16_BE: "UTF-16 编码",
}
_SAVE_AS = "请用 Excel 或 WPS 打开，另存为“CSV UTF-8（逗号分隔）”后重新送来"
_NOT_WHOLE = "文件没有传完。请从原处重新传送（复制或导出），不要打开后另存：另存会把没有传完的部分变成看不出来的缺失"


@dataclass(frozen=True)
class _Failure:
    """The first line that cannot be decoded. `cut` is true where the file merely ends within a character.

    `ascii_only` is true where all bytes before it are ASCII, which is the same text in every encoding.
    """

    line: int
    cut: bool
    ascii_only: bool


def encoding_of(content: Content) -> str:
    """The encoding of a text file: a byte order mark, else strict UTF-8, else strict GB18030, else the file is refused."""
    try:
        begins = content.opened().read(4096)
        _refuse_others(content, begins)
        marked = begins.startswith(codecs.BOM_UTF8)
        utf_8 = _failure(content, "utf-8")
        if utf_8 is None:
            return "utf-8-sig"
        if marked or (utf_8.cut and not utf_8.ascii_only):
            # Cut inside a character, UTF-8 often passes for GB18030, and every name in it for another.
            raise RefusedFile(_sentence("UTF-8", utf_8))
        gb18030 = _failure(content, "gb18030")
        if gb18030 is None:
            return "gb18030"
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        what = what_it_is(content, expected=b"\x1f\x8b") or (
            "没有传完" if isinstance(fault, EOFError) else "不是 gzip 格式，或已损坏"
        )
        raise RefusedFile(f"压缩文件不完整或已损坏（{what}）；请重新传送") from None
    if gb18030.cut:
        raise RefusedFile(f"不是 UTF-8；{_sentence('GB18030', gb18030)}")
    raise RefusedFile(
        f"既不是 UTF-8（第 {utf_8.line} 行起）也不是 GB18030（第 {gb18030.line} 行起）编码；"
        "请从原系统重新导出为 UTF-8 的 CSV，或请送件单位重送"
    )


def _refuse_others(content: Content, begins: bytes) -> None:
    """Refuses files that are easily recognised as something else: UTF-16 text, and files of other formats."""
    wide = next((name for mark, name in _WIDE.items() if begins.startswith(mark)), "UTF-16 编码" if _alternates(begins) else "")
    if wide:
        raise RefusedFile(f"是 {wide}，不是 UTF-8；{_SAVE_AS}")
    other = b"\0" in begins or begins.startswith(b"%PDF")
    what = what_it_is(content) if other and not content.is_packed else ""
    if what:
        raise RefusedFile(f"不是文本文件，{what}；请改正文件名，或另存为 CSV 后重新送来")


def _alternates(begins: bytes) -> bool:
    """Whether every other byte of the first characters is 0, as in UTF-16 without its mark."""
    first = begins[:64]
    return len(first) >= 8 and any(
        first[offset::2].count(0) > 0.7 * len(first[offset::2]) and first[1 - offset :: 2].count(0) == 0 for offset in (0, 1)
    )


def _failure(content: Content, encoding: str) -> _Failure | None:
    """The first failure to decode the file in this encoding, or None. Refuses gzip bombs, NUL bytes and endless lines."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    size = run = 0
    ascii_only = True
    stream = content.opened()
    for block in iter(lambda: stream.read(_BLOCK), b""):
        size += len(block)
        if content.is_packed and size > _BOMB_SIZE and size > _BOMB_RATIO * content.size:
            raise RefusedFile(f"解压后超过原来的 {_BOMB_RATIO} 倍，疑为恶意压缩文件；请改送未压缩的文件")
        if b"\0" in block:
            raise RefusedFile("含有空字节（NUL），不是文本文件；请从原系统重新导出为 CSV")
        run = run + len(block) if b"\n" not in block and b"\r" not in block else len(block) - block.rfind(b"\n")
        if run > LONGEST_LINE:
            raise RefusedFile(f"有一行超过 {LONGEST_LINE >> 20} MB，不像是一行数据；请检查换行符")
        pending = decoder.getstate()[0]
        lines = block[: block.rfind(b"\n") + 1]
        if encoding == "utf-8" and not pending and _is_utf_8(lines):
            ascii_only &= lines.isascii()
            block = block[len(lines) :]
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as fault:
            # The decoder kept the undecoded end of the block before; it comes first.
            before = (pending + block)[: fault.start]
            good = size - len(block) - len(pending) + fault.start
            return _Failure(_line_ends(content, good) + 1, False, ascii_only and before.isascii())
        ascii_only &= text.isascii()
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return _Failure(_line_ends(content, size) + 1, True, ascii_only)
    return None


def _is_utf_8(text: bytes) -> bool:
    """Whether bytes are UTF-8, which is found out much faster than they are decoded."""
    try:
        pa.array([text], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _line_ends(content: Content, size: int) -> int:
    """How many lines end in the first `size` bytes, whatever their line end is. A CRLF across two blocks is one."""
    ends, after_return = 0, False
    stream = content.opened()
    while block := stream.read(min(_BLOCK, size)):
        size -= len(block)
        ends += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n") - (after_return and block.startswith(b"\n"))
        after_return = block.endswith(b"\r")
    return ends


def _sentence(encoding: str, failure: _Failure) -> str:
    """A sentence for the operator: which line cannot be decoded, and what to do."""
    if failure.cut:
        whole = f"第 1 至 {failure.line - 1} 行按 {encoding} 都读得出" if failure.line > 1 else f"编码像是 {encoding}"
        return f"{whole}，第 {failure.line} 行在一个 {encoding} 字符的中间断了：{_NOT_WHOLE}"
    return f"开头标明是 {encoding}，第 {failure.line} 行却有不是 {encoding} 的字节；请从原系统重新导出为 {encoding} 的 CSV"
