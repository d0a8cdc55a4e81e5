"""The `[crawl]` section of a scheme: when checks count, what confirms a failure, and how a scanner's table is read."""

from datetime import date, timedelta
from random import Random

EXTRA = "旁查"  # a check on which no indicator draws; it is counted all the same

# What a status column may say: words for passed, for failed, and for not made.
VOCABULARIES = [
    (["completed", "ok", "done twice"], ["timeout", "dns_error", "refused"], ["unknown_error", "skipped"]),
    (["200", "204"], ["404", "500", "503"], ["403", "429"]),
    (["正常", "可用"], ["断线", "打不开"], ["未知", "没有查"]),
]
CONDITION = "阶段 状态"  # a column that only says whether there was anything to check
HELD, NOT_HELD = ["completed", "已完成"], ["robots", "超时", "not started"]


def checks_of_indicators(scheme: dict) -> dict[str, tuple[str, dict]]:
    """The checks on which indicators draw: the source, and (of several) the last indicator."""
    return {
        entry["from_crawl"]: (source, entry)
        for source, spec in scheme["sources"].items()
        for entry in spec.get("indicators", [])
        if "from_crawl" in entry
    }


def measures(scheme: dict, check: str) -> set[str]:
    """What indicators draw from a check; both where none does."""
    kinds = {
        entry.get("measure", "value")
        for spec in scheme["sources"].values()
        for entry in spec.get("indicators", [])
        if entry.get("from_crawl") == check
    }
    return kinds or {"value", "passed"}


def add_crawl_rules(rng: Random, scheme: dict) -> None:
    checks = list(checks_of_indicators(scheme))
    if not checks or rng.random() < 0.25:
        return
    crawl = scheme.get("crawl", {})
    if rng.random() < 0.65:
        crawl |= _period(rng, scheme["year"])
    if rng.random() < 0.85:
        some = rng.sample(checks, rng.randint(1, len(checks)))
        crawl["confirm"] = rng.choice([1, 2, 2, 3, 4, {check: rng.randint(2, 4) for check in some}])
    if rng.random() < 0.75:
        crawl["wide"] = _wide(rng, scheme, rng.choice([checks, [EXTRA, *checks], [*checks, EXTRA]]))
    if crawl:
        scheme["crawl"] = crawl


def _period(rng: Random, year: int) -> dict[str, date]:
    days = {
        "opens": date(year, 1, 1) + timedelta(days=rng.choice([0, 0, 45, 100])),
        "closes": date(year, 12, 31) - timedelta(days=rng.choice([0, 0, 30, 80])),
    }
    kept = rng.choice([["opens"], ["closes"], ["opens", "closes"], ["opens", "closes"]])
    return {key: days[key] for key in kept}


def _wide(rng: Random, scheme: dict, checks: list[str]) -> dict:
    layout, conditions = {}, [(CONDITION, rng.sample(HELD, rng.randint(1, 2)))]
    for check in checks:
        name = rng.choice([f"col_{check}", f"{check} 结果"])
        entry: dict = {"column": rng.choice([name, name, [name], [name, f"old_{check}"], [name, f"旧 {check}"]])}
        if "passed" in measures(scheme, check) and rng.random() < 0.5:
            entry |= _words(rng)
        if rng.random() < 0.5:
            entry["when"] = dict(rng.sample(conditions, rng.randint(1, min(2, len(conditions)))))
        if isinstance(entry["column"], str):
            # What one check says may be the condition of another, as long as its column is in every file.
            if "passed" in entry:
                conditions.append((name, entry["passed"]))
            elif measures(scheme, check) != {"value"}:
                conditions.append((name, ["true"]))
        layout[check] = name if entry == {"column": name} and rng.random() < 0.7 else entry
    return {"site": "target_url", "checked_at": "scan_date", "checks": layout}


def _words(rng: Random) -> dict[str, list[str]]:
    passed, failed, not_made = rng.choice(VOCABULARIES)
    words = {
        "passed": rng.sample(passed, rng.randint(1, len(passed))),
        "failed": rng.sample(failed, rng.randint(1, len(failed))),
    }
    if rng.random() < 0.7:
        words["not_made"] = rng.sample(not_made, rng.randint(1, len(not_made)))
    return words


def columns(entry: str | dict) -> list[str]:
    """The names that a check's column has had."""
    names = entry if isinstance(entry, str) else entry["column"]
    return [names] if isinstance(names, str) else names


def conditions(layout: dict) -> dict[str, list[str]]:
    """Every column on which a check depends, with the words that some check wants there."""
    wanted: dict[str, list[str]] = {}
    for entry in layout["checks"].values():
        for column, words in (entry.get("when", {}) if isinstance(entry, dict) else {}).items():
            wanted.setdefault(column, []).extend(words)
    return wanted
