"""What is asked for an audit source."""

from collections.abc import Iterator

from flows.beginning.plan import Plan, PlannedSource, Question, all_named, number


def questions(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    source.keys.setdefault("item_types", {"事项": "事项"})

    def types(words: list[str]) -> None:
        found = all_named([word if "=" in word or "＝" in word else f"{word}=1" for word in words], "在线受理=3")
        weights = {each.id: number(each.value, f"“{each.label}”的权重") for each in found}
        source.keys["item_types"] = {each.id: each.label for each in found}
        source.keys.pop("item_weights", None)
        heavy = {type_: weight for type_, weight in weights.items() if weight != 1}
        if heavy:
            source.keys["item_weights"] = heavy

    def approval(words: list[str]) -> None:
        # An approval item counts in these groups; somebody may mean none.
        labels = {named.label: named.id for named, _ in plan.groups}
        source.keys["approval_items_for"] = [] if words == ["0"] else [labels.get(word, word) for word in words]

    yield Question(f"{source.id}.item_types", f"{source.label}：事项类型和权重，如 在线受理=3 办事指南=1", "", types)
    yield Question(
        f"{source.id}.approval_items_for",
        f"{source.label}：哪些组别的审批事项计入得分（0 是都不计入）",
        " ".join(named.label for named, _ in plan.groups),
        approval,
    )
