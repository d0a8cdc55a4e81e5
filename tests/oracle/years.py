"""Random but valid evaluation years. One seed is one year, for good."""

from dataclasses import replace
from random import Random

from . import evidence, portal, respondents
from .confidence_cases import add_crowd, add_weightless, withhold
from .coverage_cases import add_coverage_rules, add_lists, waivers
from .crawl_evidence import crawl
from .crawl_schemes import add_crawl_rules
from .faults import FAULTS, add_faults, broken_scans
from .model import GeneratedYear, Row
from .plan import Plan, make_plan
from .schemes import generate_scheme
from .spelling import Speller, make_speller
from .toml_text import toml_text
from .twins import force_ties
from .vague import make_vague

# Not a dataset: scans that are written in the scanner's wide table, into the dataset `crawl`.
WIDE = "crawl (wide)"


def generate(seed: int) -> GeneratedYear:
    rng = Random(f"pingyi {seed}")
    year = rng.choice([2007, 2007, 2012, 2025])
    scheme = generate_scheme(rng, year)
    add_crawl_rules(Random(f"crawl {seed}"), scheme)
    unsure = Random(f"confidence {seed}")
    add_weightless(unsure, scheme)
    counted = Random(f"coverage {seed}")
    add_coverage_rules(counted, scheme)
    plan = make_plan(rng, year, scheme)
    withhold(unsure, plan)
    meant = _evidence(plan)
    add_crowd(unsure, plan, meant)
    force_ties(plan, meant)
    make_vague(Random(f"vague {seed}"), plan, meant)
    add_lists(counted, plan, meant)
    previous = portal.published_before(plan) if rng.random() < 0.5 else None
    faulty = rng.random() < 0.3
    if faulty:
        scheme["max_quarantined"] = 1  # a file may be as short as one broken row
    speller = make_speller(plan, seed)
    rows = _written(plan, speller, meant, faulty)
    made = GeneratedYear(seed, year, scheme, toml_text(scheme), rows, previous)
    accepted = [speller.row("waivers", waiver) for waiver in waivers(counted, made)]
    return replace(made, rows=rows | {"waivers": accepted}) if accepted else made


def _evidence(plan: Plan) -> dict[str, list[dict]]:
    """What the year's rows mean, by dataset."""
    meant: dict[str, list[dict]] = {"sites": plan.register, **respondents.all_ballots(plan), **evidence.audits(plan)}
    for source, spec in plan.scheme["sources"].items():
        match spec["kind"]:
            case "panel":
                meant[source] = respondents.panel(plan, source)
            case "claims":
                meant[source], meant[f"{source}_verified"] = evidence.claims(plan, source)
            case "records":
                meant[source] = evidence.records(plan, source)
            case "given":
                meant[source] = evidence.given(plan, source)
    meant["crawl"], meant[WIDE] = crawl(plan)
    if plan.rng.random() < 0.6:
        meant["portal_traffic"] = portal.portal_traffic(plan)
    if plan.rng.random() < 0.6:
        meant["portal_stats"] = portal.portal_stats(plan)
    return {dataset: records for dataset, records in meant.items() if records}


def _written(plan: Plan, speller: Speller, meant: dict[str, list[dict]], faulty: bool) -> dict[str, list[Row]]:
    """The rows as the files will say them."""
    rng, rows = plan.rng, {}
    for dataset, records in meant.items():
        if dataset == WIDE:
            continue
        kind = kind_of(plan.scheme, dataset)
        levels = [level["label"] for level in plan.scheme["sources"].get(dataset, {}).get("levels", [])]
        written = [speller.row(kind, record, levels) for record in records]
        if faulty and kind in FAULTS:
            written = add_faults(rng, speller, kind, written, levels)
        rows[dataset] = written
    if WIDE in meant:
        layout = plan.scheme["crawl"]["wide"]
        scans = [speller.wide_row(scan, layout) for scan in meant[WIDE]]
        rows["crawl"] = rows.get("crawl", []) + (broken_scans(rng, layout, scans) if faulty else scans)
    return rows


def kind_of(scheme: dict, dataset: str) -> str:
    """What a dataset's rows look like: the kind of its source, or its own name where it belongs to none."""
    if dataset not in scheme["sources"]:
        for ending, kind in (("_experts", "experts"), ("_items", "items")):
            if dataset.endswith(ending):
                return kind
    source = dataset.removesuffix("_verified") if dataset not in scheme["sources"] else dataset
    return scheme["sources"][source]["kind"] if source in scheme["sources"] else dataset
