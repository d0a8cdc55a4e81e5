"""The oracle against small examples. Each expected value is written as the arithmetic that gives it."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal as D
from fractions import Fraction

import pytest

from .exact import evaluate
from .exact_ballots import judge
from .model import GeneratedYear, Row
from .rounding import half_up, half_up_root

ASPECTS = {"disclosure": {"weight": D("0.4")}, "services": {"weight": D("0.6")}}
LEVELS = [{"label": "good", "points": 100}, {"label": "fair", "points": D("66.5")}, {"label": "poor", "points": 0}]


def year_of(sources: dict, rows: dict[str, list[dict]], weights: dict | None = None, **scheme) -> GeneratedYear:
    """A year with one group, in which the first source has all the weight unless said otherwise."""
    register = [{"site_id": site, "group": "g", "name": site.upper()} for site in "abcd"]
    group = {"sites": 4, "publish_top": 2, "weights": weights or {next(iter(sources)): 1}}
    full = {"timezone": "Asia/Shanghai", "missing": "zero", "aspects": ASPECTS, "groups": {"g": group}, "sources": sources}
    datasets = {"sites": register, **rows}
    written = {dataset: [Row(row, (row,)) for row in records] for dataset, records in datasets.items()}
    return GeneratedYear(0, 2007, full | scheme, "", written, None)


def scores(year: GeneratedYear, column: str = "composite") -> dict[str, D]:
    return {row["site_id"]: row[column] for row in evaluate(year)["composite_scores"]}


def details(year: GeneratedYear, site: str) -> dict[str, tuple[D, int]]:
    rows = evaluate(year)["source_details"]
    return {row["item"]: (row["value"], row["base"]) for row in rows if row["site_id"] == site}


@pytest.mark.parametrize(
    "number, places, expected",
    [
        (D("85.125"), 2, "85.13"),
        (D("1.005"), 2, "1.01"),
        (D("1.00499999999"), 2, "1.00"),
        (Fraction(2, 3), 4, "0.6667"),
        (D("-0.00005"), 4, "-0.0001"),
        (D("-0.00004"), 4, "0.0000"),
        (100, 2, "100.00"),
    ],
)
def test_half_up(number, places, expected):
    assert f"{half_up(number, places):f}" == expected


@pytest.mark.parametrize(
    "square, expected",
    [
        (Fraction(2), "1.41"),
        (Fraction(5, 1000) ** 2, "0.01"),
        (Fraction(5, 1000) ** 2 - Fraction(1, 10**30), "0.00"),
        (Fraction(9), "3.00"),
        (Fraction(0), "0.00"),
    ],
)
def test_half_up_root(square, expected):
    assert f"{half_up_root(square, 2):f}" == expected


def ballot(
    serial: int,
    at: str,
    site: str = "a",
    voter: str | None = None,
    disclosure: str | None = "good",
    services: str | None = None,
    overall: str | None = None,
    origin: str | None = None,
    seconds: int | None = None,
) -> dict:
    moment = datetime.fromisoformat(at).replace(tzinfo=timezone(timedelta(hours=8)))
    return {
        "ballot_id": str(100 + serial),
        "submitted_at": moment,
        "voter": voter or f"v{serial}",
        "site": site,
        "disclosure": disclosure,
        "services": services,
        "overall": overall,
        "origin": origin,
        "seconds": seconds,
    }


def ballots_year(ballots: list[dict], **spec) -> GeneratedYear:
    period = {"opens": date(2007, 11, 1), "closes": date(2007, 11, 30)}
    public = {"kind": "ballots", **period, "levels": LEVELS, "satisfied": ["good"], **spec}
    return year_of({"public": public}, {"public": ballots})


def test_each_rule_sees_only_what_the_earlier_ones_left():
    year = ballots_year(
        [
            ballot(1, "2007-10-31T23:59:59", disclosure=None),  # two faults, the first counts
            ballot(2, "2007-11-01T00:00:00"),
            ballot(3, "2007-11-30T23:59:59"),
            ballot(4, "2007-12-01T00:00:00"),
            ballot(5, "2007-11-05T10:00:00", disclosure=None, overall="good"),
            ballot(6, "2007-11-05T10:00:00", seconds=4),
            ballot(7, "2007-11-05T10:00:00", seconds=5),
            # A limit of two: the fast one is gone before the minute is counted, so two stay ...
            ballot(8, "2007-11-06T10:00:00", origin="x", seconds=4),
            ballot(9, "2007-11-06T10:00:01", origin="x"),
            ballot(10, "2007-11-06T10:00:59", origin="x"),
            # ... and three in one minute all go, also those that a later rule would have taken.
            ballot(11, "2007-11-06T10:01:00", origin="x", voter="same"),
            ballot(12, "2007-11-06T10:01:00", origin="x", voter="same"),
            ballot(13, "2007-11-06T10:01:59", origin="x"),
            # One voter: the latest, then the greatest id; at another site it is another vote.
            ballot(14, "2007-11-07T09:00:00", voter="w"),
            ballot(15, "2007-11-07T09:30:00", voter="w"),
            ballot(16, "2007-11-07T09:30:00", voter="w"),
            ballot(17, "2007-11-07T09:00:00", voter="w", site="b"),
        ],
        min_seconds=5,
        burst_limit=2,
    )
    verdicts: dict[str, set[int]] = {}
    for row, verdict in judge(year, "public"):
        verdicts.setdefault(verdict, set()).add(int(row["ballot_id"]) - 100)
    assert verdicts == {
        "outside_period": {1, 4},
        "no_rating": {5},
        "too_fast": {6, 8},
        "burst": {11, 12, 13},
        "duplicate": {14, 15},
        "valid": {2, 3, 7, 9, 10, 16, 17},
    }


def test_ballots_score_over_the_aspects_that_are_rated():
    year = ballots_year(
        [
            ballot(1, "2007-11-02T10:00:00", disclosure="good", services="fair", overall="good"),
            ballot(2, "2007-11-02T10:00:00", disclosure="fair", services=None, overall="poor"),
            ballot(3, "2007-11-02T10:00:00", disclosure=None, services="poor"),
            ballot(4, "2007-11-02T10:00:00", site="b", disclosure=None, services="fair"),
        ],
        min_ballots=2,
    )
    disclosure, services = (D(100) + D("66.5")) / 2, (D("66.5") + 0) / 2
    assert scores(year)["a"] == half_up(D("0.4") * disclosure + D("0.6") * services, 2)
    assert scores(year)["b"] == D("66.50")
    assert scores(year, "flags")["a"] is None and scores(year, "flags")["b"] == "low_base"
    assert details(year, "a") == {"disclosure": (D("83.25"), 2), "services": (D("33.25"), 2)}
    rates = {
        (row["group"], row["aspect"]): (row["ratings"], row["satisfied"], row["rate"], row["score"])
        for row in evaluate(year)["satisfaction"]
    }
    assert rates["g", "overall"] == rates["all", "overall"] == (2, 1, D("0.5000"), D("50.00"))
    assert rates["all", "services"] == (3, 0, D("0.0000"), half_up(Fraction(133, 3), 2))


def test_panel_takes_the_last_word_and_trims():
    def word(expert: str, score: str, day: int | None = None) -> dict:
        reviewed = None if day is None else date(2007, 12, day)
        return {"site": "a", "aspect": "services", "expert_id": expert, "score": D(score), "reviewed_on": reviewed}

    words = [word("e1", "99"), word("e1", "10", 3), word("e1", "20", 3)]
    words += [word("e2", "80"), word("e3", "85"), word("e4", "91")]
    trimmed = {"expert": {"kind": "panel", "trim_each_side": 1, "trim_from": 4}}
    assert scores(year_of(trimmed, {"expert": words}))["a"] == D("82.50")  # (80 + 85) / 2, without 20 and 91
    assert details(year_of(trimmed, {"expert": words}), "a") == {"services": (D("82.50"), 4)}
    assert scores(year_of({"expert": {"kind": "panel"}}, {"expert": words}))["a"] == D(20 + 80 + 85 + 91) / 4


def test_claims():
    def claim(indicator: str, points: str) -> dict:
        return {"site": "a", "indicator": indicator, "points": D(points)}

    spec = {"kind": "claims", "inflation_penalty": D("0.5"), "indicators": [{"id": f"s{n}", "max": 10} for n in range(1, 7)]}
    year = year_of(
        {"self": spec},
        {
            "self": [claim("s1", "8"), claim("s2", "8"), claim("s3", "4"), claim("s4", "9"), claim("s6", "0")],
            "self_verified": [claim("s2", "5"), claim("s3", "6"), claim("s4", "1"), claim("s5", "10")],
        },
    )
    points = [8, 5 - (8 - 5) / D(2), 6, 0, 0, 0]  # s4: 1 - 4, never below 0; s5 was not claimed
    assert scores(year)["a"] == half_up(100 * sum(points) / 60, 2)
    assert details(year, "a")["s2"] == (D("3.50"), 1) and details(year, "a")["s5"] == (D("0.00"), 0)
    assert scores(year, "self")["b"] is None


def test_records():
    def value(indicator: str, month: int, amount: str) -> dict:
        return {"site": "a", "indicator": indicator, "month": f"2007-{month:02}", "value": D(amount)}

    def check(at: str, passed: bool, amount: str | None) -> dict:
        return {
            "site": "a",
            "check": "dead",
            "checked_at": datetime.fromisoformat(at),
            "passed": passed,
            "value": None if amount is None else D(amount),
        }

    spec = {
        "kind": "records",
        "indicators": [
            {"id": "ratio", "max": 20, "rule": "ratio", "target": 30},
            {"id": "points", "max": 60, "rule": "points"},
            {"id": "unused", "max": 1000, "rule": "points"},
            {"id": "deduct", "max": 10, "rule": "deduct", "per": D("0.5"), "from_crawl": "dead"},
            {"id": "passed", "max": 10, "rule": "ratio", "target": 1, "from_crawl": "dead", "measure": "passed"},
        ],
    }
    year = year_of(
        {"daily": spec},
        {
            "daily": [value("ratio", 1, "15"), value("ratio", 2, "45"), value("points", 1, "70"), value("points", 2, "-5")],
            # In Shanghai the second check is of March.
            "crawl": [
                check("2007-02-10T00:00:00+00:00", True, "4"),
                check("2007-02-28T16:00:00+00:00", False, "6"),
                check("2007-03-05T00:00:00+00:00", True, None),
                check("2007-04-05T00:00:00+00:00", True, "99"),
            ],
        },
    )
    ratio, points = D(10 + 20) / 2, D(60 + 0) / 2
    deduct = D((10 - 2) + (10 - 3) + 0) / 3
    passed = D(10 + 5 + 10) / 3
    assert details(year, "a") == {
        "ratio": (D("15.00"), 2),
        "points": (D("30.00"), 2),
        "deduct": (D("5.00"), 3),
        "passed": (half_up(Fraction(25, 3), 2), 3),
    }
    assert scores(year)["a"] == half_up(100 * (ratio + points + deduct + passed) / (20 + 60 + 10 + 10), 2)


SIGNS = {"+": {"passed": True}, "-": {"passed": False}, "?": {"not_made": "robots.txt"}, "v": {}}


def nights(seen: str, start: str = "2007-01-30", name: str = "up", url: str | None = None, site: str = "a") -> list[dict]:
    """A check a night at ten in Shanghai: + passed, - failed, ? not made, v a value only, and a blank where there is none."""
    first = datetime.fromisoformat(f"{start}T10:00:00+08:00")
    return [
        {
            "site": site,
            "check": name,
            "checked_at": first + timedelta(days=night),
            "url": url,
            "passed": None,
            "value": None,
            "not_made": None,
            **SIGNS[sign],
        }
        for night, sign in enumerate(seen)
        if sign != " "
    ]


def crawl_year(checks: list[dict], **crawl) -> GeneratedYear:
    spec = {
        "kind": "records",
        "indicators": [
            {"id": "up", "max": 10, "rule": "ratio", "target": 1, "from_crawl": "up", "measure": "passed"},
            {"id": "links", "max": 100, "rule": "points", "from_crawl": "up"},
        ],
    }
    return year_of({"daily": spec}, {"crawl": checks}, crawl=crawl)


def counts(year: GeneratedYear) -> dict[tuple[str, str], tuple[int, ...]]:
    """made, passed, failed, confirmed, not_made, stale, outside_period"""
    return {(row["site_id"], row["check"]): tuple(row.values())[3:] for row in evaluate(year)["check_counts"]}


@pytest.mark.parametrize(
    "seen, confirm, failed, confirmed",
    [
        ("+-+--+", 1, 3, 3),
        ("+-+--+", 2, 3, 2),
        ("+-+--+", {"up": 3}, 3, 0),
        ("+-+--+", {"other": 3}, 3, 3),
        ("--+---", 3, 5, 3),
        ("-?-", 2, 2, 2),
        ("-??-", 3, 2, 0),
        ("?-?+?-?", 2, 2, 0),
        ("- -", 2, 2, 2),
        ("-v-", 2, 2, 0),
        ("-v-?-", 2, 3, 2),
    ],
)
def test_failures_in_a_row_confirm_each_other(seen, confirm, failed, confirmed):
    made, not_made = len(seen.replace("?", "").replace(" ", "")), seen.count("?")
    assert counts(crawl_year(nights(seen), confirm=confirm)) == {
        ("a", "up"): (made, seen.count("+"), failed, confirmed, not_made, 0, 0)
    }


def test_a_row_of_failures_crosses_months_and_costs_each_month_its_own():
    # 30 January to 6 February: one failure of the row of two in January; the lone one on 4 February does not count.
    year = crawl_year(nights("+--++-?+"), confirm=2)
    assert counts(year) == {("a", "up"): (7, 4, 3, 2, 1, 0, 0)}
    january, february = D(10) * 1 / 2, D(10) * 3 / 4
    assert details(year, "a") == {"up": ((january + february) / 2, 2)}


def test_a_row_of_failures_is_of_one_site_check_and_address():
    checks = [
        *nights("-  ", url="x"),
        *nights(" - ", url="y"),
        *nights("  -"),
        *nights("--", name="other"),
        *nights("-", site="b"),
    ]
    year = crawl_year(checks, confirm=2)
    assert counts(year) == {
        ("a", "up"): (3, 0, 3, 0, 0, 0, 0),
        ("a", "other"): (2, 0, 2, 2, 0, 0, 0),
        ("b", "up"): (1, 0, 1, 0, 0, 0, 0),
    }
    assert details(year, "a") == {}  # without a check that counts there is no month and no score
    assert scores(year, "daily") == {"a": None, "b": None, "c": None, "d": None}


def test_the_value_of_a_failure_counts_with_it():
    values = [
        check | {"value": D(value)} for check, value in zip(nights("+-+--", "2007-03-01"), (10, 90, 30, 20, 50), strict=True)
    ]
    assert details(crawl_year(values, confirm=2), "a") == {"up": (D("5.00"), 1), "links": (D(10 + 30 + 20 + 50) / 4, 1)}
    assert details(crawl_year(values), "a")["links"] == (D(10 + 90 + 30 + 20 + 50) / 5, 1)


def test_stale_rows_count_once_and_confirm_nothing():
    lone = nights("-+", "2007-03-01")
    year = crawl_year(
        [
            *lone,
            lone[0] | {"detail": "again"},
            lone[0],
            *nights("?", "2007-03-05"),
            nights("?", "2007-03-05")[0] | {"not_made": "no line"},
        ],
        confirm=2,
    )
    assert counts(year) == {("a", "up"): (2, 1, 1, 0, 1, 3, 0)}
    assert details(year, "a") == {"up": (D("10.00"), 1)}
    # Another value or address is another check.
    year = crawl_year([lone[1] | {"value": D(1)}, lone[1] | {"value": D("1.00")}, lone[1] | {"url": "x"}, lone[1]])
    assert counts(year) == {("a", "up"): (3, 3, 0, 0, 0, 1, 0)}


def test_checks_outside_the_period_neither_count_nor_confirm():
    def at(moment: str, sign: str) -> dict:
        return nights(sign)[0] | {"checked_at": datetime.fromisoformat(moment)}

    period = {"opens": date(2007, 2, 1), "closes": date(2007, 2, 28)}
    checks = [
        at("2007-01-31T15:59:59+00:00", "-"),
        at("2007-01-31T16:00:00+00:00", "-"),
        at("2007-02-10T00:00:00+00:00", "+"),
        at("2007-02-28T15:59:59+00:00", "-"),
        at("2007-02-28T16:00:00+00:00", "-"),
        at("2007-03-09T00:00:00+00:00", "?"),
    ]
    assert counts(crawl_year([*checks, checks[0]], confirm=2, **period)) == {("a", "up"): (3, 1, 2, 0, 0, 1, 3)}
    assert details(crawl_year(checks, confirm=2, **period), "a") == {"up": (D("10.00"), 1)}
    assert counts(crawl_year(checks, confirm=2)) == {("a", "up"): (5, 1, 4, 4, 1, 0, 0)}
    assert counts(crawl_year(checks, confirm=2, opens=period["opens"]))["a", "up"] == (4, 1, 3, 2, 1, 0, 1)


def test_audit():
    def item(item_type: str, checks: str, approval: bool = False, site: str = "a") -> dict:
        words = {"+": "pass", "-": "fail", "0": "na", " ": None}
        return {
            "site": site,
            "item_type": item_type,
            "approval": approval,
            "forms": 2,
            "sheets": None,
            **dict(zip(("reachable", "guide", "form", "online"), (words[check] for check in checks), strict=True)),
        }

    items = [item("x", "+++-"), item("x", "+ -0"), item("y", "+00+"), item("y", "0  0"), item("y", "----", approval=True)]
    spec = {"kind": "audit", "item_types": {"x": "X", "y": "Y"}, "item_weights": {"x": 3}}
    counted = 3 * D("0.75") + 3 * D("0.5") + 1 * 1
    assert scores(year_of({"audit": spec}, {"audit": items}))["a"] == half_up(100 * counted / 7, 2)
    with_approval = year_of({"audit": spec | {"approval_items_for": ["g"]}}, {"audit": items})
    assert scores(with_approval)["a"] == half_up(100 * counted / 8, 2)
    assert details(with_approval, "a") == {"x": (D("62.50"), 2), "y": (D("50.00"), 2)}
    inventory = {(row["group"], row["item_type"]): row for row in evaluate(with_approval)["service_inventory"]}
    everything = {"items": 5, "approval_items": 1, "online_items": 1, "forms": 10, "sheets": 0}
    assert inventory["all", "all"].items() >= everything.items() <= inventory["g", "all"].items()


def two_given(first: dict[str, str], second: dict[str, str], **scheme) -> GeneratedYear:
    rows = {
        "p": [{"site": site, "score": D(score)} for site, score in first.items()],
        "q": [{"site": site, "score": D(score)} for site, score in second.items()],
    }
    return year_of({"p": {"kind": "given"}, "q": {"kind": "given"}}, rows, {"p": D("0.25"), "q": D("0.75")}, **scheme)


def test_composite_uses_rounded_scores_and_is_rounded_once():
    year = two_given({"a": "80.125", "b": "0", "c": "0", "d": "0"}, {"a": "70.004", "b": "0", "c": "0", "d": "0"})
    assert scores(year)["a"] == half_up(D("0.25") * D("80.13") + D("0.75") * D("70.00"), 2)


def test_missing_sources():
    second = {"a": "70", "b": "60", "c": "50"}
    zero = two_given({"a": "80"}, second, missing="zero")
    assert scores(zero) == {"a": D("72.50"), "b": D("45.00"), "c": D("37.50"), "d": D("0.00")}
    assert scores(zero, "flags")["d"] == "missing_zero:p|missing_zero:q" and scores(zero, "p")["b"] is None
    reweight = two_given({"a": "80", "d": "33.33"}, second, missing="reweight")
    assert scores(reweight) == {"a": D("72.50"), "b": D("60.00"), "c": D("50.00"), "d": D("33.33")}
    with pytest.raises(AssertionError):
        evaluate(two_given({"a": "80"}, second, missing="fail"))


def steps(year: GeneratedYear, site: str) -> list[tuple]:
    rows = evaluate(year)["composite_steps"]
    return [(row["source"], row["counted_weight"], row["amount"], row["total"]) for row in rows if row["site_id"] == site]


def test_steps():
    second = {"a": "70", "b": "60.01", "c": "50"}
    zero = two_given({"a": "80"}, second, missing="zero")
    assert steps(zero, "a") == [("p", D("0.25"), 20, 20), ("q", D("0.75"), D("52.5"), D("72.5"))]
    assert steps(zero, "b") == [("p", D("0.25"), 0, 0), ("q", D("0.75"), D("45.0075"), D("45.0075"))]
    reweight = two_given({"a": "80", "d": "33.33"}, second, missing="reweight")
    assert steps(reweight, "b") == [("p", 0, 0, 0), ("q", 1, D("60.01"), D("60.01"))]
    assert steps(reweight, "d") == [("p", 1, D("33.33"), D("33.33")), ("q", 0, 0, D("33.33"))]


def test_ties():
    # Composites 60, 60, 60, 50: b has the better q; a and c cannot be told apart.
    first, second = {"a": "60", "b": "30", "c": "60", "d": "50"}, {"a": "60", "b": "70", "c": "60", "d": "50"}
    assert scores(two_given(first, second), "rank") == {"a": 1, "b": 1, "c": 1, "d": 4}
    year = two_given(first, second, tie_break=["q", "p"])
    assert scores(year, "rank") == {"b": 1, "a": 2, "c": 2, "d": 4}
    assert [row["网站"] for row in evaluate(year)["annex_g"]] == ["B", "A", "C"]  # the first two ranks
    summary = evaluate(year)["group_summary"][0]
    assert summary["mean"] == D("57.5") and summary["above_mean"] == 3 and summary["median"] == D("60.00")
    assert summary["sd"] == half_up_root(3 * Fraction(5, 2) ** 2 / 4 + Fraction(15, 2) ** 2 / 4, 2)
    assert (summary["lowest"], summary["highest"]) == (D("50.00"), D("60.00"))


def test_portal():
    traffic = [
        {"column": column, "month": "2007-01", "views": views} for column, views in zip("uvwxu", (1, 2, 2, 1, 4), strict=True)
    ]
    stats = [
        {"metric": "m", "value": D(3), "unit": "%", "previous": D(4)},
        {"metric": "n", "value": D(1), "unit": None, "previous": D(0)},
    ]
    tables = evaluate(year_of({"p": {"kind": "given"}}, {"portal_traffic": traffic, "portal_stats": stats}))
    assert [(row["column"], row["views"], row["share"], row["rank"]) for row in tables["portal_columns"]] == [
        ("u", 5, D("0.5000"), 1),
        ("v", 2, D("0.2000"), 2),
        ("w", 2, D("0.2000"), 2),
        ("x", 1, D("0.1000"), 4),
    ]
    assert [row["growth"] for row in tables["portal_figures"]] == [D("-0.2500"), None]
