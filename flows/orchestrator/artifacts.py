"""Artifacts: what a run of Prefect leaves to be read in the UI; elsewhere nothing is left.

An artifact is a view. What it shows lies in files already, so one that cannot be made, because the server is away, is told
in the log and changes nothing of the run.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from flows.orchestrator.surroundings import on_prefect

logger = logging.getLogger("pingyi")

# A table artifact is kept in the server's own database, at some 70 bytes a cell.
MOST_ROWS = 2000
_LONGEST_LIST = 200
_MARKS = re.compile(r"([\\\[\]<>#*_!|~])")


def show_text(key: str, text: str, description: str) -> None:
    """Leaves a text in Markdown. `key` has small letters, digits and hyphens only."""
    if on_prefect():
        _shown(key, lambda: _leave_text(text, key, description))


def show_table(key: str, frame: pl.DataFrame, description: str) -> None:
    """Leaves a table, of which at most `MOST_ROWS` rows are shown; the description then says how many there are."""
    if not on_prefect():
        return
    if frame.height > MOST_ROWS:
        description = f"{description}（共 {frame.height} 行，这里是前 {MOST_ROWS} 行）"
    rows = [{name: _cell(value) for name, value in row.items()} for row in frame.head(MOST_ROWS).iter_rows(named=True)]
    _shown(key, lambda: _leave_table(rows, key, description))


def summary(title: str, facts: Sequence[str], warnings: Sequence[str], links: Mapping[str, str] = {}) -> str:
    """A run's summary in Markdown."""
    lines = [f"# {title}", "", *(f"- {plain(fact)}" for fact in facts)]
    if links:
        lines += ["", *(f"- [{text}]({address})" for text, address in links.items())]
    if warnings:
        lines += ["", f"## 提示（{len(warnings)} 条）", "", *listed(warnings)]
    return "\n".join(lines)


def plain(text: str) -> str:
    """A text as Markdown shows it and does not read it: one line, without links, headings or HTML of somebody's raw file."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def listed(sentences: Iterable[str]) -> list[str]:
    """A Markdown list; of a very long one the beginning."""
    sentences = list(sentences)
    rest = [f"- …… 还有 {len(sentences) - _LONGEST_LIST} 条"] if len(sentences) > _LONGEST_LIST else []
    return [*(f"- {plain(sentence)}" for sentence in sentences[:_LONGEST_LIST]), *rest]


def key_of(*parts: str) -> str:
    """An artifact's key from names of a scheme, whose letters may be others than a key's: those are told by their numbers."""
    key = "-".join(part.lower().replace("_", "-") for part in parts)
    return re.sub("[^a-z0-9-]", lambda letter: f"{ord(letter[0]):x}", key)


def _cell(value: Any) -> Any:
    # The server takes neither decimals nor dates, and shows an absent value as the word null.
    if value is None:
        return ""
    return str(value) if isinstance(value, (Decimal, date)) else value


def _shown(key: str, make: Callable[[], object]) -> None:
    try:
        make()
    except Exception as fault:
        logger.warning("“%s”没有显示到界面上（%s: %s）；结果不受影响。", key, type(fault).__name__, fault)


def _leave_text(text: str, key: str, description: str) -> None:
    from prefect.artifacts import create_markdown_artifact

    create_markdown_artifact(text, key=key, description=description)


def _leave_table(rows: list[dict[str, Any]], key: str, description: str) -> None:
    from prefect.artifacts import create_table_artifact

    create_table_artifact(rows, key=key, description=description)
