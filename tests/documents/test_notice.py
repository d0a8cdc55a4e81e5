"""The scheme's notice stands where results are read: page, sheets, every page of DOCX and PDF; and is text wherever it stands."""

import json
import re
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from zipfile import ZipFile

import pytest
import typst
from docx import Document

from flows.documents import write_bulletin, write_documents
from flows.documents.pdf import _LAYOUT
from flows.documents.tables import Tables
from flows.documents.text import template_source, write_text
from flows.home import Home
from flows.host.progress import silent
from tests.browser import opened
from tests.documents.results import SCHEME, small_year

NOTICE = "得分是编的，请勿引用。"
HOSTILE = [
    "</aside><script>alert(1)</script><img src=x onerror=alert(2)>",
    "{{ 7 * 7 }}{% raw %}\"'&amp;",
    '#panic("boom") $x^2 \\ @nowhere <label> *b* _c_ #include "/etc/passwd"',
    '=HYPERLINK("http://evil.example/","点") 𠮷 🏛️ \u202e',
    "w" * 200,
]


def made(folder: Path, notice: str) -> Path:
    results = small_year(folder)
    write_documents(replace(SCHEME, notice=notice), Home(folder), results, silent)
    return results


def pages(results: Path) -> list[Path]:
    return [results / "index.html", *sorted((results / "sites").iterdir())]


def pdf_subject(path: Path) -> str:
    """The description of the PDF in its metadata, which is plain XML."""
    return re.search(r"<dc:description>.*?<rdf:li[^>]*>(.*?)</rdf:li>", path.read_bytes().decode("utf-8", "replace"), re.S)[1]


def test_page_and_sheets_begin_with_it(tmp_path):
    for page in pages(made(tmp_path, NOTICE)):
        text = page.read_text(encoding="utf-8")
        assert text.count(f'<aside class="band" aria-label="须知">{NOTICE}</aside>') == 1
        assert text.index(NOTICE) < text.index("<h1>")


def test_without_a_notice_there_is_no_band(tmp_path):
    results = made(tmp_path, "")
    assert all("<aside" not in page.read_text(encoding="utf-8") for page in pages(results))
    word = Document(results / "bulletin.docx")
    assert word.paragraphs[0].style.name == "Title" and not word.sections[0].different_first_page_header_footer
    assert not re.search(rb"<dc:description>", (results / "bulletin.pdf").read_bytes())


def test_a_word_document_has_it_in_a_box_on_the_first_page_and_above_every_other(tmp_path):
    results = made(tmp_path, NOTICE)
    write_bulletin(replace(SCHEME, notice=NOTICE), Home(tmp_path), results, "草稿")
    word = Document(results / "bulletin.docx")
    assert [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs[:3]] == [
        ("须知", "草稿"), ("须知", NOTICE), ("Title", word.paragraphs[2].text)]  # fmt: skip
    # Word refuses a document whose properties are not in the order of its schema.
    assert [child.tag.split("}")[1] for child in word.paragraphs[1]._element.pPr] == ["pStyle", "pBdr", "spacing"]
    first, *others = word.sections
    for header in (first.header, first.even_page_header):
        assert [paragraph.text for paragraph in header.paragraphs] == ["草稿", NOTICE]
    # The first page has the box instead, and its number; annexes begin on pages like every other.
    assert first.different_first_page_header_footer and first.first_page_header.is_linked_to_previous
    assert ">PAGE<" in first.first_page_footer._element.xml
    assert others and all(
        section.header.is_linked_to_previous and not section.different_first_page_header_footer for section in others
    )


def test_a_pdf_has_it_in_a_box_on_the_first_page_and_above_every_other(tmp_path):
    text = write_text(SCHEME, template_source(Home(tmp_path), 2007), Tables(small_year(tmp_path)))
    content = json.dumps(asdict(replace(text, bands=("草稿", NOTICE))), ensure_ascii=False)
    bands = json.loads(typst.query(_LAYOUT, "<band>", sys_inputs={"bulletin": content}))
    # The text is two pages, and each of the two annexes another.
    assert [band["func"] for band in bands] == ["block"] * 2 + ["par"] * 6
    assert [("草稿" in str(band), NOTICE in str(band)) for band in bands] == [(True, False), (False, True)] * 4


@pytest.mark.parametrize("notice", HOSTILE)
def test_a_hostile_notice_stays_text_everywhere(browser, tmp_path, notice):
    results = made(tmp_path, notice)
    for path in pages(results):
        assert escape(notice, quote=False) in path.read_text(encoding="utf-8").replace("&#34;", '"').replace("&#39;", "'")
        with opened(browser, path, viewport={"width": 390, "height": 800}) as page:
            assert page.locator("aside.band").inner_text() == notice
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
    parts = ZipFile(results / "bulletin.docx")
    assert Document(results / "bulletin.docx").paragraphs[0].text == notice
    assert "w:hyperlink" not in parts.read("word/document.xml").decode()
    assert pdf_subject(results / "bulletin.pdf").replace("&quot;", '"').replace("&apos;", "'") == escape(notice, quote=False)
