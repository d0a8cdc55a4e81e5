"""What is asked for a ballots source."""

from collections.abc import Iterator

from flows.beginning.plan import Plan, PlannedSource, Question, Wrong, day, limit, named, number, whole

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

    def channels(words: list[str]) -> None:
        found = [channel for word in words for channel in word.split("、") if channel]
        keys.pop("channels", None)
        if found:
            keys["channels"] = found

    yield Question(
        f"{source.id}.period", f"{source.label}：评议期的第一天和最后一天", f"{plan.year}-11-01 {plan.year}-11-30", period
    )
    yield Question(f"{source.id}.levels", f"{source.label}：可选的档次和分值（0 到 100）", _LEVELS, levels)
    yield Question(f"{source.id}.satisfied", f"{source.label}：哪几档算满意", " ".join(keys.get("satisfied", ())), satisfied)
    yield limit(source, "min_seconds", "填写不足几秒的票不算（0 是不看）", "5")
    yield limit(source, "burst_limit", "同一来处一分钟内超过几张票时，这一分钟的都不算（0 是不看）", "20", whole)
    yield limit(source, "min_ballots", "有效票少于几张的网站标注样本偏少，书面批准以前这一年度不公布（0 是不看）", "30", whole)
    yield Question(
        f"{source.id}.channels",
        f"{source.label}：有哪些渠道，如 网络 短信；结果按渠道公布，每个渠道评议期内天天都应有票（不写是不分渠道）",
        "",
        channels,
        optional=True,
    )
