"""Random schemes: valid by the contract, and as unlike each other as it permits."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from random import Random

ZONES = ["Asia/Shanghai", "Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata"]
KINDS = ["ballots", "panel", "claims", "records", "audit", "given"]

# Ids that SQL, TOML, file names or sorting may stumble over; no two differ in case alone.
GROUP_IDS = ["department", "district", "区县", "市级-a", "G1", "order", "直属-单位", "b_2", "Zone-3", "乡镇街道"]
SOURCE_IDS = [
    "public",
    "expert",
    "self_check",
    "daily_work",
    "service_audit",
    "select",
    "公众",
    "专家-2",
    "netizen-2",
    "监督员",
    "Z9",
    "a",
    "values",
    "日常",
    "from-above",
    "table",
]
ASPECT_IDS = [
    "disclosure",
    "services",
    "convenience",
    "interaction",
    "maintenance",
    "order",
    "信息公开",
    "a-1",
    "where",
    "便民",
    "Q6",
    "互动-2",
]
ITEM_TYPES = ["online_acceptance", "status_query", "咨询", "type-4", "Complaint", "index", "下载"]
LEVEL_LABELS = [
    ["满意", "较满意", "一般", "较不满意", "不满意", "很不满意"],
    ["excellent", "good", "fair", "poor", "bad", "awful"],
    ["A", "B", "C", "D", "E", "F"],
    ["优", "良", "中", "次", "差", "劣"],
]
# What a reader is told before anything else, if anything; it has no say in any table.
NOTICES = ["", "", "试评，结果仅供内部参考。", "<b>{{ 1 }}</b> & \"'#panic()", "第一行\n第二行", "长" * 200]
POINTS = ["100", "100", "95.5", "90", "80", "66.5", "66.67", "60", "50", "33.25", "33.3", "30", "12.5", "10", "0.75", "0"]


def numeral(text: str) -> int | Decimal:
    """A number as TOML reads it: an integer where there is no point."""
    return Decimal(text) if "." in text else int(text)


def decimal(rng: Random, low: int, high: int, places: int) -> Decimal:
    """A random decimal of at most so many places between two integers."""
    places = rng.choice([0, min(1, places), places])
    return Decimal(rng.randint(low * 10**places, high * 10**places)).scaleb(-places)


def shares(rng: Random, count: int) -> list[int | Decimal]:
    """Positive decimals of at most four places that add up to exactly 1."""
    if count == 1:
        return [1]
    steps = rng.choice([20, 100, 1000, 10000])
    cuts = [0, *sorted(rng.sample(range(1, steps), count - 1)), steps]
    return [Decimal(high - low) / steps for low, high in itertools.pairwise(cuts)]


def generate_scheme(rng: Random, year: int) -> dict:
    sources = _sources(rng, year)
    groups = _groups(rng, list(sources))
    for spec in sources.values():
        if spec["kind"] == "audit" and rng.random() < 0.7:
            spec["approval_items_for"] = rng.sample(list(groups), rng.randint(0, len(groups)))
    aspects = rng.sample(ASPECT_IDS, rng.randint(1, 6))
    scheme: dict = {
        "year": year,
        "title": f"{year}年网站评议",
        "timezone": rng.choice(ZONES),
        "missing": rng.choice(["fail", "zero", "reweight"]),
        "tie_break": rng.sample(list(sources), rng.randint(0, len(sources))),
        "aspects": {
            aspect: {"label": f"内容{number}", "weight": weight}
            for number, (aspect, weight) in enumerate(zip(aspects, shares(rng, len(aspects)), strict=True), start=1)
        },
        "groups": groups,
        "sources": sources,
    }
    if scheme["missing"] == "fail" and rng.random() < 0.5:
        del scheme["missing"]  # it is the default
    if not scheme["tie_break"]:
        del scheme["tie_break"]
    measures = {
        (indicator["from_crawl"], indicator.get("measure", "value"))
        for spec in sources.values()
        for indicator in spec.get("indicators", [])
        if "from_crawl" in indicator
    }
    checks = sorted({check for check, _ in measures})
    # A wide column holds either truth values or numbers, so it can serve only one measure.
    # By a die of its own, so that the rest of a seed's year does not depend on it.
    notice = Random(f"notice {year} {','.join(sources)}").choice(NOTICES)
    if notice:
        scheme["notice"] = notice
    if checks and len(measures) == len(checks) and rng.random() < 0.6:
        scheme["crawl"] = {
            "wide": {"site": "target_url", "checked_at": "scan_date", "checks": {check: f"col_{check}" for check in checks}}
        }
    return scheme


def _groups(rng: Random, sources: list[str]) -> dict:
    ids = rng.sample(GROUP_IDS, rng.randint(1, 4))
    weighed = {group: rng.sample(sources, rng.randint(1, len(sources))) for group in ids}
    for source in sources:
        if not any(source in names for names in weighed.values()):
            weighed[rng.choice(ids)].append(source)
    groups = {}
    for number, group in enumerate(ids, start=1):
        sites = rng.randint(2, rng.choice([4, 15]))
        groups[group] = {
            "label": f"第{number}组",
            "sites": sites,
            "publish_top": rng.randint(1, sites),
            "weights": dict(zip(weighed[group], shares(rng, len(weighed[group])), strict=True)),
        }
    return groups


def _sources(rng: Random, year: int) -> dict:
    often = [*KINDS, "given", "panel"]  # two given sources make a tie that only the tie-break settles
    kinds = rng.choices(often, k=rng.randint(1, 6))
    if rng.random() < 0.45:
        kinds = KINDS + rng.choices(often, k=rng.randint(0, 3))
    rng.shuffle(kinds)
    makers = {
        "ballots": _ballots,
        "panel": _panel,
        "claims": _claims,
        "records": _records,
        "audit": _audit,
        "given": lambda *_: {},
    }
    return {
        source: {"label": f"来源{number}", "kind": kind, **makers[kind](rng, year, number)}
        for number, (source, kind) in enumerate(zip(rng.sample(SOURCE_IDS, len(kinds)), kinds, strict=True), start=1)
    }


def _ballots(rng: Random, year: int, _number: int) -> dict:
    opens = date(year, 1, 5) + timedelta(days=rng.randint(0, 280))
    count = rng.randint(2, 6)
    points = sorted((numeral(text) for text in rng.sample(POINTS, count)), reverse=True)
    labels = rng.choice(LEVEL_LABELS)[:count]
    spec = {
        "opens": opens,
        "closes": opens + timedelta(days=rng.choice([0, 1, 20, 60])),
        "levels": [{"label": label, "points": value} for label, value in zip(labels, points, strict=True)],
        "satisfied": labels[: rng.randint(1, count)],
    }
    optional = {"min_seconds": rng.randint(2, 9), "burst_limit": rng.randint(1, 6), "min_ballots": rng.randint(1, 12)}
    return spec | {key: value for key, value in optional.items() if rng.random() < 0.7}


def _panel(rng: Random, _year: int, _number: int) -> dict:
    if rng.random() < 0.35:
        return {}
    each_side = rng.randint(1, 2)
    return {"trim_each_side": each_side, "trim_from": rng.randint(2 * each_side + 1, 6)}


def _claims(rng: Random, _year: int, number: int) -> dict:
    indicators = [
        {"id": f"s{number}-{serial:02}", "label": f"自查{serial}", "max": numeral(rng.choice(["5", "10", "7.5", "30"]))}
        for serial in range(1, rng.randint(1, 6) + 1)
    ]
    penalty = {"inflation_penalty": numeral(rng.choice(["0.5", "1", "0.25", "2", "0"]))} if rng.random() < 0.7 else {}
    return penalty | {"indicators": indicators}


def _records(rng: Random, _year: int, number: int) -> dict:
    indicators = []
    for serial in range(1, rng.randint(1, 5) + 1):
        rule = rng.choice(["points", "ratio", "deduct"])
        indicator = {
            "id": rng.choice([f"d{number}-{serial:02}", f"考查{number}-{serial:02}"]),
            "label": f"日常{serial}",
            "max": numeral(rng.choice(["10", "20", "12.5", "60", "1"])),
            "rule": rule,
        }
        if rule == "ratio":
            indicator["target"] = numeral(rng.choice(["30", "1", "3", "0.7", "12"]))
        if rule == "deduct":
            indicator["per"] = numeral(rng.choice(["0.5", "1", "0.333", "2"]))
        if rng.random() < 0.4:
            indicator["from_crawl"] = f"check{number}_{rng.randint(1, 3)}"  # two indicators may draw from one check
            measure = rng.choice([None, "value", "passed"])
            if measure:
                indicator["measure"] = measure
        indicators.append(indicator)
    return {"indicators": indicators}


def _audit(rng: Random, _year: int, _number: int) -> dict:
    types = rng.sample(ITEM_TYPES, rng.randint(1, 5))
    spec: dict = {"item_types": {item_type: f"事项{serial}" for serial, item_type in enumerate(types, start=1)}}
    if rng.random() < 0.6:
        heavy = rng.sample(types, rng.randint(1, len(types)))
        spec["item_weights"] = {item_type: numeral(rng.choice(["3", "2", "0.5", "1.25"])) for item_type in heavy}
    return spec
