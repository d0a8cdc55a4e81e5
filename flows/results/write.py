"""Writes what a run evaluated as the files of a result folder: tables, documents, validation, manifest."""

import json
from pathlib import Path

from flows.documents import write_bulletin, write_documents
from flows.evaluate.evaluation import Evaluation
from flows.results.drafts import ResultFolder
from flows.results.manifest import consulted, manifest, write_manifest
from flows.results.tables import write_tables
from flows.validation.page import page

_PARTS = 4


def write_results(evaluation: Evaluation, folder: Path) -> dict[str, int]:
    """Fills `folder`; the same inputs give the same bytes. Returns the rows of each table."""
    scheme, tell = evaluation.scheme, evaluation.tell
    tell("写出结果", 0, _PARTS)
    rows = write_tables(evaluation.connection, scheme, evaluation.models.values(), folder)
    tell("写出结果", 1, _PARTS)
    evaluation.notes = write_documents(scheme, evaluation.home, folder, tell)
    tell("写出结果", 2, _PARTS)
    _write_validation(evaluation, folder / "validation")
    tell("写出结果", 3, _PARTS)
    content = manifest(
        scheme.year,
        scheme.sha256,
        evaluation.inputs(),
        consulted(evaluation.home, scheme.year),
        evaluation.steps,
        rows,
        evaluation.warnings(),
        folder,
    )
    write_manifest(content, folder / "manifest.json")
    tell("写出结果", _PARTS, _PARTS)
    return rows


def mark_as_draft(evaluation: Evaluation, folder: Path) -> None:
    """Makes the results in `folder` say that they are a draft, in every document; the tables stay as they are."""
    ResultFolder(folder).mark(lambda words: write_bulletin(evaluation.scheme, evaluation.home, folder, words))


def unequal_figures(evaluation: Evaluation) -> list[str]:
    """The printed figures that the results do not equal, as sentences."""
    rows = evaluation.connection.execute(
        """
        select subject, printed, computed, verdict from published.reference_check
        where verdict in ('differs', 'equal_when_cut') order by position
        """
    ).fetchall()
    words = {"differs": "与算出的不符", "equal_when_cut": "是截尾而非四舍五入"}
    return [
        f"{subject}：印为 {printed}，算出 {computed.normalize():f}，{words[verdict]}"
        for subject, printed, computed, verdict in rows
    ]


def _write_validation(evaluation: Evaluation, folder: Path) -> None:
    folder.mkdir()
    for outcome in evaluation.validation:
        text = json.dumps(outcome.report, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        (folder / f"{outcome.suite.name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "index.html").write_text(page(evaluation.scheme.title, evaluation.validation), encoding="utf-8")
