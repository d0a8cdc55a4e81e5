"""The bulletin as an editable document for Word and WPS: real styles, in the layout of GB/T 9704.

Fonts are named, not embedded, as is the custom: 仿宋, 黑体, 楷体 and 小标宋 are on the reader's machine, and each has a
second name for where they are called otherwise.
"""

import io
import re
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Word
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as Align
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from flows.documents.text import Annex, Bulletin

_SONG, _HEI, _KAI, _TITLE = "仿宋", "黑体", "楷体", "方正小标宋简体"
# The fonts that a machine takes where it has no font of the name.
_OTHER_NAMES = {_SONG: "仿宋_GB2312", _KAI: "楷体_GB2312", _TITLE: "宋体", _HEI: "SimHei"}
_LATIN = "Times New Roman"
_BODY, _PITCH = Pt(16), Pt(28.9)
_RED = RGBColor(0xD7, 0x00, 0x0F)
_PAGE_NUMBER = f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType="end"/></w:r>'
# XML does not allow these characters, and nobody means them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_word(bulletin: Bulletin, year: int, path: Path) -> None:
    """Writes the file; equal bulletins give equal bytes."""
    word = Document()
    _page(word)
    _styles(word)
    _bands(word, bulletin.bands)
    _letterhead(word, bulletin)
    _add(word, bulletin.title, "Title")
    if bulletin.addressees:
        _add(word, bulletin.addressees, "主送机关")
    names = {"heading": "Heading 1", "subheading": "Heading 2", "paragraph": "正文段落"}
    for block in bulletin.body:
        _add(word, block.text, names[block.kind])
    _annex_list(word, bulletin.annexes)
    if bulletin.signature:
        signature = _add(word, bulletin.signature, "署名")
        # It stands in the middle above the date, which ends four characters from the edge.
        signature.paragraph_format.right_indent = Length(max(0, 8 + len(bulletin.date) - len(bulletin.signature)) * _BODY // 2)
    if bulletin.date:
        _add(word, bulletin.date, "成文日期")
    if bulletin.remark:
        _add(word, bulletin.remark, "正文段落")
    for position, annex in enumerate(bulletin.annexes, start=1):
        _annex(word, annex, str(position) if len(bulletin.annexes) > 1 else "")
    _properties(word, bulletin, year)
    _write_same_bytes(word, path)


def _page(word: Word) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    word.settings.odd_and_even_pages_header_footer = True
    _number(section.footer, Align.RIGHT)
    _number(section.even_page_footer, Align.LEFT)


def _number(footer, side: Align) -> None:
    paragraph = footer.paragraphs[0]
    paragraph.alignment = side
    indent = paragraph.paragraph_format
    indent.left_indent = indent.right_indent = Pt(14)
    for part in ("— ", "", " —"):
        run = paragraph.add_run(part)
        _font(run, "宋体", Pt(14))
        if not part:
            run._element.extend(parse_xml(_PAGE_NUMBER))


def _styles(word: Word) -> None:
    normal = word.styles["Normal"]
    _font(normal, _SONG, _BODY)
    _spacing(normal)
    normal.paragraph_format.widow_control = False
    # Without it punctuation and some characters look as in Japan.
    normal.element.get_or_add_rPr().append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN"/>'))
    for name, font in (("Title", _TITLE), ("Heading 1", _HEI), ("Heading 2", _KAI)):
        style = word.styles[name]
        for leftover in style.element.xpath("./w:rPr|./w:pPr/w:pBdr"):
            leftover.getparent().remove(leftover)
        _font(style, font, Pt(22) if name == "Title" else _BODY)
        style.font.color.rgb = RGBColor(0, 0, 0)
        _spacing(style)
        if name == "Title":
            style.paragraph_format.alignment = Align.CENTER
            style.paragraph_format.line_spacing = Pt(36)
            style.paragraph_format.space_after = _PITCH
        else:
            style.paragraph_format.keep_with_next = True
            _indent(style, 2)
    _style(word, "版头", align=Align.CENTER)
    _style(word, "主送机关")
    _indent(_style(word, "正文段落", align=Align.JUSTIFY), 2)
    _style(word, "附件说明")
    signature = _style(word, "署名", align=Align.RIGHT).paragraph_format
    signature.space_before, signature.keep_with_next, signature.right_indent = 2 * _PITCH, True, 4 * _BODY
    _style(word, "成文日期", align=Align.RIGHT).paragraph_format.right_indent = 4 * _BODY
    _style(word, "附件标记", font=_HEI)
    for name, size in (("须知", 12), ("页眉须知", 9)):
        band = _style(word, name, font=_HEI, size=Pt(size), line=Pt(size * 1.5), align=Align.CENTER)
        band.font.color.rgb = _RED
    _style(word, "表格文字", font=_SONG, size=Pt(14), line=Pt(22))
    _style(word, "表格标题", font=_HEI, size=Pt(14), line=Pt(22), align=Align.CENTER)
    _name_fonts(word)


def _bands(word: Word, bands: tuple[str, ...]) -> None:
    """Bands stand in a box above all else on the first page, and small at the top of every other."""
    if not bands:
        return
    section = word.sections[0]
    section.different_first_page_header_footer = True
    _number(section.first_page_footer, Align.RIGHT)
    for index, band in enumerate(bands):
        boxed = _add(word, band, "须知")
        _border(boxed, ("top", "left", "bottom", "right"), 8, 4)
        if index == len(bands) - 1:
            boxed.paragraph_format.space_after = Pt(18)
        for header in (section.header, section.even_page_header):
            paragraph = header.add_paragraph() if index else header.paragraphs[0]
            paragraph.style = "页眉须知"
            paragraph.add_run(_clean(band))


def _letterhead(word: Word, bulletin: Bulletin) -> None:
    if not bulletin.letterhead:
        return
    # As large as fits one line of 156 mm, at most 44 points.
    size = Pt(min(44, int(442 / max(len(bulletin.letterhead), 1))))
    paragraph = _add(word, bulletin.letterhead, "版头")
    paragraph.paragraph_format.line_spacing = Length(int(size * 1.4))
    for run in paragraph.runs:
        _font(run, _TITLE, size)
        run.font.color.rgb = _RED
    if bulletin.number:
        paragraph = _add(word, bulletin.number, "版头")
    _border(paragraph, ("bottom",), 12, 12)
    paragraph.paragraph_format.space_after = Pt(24)


def _border(paragraph, sides: tuple[str, ...], width: int, space: int) -> None:
    """Red lines around a paragraph, their width in eighths of a point and their distance in points."""
    lines = "".join(f'<w:{side} w:val="single" w:sz="{width}" w:space="{space}" w:color="{_RED}"/>' for side in sides)
    # Word wants a paragraph's properties in their order: the border stands right behind the style.
    style = paragraph._element.get_or_add_pPr().find(qn("w:pStyle"))
    style.addnext(parse_xml(f"<w:pBdr {nsdecls('w')}>{lines}</w:pBdr>"))


def _annex_list(word: Word, annexes: tuple[Annex, ...]) -> None:
    for position, annex in enumerate(annexes, start=1):
        number = f"{position}. " if len(annexes) > 1 else ""
        paragraph = _add(word, f"{'附件：' if position == 1 else ''}{number}{annex.caption}", "附件说明")
        layout = paragraph.paragraph_format
        # 附件 stands two characters in; later lines stand under the first one's number.
        layout.left_indent = (6 if number else 5) * _BODY
        layout.first_line_indent = -(4 if number else 3) * _BODY if position == 1 else -_BODY
        if position == 1:
            layout.space_before = _PITCH


def _annex(word: Word, annex: Annex, number: str) -> None:
    word.add_section(WD_SECTION.NEW_PAGE).different_first_page_header_footer = False
    _add(word, f"附件{number}", "附件标记")
    _add(word, annex.caption, "Title")
    table = word.add_table(rows=1, cols=3, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = (Mm(26), Mm(90), Mm(38))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    heads, texts = _id_of(word, "表格标题"), _id_of(word, "表格文字")
    _fill(table.rows[0].cells, annex.columns, widths, heads)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in annex.rows:
        _fill(table.add_row().cells, row, widths, texts)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _fill(cells, texts: tuple[str, ...], widths: tuple[Length, ...], style: str) -> None:
    for column, (cell, text, width) in enumerate(zip(cells, texts, widths, strict=True)):
        cell.width = width
        paragraph = cell.paragraphs[0]
        _put_in_style(paragraph, style)
        paragraph.add_run(_clean(text))
        if column != 1:
            paragraph.alignment = Align.CENTER


def _add(word: Word, text: str, style: str):
    paragraph = word.add_paragraph(_clean(text))
    _put_in_style(paragraph, _id_of(word, style))
    return paragraph


def _id_of(word: Word, style: str) -> str:
    return word.styles[style].style_id


def _put_in_style(paragraph, style: str) -> None:
    # By its id: the library would go through all styles twice, which took half the time that a document takes.
    paragraph._p.style = style


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def _style(
    word: Word,
    name: str,
    *,
    font: str | None = None,
    size: Length = _BODY,
    line: Length | None = None,
    align: Align | None = None,
) -> ParagraphStyle:
    style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = word.styles["Normal"]
    style.quick_style = True
    if font:
        _font(style, font, size)
    if line:
        style.paragraph_format.line_spacing = line
    if align is not None:
        style.paragraph_format.alignment = align
    return style


def _spacing(style: ParagraphStyle) -> None:
    layout = style.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, _PITCH
    layout.space_before = layout.space_after = Pt(0)


def _indent(style: ParagraphStyle, characters: int) -> ParagraphStyle:
    """An indent in characters, which follows the font's size; the length is for readers that do not know characters."""
    style.paragraph_format.first_line_indent = characters * _BODY
    style.element.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), str(100 * characters))
    return style


def _font(styled, name: str, size: Length) -> None:
    """Gives a run or a style the font of Chinese characters, with one for Latin letters and digits beside it."""
    properties = styled._element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for attribute, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", name)):
        fonts.set(qn(f"w:{attribute}"), font)
    fonts.set(qn("w:hint"), "eastAsia")
    properties.sz_val = size


def _name_fonts(word: Word) -> None:
    """Tells Word what to take instead of a font that it does not have."""
    part = next(part for part in word.part.package.iter_parts() if str(part.partname) == "/word/fontTable.xml")
    fonts = "".join(f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>' for name, other in _OTHER_NAMES.items())
    part._blob = part.blob.replace(b"</w:fonts>", fonts.encode() + b"</w:fonts>")


def _properties(word: Word, bulletin: Bulletin, year: int) -> None:
    core = word.core_properties
    core.title, core.author, core.last_modified_by = _clean(bulletin.title)[:255], _clean(bulletin.signature)[:255], ""
    core.comments, core.keywords, core.language, core.revision = _clean("\n".join(bulletin.bands))[:255], "", "zh-CN", 1
    # A document holds the time of its making; equal results must not differ by that.
    core.created = core.modified = datetime(year + 1, 1, 1)


def _write_same_bytes(word: Word, path: Path) -> None:
    made = io.BytesIO()
    word.save(made)
    with ZipFile(made) as parts, ZipFile(path, "w", ZIP_DEFLATED) as package:
        for name in parts.namelist():
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            package.writestr(entry, parts.read(name))
