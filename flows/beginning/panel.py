"""What is asked for a panel source."""

from collections.abc import Iterator

from flows.beginning.plan import Plan, PlannedSource, Question, Wrong, limit, whole


def questions(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    def trim(words: list[str]) -> None:
        source.keys.pop("trim_each_side", None)
        source.keys.pop("trim_from", None)
        if words == ["0"]:
            return
        if len(words) != 2:
            raise Wrong("应写两个数：去掉几个最高分和几个最低分，自几个评分起，如 1 5；只写 0 是不去")
        source.keys["trim_each_side"] = whole(words[0], "去掉的个数")
        source.keys["trim_from"] = whole(words[1], "评分的个数")

    yield Question(f"{source.id}.trim", f"{source.label}：去掉几个最高分和几个最低分、自几个评分起去（0 是不去）", "1 5", trim)
    yield limit(source, "experts", "应有几位专家（0 是不核对）", "0", whole)
    yield limit(source, "min_raters", "每个网站每项评议内容至少几位专家评", "1", whole, silent=1)
