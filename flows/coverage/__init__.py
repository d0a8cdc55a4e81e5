"""What is due and what came: the gaps of a year, whose they are, what becomes of them, and what they do to scores and ranks.

The models `published.coverage`, `coverage_summary` and `coverage_effects` find them; here they become sentences for people.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flows.scheme import Scheme
from flows.warehouse.engine import Connection, first_row, read_frame
from flows.warehouse.ref import CRAWL

TABLES = ("published.coverage", "published.coverage_summary", "published.coverage_effects")
# What people call what becomes of a gap.
TREATMENTS = {"fail": "没有补齐就不公布", "tell": "只作提示", "zero": "按 0 分计", "waived": "同意缺报", "awaited": "未到期限"}
CRAWL_LABEL = "网站检测"
_MOST_PHRASES = 6
_MOST_NAMES = 3


@dataclass(frozen=True)
class Gap:
    """Something that is due and did not come: `missing` of `expected`, counted in `unit`; `site` is the site's name. `periods` are the days or months that it is
    about, `set_aside` the rows about it that could not be read. `treatment` is a key of `TREATMENTS`; the reason, the name and
    the day are those of who accepts it."""

    source: str
    site_id: str
    site: str
    item: str
    label: str
    unit: str
    due: date | None
    expected: int
    missing: int
    set_aside: int
    periods: str
    treatment: str
    reason: str
    approved_by: str
    approved_on: str


@dataclass(frozen=True)
class Effect:
    """What the gaps of a source do to a site: the composite and the rank as they are, by what came alone, and with what is missing
    counted 0. None where there is none."""

    composite: Decimal | None
    without: Decimal | None
    zero: Decimal | None
    rank: int | None
    rank_without: int | None
    rank_zero: int | None

    @property
    def counts_zero(self) -> bool:
        """Whether what is missing counts 0 as it is."""
        return self.composite is not None and self.composite == self.zero != self.without

    @property
    def sentence(self) -> str:
        if self.without == self.zero:
            return "对得分的影响从送来的部分算不出来" if self.composite is not None else ""
        without, zero = _place(self.without, self.rank_without), _place(self.zero, self.rank_zero)
        if self.counts_zero:
            return f"缺的现按 0 分计，{zero}；不计缺的部分，{without}"
        if self.composite == self.without:
            return f"缺的部分现在不计，{without}；按 0 分计，{zero}"
        return f"不计缺的部分，{without}；缺的按 0 分计，{zero}"


def _place(composite: Decimal | None, rank: int | None) -> str:
    return "没有综合得分" if composite is None else f"综合得分 {composite}、第 {rank} 名"


@dataclass(frozen=True)
class Part:
    """The gaps of one source that one party owes. `effect` is what all gaps of the source do to the site `site_id`, where it is a site
    that owes them; else both are empty."""

    source: str
    label: str
    gaps: tuple[Gap, ...]
    effect: Effect | None
    site_id: str = ""

    @property
    def sentence(self) -> str:
        """What is missing of the source, and what that does to score and rank."""
        phrases = list(_phrases(self.gaps, self.site_id))
        listed = "、".join(phrases[:_MOST_PHRASES])
        rest = f" 等，共 {len(phrases)} 处" if len(phrases) > _MOST_PHRASES else ""
        sites = len({gap.site_id for gap in self.gaps if gap.site_id})
        aside = sum(gap.set_aside for gap in self.gaps)
        came = f"；另有 {aside} 行送来了而不合格" if aside else ""
        effect = f"；{self.effect.sentence}" if self.effect and self.effect.sentence else ""
        whose = f"（{sites} 个网站）" if sites > 1 else ""
        return f"缺 {counted(self.gaps)}{whose}：{listed}{rest}{came}{effect}"


@dataclass(frozen=True)
class Debt:
    """What one party owes, a part a source: a site (`site_id`), or whoever runs the source (`site_id` empty)."""

    site_id: str
    name: str
    parts: tuple[Part, ...]

    @property
    def owner(self) -> str:
        return f"{self.name}（{self.site_id}）" if self.site_id else f"{self.name}的组织者"

    @property
    def sentence(self) -> str:
        label = "{}（{}）" if self.site_id else ""
        return f"{self.owner}：{'。'.join(label.format(part.label, part.source) + part.sentence for part in self.parts)}。"


@dataclass(frozen=True)
class Total:
    """How complete a source is: so many are due, came, are missing, and of these are accepted or may still come, counted in `unit`; `sites`
    have a gap. `due` is the last day on which any of it may come."""

    source: str
    label: str
    unit: str
    expected: int
    received: int
    missing: int
    waived: int
    awaited: int
    sites: int
    set_aside: int
    due: date | None


@dataclass(frozen=True)
class Coverage:
    """The year's account: a total a source and unit, and what each party owes, in the scheme's order."""

    year: int
    as_of: date | None
    totals: tuple[Total, ...]
    debts: tuple[Debt, ...]

    def of(self, *treatments: str) -> Iterator[Debt]:
        """The debts, with those of their gaps alone that are treated so."""
        for debt in self.debts:
            kept = (replace(part, gaps=tuple(gap for gap in part.gaps if gap.treatment in treatments)) for part in debt.parts)
            parts = tuple(part for part in kept if part.gaps)
            if parts:
                yield replace(debt, parts=parts)

    @property
    def open(self) -> tuple[Debt, ...]:
        """What forbids publishing."""
        return tuple(self.of("fail"))

    @property
    def late(self) -> tuple[Debt, ...]:
        """What should have come and nobody accepts that it did not."""
        return tuple(self.of("fail", "tell", "zero"))


def labels_of(scheme: Scheme) -> dict[str, str]:
    """What the sources are called, in the scheme's order, and last the crawl, of which nights may be due."""
    return {source.id: source.label for source in scheme.sources} | {CRAWL: CRAWL_LABEL}


def read_coverage(connection: Connection, scheme: Scheme) -> Coverage:
    """The account of the year whose models are built in this database."""
    (as_of,) = first_row(connection, "select as_of from ref.scheme")
    labels = labels_of(scheme)
    order = {source: place for place, source in enumerate(labels)}
    return Coverage(
        scheme.year, as_of, tuple(_totals(connection, labels, order)), tuple(_debts(connection, scheme, labels, order))
    )


def _debts(connection: Connection, scheme: Scheme, labels: Mapping[str, str], order: Mapping[str, int]) -> Iterator[Debt]:
    """What the organisers owe, then what the sites do, in the scheme's order."""
    sources = {source.id: source for source in scheme.sources}
    effects = _effects(connection)
    gaps: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    for row in _rows(connection, _gaps_query()):
        gap = Gap(**row)
        own = gap.site_id and sources[gap.source].owed_by_site(gap.item)
        gaps[gap.site_id if own else "", gap.source].append(gap)
    organisers = sorted((source for site, source in gaps if not site), key=lambda source: order[source])
    for source in organisers:
        yield Debt("", f"{labels[source]}（{source}）", (Part(source, labels[source], tuple(gaps["", source]), None),))
    groups = {group.id: place for place, group in enumerate(scheme.groups)}
    sites = connection.execute("select site_id, name, group_id from ref.sites").fetchall()
    for site, name, _ in sorted(sites, key=lambda row: (groups[row[2]], row[0])):
        parts = [
            Part(source, labels[source], tuple(gaps[site, source]), effects.get((source, site)), site)
            for source in order
            if (site, source) in gaps
        ]
        if parts:
            yield Debt(site, name, tuple(parts))


def parts_of_site(connection: Connection, scheme: Scheme, site_id: str) -> list[Part]:
    """What is missing of a site, whoever owes it, a part a source in the scheme's order."""
    gaps: dict[str, list[Gap]] = defaultdict(list)
    for row in read_frame(connection, _gaps_query("coverage.site_id = ?"), [site_id]).iter_rows(named=True):
        gaps[row["source"]].append(Gap(**row))
    effects = _effects(connection, "site_id = ?", [site_id])
    return [
        Part(source.id, source.label, tuple(gaps[source.id]), effects.get((source.id, site_id)), site_id)
        for source in scheme.sources
        if source.id in gaps
    ]


def _effects(connection: Connection, condition: str = "true", values: Sequence[str] = ()) -> dict[tuple[str, str], Effect]:
    """What gaps do, by source and site."""
    rows = read_frame(
        connection,
        f"""
        select source, site_id, composite, composite_without as without, composite_zero as zero, rank, rank_without, rank_zero
        from published.coverage_effects
        where {condition}
        """,
        list(values),
    ).to_dicts()
    return {(row.pop("source"), row.pop("site_id")): Effect(**row) for row in rows}


def _gaps_query(condition: str = "true") -> str:
    return f"""
        select
            coverage.source, coverage.site_id, coalesce(sites.name, '') as site, coverage.item, coverage.label, unit, cast(due as date) as due, expected, missing,
            set_aside, periods, treatment, reason, approved_by, approved_on
        from published.coverage
        left join ref.sites on sites.site_id = coverage.site_id
        left join ref.items on items.source = coverage.source and items.item = coverage.item
        where {condition}
        order by coverage.source, coverage.site_id, items.position, coverage.item
    """


def _totals(connection: Connection, labels: Mapping[str, str], order: Mapping[str, int]) -> list[Total]:
    rows = _rows(
        connection,
        """
        with last_periods as (
            select periods.source, max(periods.due) as due
            from ref.due_periods as periods
            group by periods.source
        ),

        awaited as (
            select coverage.source, coverage.unit, sum(coverage.missing) as awaited
            from published.coverage
            where coverage.treatment = 'awaited'
            group by coverage.source, coverage.unit
        )

        select
            summary.source, summary.unit, summary.expected, summary.received, summary.missing, summary.waived,
            cast(coalesce(awaited.awaited, 0) as bigint) as awaited, summary.sites_missing as sites, summary.set_aside,
            case when summary.unit in ('个月', '天', '夜') then last_periods.due else sources.due end as due
        from published.coverage_summary as summary
        left join ref.sources on sources.source = summary.source
        left join last_periods on last_periods.source = summary.source
        left join awaited on awaited.source = summary.source and awaited.unit = summary.unit
        """,
    )
    rows.sort(key=lambda row: (order[row["source"]], row["unit"]))
    return [Total(label=labels[row["source"]], **row) for row in rows]


def _rows(connection: Connection, query: str) -> list[dict[str, Any]]:
    return read_frame(connection, query).to_dicts()


def summary_sentences(coverage: Coverage, treatments: Sequence[str] = ("tell", "zero", "waived")) -> Iterator[str]:
    """A sentence for every source with gaps that are treated so."""
    by_source: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    labels = {}
    names = {debt.site_id: debt.name for debt in coverage.debts}
    for debt in coverage.of(*treatments):
        for part in debt.parts:
            labels[part.source] = part.label
            for gap in part.gaps:
                by_source[part.source, gap.treatment].append(gap)
    for (source, treatment), gaps in by_source.items():
        sites = list(dict.fromkeys(gap.site_id for gap in gaps if gap.site_id))
        known = [names[site] for site in sites[:_MOST_NAMES] if site in names]
        some = f"{'、'.join(known)}{' 等' if len(sites) > len(known) else ''}，" if known else ""
        whose = f"（{some}{len(sites)} 个网站）" if sites else ""
        yield (
            f"{labels[source]}（{source}）缺 {counted(gaps)}{whose}，{TREATMENTS[treatment]}；"
            "逐项见 tables/coverage.csv，对得分和名次的影响见 coverage_effects.csv。"
        )


def waived_by(part: Part) -> list[str]:
    """Who accepts gaps of a part, and why, each once."""
    waivers = ((gap.reason, gap.approved_by, gap.approved_on) for gap in part.gaps if gap.treatment == "waived")
    return [f"同意缺报：{reason}（{by}，{on}）。" for reason, by, on in dict.fromkeys(waivers)]


def accepted(debt: Debt) -> list[str]:
    """Who accepts gaps of somebody's, and why, each once."""
    return list(dict.fromkeys(sentence for part in debt.parts for sentence in waived_by(part)))


def idle_waivers(connection: Connection, scheme: Scheme) -> Iterator[str]:
    """A sentence for every waiver that accepts nothing: what it names is not missing, or there is no such thing."""
    rows = connection.execute(
        """
        select files.file, waivers.line, waivers.source, waivers.site_id, waivers.item
        from raw.waivers
        inner join raw.files on files.file_id = waivers.file_id
        where not exists (
            select 1 from scored.gaps
            where
                gaps.source = waivers.source
                and (waivers.site_id is null or waivers.site_id = gaps.site_id)
                and (waivers.item is null or waivers.item in (gaps.item, gaps.label))
        )
        order by files.file, waivers.line
        """
    ).fetchall()
    for file, line, source, site, item in rows:
        named = "、".join(filter(None, (scheme.source(source).label, site, item)))
        yield (
            f"raw/{scheme.year}/waivers/{file} 第 {line} 行同意的缺报（{named}）没有对上：它不缺，或没有叫这个名称的分项。"
            "请核对来源、网站和分项；已经补报的可以删去这一行。"
        )


def counted(gaps: Iterable[Gap]) -> str:
    """How much is missing, by units: 48 个月、20 项."""
    totals = Counter()
    for gap in gaps:
        totals[gap.unit] += gap.missing
    return "、".join(f"{total} {unit}" for unit, total in totals.items())


def _phrases(gaps: Sequence[Gap], whose: str) -> Iterator[str]:
    """What is missing of a source that the site `whose` owes, or (empty) whoever runs it: item by item; of many sites only how much,
    and the names of the first."""
    sites = dict.fromkeys(gap.site for gap in gaps if gap.site_id)
    many = len(sites) > 1
    yield from _listed([gap for gap in gaps if not (many and gap.site_id)], "" if whose else next(iter(sites), ""))
    totals: dict[tuple[str, str], int] = Counter()
    for gap in gaps:
        if many and gap.site_id:
            totals[gap.label, gap.unit] += gap.missing
    names = list(sites)
    some = "、".join(names[:_MOST_NAMES]) + (f" 等 {len(names)} 个网站" if len(names) > _MOST_NAMES else "")
    yield from (
        f"{label} {missing} {unit}{f'（{some}）' if place == len(totals) else ''}"
        for place, ((label, unit), missing) in enumerate(totals.items(), start=1)
    )


def _listed(gaps: Sequence[Gap], site: str) -> Iterator[str]:
    """Gap by gap, with the name of the only `site` that they are about; those of which the same is missing are told together."""
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for gap in gaps:
        named = f"（{site}）" if site and gap.site_id else ""
        alike[gap.missing, gap.expected, gap.unit, gap.periods].append(f"{gap.label}{named}")
    for (missing, expected, unit, periods), labels in alike.items():
        each = " 各" if len(labels) > 1 else ""
        of = "" if missing == expected else f"（应有 {expected}）"
        number = "" if expected == 1 else f"{each} {missing} {unit}{of}"
        yield f"{'、'.join(labels)}{number}{f'：{periods}' if periods else ''}"
