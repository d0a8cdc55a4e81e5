"""The Chinese words for reasons, kinds and checks; those for tables and columns stand in `sql/published/`."""

from flows.coverage import CRAWL_LABEL, TREATMENTS
from flows.sources.ballots import REASONS
from flows.sources.records import RULES
from flows.warehouse.ref import CRAWL

CELLS = {
    "reason": {"valid": "有效", **REASONS},
    "verdict": {"equal": "相同", "equal_when_cut": "截尾后相同", "differs": "不同", "not_computable": "记录里算不出"},
    "rule": RULES,
    "treatment": TREATMENTS,
    "source": {CRAWL: CRAWL_LABEL, "all": "全部来源"},
    "step": {"source": "来源得分"},
    "group": {"all": "全部"},
    "item_type": {"all": "全部"},
    "category": {"all": "合计", "unknown": "未注明", "other": "其他"},
    "aspect": {"overall": "总体"},
    **{check: {"pass": "通过", "fail": "不通过", "na": "不适用"} for check in ("reachable", "guide", "form", "online")},
    "approval": {"1": "是", "0": "否"},
    "counts": {"1": "是", "0": "否"},
    "same_rules": {"1": "是", "0": "否"},
}  # fmt: skip

ITEM_CHECKS = {"reachable": "页面打不开", "guide": "办事指南不全", "form": "表格不能下载", "online": "不能网上办理"}


def flag(text: str, labels: dict[str, str]) -> str:
    """A composite's flag in words."""
    name, _, source = text.partition(":")
    shown = labels.get(source, source)
    known = {
        "low_base": "选票偏少，仅供参考",
        "missing_zero": f"缺{shown}，按 0 分计",
        "missing_reweight": f"缺{shown}，其余来源按比例折算",
    }
    return known.get(name, text)
