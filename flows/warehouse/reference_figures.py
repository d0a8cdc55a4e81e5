"""Reads `reference/<year>/`: figures that were printed elsewhere, each with a pointer to the cells it should equal.

`figures.csv` holds one figure a row; `annex_<group>.csv` (序号, 网站, 综合得分) holds a printed ranking, whose every rank
and composite is a figure too. The folder is optional; nothing in the evaluation reads it but the check against it.
"""

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from flows.errors import OperatorError

_COLUMNS = (
    "figure",
    "section",
    "subject",
    "printed",
    "value",
    "scale",
    "table",
    "column",
    "rows",
    "measure",
    "per_table",
    "per_column",
    "per_rows",
    "per_measure",
    "per_value",
    "remark",
)  # fmt: skip


def read_reference_figures(data_dir: Path, year: int) -> list[tuple]:
    """The rows of `ref.reference_figures`, in the order of the files. Raises `OperatorError` with all faults."""
    folder = data_dir / "reference" / str(year)
    faults: list[str] = []
    rows: list[tuple] = []
    for path in sorted(folder.glob("annex_*.csv")):
        rows += _annex(path, faults)
    if (folder / "figures.csv").is_file():
        rows += _figures(folder / "figures.csv", faults)
    if faults:
        raise OperatorError(f"参照数据 {folder} 有 {len(faults)} 处错误：", faults)
    return [(position, *row) for position, row in enumerate(rows, start=1)]


def _read(path: Path, columns: tuple[str, ...], faults: list[str]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or [])]
        if missing:
            faults.append(f"{path.name}：缺少列 {'、'.join(missing)}")
            return []
        return list(reader)


def _annex(path: Path, faults: list[str]) -> list[tuple]:
    group = path.stem.removeprefix("annex_")
    rows = []
    for line, row in enumerate(_read(path, ("序号", "网站", "综合得分"), faults), start=2):
        for column, subject in (("rank", "序号"), ("composite", "综合得分")):
            printed = row[subject]
            value = _number(printed, f"{path.name} 第 {line} 行 {subject}", faults)
            rows.append(
                (
                    f"annex_{group}_{row['网站']}_{column}", f"附件 {group}", f"{row['网站']}{subject}", printed, value,
                    _places(value), Decimal(1), "composite_scores", column, f"{group}/{_literally(row['网站'])}", "sum",
                    None, None, None, None, None, None,
                )
            )  # fmt: skip
    return rows


def _figures(path: Path, faults: list[str]) -> list[tuple]:
    rows = []
    for line, row in enumerate(_read(path, _COLUMNS, faults), start=2):
        cells = {name: (row[name] or "").strip() or None for name in _COLUMNS}
        where = f"{path.name} 第 {line} 行"
        value = _number(cells["value"], f"{where} value", faults) if cells["value"] else None
        scale = _number(cells["scale"] or "1", f"{where} scale", faults)
        per_value = _number(cells["per_value"], f"{where} per_value", faults) if cells["per_value"] else None
        if cells["measure"] not in (None, "sum", "count") or cells["per_measure"] not in (None, "sum", "count"):
            faults.append(f"{where}：measure 和 per_measure 应为 sum 或 count")
        rows.append(
            (
                cells["figure"], cells["section"], cells["subject"], cells["printed"], value, _places(value), scale,
                cells["table"], cells["column"], cells["rows"], cells["measure"], cells["per_table"], cells["per_column"],
                cells["per_rows"], cells["per_measure"], per_value, cells["remark"],
            )
        )  # fmt: skip
    return rows


def _number(text: str, where: str, faults: list[str]) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        faults.append(f"{where}：“{text}”不是数字")
        return None


def _places(value: Decimal | None) -> int | None:
    """How many decimals were printed; that many are compared."""
    return None if value is None else max(0, -value.as_tuple().exponent)


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
