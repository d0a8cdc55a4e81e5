"""What is asked for a ballots source."""

from collections.abc import Iterator

from flows.beginning.plan import Plan, PlannedSource, Question, Wrong, day, named, number, whole

_LEVELS = "满意=100 较满意=80 一般=60 较不满意=30 不满意=0"
# From these points on a level counts as satisfied, unless somebody says which do.
_SATISFIED = 80


def questions(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    keys = source.keys

    def period(words: list[str]) -> None:
        if len(words) != 2:
            raise Wrong("应写两个日期，第一天和最后一天，如 2025-11-01 2025-11-30")
        keys["opens"], keys["closes"] = map(day, words)

    def levels(words: list[str]) -> None:
        found = [
            (level.label, number(level.value, f"“{level.label}”的分值"))
            for level in (named(word, "满意=100") for word in words)
        ]
        keys["levels"] = [{"label": label, "points": points} for label, points in found]
        good = [label for label, points in found if points >= _SATISFIED]
        keys["satisfied"] = good or [label for label, _ in found[:1]]

    def satisfied(words: list[str]) -> None:
        keys["satisfied"] = words

    def limit(key: str, what: str, read=whole) -> Question:
        def put(words: list[str]) -> None:
            value = read(words[0], what)
            keys.pop(key, None)
            if value:
                keys[key] = value

        usual = {"min_seconds": "5", "burst_limit": "20", "min_ballots": "30"}[key]
        return Question(f"{source.id}.{key}", f"{source.label}：{what}（0 是不看）", usual, put, one=True)

    yield Question(
        f"{source.id}.period", f"{source.label}：评议期的第一天和最后一天", f"{plan.year}-11-01 {plan.year}-11-30", period
    )
    yield Question(f"{source.id}.levels", f"{source.label}：可选的档次和分值（0 到 100）", _LEVELS, levels)
    yield Question(f"{source.id}.satisfied", f"{source.label}：哪几档算满意", " ".join(keys.get("satisfied", ())), satisfied)
    yield limit("min_seconds", "填写不足几秒的票不算", number)
    yield limit("burst_limit", "同一来处一分钟内超过几张票时，这一分钟的都不算")
    yield limit("min_ballots", "有效票少于几张的网站标注样本偏少，书面批准以前这一年度不公布")
