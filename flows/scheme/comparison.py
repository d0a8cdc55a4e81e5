"""Reads the `[comparison]` table of a scheme: what becomes of whatever stands out in a year's files."""

from dataclasses import dataclass

from flows.reading.section import Section

# What may stand out (`flows.comparison`), and what people call it.
KINDS = {
    "amounts": "数量",
    "repeats": "重复送来",
    "levels": "评分分布",
    "aspects": "评议内容对调",
    "times": "时刻",
    "raters": "评分人",
    "sites": "网站",
}
TELL, GATE, OFF = "tell", "gate", "off"


@dataclass(frozen=True)
class Comparison:
    """`gates` are the kinds that forbid publishing until they are confirmed, `off` those that nobody wants to hear of.

    `confirmed` are the names of findings that somebody looked at and found to be right.
    """

    gates: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()


def read_comparison(top: Section) -> Comparison:
    section = top.section("comparison")
    if section is None:
        return Comparison()
    chosen = {kind: section.choice(kind, (TELL, GATE, OFF), default=TELL) for kind in KINDS}
    confirmed = section.texts("confirmed")
    section.must_differ("confirmed", confirmed)
    for name in confirmed:
        if name.partition(":")[0] not in KINDS:
            section.fault("confirmed", f"“{name}”不是提示里写的名称，应为 {'、'.join(KINDS)} 之一加冒号开头")
    section.finish()
    return Comparison(
        gates=frozenset(kind for kind, choice in chosen.items() if choice == GATE),
        off=frozenset(kind for kind, choice in chosen.items() if choice == OFF),
        confirmed=frozenset(confirmed),
    )
