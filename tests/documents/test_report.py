"""Making the documents of a published year again: from its tables alone, as a whole, on record, and only where it is due."""

import json
import shutil
from pathlib import Path

import pytest

from flows.documents import write_documents
from flows.errors import GateError, OperatorError, UsageError
from flows.home import Home
from flows.host.progress import silent
from flows.receive.deliveries import sha256_of
from flows.report import Reported, write_report
from flows.results.drafts import ResultFolder, damaged_files
from flows.results.manifest import consulted, documents_code, write_manifest
from flows.results.publications import publish_draft
from tests.documents.results import SCHEME, small_year
from tests.results.recorded import read_publications


def published(home: Path, *, documents: bool = True, reviewed: bool = False) -> Path:
    """A home with the small year published."""
    draft = home / "drafts" / "2007"
    draft.mkdir(parents=True)
    small_year(draft)
    warnings = write_documents(SCHEME, Home(home), draft, silent) if documents else []
    names = sorted(path.stem for path in (draft / "tables").glob("*.parquet"))
    content = {
        "year": 2007,
        "scheme": {"file": "schemes/2007.toml", "sha256": SCHEME.sha256},
        "code": {"tables_sha256": "0" * 64, "documents_sha256": "1" * 64},
        "inputs": [],
        "steps": [],
        "consulted": consulted(Home(home), 2007),
        "tables": [
            {"table": name, **{f"{kind}_sha256": sha256_of(draft / "tables" / f"{name}.{kind}") for kind in ("csv", "parquet")}}
            for name in names
        ],
        "files": {
            str(path.relative_to(draft)): sha256_of(path)
            for path in sorted(draft.rglob("*"))
            if path.is_file() and path.parent.name != "tables"
        },
        "warnings": ["raw/2007/public：一条提示。", *warnings],
    }
    write_manifest(content, draft / "manifest.json")
    publish_draft(Home(home), 2007, ResultFolder(draft), reason="", reviewed=reviewed, by="我")
    return home / "results" / "2007"


def made_again(home: Path, reason: str = "") -> Reported:
    return write_report(Home(home), SCHEME, reason, silent)


def test_documents_are_made_from_the_published_tables_and_the_rest_stays(tmp_path):
    results = published(tmp_path, documents=False)
    tables = {path.name: path.read_bytes() for path in (results / "tables").iterdir()}
    reported = made_again(tmp_path)
    assert (results / "index.html").is_file() and (results / "sites" / "s1.html").is_file() and reported.sheets == 3
    assert {path.name: path.read_bytes() for path in (results / "tables").iterdir()} == tables
    assert list(damaged_files(ResultFolder(results))) == []
    assert reported.sha256 == ResultFolder(results).sha256
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["warnings"][0] == "raw/2007/public：一条提示。" and len(manifest["warnings"]) == 1 + len(reported.warnings)
    assert manifest["code"] == {"tables_sha256": "0" * 64, "documents_sha256": documents_code()}
    first, second = read_publications(Home(tmp_path), 2007)
    assert (second.sha256, second.reason) == (reported.sha256, "重新生成通报、页面和网站评议单（pingyi report）")
    assert reported.superseded == tmp_path / "publications" / "2007" / "1"
    assert ResultFolder(reported.superseded).sha256 == first.sha256
    assert not list(tmp_path.glob(".report-*"))


def test_a_second_time_nothing_changes(tmp_path):
    published(tmp_path)
    once = made_again(tmp_path)
    twice = made_again(tmp_path)
    assert twice.already and twice.sha256 == once.sha256 and "没有变化" in twice.sentence
    assert len(read_publications(Home(tmp_path), 2007)) == 2


def test_a_mended_template_stands_in_the_manifest(tmp_path):
    results = published(tmp_path)
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "2007.txt").write_text("标题：新的通报\n\n正文。", encoding="utf-8")
    made_again(tmp_path)
    assert "新的通报" in (results / "index.html").read_text(encoding="utf-8")
    assert "bulletin/2007.txt" in ResultFolder(results).manifest["consulted"]


def test_a_wrong_template_leaves_what_was_published(tmp_path):
    results = published(tmp_path)
    before = ResultFolder(results).sha256
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "2007.txt").write_text(
        '标题：题\n\n{{ 值("group_summary", "mean", group="x") }}', encoding="utf-8"
    )
    with pytest.raises(OperatorError, match="没有这一行（group 有 department、district）"):
        made_again(tmp_path)
    assert ResultFolder(results).sha256 == before and list(damaged_files(ResultFolder(results))) == []
    assert not list(tmp_path.glob(".report-*"))


def test_a_reviewed_year_needs_a_reason(tmp_path):
    published(tmp_path, documents=False, reviewed=True)
    with pytest.raises(GateError, match="请写明修订理由"):
        made_again(tmp_path)
    assert not made_again(tmp_path, "补上通报").already
    assert read_publications(Home(tmp_path), 2007)[-1].reason == "补上通报"
    # That it was made again does not thaw it.
    (tmp_path / "bulletin").mkdir(exist_ok=True)
    (tmp_path / "bulletin" / "2007.txt").write_text("标题：另一个标题\n\n正文。\n", encoding="utf-8")
    with pytest.raises(GateError, match="请写明修订理由"):
        made_again(tmp_path)


def test_what_cannot_be_made_again_is_refused_in_words(tmp_path):
    with pytest.raises(UsageError, match="2007 年还没有公布过结果"):
        made_again(tmp_path)
    results = published(tmp_path)
    (results / "tables" / "sites.csv").write_text("x")
    with pytest.raises(OperatorError, match=r"sites\.csv 被改动过"):
        made_again(tmp_path)
    manifest = results / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(SCHEME.sha256, "1" * 64), encoding="utf-8")
    with pytest.raises(OperatorError, match=r"方案 schemes/2007\.toml 在公布以后改过"):
        made_again(tmp_path)
    shutil.rmtree(tmp_path / "results")
