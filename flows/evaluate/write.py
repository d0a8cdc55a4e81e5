"""Writes the results of an evaluation as files of a result folder: tables, documents, validation, manifest."""

from collections.abc import Sequence
from pathlib import Path

from flows.documents import write_bulletin, write_documents
from flows.home import Home
from flows.host.progress import Tell
from flows.results.drafts import ResultFolder
from flows.results.manifest import check_as_read, consulted, manifest, write_manifest
from flows.results.tables import write_tables
from flows.scheme import Scheme
from flows.validation.page import write_validation
from flows.warehouse.engine import Connection
from flows.warehouse.models import Model
from flows.warehouse.run_tables import add_warnings

_PARTS = 4


def write_results(
    connection: Connection, scheme: Scheme, models: Sequence[Model], home: Home, key_id: str, folder: Path, tell: Tell
) -> None:
    """Fills `folder`; the same inputs give the same bytes, but for the `key_id` in the manifest."""
    tell("写出结果", 0, _PARTS)
    rows = write_tables(connection, scheme, models, folder)
    tell("写出结果", 1, _PARTS)
    add_warnings(connection, write_documents(scheme, home, folder, tell))
    tell("写出结果", 2, _PARTS)
    write_validation(connection, scheme.title, folder / "validation")
    tell("写出结果", 3, _PARTS)
    beside = consulted(home, scheme.year)
    check_as_read(home, scheme.year, beside)
    write_manifest(manifest(connection, scheme, beside, rows, key_id, folder), folder / "manifest.json")
    tell("写出结果", _PARTS, _PARTS)


def mark_as_draft(scheme: Scheme, home: Home, folder: Path) -> None:
    """Marks every document in `folder` as a draft; the tables stay as they are."""
    made = ResultFolder(folder)
    made.mark(lambda words: write_bulletin(scheme, home, folder, words))
    check_as_read(home, scheme.year, made.manifest["consulted"])


def unequal_figures(connection: Connection) -> list[str]:
    """A sentence for every printed figure that differs from the computed one."""
    rows = connection.execute(
        """
        select subject, printed, computed, verdict from published.reference_check
        where verdict in ('differs', 'equal_when_cut') order by position
        """
    ).fetchall()
    words = {"differs": "与算出的不符", "equal_when_cut": "是截尾而非四舍五入"}
    return [
        f"{subject}：印为 {printed}，结果中没有找到这一格"
        if computed is None
        else f"{subject}：印为 {printed}，算出 {computed.normalize():f}，{words[verdict]}"
        for subject, printed, computed, verdict in rows
    ]
