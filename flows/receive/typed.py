"""Converts chunks of text to typed rows by the contract of their dataset, with a fault for every row that is set aside."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import polars as pl

from flows.datasets import Column, Dataset, HasClock, LocalDay, LocalMonth, Personal, Rating, Ratings, Site, Time
from flows.reading.spelling import fold, nearest
from flows.receive.answers import answered
from flows.receive.cells import lists_of, text_of
from flows.receive.chunks import Chunk, Fault, RefusedFile
from flows.receive.headings import Headings, Unknown, again, nameless, of_dataset, shown
from flows.receive.meanings import PERSONAL, Context, Reading, is_day_only, read

_LONGEST_VALUE = 200
_MOST_KINDS = 6
AGAIN = "又是一行表头；文件像是几份拼成的"
# A number that is long enough to be a person's.
_NUMBER, _MASK = r"\d{5,}", "…"
# What is meant as a time: one that begins with its year, and a day as a spreadsheet counts them.
_AS_TIME = r"^\D*(19|20)\d\d|^[34]\d{4}(\.\d+)?$"
HIDDEN = "（不显示：可能是个人信息）"


@dataclass(frozen=True)
class Finding:
    """A kind of fault in a file: the number of rows that have it, also as a second fault, and the first of these rows."""

    column: str
    reason: str
    rows: int
    line: int
    value: str

    @property
    def sentence(self) -> str:
        cell = f" {self.column} 列" if self.column else ""
        position = f"第 {self.line} 行{cell}{f'“{self.value}”' if self.value else ''}"
        return f"{position}：{self.reason}" if self.rows == 1 else f"{self.rows} 行（如{position}）：{self.reason}"


@dataclass(frozen=True)
class TypedRows:
    """The rows of a chunk that keep the contract, in the columns of their raw table, and a description of the others.

    `faults` has the first fault of each row that is set aside; `findings` counts all faults. `unknown` are the columns that the
    contract does not know. `lacking` are the aspects (or the checks of a scanner's table) without a column. `unrated` has the
    number of rows without a rating for each aspect. `day_only` is the number of rows whose time is only a day, `nobody` the
    number of rows without the name of a person, `unanswered` that of the rows of a handout that nobody filled in, which are none.
    """

    rows: pl.DataFrame
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    lacking: tuple[str, ...] = ()
    day_only: int = 0
    nobody: int = 0
    unrated: Mapping[str, int] = field(default_factory=dict)
    unanswered: int = 0


def typed(chunks: Iterable[Chunk], dataset: Dataset, context: Context) -> Iterator[TypedRows]:
    """The typed rows of every chunk. Raises `RefusedFile` where a required column is missing; it lists the other faults too."""
    chunks = iter(chunks)
    for delivered in chunks:
        chunk, unanswered = answered(delivered, dataset)
        headings = of_dataset(list(chunk.columns), dataset.columns)
        missing = headings.missing(column.name for column in dataset.columns if column.required)
        if missing:
            asked = "、".join(column.offered for column in dataset.columns if column.name in missing)
            sentence = f"缺少必需的列：{asked}；{headings.described()}。请按列名补齐（用括号里的中文名也行，顺序不限）"
            also = _also_wrong(chunk, chunks, headings, dataset, context)
            raise RefusedFile(f"{sentence}。另外：{'；'.join(also)}" if also else sentence)
        yield replace(_typed_chunk(chunk, headings, dataset, context), unanswered=unanswered)


def _also_wrong(chunk: Chunk, rest: Iterator[Chunk], headings: Headings, dataset: Dataset, context: Context) -> list[str]:
    """The other faults of a file that lacks a column, so that the sender can correct all of them at once."""
    also = list(chunk.warnings)
    if not headings.column_of:
        return also
    totals = FindingTotals()
    try:
        while True:
            totals.add(findings(chunk, _read_columns(chunk, headings, dataset, context).first))
            chunk = next(rest)
    except StopIteration:
        pass
    except RefusedFile as fault:
        also.append(str(fault))
    return [*also, *sentences(totals.findings)]


def sentences(findings: Sequence[Finding]) -> list[str]:
    """A sentence for each of the most frequent kinds of faults, and one with the number of the others."""
    most = sorted(findings, key=lambda finding: (-finding.rows, finding.line, finding.column))
    rest = [f"还有 {len(most) - _MOST_KINDS} 种问题"] if len(most) > _MOST_KINDS else []
    return [*(finding.sentence for finding in most[:_MOST_KINDS]), *rest]


class FindingTotals:
    """The sums of the findings of several chunks, each with its first row."""

    def __init__(self) -> None:
        self._totals: dict[tuple[str, str], Finding] = {}

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            key = finding.column, finding.reason
            total = self._totals.get(key)
            self._totals[key] = replace(total, rows=total.rows + finding.rows) if total else finding

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._totals.values())


@dataclass(frozen=True)
class _Columns:
    """The values of the contract's columns, their faults, the rows that name nobody where they should name a person, and of each
    column of instants the rows that have only a day."""

    values: dict[str, pl.Series]
    first: "FirstFaults"
    nobody: pl.Series
    day_only: dict[str, pl.Series]


def _read_columns(chunk: Chunk, headings: Headings, dataset: Dataset, context: Context) -> _Columns:
    delivered = {name: title for title, name in headings.column_of.items()}
    nothing = pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True)
    first = FirstFaults(len(chunk.lines), (lambda: _astray(chunk, delivered, dataset, context)) if dataset.personal else None)
    first.set_aside(again(chunk.columns, chunk.lines, headings), AGAIN)
    values: dict[str, pl.Series] = {}
    nobody = pl.repeat(False, len(chunk.lines), dtype=pl.Boolean, eager=True)
    day_only: dict[str, pl.Series] = {}
    for column in dataset.columns:
        is_delivered = column.name in delivered
        cells = chunk.cells[delivered[column.name]] if is_delivered else nothing
        reading = read(cells, column.meaning, context, values)
        values[column.name] = reading.values
        if not is_delivered:
            continue
        first.note(column, cells, reasons_of(reading, column, values))
        if column.filled and reading.nobody is not None:
            nobody = nobody | reading.nobody
        if reading.days is not None:
            day_only[column.name] = is_day_only(reading)
    return _Columns(values, first, nobody, day_only)


def _astray(chunk: Chunk, delivered: Mapping[str, str], dataset: Dataset, context: Context) -> pl.Series:
    """Marks the rows whose cells seem to stand in each other's columns: they have a site where a person should be."""
    sites = list(context.sites)
    astray = pl.repeat(False, len(chunk.lines), dtype=pl.Boolean, eager=True)
    for column in dataset.columns:
        if isinstance(column.meaning, Personal) and column.name in delivered:
            astray = astray | chunk.columns[delivered[column.name]].str.strip_chars().is_in(sites).fill_null(False)
    return astray


def _typed_chunk(chunk: Chunk, headings: Headings, dataset: Dataset, context: Context) -> TypedRows:
    columns = _read_columns(chunk, headings, dataset, context)
    values, first = columns.values, columns.first
    rows = _shaped(pl.DataFrame(values), dataset, context, columns.day_only).with_columns(line=chunk.lines)
    if not dataset.personal:
        rows = rows.with_columns(other=other_columns(chunk, set(headings.column_of)))
    return TypedRows(
        rows.filter(first.faultless),
        (*chunk.broken, *first.faults(chunk.lines, *about(dataset, values), where=chunk.where)),
        chunk.warnings,
        findings(chunk, first),
        _with_ratings(without_empty(headings.unknown, chunk), chunk, headings, dataset),
        tuple(headings.missing(dataset.asks)),
        sum(int((days & first.faultless).sum()) for days in columns.day_only.values()),
        int((columns.nobody & first.faultless).sum()),
        {aspect: int((values[aspect].is_null() & first.faultless).sum()) for aspect in dataset.asks},
    )


def about(dataset: Dataset, values: Mapping[str, pl.Series]) -> tuple[pl.Series, pl.Series]:
    """The site and the item of every row, as far as its cells say them; `values` are by the columns' names or as they are stored."""
    nothing = pl.repeat(None, len(next(iter(values.values()))), dtype=pl.String, eager=True)
    sites = next((column for column in dataset.columns if isinstance(column.meaning, Site)), None)
    site = values.get(sites.name, values.get(sites.stored, nothing)) if sites else nothing
    return site, values.get(dataset.item, nothing)


def findings(chunk: Chunk, first: "FirstFaults") -> tuple[Finding, ...]:
    """Every kind of fault in a chunk, also the faults of broken rows."""
    # The reason of a broken row ends with the lines of the row in brackets, which differ in every row.
    broken = (Finding(fault.column, fault.reason.partition("（第")[0], 1, fault.line, fault.value) for fault in chunk.broken)
    totals = FindingTotals()
    totals.add(chain(broken, first.findings(chunk.lines)))
    return totals.findings


def without_empty(unknown: Sequence[Unknown], chunk: Chunk) -> tuple[Unknown, ...]:
    """The unknown columns without those that have neither a heading nor a value, as a comma at the end of every line makes."""
    unnamed = [name for position, name in enumerate(chunk.columns, start=1) if name == nameless(position)]
    empty = {name for name in unnamed if not (chunk.columns[name].str.strip_chars() != "").any()}
    return tuple(column for column in unknown if column.heading not in empty)


def _with_ratings(unknown: Sequence[Unknown], chunk: Chunk, headings: Headings, dataset: Dataset) -> tuple[Unknown, ...]:
    """The unknown columns, with the aspects whose ratings they may hold.

    These aspects have no column, or a mostly empty one. An unknown column may hold their ratings where its heading resembles
    the aspect's, or where all its values are levels.
    """
    if not unknown:
        return ()
    missing = headings.missing(dataset.asks)
    delivered = {name: chunk.columns[title] for title, name in headings.column_of.items()}
    wanting = [*missing, *(aspect for aspect in dataset.asks if aspect in delivered and _is_mostly_empty(delivered[aspect]))]
    if not wanting:
        return tuple(unknown)
    columns = {column.name: column for column in dataset.columns}
    titles = {title: aspect for aspect in wanting for title in columns[aspect].headings}
    asked = columns[wanting[0]].meaning
    labels = {fold(label) for label in asked.codes if not label.isdecimal()} if isinstance(asked, Rating) else set()
    cells = {shown(name, position): texts for position, (name, texts) in enumerate(chunk.columns.items(), start=1)}
    described = []
    for column in unknown:
        like = column.resembles
        if like is None:
            like = nearest(column.heading, titles)
        if like in wanting:
            column = replace(column, resembles=like, aspects=(like,))
        elif column.resembles is None and _only(cells[column.heading], labels):
            listed = wanting[0] if len(wanting) == 1 else f"{'、'.join(wanting)} 之一"
            column = replace(column, resembles=listed, aspects=tuple(wanting))
        described.append(column)
    return tuple(described)


def _is_mostly_empty(texts: pl.Series) -> bool:
    return 2 * int((texts.fill_null("").str.strip_chars() == "").sum()) > len(texts)


def _only(texts: pl.Series, words: set[str]) -> bool:
    different = {fold(text) for text in texts.unique().drop_nulls()} - {""}
    return bool(different) and different <= words


def reasons_of(reading: Reading, column: Column, values: dict[str, pl.Series]) -> pl.Series:
    """For each row the reason why its value is not valid, or is missing where there must be one; else null."""
    reasons = reading.reasons
    if not column.filled:
        return reasons
    lacking = reading.values.is_null() & reasons.is_null()
    if column.unless:
        stands_in = values[column.unless].is_not_null()
        reasons = reasons.set(stands_in & reading.values.is_not_null(), f"与 {column.unless} 只能填一个")
        lacking = lacking & ~stands_in
    return reasons.set(lacking, "缺少必填的值")


def _shaped(rows: pl.DataFrame, dataset: Dataset, context: Context, day_only: Mapping[str, pl.Series]) -> pl.DataFrame:
    """The rows in the columns of the raw table: renamed where it has another name, with the derived columns."""
    rows = rows.rename({column.name: column.stored for column in dataset.columns})
    rows = with_local_days(rows, dataset, context.timezone)
    for column in dataset.derived:
        match column.meaning:
            case HasClock(of=instant):
                rows = rows.with_columns((~day_only[instant]).alias(column.name))
            case Ratings(of=rated):
                ratings = lists_of([rows[name] for name in rated]) if rated else pl.lit([], dtype=pl.List(pl.UInt8))
                rows = rows.with_columns(ratings.alias(column.name)).drop(rated)
    return rows


def with_local_days(rows: pl.DataFrame, dataset: Dataset, timezone: str) -> pl.DataFrame:
    """Rows with the local days and months of their instants that the dataset keeps beside these."""
    for column in dataset.derived:
        match column.meaning:
            case LocalDay(of=instant):
                rows = rows.with_columns(_local(pl.col(instant), timezone).dt.date().alias(column.name))
            case LocalMonth(of=instant):
                rows = rows.with_columns(_local(pl.col(instant), timezone).dt.strftime("%Y-%m").alias(column.name))
    return rows


def _local(instant: pl.Expr, timezone: str) -> pl.Expr:
    return instant.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)


def other_columns(chunk: Chunk, known: set[str]) -> pl.Series:
    """The columns that the contract does not list, as one JSON object a row: kept, never scored."""
    others = [column.alias(name) for name, column in chunk.columns.items() if name not in known]
    if not others or not len(chunk.lines):
        return pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True).alias("other")
    return pl.DataFrame(others).select(pl.struct(pl.all()).struct.json_encode()).to_series()


@dataclass(frozen=True)
class _Faulty:
    """The rows at fault in a column: their positions, their values as they are shown, the reasons, and which have no fault in an
    earlier column."""

    column: str
    rows: pl.Series
    values: pl.Series
    reasons: pl.Series
    fresh: pl.Series


class FirstFaults:
    """The first fault of each row, in the order in which columns are noted, and all faults by their kind.

    `faultless` marks the rows without a fault. `astray` marks the rows whose values may not be shown, since they may be a
    person's; None where the rows are not about persons.
    """

    def __init__(self, length: int, astray: Callable[[], pl.Series] | None = None) -> None:
        self.faultless = pl.repeat(True, length, dtype=pl.Boolean, eager=True)
        self._whole = ~self.faultless
        self._find_astray = astray
        self._faulty: list[_Faulty] = []

    @cached_property
    def _astray(self) -> pl.Series:
        return self._find_astray() if self._find_astray else ~self.faultless

    def note(self, column: Column, cells: pl.Series, reasons: pl.Series) -> None:
        if reasons.null_count() == len(reasons):
            return
        wrong = reasons.is_not_null() & ~self._whole
        if wrong.any():
            rows = wrong.arg_true()
            self._add(column.name, rows, self._shown(column, text_of(cells.gather(rows)), rows), reasons.gather(rows))

    def set_aside(self, rows: pl.Series, reason: str) -> None:
        """Sets whole rows aside; before columns are noted."""
        at = rows.arg_true()
        if len(at):
            self._add("", at, pl.repeat("", len(at), eager=True), pl.repeat(reason, len(at), eager=True))
            self._whole = self._whole | rows

    def _add(self, name: str, rows: pl.Series, shown: pl.Series, reasons: pl.Series) -> None:
        self._faulty.append(_Faulty(name, rows, shown, reasons, self.faultless.gather(rows)))
        self.faultless = self.faultless.clone().scatter(rows, False)

    def _shown(self, column: Column, texts: pl.Series, rows: pl.Series) -> pl.Series:
        if isinstance(column.meaning, Personal):
            return pl.repeat("", len(texts), eager=True)
        shown = texts.fill_null("").str.slice(0, _LONGEST_VALUE)
        if self._find_astray is None:
            return shown
        hidden = shown.set(self._astray.gather(rows) | shown.str.contains(PERSONAL), HIDDEN)
        # In a row whose cells have moved, the number of a person stands in any column.
        masked = hidden.str.replace_all(_NUMBER, _MASK)
        return hidden.zip_with(shown.str.contains(_AS_TIME), masked) if isinstance(column.meaning, Time) else masked

    def faults(self, lines: pl.Series, sites: pl.Series, items: pl.Series, where: pl.Series | None = None) -> list[Fault]:
        """The first fault of each row, with the site and the item that it is about; `where` are words that tell the rows of one
        line apart."""
        faults = []
        for faulty in self._faulty:
            rows, values, reasons = (each.filter(faulty.fresh) for each in (faulty.rows, faulty.values, faulty.reasons))
            if where is not None:
                reasons = pl.select(pl.format("{}（{}）", reasons, where.gather(rows))).to_series()
            cells = zip(lines.gather(rows), values, reasons, sites.gather(rows), items.gather(rows), strict=True)
            faults += [Fault(line, faulty.column, *fault) for line, *fault in cells]
        return faults

    def findings(self, lines: pl.Series) -> Iterator[Finding]:
        for faulty in self._faulty:
            frame = pl.DataFrame({"line": lines.gather(faulty.rows), "value": faulty.values, "reason": faulty.reasons})
            kinds = frame.group_by("reason", maintain_order=True).agg(pl.len(), pl.first("line"), pl.first("value"))
            for reason, rows, line, value in kinds.iter_rows():
                yield Finding(faulty.column, reason, rows, line, value)
