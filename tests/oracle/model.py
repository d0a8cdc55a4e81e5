"""What a generated year consists of: the scheme, the raw rows as they are written, and what each row means."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

Value = str | int | bool | Decimal | datetime | date | None


@dataclass(frozen=True)
class Row:
    """One row of a raw file.

    `spelled` is what the file says, with its aliases, level codes and stray spaces. `meant` is what that says in plain
    terms (site ids, level labels, instants in UTC): usually one record, several for a scanner's wide row, and none for a
    row that must be quarantined. The oracle reads `meant` only, so it needs no parser that could err as the project's may. `about`
    are the site and the item of a row that must be quarantined, as far as it says them.
    """

    spelled: dict[str, Value]
    meant: tuple[dict[str, Value], ...]
    about: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class GeneratedYear:
    seed: int
    year: int
    scheme: dict  # as the TOML file reads, decimals as Decimal
    scheme_text: str
    rows: dict[str, list[Row]]  # by dataset; the register is the dataset "sites"
    previous: list[dict] | None  # composite_scores of the year before, where it was published

    def meant(self, dataset: str) -> list[dict[str, Value]]:
        return [record for row in self.rows.get(dataset, []) for record in row.meant]

    def quarantined(self, dataset: str) -> int:
        return sum(not row.meant for row in self.rows.get(dataset, []))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.scheme["timezone"])
