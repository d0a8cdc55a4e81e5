"""The scheme of a year: groups, sources, aspects, weights, limits and dates. `flows.sources` declares the kinds of sources.

Only `flows.scheme.file.read_scheme` makes a `Scheme`. It checks the whole file first, so every module can rely on these
docstrings. Weights and points are `Decimal`s, exactly as written in the file.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from flows.scheme.comparison import Comparison
from flows.sources import Aspect, Source

# What people and programs write where there is nobody to name; a scheme may list its own.
PLACEHOLDERS = (
    "匿名", "匿名用户", "匿名网友", "匿名网民", "匿名市民", "匿名者", "游客", "访客", "网友", "网民", "无", "没有", "空", "未知", "不详", "未填", "未填写", "保密", "不公开",
    "anonymous", "anon", "guest", "visitor", "unknown", "none", "null", "nil", "nan", "n/a", "na", "#n/a", "<na>", "undefined", "(null)",
    "\\n", "-", "--", "---", "—", "——", "/", "\\", "*", "0", "00", "000", "0000", "00000000", "00000000000", "0.0.0.0", "::",
)  # fmt: skip

MissingPolicy = Literal["fail", "zero", "reweight"]


@dataclass(frozen=True)
class Group:
    """Sites that are ranked against each other (组别). `weights` name sources of the scheme and add up to exactly 1."""

    id: str
    label: str
    sites: int | None
    publish_top: int
    weights: dict[str, Decimal]


@dataclass(frozen=True)
class WideCheck:
    """A check in a scanner's own table. Its column is the first of `columns` that a file has.

    Where `passed` and `failed` are empty, the cells are true/false or numbers. Else the cells are words: `passed`, `failed` and
    `not_made` list the words for each verdict, and other words are faults. `when` names columns and their words under which
    the check was made at all.
    """

    name: str
    columns: tuple[str, ...]
    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    not_made: tuple[str, ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def by_word(self) -> bool:
        return bool(self.passed or self.failed)


@dataclass(frozen=True)
class WideCrawl:
    """The columns of a scanner's own table (a row for each site and scan): the site, the time and each check."""

    site: str
    checked_at: str
    checks: tuple[WideCheck, ...]


@dataclass(frozen=True)
class Crawl:
    """The rules of a scheme for crawl checks.

    Checks on local days before `opens` or after `closes` are kept and not counted (either may be open). A failure counts
    where it is one of at least `confirm` failures in a row of that check; `confirm_checks` has the number for
    single checks.
    `nightly`: checks are due of every night of its period.
    `contact` (a mail or web address), `canaries` and `pages` are for our own crawler; empty or None where the scheme has none.
    """

    opens: date | None = None
    closes: date | None = None
    confirm: int = 1
    confirm_checks: tuple[tuple[str, int], ...] = ()
    wide: WideCrawl | None = None
    contact: str = ""
    canaries: tuple[str, ...] | None = None
    pages: int | None = None
    nightly: bool = False


@dataclass(frozen=True)
class Scheme:
    """A year's scheme, complete and free of contradictions. `sha256` is the hash of the file's bytes.

    `placeholders` are texts that name nobody in the columns of voters, origins and experts.
    `notice` is a paragraph for every reader of the results, `office` the name of the office that evaluates, which signs its letters;
    each is empty where the scheme has none.
    """

    year: int
    title: str
    notice: str
    timezone: str
    missing: MissingPolicy
    tie_break: tuple[str, ...]
    max_quarantined: Decimal
    placeholders: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    groups: tuple[Group, ...]
    sources: tuple[Source, ...]
    crawl: Crawl
    comparison: Comparison
    sha256: str
    office: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def source(self, source_id: str) -> Source:
        return next(source for source in self.sources if source.id == source_id)

    def of_kind(self, kind: str) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.kind == kind)
