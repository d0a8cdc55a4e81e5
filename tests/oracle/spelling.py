"""The ways in which people write one and the same value, all of which the contract says are read as what they mean."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from .crawl_schemes import conditions
from .model import Row, Value
from .plan import Plan

OFFSETS = [UTC, *(timezone(timedelta(hours=hours)) for hours in (9, -5, 5.5))]
FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}

# What each column holds; a column that is not named here is free text.
COLUMNS = {
    "sites": {"site_id": "key", "group": "id"},
    "ballots": {
        "ballot_id": "key",
        "submitted_at": "time",
        "voter": "key",
        "site": "site",
        "overall": "level",
        "origin": "key",
        "seconds": "seconds",
    },
    "panel": {"expert_id": "key", "site": "site", "aspect": "id", "score": "number", "reviewed_on": "date"},
    "claims": {"site": "site", "indicator": "id", "points": "number"},
    "records": {"site": "site", "indicator": "id", "month": "month", "value": "number"},
    "audit": {
        "item_id": "key",
        "site": "site",
        "item_type": "id",
        "approval": "bool",
        "reachable": "check",
        "guide": "check",
        "form": "check",
        "online": "check",
        "forms": "count",
        "sheets": "count",
    },
    "given": {"site": "site", "score": "number"},
    "experts": {"expert_id": "key", "site": "site"},
    "items": {"item_id": "key", "site": "site", "item_type": "id", "approval": "bool"},
    "waivers": {"source": "id", "site": "site", "most": "number", "approved_on": "date"},
    "crawl": {"site": "site", "checked_at": "time", "check": "id", "passed": "truth", "value": "number"},
    "portal_traffic": {"column": "id", "month": "month", "views": "count"},
    "portal_stats": {"metric": "id", "value": "number", "previous": "number"},
}


@dataclass(frozen=True)
class Speller:
    rng: Random
    zone: ZoneInfo
    names: dict[str, list[str]]  # by site id: the id, the name and the aliases
    dirt: float  # how often a value is written oddly
    twists: Random  # how an id is written oddly on top of that
    office: Random  # where a date is written as offices do

    def row(self, kind: str, record: dict, levels: list[str] = ()) -> Row:
        columns = COLUMNS[kind]
        spelled = {}
        for column, value in record.items():
            # Beside its fixed columns a ballot has one column per aspect.
            rated = kind == "ballots" and column not in columns and column != "channel"
            spelled[column] = self.level(value, levels) if rated else self.value(columns.get(column, "text"), value, levels)
        return Row(spelled, (record,))

    def wide_row(self, scan: dict, layout: dict) -> Row:
        """A scan in the form of its file; of several columns of one check the first is read."""
        spelled = {
            layout["site"]: self.value("site", scan["site"]),
            layout["checked_at"]: self.value("time", scan["checked_at"]),
        }
        asked = conditions(layout)
        for check, names in scan["columns"].items():
            # Where the check has one column, the decoy stays away.
            for name, cell in zip(names, (scan["cells"][check], scan["decoys"][check]), strict=False):
                # As a condition true/false is a word, and a word has one spelling.
                spelled[name] = cell if isinstance(cell, bool) and name in asked else self.cell(cell)
        spelled |= {column: self.cell(word) for column, word in scan["extra"].items()}
        known = {"site": scan["site"], "checked_at": scan["checked_at"]}
        return Row(spelled, tuple(known | {"check": check, **scan["checks"][check]} for check in scan["columns"]))

    def cell(self, cell: Value) -> Value:
        """A cell of a scanner's table: true/false, a number or a word. Data frames make numbers of words like 200."""
        match cell:
            case bool():
                return self.rng.choice([cell, cell, str(cell)])
            case str() if cell.isdigit():
                return self.rng.choice([self.text(cell), int(cell), f"{cell}.0"])
            case str():
                return self.text(cell)
        return cell

    def value(self, kind: str, value: Value, levels: list[str] = ()) -> Value:
        if value is None:
            return "不适用" if kind == "check" and self.odd() else " " if self.odd() and self.odd() else None
        match kind:
            case "site":
                return self.key(self.text(self.rng.choice(self.names[value])), value)
            case "id":
                return self.text(value)
            case "key":
                return self.key(self.text(value), value)
            case "level":
                return self.level(value, levels)
            case "number":
                return self.number(value)
            case "seconds":
                return self.seconds(value)
            case "month":
                written = self.text(value)
                return self.office.choice(_months(value)) if self.in_office() else written
            case "count":
                return self.text(str(value)) if self.odd() else value
            case "time":
                return self.time(value) if isinstance(value, datetime) else self.day(value)
            case "date":
                written = self.text(value.isoformat()) if self.odd() else value
                return self.office.choice(_days(value)) if self.in_office() else written
            case "bool":
                return self.rng.choice([value, value, *(("true", "是", "1", 1) if value else ("false", "否", "0", 0))])
            case "truth":
                return self.rng.choice([value, "true" if value else "false"])
            case "check":
                return self.text(self.rng.choice([value, {"pass": "通过", "fail": "不通过", "na": "不适用"}[value]]))
        return value

    def odd(self) -> bool:
        return self.rng.random() < self.dirt

    def in_office(self) -> bool:
        return self.office.random() < self.dirt

    def text(self, text: str) -> str:
        if not self.odd():
            return text
        return self.rng.choice([f" {text}", f"{text}  ", f"\u3000{text} ", text.translate(FULL_WIDTH)])

    def key(self, spelled: str, plain: str) -> str:
        """What copying leaves behind in an id or a name, and what spreadsheets put before it: all of it the same id."""
        if self.twists.random() >= self.dirt:
            return spelled
        marks = ["\u202c", "\ufe0f", "\u200b", "\u2068"]
        twisted = [f"'{spelled.strip()}", f'="{spelled.strip()}"', spelled[:1] + self.twists.choice(marks) + spelled[1:]]
        if plain.isdecimal() and plain == spelled:
            twisted.append(f"{plain}.0")
        return self.twists.choice(twisted)

    def day(self, day: date) -> Value:
        written = self.twists.choice([day, day.isoformat(), f" {day.isoformat()}"])
        return self.office.choice(_days(day)) if self.in_office() else written

    def level(self, label: str | None, levels: list[str]) -> Value:
        if label is None:
            return None
        code = levels.index(label) + 1
        return self.rng.choice([self.text(label), self.text(label), code, self.text(str(code))])

    def number(self, value: Decimal | int) -> Value:
        if not self.odd():
            return value
        text = f"{value:f}"
        wide = text.translate(FULL_WIDTH)
        return self.rng.choice([text, f" {text} ", f"{text}分", f"{text}%", f"{text} 分", wide, f"{wide}分"])

    def seconds(self, value: Decimal | int) -> Value:
        if not self.odd():
            return value
        text, minutes, rest = f"{value:f}", int(value) // 60, value % 60
        worded = f"{minutes}分{rest:f}秒" if minutes and rest else f"{minutes}分" if minutes else f"{text}秒"
        hour = f"{minutes // 60}小时{minutes % 60}分{rest:f}秒" if minutes else f" {text} "
        return self.rng.choice(
            [text, f"{text}秒", f"{text} 秒", worded, hour, text.translate(FULL_WIDTH), worded.translate(FULL_WIDTH)]
        )

    def time(self, moment: datetime) -> Value:
        local = moment.astimezone(self.zone)
        unclear = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        zones = [self.zone, *OFFSETS]
        written = [moment.astimezone(self.rng.choice(zones))] + ([] if unclear else [local.replace(tzinfo=None)] * 2)
        chosen = self.rng.choice(written)
        spelled = self.text(chosen.isoformat(sep=self.rng.choice(["T", " "]))) if self.odd() else chosen
        return self.office.choice(_moments(chosen)) if chosen.tzinfo is None and self.in_office() else spelled


def _months(month: str) -> list[str]:
    year, number = month.split("-")
    return [f"{year}/{number}", f"{year}年{number}月", f"{year}/{int(number)}", f"{year}年{int(number)}月"]


def _days(day: date) -> list[str]:
    year, month, number = day.year, day.month, day.day
    return [f"{day:%Y/%m/%d}", f"{day:%Y年%m月%d日}", f"{year}/{month}/{number}", f"{year}年{month}月{number}日"]


def _moments(moment: datetime) -> list[str]:
    slashed, padded, worded, _ = _days(moment)
    found = [f"{day} {moment.time().isoformat()}" for day in (slashed, padded, worded)]
    if not moment.microsecond:
        found += [f"{padded}{moment:%H时%M分%S秒}", f"{worded} {moment.hour}:{moment:%M:%S}"]
    return found


def make_speller(plan: Plan, seed: int) -> Speller:
    names = {site["site_id"]: [site["site_id"], site["name"], *(site["aliases"] or "").split("|")] for site in plan.register}
    names = {site: [name for name in known if name] for site, known in names.items()}
    return Speller(
        plan.rng,
        plan.zone,
        names,
        dirt=plan.rng.choice([0, 0, 0.05, 0.25]),
        twists=Random(f"twists {seed}"),
        office=Random(f"office {seed}"),
    )
