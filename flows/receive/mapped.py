"""Brings an export into the columns of its dataset by a mapping: chunk by chunk, before its cells are typed.

Of a row with several sites (or aspects, indicators, months) in its columns becomes a row for each that has a value; every such
row keeps the line of the file. Only headings are looked at one by one, cells a column at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from flows.datasets import Day, Id, Number, OneOf, Personal, Rating, Seconds, Site, Time
from flows.reading.spelling import fold, heading
from flows.receive.chunks import Chunk, Fault, RefusedFile, most_rows
from flows.receive.fitting import Plan, columns_of
from flows.receive.headings import shown
from flows.receive.mappings import LINE, ROW, id_parts
from flows.receive.meanings import Context, people, read, tidy
from flows.receive.moments import at_zone, in_iso
from flows.receive.skipped import Cells, signs
from flows.receive.typed import AGAIN

# What a survey tool writes behind an address: where it is thought to be.
_PLACE_OF_ADDRESS = r"^\s*((?:[0-9]{1,3}\.){3}[0-9]{1,3})\s*[(（][^()（）]*[)）]\s*$"


def mapped(chunks: Iterable[Chunk], plan: Plan, context: Context) -> Iterator[Chunk]:
    """The chunks of a file in the columns of its dataset; `plan.account` counts its rows. Raises `RefusedFile` where a row that the
    mapping skips looks like data."""
    skipped: set[int] = set()
    for number, chunk in enumerate(chunks):
        if number == 0:
            lines = sorted([*chunk.lines, *(fault.line for fault in chunk.broken)])
            skipped = set(lines[: plan.mapping.skip])
            _refuse_data(chunk, skipped, plan, context)
        yield from _mapped_chunk(_without(chunk, skipped, plan), plan, context)


def _refuse_data(chunk: Chunk, skipped: set[int], plan: Plan, context: Context) -> None:
    """Raises `RefusedFile` where rows that are skipped look like data; nobody would miss them."""
    keep = chunk.lines.is_in(list(skipped))
    if not keep.any():
        return
    rows = Chunk({name: texts.filter(keep) for name, texts in chunk.columns.items()}, chunk.lines.filter(keep))
    found = "；".join(f"第 {line} 行像是数据（{sign}）" for line, sign in _Cells(rows, plan, context).signs())
    if found:
        mapping = plan.mapping
        raise RefusedFile(
            f"按映射 [{mapping.name}] 读不了：skip = {mapping.skip} 说表头下面 {mapping.skip} 行不是数据，而{found}，跳过就丢了。"
            "请把这份文件里表头下面的说明行补回去（或重新导出）；文件本来就没有这些行的，请在映射里删去 skip 或改小"
        )


def _without(chunk: Chunk, skipped: set[int], plan: Plan) -> Chunk:
    """The chunk without the rows that are no data; counts those that are, and those that the mapping leaves out."""
    keep = ~chunk.lines.is_in(list(skipped)) if skipped else pl.repeat(True, len(chunk.lines), dtype=pl.Boolean, eager=True)
    broken = tuple(fault for fault in chunk.broken if fault.line not in skipped)
    again = _again(chunk) & keep
    broken += tuple(Fault(line, "", "", AGAIN) for line in chunk.lines.filter(again))
    keep = keep & ~again
    plan.account.rows += int(keep.sum()) + len(broken)
    out = ~keep
    for text, words in plan.mapping.leave_out:
        texts = tidy(chunk.columns[plan.found[text]], fold).fill_null("")
        out = out | texts.is_in([fold(word) for word in words])
    plan.account.left_out += int((keep & out).sum())
    if not out.any():
        return replace(chunk, broken=broken)
    columns = {name: texts.filter(~out) for name, texts in chunk.columns.items()}
    return Chunk(columns, chunk.lines.filter(~out), broken, chunk.warnings)


def _again(chunk: Chunk) -> pl.Series:
    """Marks the rows that repeat the header, as in a file that was joined from several exports."""
    names = list(chunk.columns)
    likely = chunk.columns[names[0]].str.strip_chars() == names[0]
    rows = [
        index
        for index in likely.fill_null(False).arg_true()
        if 2 * sum(heading(chunk.columns[name][index] or "") == heading(name) for name in names) > len(names)
    ]
    return pl.Series(np.isin(np.arange(len(chunk.lines)), rows))


def _mapped_chunk(chunk: Chunk, plan: Plan, context: Context) -> Iterator[Chunk]:
    """The chunk in the columns of the dataset, in parts of a good size."""
    cells = _Cells(chunk, plan, context)
    if not plan.is_wide:
        yield replace(cells.whole(), broken=chunk.broken, warnings=chunk.warnings)
        return
    rows, blocks = cells.kept()
    plan.account.unrated += len(chunk.lines) - len(np.unique(rows))
    size = most_rows(len(columns_of(plan)) + len(plan.other))
    beginnings = range(0, len(rows), size) if len(rows) else [0]
    for first in beginnings:
        part = cells.part(rows[first : first + size], blocks[first : first + size])
        yield replace(part, broken=chunk.broken, warnings=chunk.warnings) if first == 0 else part


class _Cells:
    """The cells of a chunk, each column read as the mapping says once it is needed."""

    def __init__(self, chunk: Chunk, plan: Plan, context: Context) -> None:
        self._chunk, self._plan, self._context = chunk, plan, context
        self._meanings = {column.name: column.meaning for column in plan.dataset.columns}
        self._blank = [fold(word) for word in plan.mapping.blank]
        self._fixed = {column: self._as(column, name) for column, name in plan.fixed.items()}
        base = self._base()
        if base is not None:
            self._fixed["ballot_id"] = base
        if plan.mapping.voter:
            self._fixed["voter"] = self._voter()
        if "ballot_id" in self._fixed:
            self._damaged = read(self._fixed["ballot_id"], Id(), context, {}).reasons.is_not_null()
        self._values = [{column: self._as(column, name) for column, name in block.cells.items()} for block in plan.blocks]
        # Of each column of cells those of all blocks, one block behind the other.
        nothing = pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True)
        self._stacked = {
            column: pl.concat([values.get(column, nothing) for values in self._values], rechunk=True)
            for column in dict.fromkeys(column for block in plan.blocks for column in block.cells)
        }

    def whole(self) -> Chunk:
        """Every row, where each is one row of the dataset."""
        fixed = {name: self._same(value, len(self._chunk.lines)) for name, value in self._plan.mapping.fixed}
        other = {name: self._chunk.columns[name] for name in self._plan.other}
        return Chunk(self._fixed | fixed | other, self._chunk.lines)

    def signs(self) -> list[tuple[int, str]]:
        """The lines of the rows that look like data, each with the cell that says so."""
        plan, delivered = self._plan, self._chunk.columns
        places = list(delivered)
        of_columns = [(column, name, self._fixed[column]) for column, name in plan.fixed.items()]
        for block, values in zip(plan.blocks, self._values, strict=True):
            of_columns += [(column, name, values[column]) for column, name in block.cells.items()]
        cells = [
            Cells(shown(name, places.index(name) + 1), self._meanings[column], delivered[name], texts)
            for column, name, texts in of_columns
        ]
        required = {column.name for column in plan.dataset.columns if column.required}
        needed = [plan.fixed[column] for column in plan.fixed if column in required]
        needed += [plan.found[text] for text in plan.mapping.in_id]
        return list(signs(cells, [delivered[name] for name in needed], self._chunk.lines, self._context))

    def kept(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the chunk and the blocks of which rows are made, in the order of the file."""
        filled = np.zeros((len(self._chunk.lines), len(self._plan.blocks)), dtype=bool)
        for number, values in enumerate(self._values):
            for texts in values.values():
                filled[:, number] |= (texts.str.strip_chars() != "").fill_null(False).to_numpy()
        rows, blocks = np.nonzero(filled)
        return rows, blocks

    def part(self, rows: np.ndarray, blocks: np.ndarray) -> Chunk:
        """The rows that are made of these rows and blocks."""
        plan, length = self._plan, len(self._chunk.lines)
        columns = {name: texts.gather(rows) for name, texts in self._fixed.items()}
        columns |= {name: self._same(value, len(rows)) for name, value in plan.mapping.fixed}
        columns |= {column: stacked.gather(blocks * length + rows) for column, stacked in self._stacked.items()}
        for name in plan.blocks[0].values:
            columns[name] = _texts(block.values[name] for block in plan.blocks).gather(blocks)
        if "ballot_id" in columns:
            own = _texts("/".join(block.values.values()) for block in plan.blocks).gather(blocks)
            whole = pl.select(pl.format("{}/{}", columns["ballot_id"], own)).to_series()
            # With something behind it a damaged id would not be seen any more.
            columns["ballot_id"] = columns["ballot_id"].zip_with(self._damaged.gather(rows), whole)
        columns |= {name: self._chunk.columns[name].gather(rows) for name in plan.other}
        return Chunk(columns, self._chunk.lines.gather(rows), where=_texts(block.words for block in plan.blocks).gather(blocks))

    @staticmethod
    def _same(value: str, length: int) -> pl.Series:
        return pl.repeat(value, length, dtype=pl.String, eager=True)

    def _delivered(self, name: str) -> pl.Series:
        texts = self._chunk.columns[name]
        if not self._blank:
            return texts
        return texts.set(tidy(texts, fold).is_in(self._blank).fill_null(False), None)

    def _as(self, column: str, name: str) -> pl.Series:
        """The texts of a column as its meaning is read everywhere."""
        texts, mapping = self._delivered(name), self._plan.mapping
        meaning = self._meanings[column]
        match meaning:
            case Seconds():
                return texts
            case Rating() | Number() if mapping.answers:
                answers = {heading(text): meant for text, meant in mapping.answers}
                return _translated(texts, answers, strict=isinstance(meaning, Rating))
            case Site() | OneOf() if mapping.names:
                return _translated(texts, mapping.names_of(column))
            case Personal():
                return texts.str.replace(_PLACE_OF_ADDRESS, "$1")
        if (mapping.time and isinstance(meaning, Time | Day)) or (mapping.time and column == "month"):
            texts = in_iso(texts, mapping.time)
        if mapping.zone and isinstance(meaning, Time | Day):
            texts = at_zone(texts, mapping.zone)
        return texts

    def _base(self) -> pl.Series | None:
        """The id of each row of the file; one that a spreadsheet has damaged stands as it is, so that its rows are set aside."""
        template = self._plan.mapping.ballot_id
        if not template:
            return None
        parts: list[pl.Series | str] = []
        damaged: list[tuple[pl.Series, pl.Series]] = []
        for text, is_heading in id_parts(template):
            if not is_heading:
                parts.append(text)
            elif text == LINE:
                parts.append(self._chunk.lines.cast(pl.String))
            else:
                texts = self._delivered(self._plan.found[text])
                reading = read(texts, Id(), self._context, {})
                damaged.append((texts, reading.reasons.is_not_null()))
                parts.append(reading.values)
        return _joined(parts, damaged)

    def _voter(self) -> pl.Series:
        mapping = self._plan.mapping
        if mapping.voter == (ROW,):
            # The same text in no other row, and in no other column of persons.
            return pl.select(pl.format("[{}] {}", pl.lit(mapping.name), self._fixed["ballot_id"])).to_series()
        columns = [self._delivered(self._plan.found[name]).str.replace(_PLACE_OF_ADDRESS, "$1") for name in mapping.voters]
        if len(columns) == 1:
            return columns[0]
        meaning = self._meanings["voter"]
        nobody = meaning.placeholders if isinstance(meaning, Personal) else ()
        parts, damaged, named = [], [], pl.repeat(False, len(columns[0]), dtype=pl.Boolean, eager=True)
        for texts in columns:
            reading = people(texts, nobody)
            damaged.append((texts, reading.reasons.is_not_null()))
            named = named | reading.values.is_not_null()
            parts += ["|", reading.values.fill_null("")]
        joined = _joined(parts[1:], damaged)
        # A row that names nobody is one that says so, or an empty one.
        return joined.zip_with(named | _any(mask for _, mask in damaged), columns[0])


def _texts(texts: Iterable[str]) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String)


def _any(masks: Iterable[pl.Series]) -> pl.Series:
    first, *others = masks
    for mask in others:
        first = first | mask
    return first


def _joined(parts: Sequence[pl.Series | str], damaged: Sequence[tuple[pl.Series, pl.Series]]) -> pl.Series:
    """The parts in a row; where one is damaged, that one as it was delivered; null where one is missing."""
    form = "{}" * len(parts)
    joined = pl.select(pl.format(form, *(pl.lit(part) if isinstance(part, str) else part for part in parts))).to_series()
    for texts, mask in damaged:
        joined = texts.zip_with(mask, joined)
    return joined


def _translated(texts: pl.Series, known: dict[str, str], *, strict: bool = False) -> pl.Series:
    """The texts with those of the mapping in place of a tool's own. `strict`: a number that is none of these is said to be none,
    or it would be read as the code of a level."""
    different = texts.unique().drop_nulls()
    meant = []
    for text in different:
        # Spreadsheets and data frames turn the code 1 into 1.0.
        plain = heading(text).removesuffix(".0")
        if heading(text) in known or plain in known:
            meant.append(known.get(heading(text), known.get(plain, "")))
        elif strict and plain.isdecimal():
            meant.append(f"{text}（映射的 answers 里没有）")
        else:
            meant.append(text)
    return texts.replace_strict(different, pl.Series(meant, dtype=pl.String), default=None, return_dtype=pl.String)
