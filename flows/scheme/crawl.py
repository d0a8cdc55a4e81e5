"""Reads the `[crawl]` table of a scheme: when crawl checks count, how a scanner's table is read, how we crawl ourselves."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from flows.datasets.checks import CHECKS
from flows.reading.section import Section
from flows.scheme import Crawl, WideCheck, WideCrawl
from flows.sources import Source, read_period

# Names that raw files and tables of checks already use for something else.
_RESERVED = {"site", "site_id", "checked_at", "month", "line", "other"}
_MOST_CONFIRM = 1000
_MOST_PAGES = 100_000


def read_crawl(top: Section, sources: Sequence[Source]) -> Crawl:
    section = top.section("crawl")
    if section is None:
        return Crawl()
    opens, closes = read_period(section, optional=True)
    wide = _wide(section)
    confirm, confirm_checks = _confirm(section, _known_checks(sources, wide))
    crawl = Crawl(
        opens=opens,
        closes=closes,
        confirm=confirm,
        confirm_checks=confirm_checks,
        wide=wide,
        contact=section.text("contact", optional=True) or "",
        canaries=_canaries(section),
        pages=section.integer("pages", at_least=1, at_most=_MOST_PAGES, optional=True),
        nightly=section.flag("nightly"),
    )
    section.finish()
    return crawl


def crawl_period(crawl: Crawl, year: int) -> tuple[date, date]:
    """The days of our own crawl: the scheme's, or all days of the evaluated year where the scheme has none."""
    return crawl.opens or date(year, 1, 1), crawl.closes or date(year, 12, 31)


def _known_checks(sources: Sequence[Source], wide: WideCrawl | None) -> set[str]:
    """The checks that the scheme can name: its sources' checks, those of the scanner's table, and those of our crawler."""
    scored = (check for source in sources for check in source.checks)
    return {*CHECKS, *(check.name for check in (wide.checks if wide else ())), *scored}


def _confirm(section: Section, known: set[str]) -> tuple[int, tuple[tuple[str, int], ...]]:
    """`confirm = 2` for every check, or a table for the checks that it names; 1 confirms a failure by itself."""
    table = section.section("confirm", needed=True) if section.is_table("confirm") else None
    if table is None:
        return section.integer("confirm", at_least=1, at_most=_MOST_CONFIRM, optional=True) or 1, ()
    numbers = []
    for name in section.names("confirm"):
        number = table.integer(name, at_least=1, at_most=_MOST_CONFIRM)
        if name not in known:
            table.fault(name, f"没有名为“{name}”的检测；方案用到的和能做的有：{'、'.join(sorted(known))}")
        numbers.append((name, number or 1))
    return 1, tuple(sorted(numbers))


def _canaries(section: Section) -> tuple[str, ...] | None:
    addresses = section.texts("canaries") if section.has("canaries") else None
    for address in addresses or ():
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
            section.fault("canaries", f"“{address}”不是 http 或 https 地址")
    return addresses


def _wide(section: Section) -> WideCrawl | None:
    wide = section.section("wide")
    if wide is None:
        return None
    checks = [_wide_check(entry) for entry in wide.words_or_sections("checks")]
    made = WideCrawl(wide.text("site") or "", wide.text("checked_at") or "", tuple(checks))
    for name in sorted({check.name for check in checks} & _RESERVED):
        wide.fault(f"checks.{name}", "是保留名，请换一个")
    wide.finish()
    return made


def _wide_check(entry: tuple[str, tuple[str, ...]] | Section) -> WideCheck:
    if not isinstance(entry, Section):
        return WideCheck(*entry)
    columns = entry.words("column")
    passed, failed, not_made = (entry.texts(key) for key in ("passed", "failed", "not_made"))
    when = entry.section("when")
    conditions = []
    if when is not None:
        conditions = [(name, when.words(name)) for name in sorted(entry.names("when"))]
        when.finish()
    if not_made and not (passed or failed):
        entry.fault("not_made", "要与 passed 或 failed 同用：这三个键列出一个状态列里可能出现的词")
    # Words are compared without regard to case.
    entry.must_differ("passed、failed、not_made", [word.lower() for word in (*passed, *failed, *not_made)])
    entry.finish()
    return WideCheck(entry.name, columns, passed, failed, not_made, tuple(conditions))
