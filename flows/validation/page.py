"""Every validation result on one page that needs no network."""

from collections.abc import Sequence
from html import escape

from flows.validation.outcomes import SuiteOutcome

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; }
body { font: 16px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 4.5rem; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: bold; }
code { font-size: .85em; } aside { border: 1px solid; padding: .4rem 1rem; color: var(--bad); font-weight: bold; }
"""


def page(title: str, outcomes: Sequence[SuiteOutcome]) -> str:
    """The page as HTML; every text in it is escaped."""
    held = sum(outcome.holds for suite in outcomes for outcome in suite.outcomes)
    total = sum(len(suite.outcomes) for suite in outcomes)
    parts = [
        "<!doctype html>",
        '<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>数据校验：{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>数据校验：{escape(title)}</h1>",
        f"<p>共 {len(outcomes)} 组 {total} 项检查，{held} 项符合，{total - held} 项不符合。</p>",
    ]
    for suite in outcomes:
        parts.append(
            f"<h2>{escape(suite.suite.title)}</h2><table><thead><tr><th>结果</th><th>应当</th><th>检查</th></tr></thead>"
        )
        for outcome in suite.outcomes:
            verdict = '<td class="good">✓ 符合</td>' if outcome.holds else '<td class="bad">✗ 不符</td>'
            says, type_ = escape(outcome.expectation.says), escape(outcome.expectation.type)
            parts.append(f"<tr>{verdict}<td>{says}</td><td><code>{type_}</code></td></tr>")
        parts.append("</table>")
    parts.append("</body></html>\n")
    return "\n".join(parts)
