"""Which cases of crawl checks a generated year holds, told from what its files say and what the oracle makes of it."""

from collections import Counter
from itertools import groupby

from .crawl_schemes import EXTRA, columns, conditions, measures
from .exact_crawl import Check, check_of, confirmed, deliveries_of, in_period, needed, rows_of_failures
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
        for part in (_scheme(year), _rows(year), _series(year), _repeats(year, seed)):
            cases.update(part)
    return cases


def _layout(year: GeneratedYear) -> dict:
    return year.scheme.get("crawl", {}).get("wide", {"site": None, "checks": {}})


def _scheme(year: GeneratedYear) -> list[str]:
    crawl, checks = year.scheme.get("crawl"), _layout(year)["checks"]
    if crawl is None:
        return ["checks without [crawl]"]
    cases = [key for key in ("opens", "closes") if key in crawl]
    if "confirm" in crawl:
        cases.append("confirm for some" if isinstance(crawl["confirm"], dict) else "confirm for all")
    if not checks:
        cases.append("only the long form")
    held = {columns(entry)[0]: "passed" in entry for entry in checks.values() if isinstance(entry, dict)}
    for entry in checks.values():
        cases.append("a column by its name" if isinstance(entry, str) else "a table of a column")
        cases += ["several names of a column"] if len(columns(entry)) > 1 else []
        for key, case in (("passed", "words"), ("not_made", "words for not made"), ("when", "when")):
            cases += [case] if isinstance(entry, dict) and key in entry else []
        cases += ["two conditions"] if isinstance(entry, dict) and len(entry.get("when", {})) > 1 else []
    for column in conditions(_layout(year)).keys() & {columns(entry)[0] for entry in checks.values()}:
        kind = "a word" if held.get(column) else "true/false"
        cases.append(f"condition on {kind} of another check")
    return cases


def _rows(year: GeneratedYear) -> list[str]:
    layout, cases = _layout(year), []
    for row in year.rows["crawl"]:
        if layout["site"] not in row.spelled:
            cases += _long_row(row.spelled, row.meant)
            continue
        if not row.meant and "说不清" in row.spelled.values():
            column = next(column for column, cell in row.spelled.items() if cell == "说不清")
            entry = next(entry for entry in layout["checks"].values() if column in columns(entry))
            cases.append("a word that is in no list" if "passed" in entry else "a cell that is no observation")
        cases += ["a file without a check"] if 0 < len(row.meant) < len(layout["checks"]) else []
        for seen in row.meant:
            names = [name for name in columns(layout["checks"][seen["check"]]) if name in row.spelled]
            known = columns(layout["checks"][seen["check"]])
            if len(known) > 1 and names != known[:1]:
                cases.append("a file with both names" if names == known else "a file with the old name")
            reasons = {"empty": "an empty cell", "word": "a word for not made", "unmet": "a condition that is not met"}
            cases += [reasons[seen["not_made"]]] if seen["not_made"] else []
            if seen["not_made"] == "unmet" and row.spelled[names[0]] is not None:
                cases.append("a condition that is not met beside a cell that speaks")
    return cases


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
    cases = ["a long file without not_made"] if "not_made" not in spelled else []
    return [*cases, "not made in the long form"] if meant and meant[0].get("not_made") else cases


def _series(year: GeneratedYear) -> list[str]:
    """What the rows of failures are like, and which would be others under a wrong rule."""
    checks, failures, cases = deliveries_of(year), confirmed(year), []
    long, wide = _forms(year)
    addresses = {(check.site, check.name): set() for check in checks}
    inside = {(check.site, check.name) for check in checks if in_period(year, check)}
    for check in checks:
        addresses[check.site, check.name].add(check.url)
        cases += ["a check nobody draws"] if check.name == EXTRA else []
        if not in_period(year, check):
            cases += ["only checks outside the period"] if (check.site, check.name) not in inside else []
            continue
        local = check.moment.astimezone(year.zone)
        crawl, clock = year.scheme.get("crawl", {}), local.time().isoformat()
        cases += ["first second of the period"] if (local.date(), clock) == (crawl.get("opens"), "00:00:00") else []
        cases += ["last second of the period"] if (local.date(), clock) == (crawl.get("closes"), "23:59:59") else []
        cases += ["a check of another year that counts"] if local.year != year.year and check.outcome == "passed" else []
        cases += [check.outcome] if check.outcome != "not_made" else []
        if check.outcome == "failed":
            cases.append("confirmed" if check in failures else "not confirmed")
            if check.value is not None and "value" in measures(year.scheme, check.name):
                cases.append("a value of a confirmed failure" if check in failures else "a value that does not count")
    cases += ["several addresses" for urls in addresses.values() if len(urls) > 1]
    for run in rows_of_failures(year):
        need, first = needed(year.scheme, run[0].name), run[0]
        alike = [check for check in checks if (check.site, check.name) == (first.site, first.name)]
        same = [check for check in alike if check.url == first.url]
        if len(run) >= need:
            months = [len(list(part)) for _, part in groupby(run, lambda check: check.moment.astimezone(year.zone).month)]
            cases += ["confirmed only across months"] if max(months) < need else []
            span = [check for check in same if first.moment <= check.moment <= run[-1].moment]
            span.sort(key=lambda check: check.moment)
            bits = [len(list(part)) for failed, part in groupby(span, lambda check: check.outcome == "failed") if failed]
            cases += ["confirmed only across what was not made"] if max(bits) < need else []
            apart = [sum(check in form for check in run) for form in (long, wide)]
            cases += ["confirmed only across the two forms"] if max(apart) < need else []
            continue
        outside = [check for check in same if check.outcome == "failed" and not in_period(year, check)]
        cases += ["not confirmed by a failure outside the period"] if outside else []
        cases += (
            ["not confirmed by a failure at another address"]
            if any(check.outcome == "failed" and check.url != first.url for check in alike)
            else []
        )
        cases += ["not confirmed by a stale row"] if sum(checks[check] for check in run) >= need else []
    return cases


def _forms(year: GeneratedYear) -> tuple[set[Check], set[Check]]:
    """The checks that the long form tells, and those of the scanner's table."""
    forms: tuple[set[Check], set[Check]] = set(), set()
    for row in year.rows["crawl"]:
        forms[_layout(year)["site"] in row.spelled].update(check_of(record) for record in row.meant)
    return forms


def _repeats(year: GeneratedYear, seed: int) -> list[str]:
    positions: dict[Check, list[tuple[int, bool]]] = {}
    for number, part in enumerate(parts(year, "crawl", seed)):
        for row in part:
            for record in row.meant:
                positions.setdefault(check_of(record), []).append((number, _layout(year)["site"] in row.spelled))
    cases = []
    for check, there in positions.items():
        if len(there) > 1:
            cases += ["stale in one file"] if len(set(there)) < len(there) else []
            cases += ["stale in another file"] if len({number for number, wide in there if wide == there[0][1]}) > 1 else []
            cases += ["stale across the forms"] if len({wide for _, wide in there}) > 1 else []
            cases += ["stale and not made"] if check.outcome == "not_made" else []
            cases += [] if in_period(year, check) else ["stale outside the period"]
    return cases
