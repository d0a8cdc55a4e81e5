"""What is due and what came, as artifacts of a run."""

import polars as pl

from flows.coverage import Coverage
from flows.coverage.listing import gap_frame
from flows.orchestrator.artifacts import show_table


def show_coverage(coverage: Coverage) -> None:
    """Shows how complete every source is, and every gap with who owes it."""
    totals = pl.DataFrame(
        [
            {
                "来源": f"{total.label}（{total.source}）",
                "应到": total.expected,
                "已到": total.received,
                "缺": total.missing - total.awaited,
                "未到期限": total.awaited,
                "单位": total.unit,
                "同意缺报": total.waived,
                "有缺的网站": total.sites,
                "不合格行": total.set_aside,
                "期限": str(total.due or ""),
            }
            for total in coverage.totals
        ]
    )
    late = len(coverage.late)
    show_table("coverage", totals, f"到件：{f'有 {late} 家应到而没有到齐' if late else '应到的都到齐了'}")
    gaps = gap_frame(coverage)
    if gaps.height:
        show_table("gaps", gaps, f"缺报的 {gaps.height} 处，谁欠交")
