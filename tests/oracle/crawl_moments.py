"""When checks are made: over the whole year, about the edges of its months and of the scheme's period, and beyond them."""

from datetime import UTC, datetime, timedelta

from .plan import Plan


def moments(plan: Plan, count: int, used: set[datetime], within_period: bool = False) -> list[datetime]:
    """Any moments of the year, often about a month's edge in the scheme's zone, and some about the edges of the period."""
    rng, found, about = plan.rng, [], _edges(plan)
    while len(found) < count:
        start = datetime(plan.year, rng.randint(1, 12), 1, tzinfo=plan.zone).astimezone(UTC)
        moment = start + timedelta(seconds=rng.choice([0, 1, 1800, rng.randint(0, 27 * 86400)]))
        if rng.random() < 0.2 and start.month not in (1, 12):
            moment = start - timedelta(seconds=rng.choice([1, 1800]))
        if rng.random() < 0.15:
            moment = rng.choice(about)
        if moment not in used and (within(plan, moment) or not within_period):
            used.add(moment)
            found.append(moment)
    return found


def _edges(plan: Plan) -> list[datetime]:
    """The first and the last second of the period, the seconds beside them, and days well outside, be it another year's."""
    crawl, found = plan.scheme.get("crawl", {}), []
    if "opens" in crawl:
        start = datetime.combine(crawl["opens"], datetime.min.time(), plan.zone).astimezone(UTC)
        found += [start + timedelta(seconds=seconds) for seconds in (0, -1, -86400, -20 * 86400)]
    if "closes" in crawl:
        end = datetime.combine(crawl["closes"] + timedelta(days=1), datetime.min.time(), plan.zone).astimezone(UTC)
        found += [end + timedelta(seconds=seconds) for seconds in (0, -1, 86400, 20 * 86400)]
    return found or [datetime(plan.year + 1, 1, 3, tzinfo=UTC)]  # without a period every day counts


def within(plan: Plan, moment: datetime) -> bool:
    crawl, day = plan.scheme.get("crawl", {}), moment.astimezone(plan.zone).date()
    return crawl.get("opens", day) <= day <= crawl.get("closes", day)
