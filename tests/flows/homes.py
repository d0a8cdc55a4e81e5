"""A small data home with every kind of source, as the tests of the flows use it."""

import csv
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.results.tables import write_tables
from flows.scheme.file import read_scheme
from flows.settings import read_settings

YEAR = 2030

_SCHEME = """
year = 2030
title = "2030年试评议"
notice = "得分是编的，请勿引用。"
timezone = "Asia/Shanghai"
tie_break = ["audited"]
max_quarantined = 0.5

[aspects]
content = { label = "内容", weight = 0.4 }
service = { label = "服务", weight = 0.6 }

[groups.bureau]
label = "委办局"
sites = 2
publish_top = 1
weights = { voted = 0.3, judged = 0.2, claimed = 0.1, recorded = 0.2, audited = 0.1, given = 0.1 }

[sources.voted]
label = "公众评议"
kind = "ballots"
opens = 2030-01-01
closes = 2030-01-31
levels = [ { label = "满意", points = 100 }, { label = "不满意", points = 0 } ]
satisfied = ["满意"]

[sources.judged]
label = "专家评议"
kind = "panel"

[sources.claimed]
label = "网站自查"
kind = "claims"
indicators = [ { id = "c1", label = "公开", max = 10 } ]

[sources.recorded]
label = "日常考查"
kind = "records"
indicators = [ { id = "r1", label = "报送", max = 10, rule = "ratio", target = 30 } ]

[sources.audited]
label = "办事核查"
kind = "audit"
item_types = { apply = "在线受理" }
approval_items_for = ["bureau"]

[sources.given]
label = "上级评分"
kind = "given"
"""

_TABLES: dict[str, list[list[str]]] = {
    "sites.csv": [["site_id", "group", "name"], ["s1", "bureau", "第一局"], ["s2", "bureau", "第二局"]],
    "voted/web.csv": [
        ["ballot_id", "submitted_at", "voter", "site", "content", "service"],
        ["b1", "2030-01-02 10:00:00", "v1", "s1", "满意", "满意"],
        ["b2", "2030-01-02 10:00:00", "v2", "s1", "满意", "不满意"],
        ["b3", "2030-01-02 10:00:00", "v1", "s2", "满意", "满意"],
    ],
    "judged/panel.csv": [
        ["expert_id", "site", "aspect", "score"],
        ["e1", "s1", "content", "90"],
        ["e1", "s1", "service", "80"],
        ["e1", "s2", "service", "70"],
    ],
    "claimed/claims.csv": [["site", "indicator", "points"], ["s1", "c1", "9"], ["s2", "c1", "8"]],
    "recorded/records.csv": [
        ["site", "indicator", "month", "value"],
        ["s1", "r1", "2030-01", "20"],
        ["s2", "r1", "2030-01", "15"],
    ],
    "audited/items.csv": [
        ["item_id", "site", "name", "item_type", "approval", "reachable", "guide", "form", "online"],
        ["1", "s1", "登记", "apply", "是", "pass", "fail", "na", "na"],
        ["2", "s2", "许可", "apply", "是", "pass", "pass", "pass", "fail"],
    ],
    "given/scores.csv": [["site", "score"], ["s1", "88.125"], ["s2", "77"]],
}

# By hand, from the tables above.
COMPOSITES = {
    # 0.3 × (0.4 × 100 + 0.6 × 50) + 0.2 × (0.4 × 90 + 0.6 × 80) + 0.1 × 90 + 0.2 × 66.67 + 0.1 × 50 + 0.1 × 88.13
    "s1": round(0.3 * 70 + 0.2 * 84 + 0.1 * 90 + 0.2 * 66.67 + 0.1 * 50 + 0.1 * 88.13, 2),
    "s2": round(0.3 * 100 + 0.2 * 70 + 0.1 * 80 + 0.2 * 50 + 0.1 * 75 + 0.1 * 77, 2),
}


def small_home(folder: Path) -> Path:
    """Writes the home into `folder` and returns it."""
    (folder / "schemes").mkdir(parents=True)
    (folder / "schemes" / f"{YEAR}.toml").write_text(_SCHEME, encoding="utf-8")
    for name, rows in _TABLES.items():
        write_rows(folder, name, rows)
    return folder


def write_rows(home: Path, name: str, rows: list[list[str]]) -> Path:
    """Writes one raw file of the home as UTF-8 CSV."""
    path = home / "raw" / str(YEAR) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def evaluated_tables(home: Path, year: int) -> dict[str, bytes]:
    """What a run would publish as tables, file by file: the year evaluated beside its home, without what only checks it."""
    settings = read_settings(home)
    scheme = read_scheme(settings.home, year)
    with TemporaryDirectory() as folder, aside(settings, scheme, nullcontext(silent)) as evaluation:
        run_here(step for step in pipeline(evaluation) if not step.check)
        write_tables(evaluation.connection, scheme, evaluation.models, Path(folder))
        return contents(Path(folder) / "tables")


def thaw(folder: Path) -> None:
    """Lets whoever owns a folder write there, as somebody who tampers with a publication must first."""
    for path in (folder, *(path for path in folder.rglob("*") if not path.is_symlink())):
        path.chmod(0o755 if path.is_dir() else 0o644)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
