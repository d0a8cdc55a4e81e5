"""Makes the documents of a year's results: the bulletin as DOCX and PDF, a page, and a sheet for every site.

They are made from the result tables, the scheme and the data home's template, and from nothing else; the same tables give the
same bytes.
"""

from dataclasses import replace
from pathlib import Path

from flows.documents.page import write_page
from flows.documents.pdf import write_pdf
from flows.documents.sheets import write_sheets
from flows.documents.tables import Tables, ranking
from flows.documents.text import Bulletin, check_template, template_source, write_text
from flows.documents.word import write_word
from flows.home import Home
from flows.host.progress import Tell
from flows.scheme import Scheme

__all__ = ["DOCUMENTS", "SHEETS", "WARNING", "check_template", "write_bulletin", "write_documents"]

# The files that `write_documents` makes in a result folder; the sheets have a folder of their own.
DOCUMENTS = ("bulletin.docx", "bulletin.pdf", "index.html")
SHEETS = "sites"
# Every warning begins with this prefix, which distinguishes warnings of earlier documents from those of the evaluation.
WARNING = "通报文件："

_WHAT = "生成通报"


def write_documents(scheme: Scheme, home: Home, results: Path, tell: Tell) -> list[str]:
    """Writes the documents of `results`, whose tables must all exist; returns warnings for the operator.

    Raises `OperatorError` with every fault of the template, before anything is written.
    """
    tables = Tables(results)
    tell(_WHAT, 0, len(DOCUMENTS))
    bulletin = write_text(scheme, template_source(home, scheme.year), tables)
    without_pdf = _write_files(scheme, bulletin, results)
    tell(_WHAT, 2, len(DOCUMENTS))
    groups = ranking(tables, scheme)
    files = [name for name in DOCUMENTS if name != "index.html" and (results / name).is_file()]
    write_page(scheme, bulletin, tables, groups, files, results)
    tell(_WHAT, len(DOCUMENTS), len(DOCUMENTS))
    write_sheets(scheme, tables, groups, results / SHEETS, tell)
    return [f"{WARNING}{without_pdf.removesuffix('。')}。"] if without_pdf else []


def write_bulletin(scheme: Scheme, home: Home, results: Path, band: str) -> None:
    """Writes the bulletin's files of `results` anew, with `band` above all else on every page of theirs."""
    bulletin = write_text(scheme, template_source(home, scheme.year), Tables(results))
    _write_files(scheme, replace(bulletin, bands=(band, *bulletin.bands)), results)


def _write_files(scheme: Scheme, bulletin: Bulletin, results: Path) -> str | None:
    """DOCX and PDF; returns why there is no PDF."""
    write_word(bulletin, scheme.year, results / "bulletin.docx")
    return write_pdf(bulletin, results / "bulletin.pdf")
