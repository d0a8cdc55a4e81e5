"""Reads `reference/<year>/`: figures that were printed elsewhere, each with a pointer to the cells that should equal it.

`figures.csv` has a figure in each row; `annex_<group>.csv` (序号, 网站, 综合得分) has a printed ranking, where every rank and
composite is a figure. The folder is optional; only the comparison with printed figures reads it.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from flows.datasets import Table
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


def _annex(path: Path, home: Home, faults: list[str]) -> list[ReferenceFigure]:
    group = path.stem.removeprefix("annex_")
    figures = []
    for line, row in read_small_table(path, home, _ANNEX_COLUMNS, faults):
        site = row["网站"]
        if not site.strip():
            faults.append(f"{path.name} 第 {line} 行：没有写网站")
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


def _figures(path: Path, home: Home, faults: list[str]) -> list[ReferenceFigure]:
    figures = []
    for line, row in read_small_table(path, home, _COLUMNS, faults):
        cells = {name: row[name].strip() or None for name in _COLUMNS}
        where = f"{path.name} 第 {line} 行"
        if cells["measure"] not in (None, "sum", "count") or cells["per_measure"] not in (None, "sum", "count"):
            faults.append(f"{where}：measure 和 per_measure 应为 sum 或 count")
        for name in ("rows", "per_rows"):
            if _ends_in_escape(cells[name] or ""):
                faults.append(f"{where} {name}：“{cells[name]}”以单独的 \\ 结尾；\\ 之后要有 %、_ 或 \\")
        value = _number(cells["value"], f"{where} value", faults) if cells["value"] else None
        figures.append(
            ReferenceFigure(
                figure=cells["figure"] or "",
                section=cells["section"] or "",
                subject=cells["subject"] or "",
                printed=cells["printed"] or "",
                value=value,
                units=_units(value),
                scale=_divisor(cells["scale"] or "1", f"{where} scale", faults) or Decimal(1),
                table_name=cells["table"],
                column_name=cells["column"],
                row_pattern=cells["rows"],
                measure=cells["measure"],
                per_table=cells["per_table"],
                per_column=cells["per_column"],
                per_rows=cells["per_rows"],
                per_measure=cells["per_measure"],
                per_value=_divisor(cells["per_value"], f"{where} per_value", faults) if cells["per_value"] else None,
                remark=cells["remark"],
            )
        )
    return figures


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
