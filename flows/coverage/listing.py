"""The gaps of a year as a list for people: a row a gap, with who owes it."""

import polars as pl

from flows.coverage import TREATMENTS, Coverage, Debt, Gap

# The columns of the list of gaps, with what people call them.
COLUMNS = {
    "owner": "欠交的单位",
    "source": "来源",
    "site_id": "编号",
    "site": "网站",
    "label": "缺什么",
    "expected": "应到",
    "received": "已到",
    "missing": "缺",
    "unit": "单位",
    "periods": "缺的日期",
    "set_aside": "不合格行",
    "due": "期限",
    "treatment": "处理",
    "reason": "同意缺报的理由",
    "approved_by": "批准人",
    "approved_on": "批准日期",
}


def gap_frame(coverage: Coverage) -> pl.DataFrame:
    """A row a gap, under Chinese headings."""
    rows = [
        {heading: _cell(debt, gap, name) for name, heading in COLUMNS.items()}
        for debt in coverage.debts
        for part in debt.parts
        for gap in part.gaps
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS.values(), pl.String))


def _cell(debt: Debt, gap: Gap, name: str) -> str:
    match name:
        case "owner":
            return debt.owner
        case "received":
            return str(gap.expected - gap.missing)
        case "treatment":
            return TREATMENTS[gap.treatment]
    value = getattr(gap, name)
    return "" if value is None else str(value)
