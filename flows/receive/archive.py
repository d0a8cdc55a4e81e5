"""The archive that a workbook is: whether it may be unpacked, which worksheets it has, and what its styles show."""

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from flows.receive.chunks import RefusedFile

DAMAGED = "不是完好的 XLSX 工作簿（{}）；请用 Excel 或 WPS 打开、另存为 .xlsx 后重新送来"
DAMAGES = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, expat.ExpatError,
    EOFError, KeyError, OSError, RuntimeError, ValueError,
)  # fmt: skip
BLOCK = 1 << 20

_MOST_ENTRIES = 2_000
_MOST_INFLATED = 400 << 20
_BOMB_SIZE = 32 << 20
_BOMB_RATIO = 200
# The parts that say which sheets there are.
_MOST_LISTED = 4 << 20
# A workbook has 64 000 styles at most.
_MOST_STYLES = 16 << 20
# Rows of a sheet that is not read are counted up to here.
_MOST_COUNTED = 100_000
_PERCENT_FORMATS = {"9", "10"}
# m/d/yy h:mm, the one built-in format of a day with its time.
_CLOCK_FORMATS = {"22"}


def check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise RefusedFile(DAMAGED.format("有两个同名的部分"))
    if not {entry.compress_type for entry in entries} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise RefusedFile(DAMAGED.format("压缩方法不对"))
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or inflated > _MOST_INFLATED or (inflated > _BOMB_SIZE and inflated > _BOMB_RATIO * packed):
        raise RefusedFile(
            f"解压后有 {len(entries)} 个部分、{inflated >> 20} MB，超出工作簿的合理大小；请改送 CSV，或删去多余的内容"
        )


def worksheets(archive: zipfile.ZipFile) -> list[tuple[str, str, bool]]:
    """Every worksheet in the workbook's order: its name, its part of the archive, and whether it is hidden."""
    workbook = _tree(archive, "xl/workbook.xml")
    sheets = [element for element in workbook.iter() if _plain(element.tag) == "sheet"]
    if not sheets:
        raise RefusedFile("工作簿里没有工作表")
    relations = _tree(archive, "xl/_rels/workbook.xml.rels")
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    worksheets = []
    for sheet in sheets:
        link = next((value for key, value in sheet.attrib.items() if _plain(key) == "id" and key != "id"), None)
        if link not in targets:
            raise RefusedFile(DAMAGED.format("找不到第一张工作表"))
        target = targets[link]
        part = target.lstrip("/") if target.startswith(("/", "xl/")) else str(PurePosixPath("xl") / target)
        worksheets.append((sheet.get("name", ""), part, sheet.get("state", "visible") != "visible"))
    return worksheets


def defined_name(archive: zipfile.ZipFile, name: str) -> str:
    """The value of a name that the workbook defines for all of its sheets; empty where it does not."""
    for element in _tree(archive, "xl/workbook.xml").iter():
        if _plain(element.tag) == "definedName" and element.get("name") == name and "localSheetId" not in element.attrib:
            return element.text or ""
    return ""


def rows_with_cells(archive: zipfile.ZipFile, part: str) -> int:
    """How many rows of a sheet have a cell with content, up to `_MOST_COUNTED`. A chart has no part of this kind."""
    if part not in archive.namelist():
        return 0
    rows, is_filled = 0, False

    def begin(name: str, _: dict[str, str]) -> None:
        nonlocal rows, is_filled
        match _local(name):
            case "row":
                is_filled = False
            case "v" | "is" if not is_filled:
                is_filled = True
                rows += 1

    with archive.open(part) as stream:
        parser = parser_of(begin, None)
        try:
            while rows < _MOST_COUNTED and (block := stream.read(BLOCK)):
                parser.Parse(block, False)
        except (expat.ExpatError, RefusedFile):
            # Nothing of this sheet is read; what was seen of it is told.
            pass
    return min(rows, _MOST_COUNTED)


@dataclass(frozen=True)
class Styles:
    """The cell styles (by number) under which 0.925 is shown as 92.5%, and those that show the time of day."""

    percent: frozenset[str] = frozenset()
    clock: frozenset[str] = frozenset()

    @classmethod
    def of(cls, archive: zipfile.ZipFile) -> "Styles":
        if "xl/styles.xml" not in archive.namelist():
            return cls()
        if archive.getinfo("xl/styles.xml").file_size > _MOST_STYLES:
            raise RefusedFile(DAMAGED.format(f"样式有 {_MOST_STYLES >> 20} MB 以上，多得不合情理"))
        codes: dict[str, str] = {}
        chosen: list[str] = []
        inside: list[str] = []

        def begin(name: str, attributes: dict[str, str]) -> None:
            plain = _local(name)
            if plain == "numFmt":
                # What stands in quotes or brackets or after a backslash is only text around the number.
                code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", attributes.get("formatCode", "")).lower()
                codes[attributes.get("numFmtId", "")] = code
            elif plain == "xf" and inside[-1:] == ["cellXfs"]:
                chosen.append(attributes.get("numFmtId", ""))
            inside.append(plain)

        parser = parser_of(begin, lambda _: inside.pop())
        with archive.open("xl/styles.xml") as stream:
            parser.ParseFile(stream)
        percents = _PERCENT_FORMATS | {number for number, code in codes.items() if "%" in code}
        clocks = _CLOCK_FORMATS | {number for number, code in codes.items() if "h" in code and "y" in code}
        return cls(
            frozenset(str(index) for index, number in enumerate(chosen) if number in percents),
            frozenset(str(index) for index, number in enumerate(chosen) if number in clocks),
        )


def words(fault: Exception) -> str:
    """The fault that a library raised, in words for people who have never seen its messages."""
    match fault:
        case zipfile.BadZipFile() | EOFError() | zlib.error():
            return "压缩包打不开，多半没有传完"
        case ElementTree.ParseError() | expat.ExpatError():
            return "其中的 XML 不完整"
        case KeyError():
            return "缺少工作簿应有的部分"
        case RuntimeError():
            return "其中的部分加了密"
        case _:
            return "其中的内容读不出来"


def parser_of(begin: Callable[[str, dict[str, str]], None], end: Callable[[str], object] | None) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise RefusedFile(DAMAGED.format("含有 DOCTYPE"))


def _local(name: str) -> str:
    """The name of an element, of which the parser also tells the namespace before it and the prefix behind it."""
    parts = name.split(" ")
    return parts[min(1, len(parts) - 1)]


def _tree(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    if archive.getinfo(part).file_size > _MOST_LISTED:
        raise RefusedFile(DAMAGED.format(f"{part} 大得不合情理"))
    content = archive.read(part)
    if b"<!DOCTYPE" in content:
        raise RefusedFile(DAMAGED.format("含有 DOCTYPE"))
    return ElementTree.fromstring(content)


def _plain(name: str) -> str:
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]
