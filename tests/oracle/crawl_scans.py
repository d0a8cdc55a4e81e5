"""The rows of a scanner's own table: what its cells hold, and what that says of each check."""

from datetime import datetime
from decimal import Decimal
from random import Random

from .crawl_schemes import CONDITION, HELD, NOT_HELD, columns, conditions, measures
from .evidence import measurement
from .plan import Plan

Cell = str | bool | Decimal | None


def scan_forms(rng: Random, layout: dict) -> list[dict[str, list[str]]]:
    """How the table looked over the year: per check the names of its column in a file, none where it is missing."""
    fixed, forms = conditions(layout), []
    for _ in range(rng.choice([1, 2, 3])):
        form = {}
        for check, entry in layout["checks"].items():
            names = columns(entry)
            form[check] = rng.choice([names[:1], names[-1:], names])
            if names[0] not in fixed and rng.random() < 0.25:
                form[check] = []
        if not any(form.values()):
            form[check] = names  # a file without any check is refused
        forms.append({check: names for check, names in form.items() if names})
    return forms


def scan(
    plan: Plan, layout: dict, form: dict, site: str, moment: datetime, wanted: dict[str, str], entries: dict[str, dict]
) -> dict:
    """A row that says what is wanted of every check, unless a condition is not met: then it was not made."""
    rng, cells, checks = plan.rng, {}, {}
    for check, entry in layout["checks"].items():
        cells[check] = _cell(plan, check, entry, wanted[check], entries[check])
    by_column = {columns(layout["checks"][check])[0]: cell for check, cell in cells.items()}
    extra = {}
    if CONDITION in conditions(layout):
        extra[CONDITION] = by_column[CONDITION] = rng.choice([*HELD, HELD[0], HELD[0], HELD[0], rng.choice(NOT_HELD), None])
    for check, entry in layout["checks"].items():
        when = entry.get("when", {}) if isinstance(entry, dict) else {}
        unmet = [column for column, words in when.items() if _plain(by_column[column]) not in words]
        checks[check] = {"passed": None, "value": None, "not_made": "unmet"} if unmet else _seen(entry, cells[check])
    decoys = {
        check: _cell(plan, check, entry, rng.choice(["passed", "failed"]), entries[check])
        for check, entry in layout["checks"].items()
    }
    return {
        "site": site,
        "checked_at": moment,
        "columns": form,
        "cells": cells,
        "decoys": decoys,
        "extra": extra,
        "checks": checks,
    }


def _plain(by_column: Cell) -> str | None:
    if isinstance(by_column, bool):
        return "true" if by_column else "false"
    return by_column if isinstance(by_column, str) else None


def _cell(plan: Plan, check: str, entry: str | dict, outcome: str, indicator: dict) -> Cell:
    if isinstance(entry, dict) and "passed" in entry:
        words = entry.get("passed" if outcome == "value" else outcome, [])
        return plan.rng.choice([*words, None] if outcome == "not_made" else words)
    held = measures(plan.scheme, check)
    if outcome == "not_made":
        return None
    if held == {"value"} or (outcome == "value" and held != {"passed"}):
        return measurement(plan, indicator)
    return outcome != "failed"


def _seen(entry: str | dict, cell: Cell) -> dict:
    """What a cell says of its check where all its conditions are met."""
    passed = value = not_made = None
    if cell is None:
        not_made = "empty"
    elif isinstance(cell, bool):
        passed = cell
    elif isinstance(cell, Decimal):
        value = cell
    elif cell in entry.get("not_made", []):
        not_made = "word"
    else:
        passed = cell in entry["passed"]
    return {"passed": passed, "value": value, "not_made": not_made}
