"""Writes the validation results as files that need no network: a JSON report for each suite, and one page for all."""

import json
from html import escape
from itertools import groupby
from pathlib import Path

from flows.warehouse.engine import Connection

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; }
body { font: 16px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 4.5rem; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: bold; }
aside { border: 1px solid; padding: .4rem 1rem; color: var(--bad); font-weight: bold; }
"""


def write_validation(connection: Connection, title: str, folder: Path) -> None:
    """Writes the files of `run.expectations` into a new folder; `title` names the evaluation."""
    folder.mkdir()
    rows = connection.execute("select suite, title, report from run.expectations order by position").fetchall()
    for (suite, about), members in groupby(rows, key=lambda row: row[:2]):
        results = [json.loads(report) for *_, report in members]
        results.sort(key=lambda result: result["expectation"]["description"])
        success = all(result["success"] for result in results)
        content = {"suite": suite, "title": about, "success": success, "results": results}
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / f"{suite}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "index.html").write_text(page(connection, title), encoding="utf-8")


def page(connection: Connection, title: str) -> str:
    """The page as HTML; every text in it is escaped."""
    rows = connection.execute("select suite, title, says, holds from run.expectations order by position").fetchall()
    held = sum(holds for *_, holds in rows)
    suites = [(suite, list(members)) for suite, members in groupby(rows, key=lambda row: row[:2])]
    parts = [
        "<!doctype html>",
        '<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>数据校验：{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>数据校验：{escape(title)}</h1>",
        f"<p>共 {len(suites)} 组 {len(rows)} 项检查，{held} 项符合，{len(rows) - held} 项不符合。</p>",
    ]
    for (_, about), members in suites:
        parts.append(f"<h2>{escape(about)}</h2><table><thead><tr><th>结果</th><th>应当</th></tr></thead>")
        for *_, says, holds in members:
            verdict = '<td class="good">✓ 符合</td>' if holds else '<td class="bad">✗ 不符</td>'
            parts.append(f"<tr>{verdict}<td>{escape(says)}</td></tr>")
        parts.append("</table>")
    parts.append("</body></html>\n")
    return "\n".join(parts)
