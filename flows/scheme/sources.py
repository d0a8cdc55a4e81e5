"""Reads the `[sources.*]` tables of a scheme: one function a kind of source."""

from datetime import date
from decimal import Decimal

from flows.scheme import (
    KINDS,
    Aspect,
    Audit,
    Ballots,
    Claims,
    Given,
    Indicator,
    ItemType,
    Level,
    Panel,
    RecordIndicator,
    Records,
    Source,
)
from flows.scheme.section import Section

# Names that a result table already uses for something else.
RESERVED = {"all"}
_MOST_LEVELS = 255


def read_source(section: Section, aspects: tuple[Aspect, ...]) -> Source | None:
    label = section.text("label") or ""
    kind = section.choice("kind", KINDS)
    makers = {
        "ballots": lambda section, label: _ballots(section, label, tuple(aspect.id for aspect in aspects)),
        "panel": _panel,
        "claims": _claims,
        "records": _records,
        "audit": _audit,
        "given": lambda section, label: Given(section.name, label),
    }
    if kind is None:
        return None
    if kind in ("ballots", "panel") and not aspects:
        section.fault("kind", f"{kind} 类来源按评议内容打分，而方案没有 [aspects]")
    source = makers[kind](section, label)
    section.finish()
    return source


def _ballots(section: Section, label: str, aspects: tuple[str, ...]) -> Ballots:
    satisfied = section.texts("satisfied", needed=True)
    levels = []
    for code, entry in enumerate(section.entries("levels"), start=1):
        name, points = entry.text("label"), entry.decimal("points", at_least=0, at_most=100)
        entry.finish()
        levels.append(Level(code, name or "", points or Decimal(0), name in satisfied))
    labels = [level.label for level in levels]
    section.must_differ("levels", labels)
    if len(levels) > _MOST_LEVELS:
        section.fault("levels", f"有 {len(levels)} 档，最多 {_MOST_LEVELS} 档")
    for name in satisfied:
        if name not in labels:
            section.fault("satisfied", f"“{name}”不在 levels 之中")
    opens, closes = section.day("opens"), section.day("closes")
    if opens and closes and opens > closes:
        section.fault("closes", f"截止日 {closes} 早于开始日 {opens}")
    return Ballots(
        id=section.name,
        label=label,
        opens=opens or date.min,
        closes=closes or date.max,
        levels=tuple(levels),
        min_seconds=section.decimal("min_seconds", at_least=0, optional=True),
        burst_limit=section.integer("burst_limit", at_least=0, optional=True),
        min_ballots=section.integer("min_ballots", at_least=0, optional=True),
        aspects=_asked(section, aspects),
    )


def _asked(section: Section, aspects: tuple[str, ...]) -> tuple[str, ...]:
    """The aspects that the ballots ask for, in the scheme's order."""
    asked = section.texts("aspects", default=aspects)
    if section.has("aspects") and not asked:
        section.fault("aspects", "是空的；不写这个键就是全部评议内容")
    section.must_differ("aspects", asked)
    for name in asked:
        if name not in aspects:
            section.fault("aspects", f"方案的 [aspects] 中没有“{name}”")
    return tuple(aspect for aspect in aspects if aspect in asked)


def _panel(section: Section, label: str) -> Panel:
    trim = section.integer("trim_each_side", at_least=0, optional=True) or 0
    least = section.integer("trim_from", at_least=1, optional=True)
    if trim and least is None:
        section.fault("trim_from", f"缺少：trim_each_side = {trim} 要写明自几个评分起去掉最高最低（通常为 5）")
    elif trim and least <= 2 * trim:
        section.fault("trim_from", f"为 {least}，两端各去掉 {trim} 个后一个不剩，应大于 {2 * trim}")
    return Panel(section.name, label, trim, least)


def _claims(section: Section, label: str) -> Claims:
    indicators = []
    for entry in section.entries("indicators"):
        indicators.append(_indicator(entry))
        entry.finish()
    section.must_differ("indicators", [indicator.id for indicator in indicators])
    penalty = section.decimal("inflation_penalty", at_least=0, default=Decimal(0))
    return Claims(section.name, label, penalty, tuple(indicators))


def _indicator(entry: Section) -> Indicator:
    return Indicator(
        entry.text("id") or "",
        entry.text("label") or "",
        entry.decimal("max", above=0) or Decimal(1),
    )


def _records(section: Section, label: str) -> Records:
    indicators = []
    for entry in section.entries("indicators"):
        base = _indicator(entry)
        rule = entry.choice("rule", ("points", "ratio", "deduct"))
        target = entry.decimal("target", above=0, optional=rule != "ratio")
        per = entry.decimal("per", above=0, optional=rule != "deduct")
        if target is not None and rule not in (None, "ratio"):
            entry.fault("target", f"规则 {rule} 不用 target，只有 ratio 用")
        if per is not None and rule not in (None, "deduct"):
            entry.fault("per", f"规则 {rule} 不用 per，只有 deduct 用")
        check = entry.text("from_crawl", optional=True)
        stated = entry.choice("measure", ("value", "passed"), optional=True)
        if stated is not None and check is None:
            entry.fault("measure", "只能与 from_crawl 同用")
        entry.finish()
        indicators.append(RecordIndicator(base.id, base.label, base.max, rule, target, per, check, stated or "value"))
    section.must_differ("indicators", [indicator.id for indicator in indicators])
    return Records(section.name, label, tuple(indicators))


def _audit(section: Section, label: str) -> Audit:
    labels = section.labels("item_types")
    weights = section.decimals("item_weights", optional=True)
    for name in weights:
        if name not in labels:
            section.fault(f"item_weights.{name}", "不在 item_types 之中")
    for name in labels:
        if name in RESERVED:
            section.fault(f"item_types.{name}", "是保留名，请换一个")
    types = tuple(ItemType(name, text, weights.get(name, Decimal(1))) for name, text in labels.items())
    return Audit(section.name, label, types, section.texts("approval_items_for"))
