"""Reads `reference/<year>/`: figures that were printed elsewhere, each with a pointer to the cells that should equal it.

`figures.csv` has a figure in each row; `annex_<group>.csv` (序号, 网站, 综合得分) has a printed ranking, where every rank and
composite is a figure. The folder is optional; only the comparison with printed figures reads it.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from flows.errors import OperatorError
from flows.home import Home


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
    faults: list[str] = []
    figures: list[ReferenceFigure] = []
    for path in sorted(folder.glob("annex_*.csv")):
        figures += _annex(path, faults)
    if (folder / "figures.csv").is_file():
        figures += _figures(folder / "figures.csv", faults)
    names = Counter(figure.figure for figure in figures)
    faults += [f"figure“{name}”出现了 {count} 次" for name, count in names.items() if count > 1]
    if faults:
        raise OperatorError(f"参照数据 {folder} 有 {len(faults)} 处错误，请改正后重试：", faults)
    return tuple(figures)


def _read(path: Path, columns: tuple[str, ...], faults: list[str]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or [])]
        if missing:
            faults.append(f"{path.name}：缺少列 {'、'.join(missing)}")
            return []
        return list(reader)


def _annex(path: Path, faults: list[str]) -> Iterator[ReferenceFigure]:
    group = path.stem.removeprefix("annex_")
    for line, row in enumerate(_read(path, _ANNEX_COLUMNS, faults), start=2):
        site = row["网站"]
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


def _figures(path: Path, faults: list[str]) -> Iterator[ReferenceFigure]:
    for line, row in enumerate(_read(path, _COLUMNS, faults), start=2):
        cells: dict[str, Any] = {_FIELDS.get(name, name): (row[name] or "").strip() or None for name in _COLUMNS}
        where = f"{path.name} 第 {line} 行"
        if not {cells["measure"], cells["per_measure"]} <= {None, "sum", "count"}:
            faults.append(f"{where}：measure 和 per_measure 应为 sum 或 count")
        for name in ("figure", "section", "subject", "printed"):
            cells[name] = cells[name] or ""
        for name in ("value", "scale", "per_value"):
            cells[name] = _number(cells[name], f"{where} {name}", faults) if cells[name] else None
        cells["scale"] = cells["scale"] or Decimal(1)
        yield ReferenceFigure(units=_units(cells["value"]), **cells)


def _number(text: str, where: str, faults: list[str]) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        faults.append(f"{where}：“{text}”不是数字")
        return None


def _units(value: Decimal | None) -> int | None:
    """In these units both the printed and the computed figure are whole, so they can be compared exactly."""
    exponent = value.as_tuple().exponent if value is not None else None
    return 10 ** max(0, -exponent) if isinstance(exponent, int) else None


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
