"""What is asked for a records source."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from flows.beginning.claims import indicator_id
from flows.beginning.plan import Plan, PlannedSource, Question, Wrong, named, number

_ANYTHING = [{"id": "d01", "label": "指标", "max": 100, "rule": "points"}]
_REACHED, _LOST = re.compile(r"达到?(.+)"), re.compile(r"(?:每[个条项次1]?)?扣(.+)")
_HOW = "应为 满分、满分:达到多少得满分（如 15:达到30）或 满分:每个扣几分（如 10:扣0.5），取自网站检测的后面再写 :检测名 或 :检测名:passed"


def questions(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    source.keys.setdefault("indicators", _ANYTHING)

    def indicators(words: list[str]) -> None:
        source.keys["indicators"] = [_indicator(word, place) for place, word in enumerate(words, start=1)]

    yield Question(
        f"{source.id}.indicators",
        f"{source.label}：指标、满分和计分办法，如 报送信息=20:达到30 信息差错=10:扣1 月度评分=60（只写满分，数值就是得分）"
        " 首页死链=10:扣0.5:dead_links（数值取自这项检测）",
        "",
        indicators,
    )


def _indicator(word: str, place: int) -> dict[str, Any]:
    found = named(word, "报送信息=20:达到30")
    most, rule, check, measure, *more = [*unicodedata.normalize("NFKC", found.value).split(":"), "", "", ""]
    if any(more):
        raise Wrong(f"“{word}”的冒号太多：{_HOW}")
    made: dict[str, Any] = {
        "id": indicator_id(found, "d", place), "label": found.label, "max": number(most, f"“{found.label}”的满分"), "rule": "points",
    }  # fmt: skip
    if reached := _REACHED.fullmatch(rule):
        made |= {"rule": "ratio", "target": number(reached[1], f"“{found.label}”要达到的数")}
    elif lost := _LOST.fullmatch(rule):
        made |= {"rule": "deduct", "per": number(lost[1], f"“{found.label}”要扣的分")}
    elif rule:
        raise Wrong(f"“{word}”的计分办法没有看懂：{_HOW}")
    # What the reader takes of these it decides itself.
    return made | {key: value.strip() for key, value in (("from_crawl", check), ("measure", measure)) if value.strip()}
