"""What the generated years say of what is due: the keys of the scheme, lists of experts and items, and waivers.

They have a random stream of their own, so that a seed's year stays what it was where they do not touch it.
"""

from datetime import date, timedelta
from random import Random

from .model import GeneratedYear
from .plan import Plan

COVERAGE_CASES = [
    *("tell", "fail", "zero", "waived", "waived by its label", "several waivers of a gap", "waiver of a whole source"),
    *("channels", "quiet_days", "experts", "min_raters", "due", "due_day", "nightly"),
    *(
        "list of experts",
        "list of items",
        "months missing",
        "days missing",
        "a night missing",
        "claims missing",
        "ballots missing",
    ),
    *("experts missing", "scores missing", "items missing", "a whole score missing", "rows set aside about a gap"),
    *("a rank that the zeros change", "a rank that leaving out changes", "records of what the crawl measures"),
    *("a waiver that is bounded", "a gap that is larger than was accepted"),
]


def add_coverage_rules(rng: Random, scheme: dict) -> None:
    if rng.random() < 0.15:
        return
    if rng.random() < 0.5:
        scheme["incomplete"] = rng.choice(["tell", "fail"])
    year = scheme["year"]
    for spec in scheme["sources"].values():
        kind = spec["kind"]
        if rng.random() < 0.6:
            spec["incomplete"] = rng.choice(
                ["zero", "zero", "tell", "fail"] if kind in ("records", "claims") else ["tell", "fail"]
            )
        if rng.random() < 0.3:
            spec["due"] = date(year, 6, 1) + timedelta(days=rng.randint(0, 300))
        elif kind == "records" and rng.random() < 0.6:
            spec["due_day"] = rng.randint(1, 28)
        if kind == "ballots":
            if rng.random() < 0.6:
                spec["channels"] = rng.sample(["网站", "sms", "窗口"], rng.randint(1, 3))
            if rng.random() < 0.7:
                spec["quiet_days"] = rng.choice([0, 0, 1, 2, 5])
        if kind == "panel":
            if rng.random() < 0.6:
                spec["experts"] = rng.randint(4, 10)
            if rng.random() < 0.6:
                spec["min_raters"] = rng.randint(1, spec.get("experts", 8))
    if rng.random() < 0.4:
        scheme.setdefault("crawl", {})["nightly"] = True


def add_lists(rng: Random, plan: Plan, meant: dict[str, list[dict]]) -> None:
    """Lists of who is to rate and what is to be checked: some who did not, and not all who did."""
    for source, spec in plan.scheme["sources"].items():
        rows = meant.get(source, [])
        crawled = [entry["id"] for entry in spec.get("indicators", []) if "from_crawl" in entry]
        if crawled and rows and rng.random() < 0.5:
            # Records of what the crawl measures: nobody asked for them, and they do not count.
            rows += [
                {
                    "site": rng.choice(plan.register)["site_id"],
                    "indicator": rng.choice(crawled),
                    "month": f"{plan.year}-{month:02}",
                    "value": rng.randint(0, 9),
                    "recorded_by": None,
                }
                for month in rng.sample(range(1, 13), 2)
            ]
        if spec["kind"] == "panel" and rows and rng.random() < 0.5:
            experts = [*sorted({row["expert_id"] for row in rows}), "e77", "e78"]
            listed = []
            for expert in rng.sample(experts, rng.randint(2, len(experts))):
                sites = [None] if rng.random() < 0.3 else [site["site_id"] for site in rng.sample(plan.register, 2)]
                listed += [{"expert_id": expert, "category": rng.choice([None, "学者"]), "site": site} for site in sites]
            meant[f"{source}_experts"] = listed
        if spec["kind"] == "audit" and rows and rng.random() < 0.6:
            listed = [
                {column: row[column] for column in ("item_id", "site", "name", "item_type", "approval")}
                for row in rng.sample(rows, rng.randint(1, len(rows)))
            ]
            for number in range(rng.randint(1, 6)):
                item_type = rng.choice(list(spec["item_types"]))
                site = rng.choice(plan.register)["site_id"]
                serial = f"{7000 + number}"
                listed.append(
                    {
                        "item_id": serial,
                        "site": site,
                        "name": f"未查事项{serial}",
                        "item_type": item_type,
                        "approval": rng.random() < 0.4,
                    }
                )
            meant[f"{source}_items"] = listed


def waivers(rng: Random, year: GeneratedYear) -> list[dict]:
    """As many as a year needs to be published, and some that it does not need."""
    from .exact import SCORERS
    from .exact_coverage import all_due, label_of, treatment

    scores = {source: SCORERS[spec["kind"]](year, source) for source, spec in year.scheme["sources"].items()}
    gaps = [gap for gap in all_due(year, scores) if gap.missing and gap.source in year.scheme["sources"]]
    whole = {source for source in year.scheme["sources"] if rng.random() < 0.3}
    found = []

    def accept(source: str, site: str | None, item: str | None, most: int | None = None) -> None:
        found.append(
            {
                "source": source,
                "site": site or None,
                "item": item,
                "most": most,
                "reason": f"理由{rng.randint(1, 9)}",
                "approved_by": rng.choice(["张三", "李四"]),
                "approved_on": date(year.year, 1, 1) + timedelta(days=rng.randint(0, 500)),
                "document": rng.choice([None, "〔2008〕1号"]),
            }
        )

    needed = {gap.source for gap in gaps if treatment(year, gap) == "fail"}
    for source in sorted(needed & whole):
        accept(source, None, None)
    for gap in gaps:
        if gap.source in needed - whole or rng.random() < 0.1:
            named = rng.choice([gap.item, label_of(year, gap), None] if gap.site else [gap.item])
            accept(gap.source, gap.site, named, rng.choice([None, gap.missing, gap.missing + 1]) if named else None)
            if rng.random() < 0.15:
                accept(gap.source, gap.site, gap.item, rng.choice([None, gap.missing - 1]))
    return found


def coverage_cases(year: GeneratedYear, tables: dict[str, list[dict]]) -> list[str]:
    cases = [row["treatment"] for row in tables["coverage"]]
    specs = year.scheme["sources"].values()
    cases += [spec["incomplete"] for spec in specs if "incomplete" in spec] + [year.scheme.get("incomplete", "")]
    cases += [
        key for spec in specs for key in ("channels", "quiet_days", "experts", "min_raters", "due", "due_day") if key in spec
    ]
    cases += ["nightly"] * bool(year.scheme.get("crawl", {}).get("nightly"))
    cases += ["list of experts"] * any(name.endswith("_experts") for name in year.rows)
    cases += ["list of items"] * any(name.endswith("_items") for name in year.rows)
    units = {
        "个月": "months",
        "天": "days",
        "夜": "a night",
        "位": "experts",
        "个评分": "scores",
        "件": "items",
        "票": "ballots",
    }
    for row in tables["coverage"]:
        if row["unit"] == "项":
            cases.append("a whole score missing" if row["item"] == "score" else "claims missing")
        else:
            cases.append(f"{units[row['unit']]} missing")
        cases += ["rows set aside about a gap"] * bool(row["set_aside"])
        fitting = [
            waiver
            for waiver in year.meant("waivers")
            if waiver["source"] == row["source"]
            and waiver["site"] in (None, row["site_id"])
            and waiver["item"] in (None, row["item"], row["label"])
        ]
        bounded = [waiver["most"] for waiver in fitting if waiver["most"] is not None]
        cases += ["a waiver that is bounded"] * any(most >= row["missing"] for most in bounded)
        cases += ["a gap that is larger than was accepted"] * any(most < row["missing"] for most in bounded)
        cases += ["several waivers of a gap"] * (len(fitting) > 1)
        cases += ["waived by its label"] * any(w["item"] == row["label"] != row["item"] for w in fitting)
        cases += ["waiver of a whole source"] * any(w["item"] is None and w["site"] is None for w in fitting)
    for source, spec in year.scheme["sources"].items():
        crawled = {entry["id"] for entry in spec.get("indicators", []) if "from_crawl" in entry}
        unused = any(row.get("indicator") in crawled for row in year.meant(source))
        cases += ["records of what the crawl measures"] * unused
    for row in tables["coverage_effects"]:
        cases += ["a rank that the zeros change"] * (row["rank_zero"] != row["rank"])
        cases += ["a rank that leaving out changes"] * (row["rank_without"] != row["rank"])
    return cases
