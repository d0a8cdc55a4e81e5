"""Who is evaluated, and which site delivers what to which source."""

from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

SCORED = "scored"  # rows that give a score
UNSCORED = "unscored"  # rows, but none that gives a score
ABSENT = "absent"  # no rows at all


@dataclass(frozen=True)
class Plan:
    rng: Random
    year: int
    scheme: dict
    register: list[dict]
    delivery: dict[tuple[str, str], str]  # by source and site
    coarse: bool  # few distinct scores, so that composites tie by themselves

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.scheme["timezone"])

    def sites(self, source: str, *how: str) -> list[dict]:
        return [site for site in self.register if self.delivery[source, site["site_id"]] in how]


def make_plan(rng: Random, year: int, scheme: dict) -> Plan:
    register = _register(rng, scheme)
    delivery = {}
    for source in scheme["sources"]:
        weighing = [site for site in register if source in scheme["groups"][site["group"]]["weights"]]
        for site in register:
            delivery[source, site["site_id"]] = _how(rng, scheme, site in weighing)
        # A source that nobody delivers would be another year's scheme.
        delivery[source, rng.choice(weighing)["site_id"]] = SCORED
    if scheme.get("missing") == "reweight":
        for site in register:
            weights = list(scheme["groups"][site["group"]]["weights"])
            if not any(delivery[source, site["site_id"]] == SCORED for source in weights):
                delivery[rng.choice(weights), site["site_id"]] = SCORED  # nothing to put the weight on is an error
    return Plan(rng, year, scheme, register, delivery, coarse=rng.random() < 0.35)


def _how(rng: Random, scheme: dict, weighed: bool) -> str:
    if not weighed:
        return rng.choice([SCORED, ABSENT])
    if scheme.get("missing", "fail") == "fail":
        return SCORED
    return rng.choices([SCORED, UNSCORED, ABSENT], [84, 8, 8])[0]


def _register(rng: Random, scheme: dict) -> list[dict]:
    count = sum(group["sites"] for group in scheme["groups"].values())
    style = rng.choice(["s{:03}", "{}", "局-{:02}", "Site_{}.gov"])
    numbers = rng.sample(range(100, 1000), count)  # three digits each, so that text and number sort alike
    # Names that end in 分, hold a comma or a quote, or use full-width brackets must come out as they went in.
    names = rng.sample(["{}号局", "{}区分", "市{}局（办公室）", "第{}局,直属", "“{}”委员会", 'Bureau "{}"', "{} 委 员 会"], 3)
    register = []
    groups = [group for group, spec in scheme["groups"].items() for _ in range(spec["sites"])]
    for number, group in zip(numbers, groups, strict=True):
        aliases = [f"简称{number}", f"www.site{number}.gov.cn"][: rng.randint(0, 2)]
        register.append(
            {
                "site_id": style.format(number),
                "group": group,
                "name": rng.choice(names).format(number),
                "aliases": "|".join(aliases) or None,
                "url": rng.choice([None, f"http://www.site{number}.gov.cn/"]),
            }
        )
    rng.shuffle(register)
    return register
