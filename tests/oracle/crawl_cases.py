"""Which cases of crawl checks a generated year holds, told from what its files say and what the oracle makes of it."""

from collections import Counter
from itertools import groupby

from .crawl_schemes import EXTRA, columns, conditions, measures
from .exact_crawl import Check, check_of, confirmed, in_period, needed, rows_of_failures, told
from .files import parts
from .model import GeneratedYear

CRAWL_CASES = [
    *(
        "checks without [crawl]",
        "opens",
        "closes",
        "confirm for all",
        "confirm for some",
        "only the long form",
        "a check nobody draws",
    ),
    *(
        "a column by its name",
        "a table of a column",
        "several names of a column",
        "words",
        "words for not made",
        "when",
        "two conditions",
    ),
    *("condition on a word of another check", "condition on true/false of another check"),
    *(
        "passed",
        "failed",
        "value",
        "confirmed",
        "not confirmed",
        "not made in the long form",
        "an empty cell",
        "a word for not made",
    ),
    *("a condition that is not met", "a condition that is not met beside a cell that speaks"),
    *("a file with the old name", "a file with both names", "a file without a check", "a long file without not_made"),
    *("confirmed only across months", "confirmed only across what was not made", "confirmed only across the two forms"),
    *(
        "not confirmed by a failure outside the period",
        "not confirmed by a failure at another address",
        "not confirmed by a stale row",
    ),
    *(
        "only checks outside the period",
        "first second of the period",
        "last second of the period",
        "a check of another year that counts",
    ),
    *("several addresses", "stale in one file", "stale in another file", "stale across the forms", "stale and not made"),
    *("stale outside the period", "a word that is in no list", "a cell that is no observation"),
    *("passed and not_made", "neither passed nor not_made", "a value of a confirmed failure", "a value that does not count"),
]


def crawl_cases(year: GeneratedYear, seed: int) -> Counter[str]:
    cases = Counter()
    if year.rows.get("crawl"):
        for found in (_scheme(year), _rows(year), _series(year), _repeats(year, seed)):
            cases.update(found)
    return cases


def _layout(year: GeneratedYear) -> dict:
    return year.scheme.get("crawl", {}).get("wide", {"site": None, "checks": {}})


def _scheme(year: GeneratedYear) -> list[str]:
    crawl, checks = year.scheme.get("crawl"), _layout(year)["checks"]
    if crawl is None:
        return ["checks without [crawl]"]
    found = [key for key in ("opens", "closes") if key in crawl]
    if "confirm" in crawl:
        found.append("confirm for some" if isinstance(crawl["confirm"], dict) else "confirm for all")
    if not checks:
        found.append("only the long form")
    held = {columns(entry)[0]: "passed" in entry for entry in checks.values() if isinstance(entry, dict)}
    for entry in checks.values():
        found.append("a column by its name" if isinstance(entry, str) else "a table of a column")
        found += ["several names of a column"] if len(columns(entry)) > 1 else []
        for key, case in (("passed", "words"), ("not_made", "words for not made"), ("when", "when")):
            found += [case] if isinstance(entry, dict) and key in entry else []
        found += ["two conditions"] if isinstance(entry, dict) and len(entry.get("when", {})) > 1 else []
    for column in conditions(_layout(year)).keys() & {columns(entry)[0] for entry in checks.values()}:
        kind = "a word" if held.get(column) else "true/false"
        found.append(f"condition on {kind} of another check")
    return found


def _rows(year: GeneratedYear) -> list[str]:
    layout, found = _layout(year), []
    for row in year.rows["crawl"]:
        if layout["site"] not in row.spelled:
            found += _long_row(row.spelled, row.meant)
            continue
        if not row.meant and "说不清" in row.spelled.values():
            column = next(column for column, cell in row.spelled.items() if cell == "说不清")
            entry = next(entry for entry in layout["checks"].values() if column in columns(entry))
            found.append("a word that is in no list" if "passed" in entry else "a cell that is no observation")
        found += ["a file without a check"] if 0 < len(row.meant) < len(layout["checks"]) else []
        for seen in row.meant:
            names = [name for name in columns(layout["checks"][seen["check"]]) if name in row.spelled]
            known = columns(layout["checks"][seen["check"]])
            if len(known) > 1 and names != known[:1]:
                found.append("a file with both names" if names == known else "a file with the old name")
            reasons = {"empty": "an empty cell", "word": "a word for not made", "unmet": "a condition that is not met"}
            found += [reasons[seen["not_made"]]] if seen["not_made"] else []
            if seen["not_made"] == "unmet" and row.spelled[names[0]] is not None:
                found.append("a condition that is not met beside a cell that speaks")
    return found


def _long_row(spelled: dict, meant: tuple) -> list[str]:
    passed, reason = spelled["passed"], spelled.get("not_made")
    if not meant and str(spelled["site"]) != "查无此站":
        return (
            ["passed and not_made"]
            if passed is not None and reason == "没有做"
            else ["neither passed nor not_made"]
            if passed is None and spelled["check"] and not str(reason or "").strip()
            else []
        )
    found = ["a long file without not_made"] if "not_made" not in spelled else []
    return [*found, "not made in the long form"] if meant and meant[0].get("not_made") else found


def _series(year: GeneratedYear) -> list[str]:
    """What the rows of failures are like, and which would be others under a wrong rule."""
    checks, failures, found = told(year), confirmed(year), []
    long, wide = _forms(year)
    addresses = {(check.site, check.name): set() for check in checks}
    inside = {(check.site, check.name) for check in checks if in_period(year, check)}
    for check in checks:
        addresses[check.site, check.name].add(check.url)
        found += ["a check nobody draws"] if check.name == EXTRA else []
        if not in_period(year, check):
            found += ["only checks outside the period"] if (check.site, check.name) not in inside else []
            continue
        local = check.moment.astimezone(year.zone)
        crawl, clock = year.scheme.get("crawl", {}), local.time().isoformat()
        found += ["first second of the period"] if (local.date(), clock) == (crawl.get("opens"), "00:00:00") else []
        found += ["last second of the period"] if (local.date(), clock) == (crawl.get("closes"), "23:59:59") else []
        found += ["a check of another year that counts"] if local.year != year.year and check.outcome == "passed" else []
        found += [check.outcome] if check.outcome != "not_made" else []
        if check.outcome == "failed":
            found.append("confirmed" if check in failures else "not confirmed")
            if check.value is not None and "value" in measures(year.scheme, check.name):
                found.append("a value of a confirmed failure" if check in failures else "a value that does not count")
    found += ["several addresses" for urls in addresses.values() if len(urls) > 1]
    for run in rows_of_failures(year):
        need, first = needed(year.scheme, run[0].name), run[0]
        alike = [check for check in checks if (check.site, check.name) == (first.site, first.name)]
        same = [check for check in alike if check.url == first.url]
        if len(run) >= need:
            months = [len(list(part)) for _, part in groupby(run, lambda check: check.moment.astimezone(year.zone).month)]
            found += ["confirmed only across months"] if max(months) < need else []
            span = [check for check in same if first.moment <= check.moment <= run[-1].moment]
            span.sort(key=lambda check: check.moment)
            bits = [len(list(part)) for failed, part in groupby(span, lambda check: check.outcome == "failed") if failed]
            found += ["confirmed only across what was not made"] if max(bits) < need else []
            apart = [sum(check in form for check in run) for form in (long, wide)]
            found += ["confirmed only across the two forms"] if max(apart) < need else []
            continue
        outside = [check for check in same if check.outcome == "failed" and not in_period(year, check)]
        found += ["not confirmed by a failure outside the period"] if outside else []
        found += (
            ["not confirmed by a failure at another address"]
            if any(check.outcome == "failed" and check.url != first.url for check in alike)
            else []
        )
        found += ["not confirmed by a stale row"] if sum(checks[check] for check in run) >= need else []
    return found


def _forms(year: GeneratedYear) -> tuple[set[Check], set[Check]]:
    """The checks that the long form tells, and those of the scanner's table."""
    forms: tuple[set[Check], set[Check]] = set(), set()
    for row in year.rows["crawl"]:
        forms[_layout(year)["site"] in row.spelled].update(check_of(record) for record in row.meant)
    return forms


def _repeats(year: GeneratedYear, seed: int) -> list[str]:
    places: dict[Check, list[tuple[int, bool]]] = {}
    for number, part in enumerate(parts(year, "crawl", seed)):
        for row in part:
            for record in row.meant:
                places.setdefault(check_of(record), []).append((number, _layout(year)["site"] in row.spelled))
    found = []
    for check, there in places.items():
        if len(there) > 1:
            found += ["stale in one file"] if len(set(there)) < len(there) else []
            found += ["stale in another file"] if len({number for number, wide in there if wide == there[0][1]}) > 1 else []
            found += ["stale across the forms"] if len({wide for _, wide in there}) > 1 else []
            found += ["stale and not made"] if check.outcome == "not_made" else []
            found += [] if in_period(year, check) else ["stale outside the period"]
    return found
