"""What is asked for a claims source."""

from collections.abc import Iterator

from flows.beginning.plan import Named, Plan, PlannedSource, Question, all_named, number

# Until they are asked for.
ANYTHING = [{"id": "s01", "label": "指标", "max": 100}]


def questions(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    source.keys.setdefault("indicators", ANYTHING)

    def indicators(words: list[str]) -> None:
        found = all_named(words, "信息公开=40")
        source.keys["indicators"] = [
            {"id": indicator_id(each, "s", place), "label": each.label, "max": number(each.value, f"“{each.label}”的满分")}
            for place, each in enumerate(found, start=1)
        ]

    def penalty(words: list[str]) -> None:
        source.keys["inflation_penalty"] = number(words[0], "再扣的分")

    yield Question(f"{source.id}.indicators", f"{source.label}：指标和满分，如 信息公开=40 网上办事=60", "", indicators)
    yield Question(
        f"{source.id}.inflation_penalty", f"{source.label}：自报高于核实的，每高 1 分再扣几分", "0", penalty, one=True
    )


def indicator_id(indicator: Named, letter: str, place: int) -> str:
    """The id of an indicator: its own, or a number where only its name was written."""
    return indicator.id if indicator.id != indicator.label else f"{letter}{place:02}"
