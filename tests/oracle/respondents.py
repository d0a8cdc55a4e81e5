"""What people say: ballots and panels."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from .plan import SCORED, UNSCORED, Plan
from .schemes import decimal


class BallotBox:
    """The ballots of one source. All ballot ids of a year have one length, so that the greatest is beyond dispute."""

    def __init__(self, plan: Plan, source: str, serials: Iterator[int]) -> None:
        self.plan, self.rng, self.source, self.serials = plan, plan.rng, source, serials
        self.spec = plan.scheme["sources"][source]
        self.labels = [level["label"] for level in self.spec["levels"]]
        self.asks_overall = self.rng.random() < 0.8
        self.rows: list[dict] = []

    def fill(self) -> list[dict]:
        for site in self.plan.sites(self.source, SCORED):
            for _ in range(self.rng.choice([0, 1, 3, 7, self.rng.randint(5, 30)])):
                self._cast(site["site_id"])
            self._cast_sound(site["site_id"])
        for _ in range(self.rng.randint(0, 5)):
            self._burst()
        for site in self.plan.sites(self.source, UNSCORED):
            for _ in range(self.rng.randint(1, 3)):
                ballot = self._cast(site["site_id"])
                ballot.update(dict.fromkeys(self.plan.scheme["aspects"]))  # `overall` alone is no rating
        return self.rows

    def _cast(self, site: str) -> dict:
        rng = self.rng
        earlier = [row for row in self.rows if row["site"] == site]
        fast = self.spec.get("min_seconds", 4)
        ballot = {
            "ballot_id": str(next(self.serials)),
            "submitted_at": self._moment(),
            "voter": f"v{rng.randint(100, 400)}",
            "site": site,
            **self._ratings(),
            "channel": rng.choice([None, "网站", "sms"]),
            "origin": rng.choice([None, None, f"10.1.0.{rng.randint(1, 9)}"]),
            "seconds": rng.choice([None, fast - 1, fast, fast + 1, 40, fast - Decimal("0.5"), 60, 75, 90]),
        }
        if earlier and rng.random() < 0.2:
            before = rng.choice(earlier)
            ballot["voter"] = before["voter"]
            if rng.random() < 0.6:
                # Both at once, so that the greater ballot_id decides; or the lesser one a moment later, so that it does not.
                ballot["submitted_at"] = before["submitted_at"]
                before["submitted_at"] += timedelta(milliseconds=rng.choice([0, 0, 200]))
        self.rows.append(ballot)
        return ballot

    def _cast_sound(self, site: str) -> None:
        """One ballot that no rule excludes, so that the site surely has a score."""
        ballot = self._cast(site)
        noon = datetime.combine(self.spec["opens"], time(12), self.plan.zone)
        rated = {self.rng.choice(list(self.plan.scheme["aspects"])): self.rng.choice(self.labels)}
        ballot.update(
            submitted_at=noon.astimezone(UTC), voter=f"sound-{self.source}-{site}", origin=None, seconds=None, **rated
        )

    def _burst(self) -> None:
        """One origin within one minute: at the limit, or just above it, or above it only with ballots excluded before."""
        rng, limit = self.rng, self.spec.get("burst_limit", 3)
        sites = self.plan.sites(self.source, SCORED)
        minute = self._moment().replace(second=0, microsecond=0)
        origin = f"10.9.{rng.randint(0, 99)}.1"
        for _ in range(limit + rng.choice([0, 1, 1, 2])):
            ballot = self._cast(rng.choice(sites)["site_id"])
            ballot.update(origin=origin, submitted_at=minute + timedelta(milliseconds=rng.choice([0, 7000, 30500, 59999])))
            if rng.random() < 0.8:
                ballot["seconds"] = None
        neighbour = self._cast(rng.choice(sites)["site_id"])
        neighbour.update(origin=origin, submitted_at=minute + timedelta(minutes=rng.choice([-1, 1])))

    def _moment(self) -> datetime:
        """Mostly within the period; now and then at its very edges, or well outside."""
        rng, zone = self.rng, self.plan.zone
        first = datetime.combine(self.spec["opens"], time(), zone)
        end = datetime.combine(self.spec["closes"] + timedelta(days=1), time(), zone)
        first, end = first.astimezone(UTC), end.astimezone(UTC)
        if rng.random() < 0.12:
            edge = rng.choice([first, end])
            return edge + timedelta(milliseconds=rng.choice([-1000, -1, 0, 1, 1000]))
        if rng.random() < 0.03:
            return rng.choice([first - timedelta(days=2, hours=3), end + timedelta(days=1, minutes=7)])
        return first + timedelta(seconds=rng.randrange(int((end - first).total_seconds())))

    def _ratings(self) -> dict[str, str | None]:
        rng, aspects = self.rng, self.plan.scheme["aspects"]
        silent = rng.random() < 0.05
        ratings = {aspect: None if silent or rng.random() < 0.12 else rng.choice(self.labels) for aspect in aspects}
        ratings["overall"] = rng.choice([None, *self.labels]) if self.asks_overall else None
        return ratings


def all_ballots(plan: Plan) -> dict[str, list[dict]]:
    serials = count(100_001)
    return {
        source: BallotBox(plan, source, serials).fill()
        for source, spec in plan.scheme["sources"].items()
        if spec["kind"] == "ballots"
    }


def panel(plan: Plan, source: str) -> list[dict]:
    rng, aspects = plan.rng, list(plan.scheme["aspects"])
    experts = [f"e{number}" for number in range(1, rng.randint(6, 9) + 1)]
    enough = plan.scheme["sources"][source].get("trim_from", 3)
    rows = []
    for site in plan.sites(source, SCORED):
        rated = rng.sample(aspects, rng.randint(1, len(aspects))) if rng.random() < 0.2 else aspects
        for aspect in rated:
            for expert in rng.sample(experts, rng.choice([enough - 1, enough, rng.randint(1, len(experts))])):
                days = [_day(rng, plan.year) for _ in range(rng.choice([1, 1, 1, 1, 2, 3]))]
                if rng.random() < 0.3:
                    days = [days[0]] * len(days)  # scored again on one date
                rows += [
                    {
                        "expert_id": expert,
                        "category": rng.choice([None, "学者"]),
                        "site": site["site_id"],
                        "aspect": aspect,
                        "score": _score(rng, plan.coarse),
                        "reviewed_on": day,
                    }
                    for day in days
                ]
    return rows


def _day(rng: Random, year: int) -> date | None:
    return rng.choice([None, date(year, 11, 1) + timedelta(days=rng.randint(0, 40))])


def _score(rng: Random, coarse: bool) -> Decimal:
    if coarse:
        return Decimal(rng.choice([60, 80, 100]))
    return decimal(rng, 0, 100, 3) if rng.random() < 0.3 else decimal(rng, 50, 100, 1)
