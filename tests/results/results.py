"""Results as an evaluation leaves them, made by hand: some files, and a manifest that tells of each."""

import hashlib
import json
import shutil
from pathlib import Path

from flows.home import Home
from flows.results.drafts import ResultFolder
from flows.results.manifest import documents_code, tables_code
from tests.flows.homes import YEAR

_PAGE = "<!doctype html><html><head><title>{0}</title></head><body>\n<h1>{0}</h1></body></html>\n"
# Some of what a year's documents are; the tables and the validation as they always are.
DOCUMENTS = {
    "index.html": _PAGE.format("评议"),
    "sites/s1.html": _PAGE.format("第一局"),
    "bulletin.docx": "PK 通报",
    "bulletin.pdf": "%PDF 通报",
}
RESULT_FILES = DOCUMENTS | {
    "tables/composite_scores.csv": "site_id,composite\r\ns1,80.00\r\n",
    "tables/composite_scores.parquet": "PAR1",
    "tables.xlsx": "PK",
    "validation/index.html": _PAGE.format("数据校验"),
}


def sha256(content: bytes | str) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def write_results(folder: Path, home: Path, mark: str = "") -> ResultFolder:
    """Writes results of what the home holds now; `mark` makes them unlike others."""
    files = RESULT_FILES | ({"tables.xlsx": mark} if mark else {})
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    raw, scheme = home / "raw" / str(YEAR), home / "schemes" / f"{YEAR}.toml"
    beside = [*(home / "reference").rglob("*.csv"), *(home / "results" / str(YEAR - 1)).rglob("composite_scores.parquet")]
    content = {
        "year": YEAR,
        "scheme": {"file": f"schemes/{YEAR}.toml", "sha256": sha256(scheme.read_bytes())},
        "code": {"version": "1", "tables_sha256": tables_code(), "documents_sha256": documents_code(), "engines": {}},
        "inputs": [
            {
                "dataset": "sites" if path.parent == raw else path.parent.name,
                "file": path.name,
                "sha256": sha256(path.read_bytes()),
            }
            for path in sorted(raw.rglob("*.csv"))
        ],
        "consulted": {str(path.relative_to(home)): sha256(path.read_bytes()) for path in beside},
        "steps": [],
        "tables": [
            {
                "table": "composite_scores",
                "rows": 1,
                "csv_sha256": sha256(files["tables/composite_scores.csv"]),
                "parquet_sha256": sha256(files["tables/composite_scores.parquet"]),
            }
        ],
        "files": {name: sha256(text) for name, text in files.items() if not name.startswith("tables/")},
        "warnings": [],
    }
    (folder / "manifest.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return ResultFolder(folder)


def write_draft(home: Path, mark: str = "") -> ResultFolder:
    """Writes the year's draft of what the home holds now, in the place of the one before."""
    folder = Home(home).draft(YEAR)
    shutil.rmtree(folder, ignore_errors=True)

    def remake(words: str) -> None:
        for name in ("bulletin.docx", "bulletin.pdf"):
            (folder / name).write_text(f"{words}\n{DOCUMENTS[name]}", encoding="utf-8")

    write_results(folder, home, mark).mark(remake)
    return ResultFolder(folder)


def as_published(draft: ResultFolder) -> dict[str, bytes]:
    """What a draft of `write_draft` is to be once it is published, file by file."""
    documents = {name: text.encode() for name, text in RESULT_FILES.items()}
    return documents | {name: (draft.folder / name).read_bytes() for name in ("manifest.json", "tables.xlsx")}
