"""The documents as files: the same bytes from the same tables, real styles, fonts inside, and nothing hostile gets out."""

import re
import time
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
import typst
from docx import Document

from flows.documents import DOCUMENTS, pdf, write_documents
from flows.documents.html import file_name, href
from flows.documents.pdf import FONTS
from flows.errors import OperatorError
from flows.home import Home
from flows.host.progress import silent
from tests.documents.results import HOSTILE, SCHEME, everywhere, put, small_year

TEMPLATE = """标题：关于{{ 年 }}年评议情况的通报
主送：各单位：
署名：办公厅
日期：二〇〇八年二月二十八日

一、概况
网站共{{ 和("group_summary", "sites") | 整数 }}个。
（一）得分
平均{{ 值("group_summary", "mean", group="department") | 小数(1) }}分。
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "bulletin").mkdir()
    (folder / "bulletin" / "bulletin.txt").write_text(TEMPLATE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(home, tmp_path_factory) -> Path:
    results = small_year(tmp_path_factory.mktemp("results"))
    write_documents(SCHEME, Home(home), results, silent)
    return results


def documents(results: Path) -> dict[str, bytes]:
    paths = [*(results / name for name in DOCUMENTS), *(results / "sites").iterdir()]
    return {str(path.relative_to(results)): path.read_bytes() for path in paths if path.is_file()}


def test_the_same_tables_give_the_same_bytes_at_another_time(made, home, tmp_path):
    time.sleep(2.1)  # a zip file tells times to two seconds
    again = small_year(tmp_path)
    write_documents(SCHEME, Home(home), again, silent)
    assert documents(again) == documents(made)
    assert {"bulletin.docx", "index.html", "sites/s1.html", "sites/s2.html", "sites/s3.html"} <= documents(made).keys()


def test_progress_is_reported_to_the_end(home, tmp_path):
    steps: list[tuple[str, int, int]] = []
    write_documents(SCHEME, Home(home), small_year(tmp_path), lambda *step: steps.append(step))
    assert ("生成通报", 3, 3) in steps
    assert steps[-1] == ("生成网站评议单", 3, 3)


def test_the_word_document_has_real_styles_and_the_annexes_as_tables(made):
    word = Document(made / "bulletin.docx")
    styles = [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs if paragraph.text]
    assert styles == [
        ("Title", "关于2007年评议情况的通报"),
        ("主送机关", "各单位："),
        ("Heading 1", "一、概况"),
        ("正文段落", "网站共3个。"),
        ("Heading 2", "（一）得分"),
        ("正文段落", styles[5][1]),
        ("附件说明", "附件：1. 市政府部门网站综合得分前1名"),
        ("附件说明", "2. 区县政府网站综合得分前1名"),
        ("署名", "办公厅"),
        ("成文日期", "二〇〇八年二月二十八日"),
        ("附件标记", "附件1"),
        ("Title", "市政府部门网站综合得分前1名"),
        ("附件标记", "附件2"),
        ("Title", "区县政府网站综合得分前1名"),
    ]
    assert re.fullmatch(r"平均\d+\.\d分。", styles[5][1])
    assert [cell.text for cell in word.tables[0].rows[0].cells] == ["序号", "网站", "综合得分"]
    assert [cell.text for cell in word.tables[0].rows[1].cells][:2] == ["1", "二"]
    fonts = ZipFile(made / "bulletin.docx").read("word/styles.xml").decode()
    assert all(f'w:eastAsia="{font}"' in fonts for font in ("仿宋", "黑体", "楷体", "方正小标宋简体"))
    # The page number is a field, on the outer side of odd and even pages.
    parts = ZipFile(made / "bulletin.docx")
    assert sum(parts.read(name).decode().count(">PAGE<") for name in parts.namelist() if "footer" in name) == 2


def test_the_letterhead_is_red_above_a_red_line(tmp_path):
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "bulletin.txt").write_text(
        f"版头：某市人民政府办公厅\n文号：〔2008〕1号\n{TEMPLATE}", encoding="utf-8"
    )
    results = small_year(tmp_path / "results")
    write_documents(SCHEME, Home(tmp_path), results, silent)
    head, number = Document(results / "bulletin.docx").paragraphs[:2]
    assert (head.text, str(head.runs[0].font.color.rgb), number.text) == ("某市人民政府办公厅", "D7000F", "〔2008〕1号")
    # Word refuses a document whose properties are not in the order of its schema.
    assert [child.tag.split("}")[1] for child in number._element.pPr] == ["pStyle", "pBdr", "spacing"]


def test_the_pdf_has_its_fonts_inside(home, tmp_path):
    results = small_year(tmp_path)
    assert write_documents(SCHEME, Home(home), results, silent) == []
    content = (results / "bulletin.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    names = set(re.findall(rb"/FontName\s*/([\w+-]+)", content))
    assert names and all(re.match(rb"[A-Z]{6}\+Noto", name) for name in names)
    assert content.count(b"/FontFile3") >= len(names)


def test_without_a_chinese_font_everything_else_is_made_and_the_package_is_in_the_warning(home, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "_fonts", lambda: typst.Fonts(include_system_fonts=False))
    results = small_year(tmp_path)
    (warning,) = write_documents(SCHEME, Home(home), results, silent)
    assert warning == (
        f"通报文件：没有找到中文字体 {'、'.join(FONTS)}，没有生成 bulletin.pdf，其余都已生成。"
        "请安装字体（Debian：apt-get install --no-install-recommends fonts-noto-cjk），再重新生成。"
    )
    assert not (results / "bulletin.pdf").exists()
    assert {"bulletin.docx", "index.html"} <= documents(results).keys()
    assert "bulletin.pdf" not in (results / "index.html").read_text(encoding="utf-8")


def test_without_a_template_the_packages_own_is_used(tmp_path):
    results = small_year(tmp_path / "results")
    assert write_documents(SCHEME, Home(tmp_path), results, silent) == []
    text = "\n".join(paragraph.text for paragraph in Document(results / "bulletin.docx").paragraphs)
    assert "关于评议情况的通报" in text
    assert "公众评议共收到选票3张，其中有效3张。" in text


def test_a_missing_figure_stops_before_anything_is_written(tmp_path):
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "2007.txt").write_text(
        '标题：题\n\n共{{ 值("portal_figures", "value", metric="没有") | 万 }}。', encoding="utf-8"
    )
    results = small_year(tmp_path / "results")
    with pytest.raises(OperatorError) as refusal:
        write_documents(SCHEME, Home(tmp_path), results, silent)
    assert refusal.value.faults[0].startswith(
        'bulletin/2007.txt 第 3 行：值("portal_figures", "value", metric="没有") 没有这一行'
    )
    assert documents_of(results) == []


def documents_of(results: Path) -> list[str]:
    return sorted(path.name for path in results.iterdir() if path.name not in ("tables", "tables.xlsx"))


def test_hostile_text_stays_text_in_word(home, tmp_path):
    results = small_year(tmp_path)
    everywhere(results)
    put(results, "annex_department", 网站=[HOSTILE[1] + "\x00\x08\ufffe"])
    write_documents(SCHEME, Home(home), results, silent)
    assert Document(results / "bulletin.docx").tables[0].rows[1].cells[1].text == HOSTILE[1]
    parts = ZipFile(results / "bulletin.docx")
    body = parts.read("word/document.xml").decode()
    assert "w:hyperlink" not in body and "w:instrText" not in body and "<script" not in body
    assert "evil" not in parts.read("word/_rels/document.xml.rels").decode()


def test_text_that_typst_would_run_is_set_as_it_is(home, tmp_path):
    results = small_year(tmp_path)
    put(results, "annex_department", 网站=['#panic("boom") $x^2 \\ @nowhere <label> *b* _c_ #include "/etc/passwd" \x00'])
    warnings = write_documents(SCHEME, Home(home), results, silent)
    assert all("没有找到中文字体" in warning for warning in warnings)


def test_hostile_text_stays_text_in_html(home, tmp_path):
    results = small_year(tmp_path)
    everywhere(results)
    write_documents(SCHEME, Home(home), results, silent)
    for path in (results / "index.html", *(results / "sites").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert "<script>alert" not in text and "<img" not in text, path
        # Only the page's own two script elements, and only its own end tags.
        assert text.count("<script") == text.count("</script") == (2 if path.name == "index.html" else 0)
        assert not re.search(r"""href=["'](?!#|\.\./|sites/|tables|validation/|manifest|bulletin|https?://)""", text), path


@pytest.mark.parametrize(
    ("site_id", "name"),
    [
        ("d01", "d01.html"),
        ("www.example.gov", "www.example.gov.html"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.html"),
        (".hidden", "%2Ehidden.html"),
        ("a/b\\c", "a%2Fb%5Cc.html"),
        ("甲 局", "甲%20局.html"),
        ('"><script>', "%22%3E%3Cscript%3E.html"),
    ],
)
def test_a_sheet_has_a_name_that_no_file_system_and_no_address_misreads(site_id, name):
    assert file_name(site_id) == name
    assert unquote(href(name)) == name and href(name).isascii()


def test_long_ids_that_begin_alike_have_sheets_of_their_own():
    names = {file_name("长" * 200), file_name("长" * 200 + "甲")}
    assert len(names) == 2 and max(len(name.encode()) for name in names) < 250
