"""Reads `reference/<year>/`: figures that were printed elsewhere, each with a pointer to the cells that should equal it.

`figures.csv` has a figure in each row; `annex_<group>.csv` (序号, 网站, 综合得分) has a printed ranking, where every rank and
composite is a figure. The folder is optional; only the comparison with printed figures reads it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.errors import OperatorError
from flows.home import Home
from flows.reading.spelling import narrow
from flows.receive.small_tables import read_small_table


@dataclass(frozen=True)
class ReferenceFigure:
    """A printed figure and its pointer into the result tables; the fields are the columns of `ref.reference_figures`.

    `value` is the number in the printed unit, `scale` what one printed unit is worth in the table's, and `units` how many
    units of the last printed decimal make one (100 for 2.49). `row_pattern` is a pattern of SQL LIKE on a row's key. The
    figure is the sum or count of the cells it points at, over that of the `per_` cells or over `per_value`, if any.
    """

    figure: str
    section: str
    subject: str
    printed: str
    value: Decimal | None
    units: int | None
    scale: Decimal
    table_name: str | None = None
    column_name: str | None = None
    row_pattern: str | None = None
    measure: str | None = None
    per_table: str | None = None
    per_column: str | None = None
    per_rows: str | None = None
    per_measure: str | None = None
    per_value: Decimal | None = None
    remark: str | None = None


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST = 10**14
_MOST_PLACES = 8
# Of a wrong text in a sentence.
_LONGEST = 40
_ANNEX_COLUMNS = ("序号", "网站", "综合得分")
_COLUMNS = (
    *("figure", "section", "subject", "printed", "value", "scale", "table", "column", "rows", "measure"),
    *("per_table", "per_column", "per_rows", "per_measure", "per_value", "remark"),
)
# The columns that are called otherwise than their fields.
_FIELDS = {"table": "table_name", "column": "column_name", "rows": "row_pattern"}


def read_reference_figures(home: Home, year: int) -> tuple[ReferenceFigure, ...]:
    """The year's printed figures, in the order of the files. Raises `OperatorError` with all faults."""
    folder = home.reference(year)
    if not folder.is_dir():
        if os.path.lexists(folder):
            raise OperatorError(f"参照数据 {folder} 应是文件夹，却不是。请换成文件夹，或把它移走。")
        return ()
    faults: list[str] = []
    figures: list[ReferenceFigure] = []
    for path in sorted(folder.glob("annex_*.csv")):
        figures += _annex(path, home, faults)
    if os.path.lexists(folder / "figures.csv"):
        figures += _figures(folder / "figures.csv", home, faults)
    names = Counter(figure.figure for figure in figures)
    faults += [f"figure“{name}”出现了 {count} 次" for name, count in names.items() if count > 1]
    if faults:
        raise OperatorError(f"参照数据 {folder} 有 {len(faults)} 处错误，请改正后重试：", faults)
    return tuple(figures)


def _annex(path: Path, home: Home, faults: list[str]) -> Iterator[ReferenceFigure]:
    group = path.stem.removeprefix("annex_")
    for line, row in read_small_table(path, home, _ANNEX_COLUMNS, faults):
        site = row["网站"]
        if not site.strip():
            faults.append(f"{path.name} 第 {line} 行：没有写网站")
        for column, subject in (("rank", "序号"), ("composite", "综合得分")):
            value = _number(row[subject], f"{path.name} 第 {line} 行 {subject}", faults)
            yield ReferenceFigure(
                figure=f"annex_{group}_{site}_{column}",
                section=f"附件 {group}",
                subject=f"{site}{subject}",
                printed=row[subject],
                value=value,
                units=_units(value),
                scale=Decimal(1),
                table_name="composite_scores",
                column_name=column,
                row_pattern=f"{_literally(group)}/{_literally(site)}",
                measure="sum",
            )


def _figures(path: Path, home: Home, faults: list[str]) -> Iterator[ReferenceFigure]:
    for line, row in read_small_table(path, home, _COLUMNS, faults):
        cells: dict[str, Any] = {_FIELDS.get(name, name): row[name].strip() or None for name in _COLUMNS}
        where = f"{path.name} 第 {line} 行"
        if not {cells["measure"], cells["per_measure"]} <= {None, "sum", "count"}:
            faults.append(f"{where}：measure 和 per_measure 应为 sum 或 count")
        for name in ("rows", "per_rows"):
            pattern = row[name].strip()
            if _ends_in_escape(pattern):
                faults.append(f"{where} {name}：“{pattern}”以单独的 \\ 结尾；\\ 之后要有 %、_ 或 \\")
        for name in ("figure", "section", "subject", "printed"):
            cells[name] = cells[name] or ""
        cells["value"] = _number(cells["value"], f"{where} value", faults) if cells["value"] else None
        for name in ("scale", "per_value"):
            cells[name] = _divisor(cells[name], f"{where} {name}", faults) if cells[name] else None
        cells["scale"] = cells["scale"] or Decimal(1)
        yield ReferenceFigure(units=_units(cells["value"]), **cells)


def _number(text: str, where: str, faults: list[str]) -> Decimal | None:
    if not _NUMBER.fullmatch(narrow(text)):
        faults.append(f"{where}：“{text[:_LONGEST]}”不是数字")
        return None
    number = Decimal(narrow(text))
    units = _units(number)
    if abs(number) >= _LARGEST or units is None or units > 10**_MOST_PLACES:
        faults.append(f"{where}：“{text[:_LONGEST]}”大得不合情理，或小数超过 {_MOST_PLACES} 位")
        return None
    return number


def _divisor(text: str, where: str, faults: list[str]) -> Decimal | None:
    number = _number(text, where, faults)
    if number == 0:
        faults.append(f"{where}：是 0，不能作除数")
    return number


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def _units(value: Decimal | None) -> int | None:
    """In these units both the printed and the computed figure are whole, so they can be compared exactly."""
    exponent = value.as_tuple().exponent if value is not None else None
    return 10 ** max(0, -exponent) if isinstance(exponent, int) else None


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
