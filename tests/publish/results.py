"""Results as an evaluation leaves them, made by hand: some files, and a manifest that tells of each."""

import hashlib
import json
from pathlib import Path

from flows.publish.drafts import Draft, draft_folder
from flows.publish.manifest import code_sha256
from tests.flows.homes import YEAR

RESULT_FILES = {
    "tables/composite_scores.csv": "site_id,composite\r\ns1,80.00\r\n",
    "tables/composite_scores.parquet": "PAR1",
    "tables.xlsx": "PK",
    "validation/index.html": "<p>符合</p>",
}


def sha256(content: bytes | str) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def write_results(folder: Path, home: Path, mark: str = "") -> Draft:
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
        "code": {"version": "1", "sha256": code_sha256(), "engines": {}},
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
    return Draft(folder)


def write_draft(home: Path, mark: str = "") -> Draft:
    """Writes the year's draft of what the home holds now, in the place of the one before."""
    return write_results(draft_folder(home, YEAR), home, mark)
