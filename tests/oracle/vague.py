"""Ballots that tell less than others: a day in the place of a moment, a placeholder in the place of a person."""

from random import Random

from .plan import Plan

# As people and programs write them; `None` would be a fault.
NOBODY = ["匿名", "NULL", "0", "anonymous", "—", "０", "n/a"]


def make_vague(rng: Random, plan: Plan, meant: dict[str, list[dict]]) -> None:
    """Changes some ballots in place. Neither is ever excluded by a rule that would not have excluded it before."""
    for source, spec in plan.scheme["sources"].items():
        if spec["kind"] != "ballots":
            continue
        share = rng.choice([0, 0.05, 0.3])
        ballots = meant.get(source, [])
        # Bursts of which only the day is known are none; theirs are the only origins of this range.
        bursts = sorted({ballot["origin"] for ballot in ballots if (ballot["origin"] or "").startswith("10.9.")})
        calmed = {origin for origin in bursts if rng.random() < 0.4}
        for ballot in ballots:
            if rng.random() < share or ballot["origin"] in calmed:
                # A date instead of a datetime: the oracle must not know a minute either.
                ballot["submitted_at"] = ballot["submitted_at"].astimezone(plan.zone).date()
            if rng.random() < share / 2:
                ballot["voter"] = rng.choice(NOBODY)
            if ballot["origin"] is not None and rng.random() < share / 4:
                ballot["origin"] = rng.choice(NOBODY)
