"""Reads `reference/<year>/`: figures that were printed elsewhere, each with a pointer to the cells that should equal it.

`figures.csv` has a figure in each row; `annex_<group>.csv` (序号, 网站, 综合得分) has a printed ranking, where every rank and
composite is a figure. The folder is optional; only the comparison with printed figures reads it.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from flows.datasets import Table
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
    table_name: str | None
    column_name: str | None
    row_pattern: str | None
    measure: str | None
    per_table: str | None
    per_column: str | None
    per_rows: str | None
    per_measure: str | None
    per_value: Decimal | None
    remark: str | None


REFERENCE_FIGURES = Table(
    "reference_figures",
    "Figures printed elsewhere that the results are held against; empty where there are none.",
    (
        ("position", "integer", "order of the print, from 1"),
        ("figure", "varchar", "what the figure is called here"),
        ("section", "varchar", "section of the print"),
        ("subject", "varchar", "what it says"),
        ("printed", "varchar", "the text as printed"),
        ("value", "decimal(24, 10)", "the number in it"),
        ("units", "decimal(10, 0)", "how many units of the last printed decimal make one; 100 for 2.49"),
        ("scale", "decimal(24, 10)", "the printed unit: a computed amount is divided by it"),
        ("table_name", "varchar", "published table that holds the cells"),
        ("column_name", "varchar", "their column"),
        ("row_pattern", "varchar", "like pattern of their rows' keys"),
        ("measure", "varchar", "sum or count of them"),
        ("per_table", "varchar", "published table of what it is divided by, if by cells"),
        ("per_column", "varchar", "their column"),
        ("per_rows", "varchar", "like pattern of their rows' keys"),
        ("per_measure", "varchar", "sum or count of them"),
        ("per_value", "decimal(24, 10)", "number it is divided by, if by a number"),
        ("remark", "varchar", "remark on the figure"),
    ),
)
_ANNEX_COLUMNS = ("序号", "网站", "综合得分")
_COLUMNS = (
    *("figure", "section", "subject", "printed", "value", "scale", "table", "column", "rows", "measure"),
    *("per_table", "per_column", "per_rows", "per_measure", "per_value", "remark"),
)


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


def _annex(path: Path, faults: list[str]) -> list[ReferenceFigure]:
    group = path.stem.removeprefix("annex_")
    figures = []
    for line, row in enumerate(_read(path, _ANNEX_COLUMNS, faults), start=2):
        site = row["网站"]
        for column, subject in (("rank", "序号"), ("composite", "综合得分")):
            value = _number(row[subject], f"{path.name} 第 {line} 行 {subject}", faults)
            figures.append(
                ReferenceFigure(
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
                    per_table=None,
                    per_column=None,
                    per_rows=None,
                    per_measure=None,
                    per_value=None,
                    remark=None,
                )
            )
    return figures


def _figures(path: Path, faults: list[str]) -> list[ReferenceFigure]:
    figures = []
    for line, row in enumerate(_read(path, _COLUMNS, faults), start=2):
        cells = {name: (row[name] or "").strip() or None for name in _COLUMNS}
        where = f"{path.name} 第 {line} 行"
        if cells["measure"] not in (None, "sum", "count") or cells["per_measure"] not in (None, "sum", "count"):
            faults.append(f"{where}：measure 和 per_measure 应为 sum 或 count")
        value = _number(cells["value"], f"{where} value", faults) if cells["value"] else None
        figures.append(
            ReferenceFigure(
                figure=cells["figure"] or "",
                section=cells["section"] or "",
                subject=cells["subject"] or "",
                printed=cells["printed"] or "",
                value=value,
                units=_units(value),
                scale=_number(cells["scale"] or "1", f"{where} scale", faults) or Decimal(1),
                table_name=cells["table"],
                column_name=cells["column"],
                row_pattern=cells["rows"],
                measure=cells["measure"],
                per_table=cells["per_table"],
                per_column=cells["per_column"],
                per_rows=cells["per_rows"],
                per_measure=cells["per_measure"],
                per_value=_number(cells["per_value"], f"{where} per_value", faults) if cells["per_value"] else None,
                remark=cells["remark"],
            )
        )
    return figures


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
