"""One chunk of text held against its dataset's contract: typed rows, a fault for every row set aside, and what was noticed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import polars as pl

from flows.datasets import Column, Dataset, HasClock, LocalDay, LocalMonth, Personal, Rating, Ratings, Time
from flows.reading.spelling import fold, nearest
from flows.receive.chunks import Chunk, Fault, RefusedFile
from flows.receive.headings import Headings, Unknown, again, matched, nameless, shown
from flows.receive.meanings import Context, Reading, is_day_only, looks_personal, read

_LONGEST_VALUE = 200
_MOST_KINDS = 6
AGAIN = "又是一行表头；文件像是几份拼成的"
HIDDEN = "（不显示：可能是个人信息）"


@dataclass(frozen=True)
class Finding:
    """A kind of fault in a file: how many rows have it, whether or not it is their first, and the first such row."""

    column: str
    reason: str
    rows: int
    line: int
    value: str

    @property
    def sentence(self) -> str:
        cell = f" {self.column} 列" if self.column else ""
        place = f"第 {self.line} 行{cell}{f'“{self.value}”' if self.value else ''}"
        return f"{place}：{self.reason}" if self.rows == 1 else f"{self.rows} 行（如{place}）：{self.reason}"


@dataclass(frozen=True)
class TypedRows:
    """Rows that keep their contract, in the columns of their raw table, the faults of the others, and what was noticed.

    `faults` have the first fault of each row set aside, `findings` count every one of them. `unknown` are columns that the contract does not know,
    `lacking` aspects that are asked for (or checks of a scanner's table) and have no column, `unrated` counts for each aspect
    the rows that do not rate it, `day_only` counts rows whose instant is a day without a clock,
    `nobody` those that name nobody where a person should be named.
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


def typed(chunks: Iterable[Chunk], dataset: Dataset, context: Context) -> Iterator[TypedRows]:
    """Types every chunk. Raises `RefusedFile` where a required column is missing, with whatever else is wrong with the rows."""
    chunks = iter(chunks)
    for chunk in chunks:
        headings = headings_of(chunk, dataset)
        missing = headings.missing(column.name for column in dataset.columns if column.there)
        if missing:
            raise RefusedFile(_lacks(missing, headings, _also_wrong(chunk, chunks, headings, dataset, context)))
        yield _typed_chunk(chunk, headings, dataset, context)


def headings_of(chunk: Chunk, dataset: Dataset) -> Headings:
    return matched(list(chunk.columns), known_headings(dataset))


def known_headings(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    return {column.name: column.headings for column in dataset.columns}


def _lacks(missing: Sequence[str], headings: Headings, also: Sequence[str]) -> str:
    said = f"缺少必需的列：{'、'.join(missing)}；{headings.described()}。请按列名补齐（顺序不限）"
    return f"{said}。另外：{'；'.join(also)}" if also else said


def _also_wrong(chunk: Chunk, rest: Iterator[Chunk], headings: Headings, dataset: Dataset, context: Context) -> list[str]:
    """What else is wrong with a file that lacks a column: all of it is told at once, not a round later."""
    said = list(chunk.warnings)
    if not headings.found:
        return said
    tally = Tally()
    try:
        while True:
            tally.add(findings=findings(chunk, _read_columns(chunk, headings, dataset, context)[1]))
            chunk = next(rest)
    except StopIteration:
        pass
    except RefusedFile as fault:
        said.append(str(fault))
    return [*said, *told(tally.findings)]


def told(findings: Sequence[Finding]) -> list[str]:
    """The most frequent kinds of faults, and how many others there are."""
    most = sorted(findings, key=lambda one: (-one.rows, one.line, one.column))
    rest = [f"还有 {len(most) - _MOST_KINDS} 种问题"] if len(most) > _MOST_KINDS else []
    return [*(one.sentence for one in most[:_MOST_KINDS]), *rest]


class Tally:
    """The findings of several chunks added up, each with its first row."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Finding] = {}

    def add(self, broken: Iterable[Fault] = (), findings: Iterable[Finding] = ()) -> None:
        # Behind a bracket stand the lines that a quote spans, which are others in every row.
        alone = (Finding(fault.column, fault.reason.partition("（第")[0], 1, fault.line, fault.value) for fault in broken)
        for one in chain(alone, findings):
            before = self._found.get((one.column, one.reason))
            self._found[one.column, one.reason] = replace(before, rows=before.rows + one.rows) if before else one

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())


def _read_columns(
    chunk: Chunk, headings: Headings, dataset: Dataset, context: Context
) -> tuple[dict[str, pl.Series], "FirstFaults", pl.Series]:
    """The columns of the contract, read, the faults found in them, and which rows name nobody where each should name a person."""
    delivered = {name: chunk.columns[one] for one, name in headings.found.items()}
    nothing = pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True)
    values: dict[str, pl.Series] = {}
    first = FirstFaults(len(chunk.lines), (lambda: _astray(delivered, dataset, context)) if dataset.personal else None)
    first.set_aside(again(chunk.columns, chunk.lines, headings, known_headings(dataset)), AGAIN)
    nobody = pl.repeat(False, len(chunk.lines), dtype=pl.Boolean, eager=True)
    for column in dataset.columns:
        texts = delivered.get(column.name, nothing)
        reading = read(texts, column.meaning, context, values)
        if column.name not in delivered:
            values[column.name] = reading.values
            continue
        first.note(column, texts, reasons_of(reading, column, values))
        values[column.name] = reading.values
        if column.filled and reading.nobody is not None:
            nobody = nobody | reading.nobody
    return values, first, nobody


def _astray(delivered: Mapping[str, pl.Series], dataset: Dataset, context: Context) -> pl.Series:
    """The rows about persons whose cells seem to stand in each other's columns: a site where a person should be."""
    sites = list(context.sites)
    astray = pl.repeat(False, len(next(iter(delivered.values()))), dtype=pl.Boolean, eager=True)
    for column in dataset.columns:
        if isinstance(column.meaning, Personal) and column.name in delivered:
            astray = astray | delivered[column.name].str.strip_chars().is_in(sites).fill_null(False)
    return astray


def _typed_chunk(chunk: Chunk, headings: Headings, dataset: Dataset, context: Context) -> TypedRows:
    values, first, nobody = _read_columns(chunk, headings, dataset, context)
    instants = [column.name for column in dataset.columns if isinstance(column.meaning, Time)]
    delivered = {name: one for one, name in headings.found.items()}
    day_only = {name: is_day_only(chunk.columns[delivered[name]]) for name in instants if name in delivered}
    rows = pl.DataFrame([series.alias(name) for name, series in values.items()])
    rows = _shaped(rows, dataset, context, day_only).with_columns(line=chunk.lines)
    if not dataset.personal:
        rows = rows.with_columns(other=other_columns(chunk, set(headings.found)))
    return TypedRows(
        rows.filter(first.none),
        (*chunk.broken, *first.faults(chunk.lines)),
        chunk.warnings,
        findings(chunk, first),
        _with_ratings(told_unknown(headings.unknown, chunk), chunk, headings, dataset),
        tuple(headings.missing(dataset.asks)),
        sum(int((days & first.none).sum()) for days in day_only.values()),
        int((nobody & first.none).sum()),
        {aspect: int((values[aspect].is_null() & first.none).sum()) for aspect in dataset.asks},
    )


def findings(chunk: Chunk, first: "FirstFaults") -> tuple[Finding, ...]:
    """Every kind of fault in a chunk, with those of rows that are not even rows."""
    tally = Tally()
    tally.add(chunk.broken, first.findings(chunk.lines))
    return tally.findings


def told_unknown(unknown: Sequence[Unknown], chunk: Chunk) -> tuple[Unknown, ...]:
    """The unknown columns that are worth a word: one without a heading and without a single value, as a comma at the end of every
    line makes, is none."""
    names = list(chunk.columns)
    unnamed = {name for place, name in enumerate(names, start=1) if name == nameless(place)}
    empty_ones = {name for name in unnamed if not (chunk.columns[name].str.strip_chars() != "").any()}
    return tuple(one for one in unknown if one.heading not in empty_ones)


def _with_ratings(unknown: Sequence[Unknown], chunk: Chunk, headings: Headings, dataset: Dataset) -> tuple[Unknown, ...]:
    """The unknown columns, with the aspects whose ratings they may hold.

    Those are aspects without a column, or with one that is mostly empty. An unknown column may hold their ratings where it is
    called nearly so, or where it holds nothing but levels, whatever it is called.
    """
    if not unknown:
        return ()
    missing = headings.missing(dataset.asks)
    delivered = {name: chunk.columns[one] for one, name in headings.found.items()}
    wanting = [*missing, *(aspect for aspect in dataset.asks if aspect in delivered and _is_mostly_empty(delivered[aspect]))]
    if not wanting:
        return tuple(unknown)
    columns = {column.name: column for column in dataset.columns}
    titles = {title: aspect for aspect in wanting for title in columns[aspect].headings}
    asked = columns[wanting[0]].meaning
    labels = {fold(label) for label in asked.codes if not label.isdecimal()} if isinstance(asked, Rating) else set()
    cells = {shown(name, place): texts for place, (name, texts) in enumerate(chunk.columns.items(), start=1)}
    found = []
    for one in unknown:
        like = one.resembles if one.resembles in wanting else nearest(one.heading, titles) if one.resembles is None else None
        if like:
            one = replace(one, resembles=like, aspects=(like,))
        elif one.resembles is None and _only(cells[one.heading], labels):
            named = wanting[0] if len(wanting) == 1 else f"{'、'.join(wanting)} 之一"
            one = replace(one, resembles=named, aspects=tuple(wanting))
        found.append(one)
    return tuple(found)


def _is_mostly_empty(texts: pl.Series) -> bool:
    return 2 * int((texts.fill_null("").str.strip_chars() == "").sum()) > len(texts)


def _only(texts: pl.Series, words: set[str]) -> bool:
    said = {fold(text) for text in texts.unique().drop_nulls()} - {""}
    return bool(said) and said <= words


def reasons_of(reading: Reading, column: Column, values: dict[str, pl.Series]) -> pl.Series:
    """Why each row's value means nothing, or is missing where there must be one."""
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
    """The rows in the raw table's columns: those that have another name there, and those that follow from others."""
    rows = rows.rename({column.name: column.stored for column in dataset.columns})
    rows = with_local_days(rows, dataset, context.timezone)
    for column in dataset.derived:
        match column.meaning:
            case HasClock(of=instant):
                rows = rows.with_columns((~day_only[instant]).alias(column.name))
            case Ratings(of=rated):
                ratings = pl.concat_list(rated) if rated else pl.lit([], dtype=pl.List(pl.UInt8))
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


class FirstFaults:
    """The first fault of each row, in the order in which columns are noted, and a count of all.

    `astray` tells the rows of which no value is shown, since it could be a person's; None where rows are not about persons.
    """

    def __init__(self, length: int, astray: Callable[[], pl.Series] | None = None) -> None:
        self.none = pl.repeat(True, length, dtype=pl.Boolean, eager=True)
        self._whole = pl.repeat(False, length, dtype=pl.Boolean, eager=True)
        self._tell_astray = astray
        self._faults: list[tuple[pl.Series, str, pl.Series, pl.Series]] = []
        self._all: list[tuple[pl.Series, str, pl.Series, pl.Series]] = []

    @cached_property
    def _astray(self) -> pl.Series:
        return self._tell_astray() if self._tell_astray else ~self.none

    def note(self, column: Column, texts: pl.Series, reasons: pl.Series) -> None:
        wrong = reasons.is_not_null() & ~self._whole
        if not wrong.any():
            return
        shown = self._shown(column, texts)
        self._all.append((wrong, column.name, shown, reasons))
        fresh = self.none & wrong
        if fresh.any():
            self._faults.append((fresh, column.name, shown, reasons))
            self.none = self.none & ~fresh

    def set_aside(self, rows: pl.Series, reason: str) -> None:
        """Sets whole rows aside; before columns are noted."""
        if rows.any():
            empty_ = pl.repeat("", len(rows), eager=True)
            entry = (rows, "", empty_, pl.repeat(reason, len(rows), eager=True))
            self._faults.append(entry)
            self._all.append(entry)
            self.none = self.none & ~rows
            self._whole = self._whole | rows

    def _shown(self, column: Column, texts: pl.Series) -> pl.Series:
        if isinstance(column.meaning, Personal):
            return pl.repeat("", len(texts), eager=True)
        shown = texts.fill_null("").str.slice(0, _LONGEST_VALUE)
        if self._tell_astray is None:
            return shown
        return shown.set(self._astray | looks_personal(shown), HIDDEN)

    def faults(self, lines: pl.Series) -> list[Fault]:
        return [
            Fault(line, name, value, reason)
            for fresh, name, values, reasons in self._faults
            for line, value, reason in zip(lines.filter(fresh), values.filter(fresh), reasons.filter(fresh), strict=True)
        ]

    def findings(self, lines: pl.Series) -> tuple[Finding, ...]:
        found = []
        for wrong, name, values, reasons in self._all:
            frame = pl.DataFrame({"line": lines, "value": values, "reason": reasons}).filter(wrong)
            kinds = frame.group_by("reason", maintain_order=True).agg(pl.len(), pl.first("line"), pl.first("value"))
            found += [Finding(name, reason, rows, line, value) for reason, rows, line, value in kinds.iter_rows()]
        return tuple(found)
