"""What was due and did not come, what becomes of it, and what it does to scores and ranks, in exact arithmetic."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from .exact_ballots import valid_ballots
from .exact_sources import CHECKS, Scores, is_weighed, last_words, months_due, points_by_month
from .model import GeneratedYear
from .rounding import half_up, weighted_mean

NAMES = {"experts": "专家", "ballots": "有效选票", "score": "得分", "all": "全部渠道", "nights": "网站检测"}


@dataclass
class Due:
    """So many of something are due, and so many of them did not come; `missing` names the days or months, where it is by time."""

    source: str
    site: str
    item: str
    unit: str
    expected: int
    missing: int
    periods: str = ""


def weighed_sites(year: GeneratedYear, source: str) -> list[str]:
    return [site["site_id"] for site in year.meant("sites") if is_weighed(year, source, site["site_id"])]


def all_due(year: GeneratedYear, scores: dict[str, Scores]) -> list[Due]:
    found: list[Due] = []
    for source, spec in year.scheme["sources"].items():
        sites = weighed_sites(year, source)
        if not sites:
            continue
        parts = {
            "ballots": _ballots_due,
            "panel": _panel_due,
            "claims": _claims_due,
            "records": _records_due,
            "audit": _items_due,
            "given": lambda *_: [],
        }[spec["kind"]](year, source, sites)
        told = {part.site for part in parts}
        found += parts
        # Of what says no more, a score a site is due.
        found += [
            Due(source, site, "score", "项", 1, int(site not in scores[source].score)) for site in sites if site not in told
        ]
    return found + _nights_due(year)


def _records_due(year: GeneratedYear, source: str, sites: list[str]) -> list[Due]:
    points, found = points_by_month(year, source), []
    for indicator in year.scheme["sources"][source]["indicators"]:
        due = sorted(months_due(year, indicator))
        for site in sites:
            came = points.get(site, {}).get(indicator["id"], {})
            without = [month for month in due if month not in came]
            if due:
                found.append(
                    Due(source, site, indicator["id"], "个月", len(due), len(without), _runs(due, [set(without)], 0)[1])
                )
    return found


def _runs(due: list[str], without: Iterable[set[str]], quiet: int) -> tuple[int, str]:
    """Of the days or months in a row that are missing, those that are more than `quiet`: how many, and which."""
    runs: list[list[str]] = []
    for missing in without:
        before = None
        for place, period in enumerate(due):
            if period in missing:
                if before is not None and before == place - 1:
                    runs[-1].append(period)
                else:
                    runs.append([period])
                before = place
    long = [run for run in runs if len(run) > quiet]
    return sum(map(len, long)), "、".join(run[0] if len(run) == 1 else f"{run[0]} 至 {run[-1]}" for run in long)


def _claims_due(year: GeneratedYear, source: str, sites: list[str]) -> list[Due]:
    claimed = {(row["site"], row["indicator"]) for row in year.meant(source)}
    indicators = [indicator["id"] for indicator in year.scheme["sources"][source]["indicators"]]
    return [
        Due(source, site, indicator, "项", 1, int((site, indicator) not in claimed))
        for site in sites
        for indicator in indicators
    ]


def _panel_due(year: GeneratedYear, source: str, sites: list[str]) -> list[Due]:
    spec = year.scheme["sources"][source]
    gave = {(site, aspect, expert) for site, aspect, expert in last_words(year, source)}
    listed = year.meant(f"{source}_experts")
    registered = [site["site_id"] for site in year.meant("sites")]
    if listed:
        of_site = {(row["expert_id"], site) for row in listed for site in ([row["site"]] if row["site"] else registered)}
    else:
        of_site = {(expert, site) for site, _, expert in gave}
    found = []
    for site in sites:
        due = {expert for expert, its in of_site if its == site}
        for aspect in year.scheme["aspects"]:
            raters = {expert for its, rated, expert in gave if (its, rated) == (site, aspect)}
            least = spec.get("min_raters", 1)
            found.append(
                Due(
                    source,
                    site,
                    aspect,
                    "个评分",
                    max(len(due), least),
                    max(len(due - raters), least - len(raters), 0),
                )
            )
    everybody, named = {expert for _, _, expert in gave}, {row["expert_id"] for row in listed}
    if named or "experts" in spec:
        least = spec.get("experts", 0)
        missing = max(len(named - everybody), least - len(everybody), 0)
        found.append(Due(source, "", "experts", "位", max(len(named), least), missing))
    return found


def _ballots_due(year: GeneratedYear, source: str, sites: list[str]) -> list[Due]:
    spec = year.scheme["sources"][source]
    found = []
    if spec.get("min_ballots"):
        turnout = Counter(ballot["site"] for ballot in valid_ballots(year, source))
        found = [
            Due(source, site, "ballots", "票", spec["min_ballots"], max(spec["min_ballots"] - turnout[site], 0))
            for site in sites
        ]
    days = [spec["opens"] + timedelta(number) for number in range((spec["closes"] - spec["opens"]).days + 1)]
    for channel in spec.get("channels", ["all"]):
        cast = {_day(year, ballot) for ballot in year.meant(source) if channel in ("all", ballot.get("channel"))}
        quiet = spec.get("quiet_days", 2)
        missing, which = _runs([f"{day}" for day in days], [{f"{day}" for day in days if day not in cast}], quiet)
        found.append(Due(source, "", channel, "天", len(days), missing, which))
    return found


def _day(year: GeneratedYear, ballot: dict) -> date:
    sent = ballot["submitted_at"]
    return sent.astimezone(year.zone).date() if isinstance(sent, datetime) else sent


def _items_due(year: GeneratedYear, source: str, sites: list[str]) -> list[Due]:
    checked = {(item["site"], item.get("item_id")) for item in year.meant(source)}
    listed: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for item in year.meant(f"{source}_items"):
        if item["site"] in sites:
            listed[item["site"], item["item_type"]].append((item["site"], item["item_id"]) in checked)
    return [Due(source, site, item_type, "件", len(came), came.count(False)) for (site, item_type), came in listed.items()]


def _nights_due(year: GeneratedYear) -> list[Due]:
    crawl = year.scheme.get("crawl", {})
    if not crawl.get("nightly"):
        return []
    first, last = crawl.get("opens", date(year.year, 1, 1)), crawl.get("closes", date(year.year, 12, 31))
    nights = [first + timedelta(number) for number in range((last - first).days + 1)]
    seen = {row["checked_at"].astimezone(year.zone).date() for row in year.meant("crawl")}
    without = {f"{night}" for night in nights if night not in seen}
    missing, which = _runs([f"{night}" for night in nights], [without], 0)
    return [Due("crawl", "", "nights", "夜", len(nights), missing, which)]


def label_of(year: GeneratedYear, due: Due) -> str:
    labels = items_of(year, due.source) if due.site else {}
    return labels.get(due.item) or NAMES.get(due.item, due.item)


def items_of(year: GeneratedYear, source: str) -> dict[str, str]:
    """What a source is made of, with its labels."""
    spec = year.scheme["sources"].get(source, {})
    labels = {indicator["id"]: indicator.get("label", "") for indicator in spec.get("indicators", [])} | spec.get(
        "item_types", {}
    )
    if spec.get("kind") in ("ballots", "panel"):
        labels |= {aspect: entry.get("label", "") for aspect, entry in year.scheme["aspects"].items()}
    return labels


def last_day(year: GeneratedYear, due: Due) -> date | None:
    """The last day on which it may come."""
    end, spec = date(year.year, 12, 31), year.scheme["sources"].get(due.source)
    if spec is None:
        return year.scheme["crawl"].get("closes", end)
    if due.unit == "个月" and "due_day" in spec:
        months = [months_due(year, indicator) for indicator in spec["indicators"]]
        assert months
        return end + timedelta(spec["due_day"])
    return spec.get("due") or spec.get("closes") or end


def treatment(year: GeneratedYear, due: Due) -> str:
    spec = year.scheme["sources"].get(due.source, {"incomplete": "tell"})
    return spec.get("incomplete", year.scheme.get("incomplete", "tell"))


def waiver_of(year: GeneratedYear, due: Due) -> dict | None:
    """Who accepts a gap: the first by day, reason, name and document."""
    fitting = [
        row
        for row in year.meant("waivers")
        if row["source"] == due.source
        and row["site"] in (None, due.site)
        and row["item"] in (None, due.item, label_of(year, due))
        and (row["most"] is None or due.missing <= row["most"])
    ]
    order = ("approved_on", "reason", "approved_by", "document")
    return min(fitting, key=lambda row: tuple(row[column] or "" for column in order), default=None)


def coverage(year: GeneratedYear, due: list[Due]) -> list[dict]:
    aside = Counter(
        (source, *row.about) for source in year.scheme["sources"] for row in year.rows.get(source, []) if not row.meant
    )
    rows = []
    for gap in due:
        if not gap.missing:
            continue
        waiver = waiver_of(year, gap) or {}
        item = gap.item if gap.item in items_of(year, gap.source) else None
        rows.append(
            {
                "year": year.year,
                "source": gap.source,
                "site_id": gap.site or None,
                "item": gap.item,
                "label": label_of(year, gap),
                "unit": gap.unit,
                "due": str(last_day(year, gap)),
                "expected": gap.expected,
                "received": gap.expected - gap.missing,
                "set_aside": aside[gap.source, gap.site, item] if gap.site else 0,
                "missing": gap.missing,
                "periods": gap.periods or None,
                "treatment": "waived" if waiver else treatment(year, gap),
                "reason": waiver.get("reason"),
                "approved_by": waiver.get("approved_by"),
                "approved_on": str(waiver["approved_on"]) if waiver else None,
                "document": waiver.get("document"),
            }
        )
    return rows


def coverage_summary(year: GeneratedYear, due: list[Due]) -> list[dict]:
    totals: dict[tuple[str, str], list[Due]] = defaultdict(list)
    for each in due:
        totals[each.source, each.unit].append(each)
    return [
        {
            "year": year.year,
            "source": source,
            "unit": unit,
            "expected": sum(each.expected for each in parts),
            "received": sum(each.expected - each.missing for each in parts),
            "missing": sum(each.missing for each in parts),
            "waived": sum(each.missing for each in parts if each.missing and waiver_of(year, each)),
            "sites_missing": len({each.site for each in parts if each.missing and each.site}),
            "set_aside": sum(not row.meant for row in year.rows.get(source, [])),
        }
        for (source, unit), parts in totals.items()
    ]


def readings(
    year: GeneratedYear, due: list[Due], scores: dict[str, Scores]
) -> dict[tuple[str, str], dict[str, Decimal | None]]:
    """The score of every source and site with a gap, by what came alone (`without`) and with what did not come counted 0 (`zero`)."""
    found = {}
    for source, site in sorted({(gap.source, gap.site) for gap in due if gap.missing and gap.site}):
        spec, score = year.scheme["sources"][source], scores[source].score.get(site)
        match spec["kind"]:
            case "records":
                without, zero = _records_read(year, source, site)
            case "claims":
                without, zero = _claims_read(year, source, site, scores[source])
            case "ballots" | "panel":
                rated = {item: value for its, item, value, _ in scores[source].exact if its == site}
                weights = {aspect: Fraction(entry["weight"]) for aspect, entry in year.scheme["aspects"].items()}
                asked = sum(weights.values())
                zero = sum(weights[aspect] * value for aspect, value in rated.items()) / asked
                without = score
            case "audit":
                without, zero = score, _audit_read(year, source, site)
            case _:
                without, zero = score, Fraction(score or 0)
        found[source, site] = {
            "without": None if without is None else half_up(Fraction(without), 2),
            "zero": half_up(Fraction(zero), 2),
        }
    return found


def _records_read(year: GeneratedYear, source: str, site: str) -> tuple[Fraction | None, Fraction]:
    indicators = {indicator["id"]: indicator for indicator in year.scheme["sources"][source]["indicators"]}
    months = points_by_month(year, source).get(site, {})
    came = {name: sum(values.values()) / len(values) for name, values in months.items() if values}
    without = None
    if came:
        without = 100 * sum(came.values()) / sum(Fraction(indicators[name]["max"]) for name in came)
    won = most = Fraction()
    for name, indicator in indicators.items():
        values = months.get(name, {})
        number = len(values.keys() | months_due(year, indicator))
        if number:
            won += sum(values.values(), Fraction()) / number
            most += Fraction(indicator["max"])
    return without, 100 * won / most


def _claims_read(year: GeneratedYear, source: str, site: str, scores: Scores) -> tuple[Fraction | None, Fraction]:
    claimed = {row["indicator"] for row in year.meant(source) if row["site"] == site}
    maxima = {indicator["id"]: Fraction(indicator["max"]) for indicator in year.scheme["sources"][source]["indicators"]}
    won = {item: value for its, item, value, _ in scores.exact if its == site}
    without = 100 * sum(won[item] for item in claimed) / sum(maxima[item] for item in claimed) if claimed else None
    return without, 100 * sum(won.values(), Fraction()) / sum(maxima.values())


def _audit_read(year: GeneratedYear, source: str, site: str) -> Fraction:
    """The listed items that nobody checked fail, as far as they count in the site's group."""
    spec = year.scheme["sources"][source]
    group = next(entry["group"] for entry in year.meant("sites") if entry["site_id"] == site)
    approves, weights = group in spec.get("approval_items_for", []), spec.get("item_weights", {})
    results, checked = [], set()
    for item in year.meant(source):
        if item["site"] != site:
            continue
        checked.add(item.get("item_id"))
        passes, fails = (sum(item[check] == verdict for check in CHECKS) for verdict in ("pass", "fail"))
        if (approves or not item["approval"]) and passes + fails:
            results.append((weights.get(item["item_type"], 1), Fraction(passes, passes + fails)))
    for item in year.meant(f"{source}_items"):
        if item["site"] == site and item["item_id"] not in checked and (approves or not item["approval"]):
            results.append((weights.get(item["item_type"], 1), Fraction(0)))
    return 100 * weighted_mean(results) if results else Fraction(0)


def coverage_effects(year: GeneratedYear, due: list[Due], scores: dict[str, Scores], composite: list[dict]) -> list[dict]:
    """A row a site and source with a gap, and one for all gaps of all sites together, in both readings."""
    read = readings(year, due, scores)
    by_site = {row["site_id"]: row for row in composite}
    everywhere = {
        how: {
            site: _read(year, row, {s: v[how] for (s, its), v in read.items() if its == site}) for site, row in by_site.items()
        }
        for how in ("without", "zero")
    }
    rows = []
    for source, site in [*read, *dict.fromkeys(("all", its) for _, its in read)]:
        row = by_site[site]
        effect = {
            "year": year.year,
            "group": row["group"],
            "site_id": site,
            "source": source,
            "score": row.get(source) if source != "all" else None,
            "composite": row["composite"],
            "rank": row["rank"],
        }
        for how in ("without", "zero"):
            if source == "all":
                merit = everywhere[how][site]
                others = [
                    everywhere[how][its] for its, other in by_site.items() if other["group"] == row["group"] and its != site
                ]
            else:
                merit = _read(year, row, {source: read[source, site][how]})
                others = [
                    _merit(year, other, other["composite"])
                    for its, other in by_site.items()
                    if other["group"] == row["group"] and its != site
                ]
            effect[f"score_{how}"] = read[source, site][how] if source != "all" else None
            effect[f"composite_{how}"] = merit[0] if merit else None
            effect[f"rank_{how}"] = 1 + sum(other is not None and other > merit for other in others) if merit else None
        rows.append(effect)
    return rows


def _merit(year: GeneratedYear, row: dict, composite: Decimal) -> list[Decimal]:
    return [composite, *(row[source] or Decimal(0) for source in year.scheme.get("tie_break", []))]


def _read(year: GeneratedYear, row: dict, read: dict[str, Decimal | None]) -> list[Decimal] | None:
    """The composite and what settles ties, with these scores in place of its own; None where nothing is left that weighs."""
    weights = {source: Fraction(weight) for source, weight in year.scheme["groups"][row["group"]]["weights"].items()}
    scores = row | read
    left_out = [
        source for source in weights if scores[source] is None and (source in read or year.scheme.get("missing") == "reweight")
    ]
    base = sum(weight for source, weight in weights.items() if source not in left_out)
    if not base:
        return None
    total = sum((weight * Fraction(scores[source] or 0) for source, weight in weights.items()), Fraction())
    return _merit(year, scores, half_up(total / base, 2))
