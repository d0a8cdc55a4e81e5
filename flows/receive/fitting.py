"""Finds the mapping that fits a file by its headings, and plans how its columns are read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from flows.datasets import Column, Dataset, Month, OneOf, Rating, Site
from flows.reading.spelling import fold, heading, nearest
from flows.receive.chunks import Chunk, RefusedFile
from flows.receive.headings import shown
from flows.receive.mappings import ASPECT, Mapping, has_text, is_pattern, pattern, places, rated, spread
from flows.receive.meanings import Context, read
from flows.receive.moments import in_iso

_MOST_SHOWN = 5
# A longer heading is none that anybody wrote, and would take long to look at.
_LONGEST_HEADING = 1_000


@dataclass
class Account:
    """What became of the rows of a mapped file: `rows` of data, `unrated` of them without any value, `left_out` of them by the
    mapping. Every other one is set aside or has rows in the raw table."""

    mapping: str
    rows: int = 0
    unrated: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Block:
    """The columns of one site (or what else stands in headings): its `values` by column, its words, and the headings of its
    cells by column."""

    values: dict[str, str]
    words: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """How a mapping reads one file. `fixed` has the headings that are the same for all blocks, by column, `other` those that the
    dataset does not know; `found` is where the headings stand that the mapping names. Without blocks each row is one row."""

    mapping: Mapping
    dataset: Dataset
    fixed: dict[str, str]
    blocks: tuple[Block, ...]
    other: tuple[str, ...]
    found: dict[str, str]
    account: Account = field(compare=False)

    @property
    def is_wide(self) -> bool:
        return bool(self.blocks)


def made_to_contract(delivered: Iterable[str], dataset: Dataset) -> bool:
    """Whether a file has every required column under its name: no mapping is looked at then."""
    present = set(map(heading, delivered))
    return all(present & set(map(heading, column.headings)) for column in dataset.columns if column.required)


def plan(chunk: Chunk, mappings: Sequence[Mapping], dataset: Dataset, context: Context) -> tuple[Plan | None, str]:
    """The plan of the one mapping that fits a file, whose first chunk this is; or None, and why none does, in words.

    Raises `RefusedFile` where several fit, or where the one that does cannot read the file.
    """
    if not mappings or made_to_contract(chunk.columns, dataset):
        return None, ""
    fitting, lacking = [], []
    for mapping in mappings:
        headings = _Headings(chunk, mapping, dataset, context)
        if headings.missing:
            lacking.append((len(headings.missing), mapping.name, headings.missing))
        else:
            fitting.append(headings)
    if len(fitting) > 1:
        names = "、".join(f"[{headings.mapping.name}]" for headings in fitting)
        raise RefusedFile(f"同时符合映射 {names}，分不清该按哪一份读；请让其中一份多写几个它独有的列名，或删去多余的一份")
    if fitting:
        return fitting[0].plan(), ""
    _, name, missing = min(lacking)
    listed = "、".join(f"“{text}”" for text in missing[:_MOST_SHOWN])
    return None, f"也没有一份映射合它的表头：最接近的是 [{name}]，文件里没有 {listed}"


class _Headings:
    """The headings of a file beside those of a mapping. A column goes by its heading, or by a cell of the rows that are skipped."""

    def __init__(self, chunk: Chunk, mapping: Mapping, dataset: Dataset, context: Context) -> None:
        self.mapping, self.dataset = mapping, dataset
        self._meant = _Meant(mapping, dataset, context)
        self._ignored = [pattern(text, {}) for text in mapping.ignore]
        self.delivered = list(chunk.columns)
        self._also = {name: [cell for cell in texts.head(mapping.skip) if cell] for name, texts in chunk.columns.items()}
        self._by_text: dict[str, list[str]] = defaultdict(list)
        for name in self.delivered:
            self._by_text[heading(name)].append(name)
        for name, cells in self._also.items():
            for text in {heading(cell) for cell in cells} - {heading(name)}:
                self._by_text[text].append(name)
        self._words = _known_words(mapping, dataset)
        self._matches = {text: self._matching(text) for text in mapping.named}
        self.missing = [text for text, names in self._matches.items() if not names]

    def _matching(self, text: str) -> dict[str, dict[str, str]]:
        """The file's headings that one of the mapping is, each with the texts in its places."""
        if not is_pattern(text):
            names = self._by_text.get(heading(text), [])
            # What stands in the header comes before what stands below it.
            return {name: {} for name in [name for name in names if heading(name) == heading(text)] or names}
        wanted = pattern(text, self._words)
        found = {}
        for name in self.delivered:
            if self.is_ignored(name):
                continue
            spelt = (name, *(" ".join(fold(cell).split()) for cell in self._also[name]))
            spelt = tuple(text for text in spelt if len(text) <= _LONGEST_HEADING)
            match = next((match for written in spelt if (match := wanted.fullmatch(written))), None)
            # Where nothing but a place is asked for, whatever means nothing there is another column.
            if match and (has_text(text) or self._meant.knows(match.groupdict())):
                found[name] = match.groupdict()
        return found

    def is_ignored(self, name: str) -> bool:
        return any(one.fullmatch(name) for one in self._ignored)

    def plan(self) -> Plan:
        """The plan of the file. Raises `RefusedFile` with all that is wrong with its headings."""
        mapping, dataset = self.mapping, self.dataset
        faults: list[str] = []
        found = {text: self._only(text, faults) for text in mapping.named if not places(text)}
        fixed: dict[str, str] = {}
        claimed: dict[str, str] = {}
        blocks: dict[tuple[tuple[str, str], ...], Block] = {}
        meant = self._meant
        patterns_last = sorted(mapping.columns, key=lambda pair: is_pattern(pair[0]))
        literal = {found[text] for text, _ in mapping.columns if not is_pattern(text)}
        for text, target in patterns_last:
            for name, texts in self._matches[text].items():
                if is_pattern(text) and name in literal:
                    continue
                if name in claimed and claimed[name] != text:
                    faults.append(f"列“{shown(name, 1)}”同时符合“{claimed[name]}”和“{text}”，请把其中一个写得更确切")
                    continue
                claimed[name] = text
                values, column = meant.of(texts, target, name)
                if column is None:
                    continue
                if not values:
                    cells = fixed
                else:
                    words = "、".join(texts[place] for place in sorted(values))
                    cells = blocks.setdefault(tuple(sorted(values.items())), Block(values, words, {})).cells
                if column in cells and cells[column] != name:
                    faults.append(f"列“{cells[column]}”和“{name}”都是 {' '.join((*values.values(), column))}，请只留一个")
                cells[column] = name
        faults += meant.faults()
        both = {column for block in blocks.values() for column in block.cells} & fixed.keys()
        faults += [f"“{fixed[column]}”是每行一个的 {column}，别的列又是每个网站一个的 {column}" for column in sorted(both)]
        rest = [name for name in self.delivered if name not in claimed and not self.is_ignored(name)]
        given = self._given(blocks.values())
        if blocks:
            # One rating for all sites of a row would be one of none.
            given |= {column.name for column in dataset.columns if isinstance(column.meaning, Rating)}
        fixed, rest = _with_known(fixed, rest, given, dataset)
        used = {*found.values(), *fixed.values()}
        other = tuple(name for name in rest if name not in used)
        made = Plan(mapping, dataset, fixed, tuple(blocks.values()), other, found, Account(mapping.name))
        missing = [column.offered for column in dataset.columns if column.required and column.name not in columns_of(made)]
        if missing and not faults:
            faults.append(f"没有给出必需的列：{'、'.join(missing)}")
        if faults:
            raise RefusedFile(f"按映射 [{mapping.name}] 读不了：{'；'.join(faults)}。请改正映射（或登记册的别名）")
        return made

    def _only(self, text: str, faults: list[str]) -> str:
        names = list(self._matches[text])
        if len(names) > 1:
            faults.append(f"“{text}”在表头里有 {len(names)} 列")
        return names[0]

    def _given(self, blocks: Iterable[Block]) -> set[str]:
        given = {name for block in blocks for name in (*block.values, *block.cells)} | {name for name, _ in self.mapping.fixed}
        given |= {"ballot_id"} if self.mapping.ballot_id else set()
        return given | ({"voter"} if self.mapping.voter else set())


class _Meant:
    """What the texts in headings mean."""

    def __init__(self, mapping: Mapping, dataset: Dataset, context: Context) -> None:
        self._names = mapping.names_of
        self._dataset, self._context, self._time = dataset, context, mapping.time
        self._known: dict[str, dict[str, str] | None] = {}
        self._loose: dict[str, dict[str, str]] = {}
        self._nouns = {column.name: column.label for column in dataset.columns}
        # In the order in which they are found.
        self._unknown: dict[tuple[str, str], None] = {}

    def of(self, texts: dict[str, str], target: str, name: str) -> tuple[dict[str, str], str | None]:
        """The values of the places that make rows, and the column of the cells; no column where a text means nothing."""
        values: dict[str, str] = {}
        column: str | None = target
        for place, text in texts.items():
            meant = self._one(place, text)
            if meant is None:
                column = None
            elif target == f"{{{ASPECT}}}" and place == ASPECT:
                column = meant if column else None
            else:
                values[place] = meant
        return values, column

    def knows(self, texts: dict[str, str]) -> bool:
        """Whether all texts of places mean something."""
        return all(self._looked_up(place, text) is not None for place, text in texts.items())

    def _one(self, place: str, text: str) -> str | None:
        value = self._looked_up(place, text)
        if value is None:
            self._unknown[place, self._names(place).get(heading(text), text)] = None
        return value

    def _looked_up(self, place: str, text: str) -> str | None:
        meant, known = self._names(place).get(heading(text), text), self._words_of(place)
        if known is None:
            return self._month(meant)
        # As it is written, or else by what only one of them is without regard to case and space.
        return known.get(fold(meant)) or self._loose[place].get(heading(meant))

    def _month(self, text: str) -> str | None:
        written = pl.Series([text], dtype=pl.String)
        written = in_iso(written, self._time) if self._time else written
        return read(written, Month(), self._context, {}).values[0]

    def _words_of(self, place: str) -> dict[str, str] | None:
        """What every word of a place means; None for months."""
        if place not in self._known:
            self._known[place] = self._found_words(place)
        return self._known[place]

    def _found_words(self, place: str) -> dict[str, str] | None:
        if place == ASPECT and rated(self._dataset):
            columns = [column for column in self._dataset.columns if column.name in rated(self._dataset)]
            known = {fold(text): column.name for column in columns for text in column.headings}
        else:
            meaning = spread(self._dataset)[place]
            texts = self._context.sites if isinstance(meaning, Site) else meaning.names if isinstance(meaning, OneOf) else None
            if texts is None:
                return None
            known = {fold(text): meant for text, meant in texts.items()}
        alike: dict[str, set[str]] = defaultdict(set)
        for text, meant in known.items():
            alike[heading(text)].add(meant)
        self._loose[place] = {text: next(iter(meant)) for text, meant in alike.items() if len(meant) == 1}
        return known

    def faults(self) -> list[str]:
        """A sentence for each place with the texts in headings that mean nothing."""
        sentences = []
        for place in dict.fromkeys(place for place, _ in self._unknown):
            texts = [text for other, text in self._unknown if other == place]
            near = {text: nearest(text, list(self._words_of(place) or ())) for text in texts[:_MOST_SHOWN]}
            listed = "、".join(f"“{text}”（是不是 {like}？）" if like else f"“{text}”" for text, like in near.items())
            rest = f" 等 {len(texts)} 个" if len(texts) > _MOST_SHOWN else ""
            noun = self._nouns.get(place, "评议内容")
            lacking = "登记册里没有" if place == "site" else "方案里没有" if self._words_of(place) else "不是 YYYY-MM 的月份"
            sentences.append(f"列名里的{noun} {listed}{rest}，{lacking}")
        return sentences


def _known_words(mapping: Mapping, dataset: Dataset) -> dict[str, list[str]]:
    """The texts of places with few values, so that a heading is parted where they stand."""
    columns = [column for column in dataset.columns if column.name in rated(dataset)]
    words = {ASPECT: [title for column in columns for title in column.headings]} if columns else {}
    words |= {name: list(meaning.names) for name, meaning in spread(dataset).items() if isinstance(meaning, OneOf)}
    known = {name: {heading(word) for word in listed} for name, listed in words.items()}
    for name, listed in known.items():
        listed.update(mapping.names_of(name))
    return {name: [word for word in listed if word] for name, listed in known.items() if listed}


def _with_known(fixed: dict[str, str], rest: list[str], given: set[str], dataset: Dataset) -> tuple[dict[str, str], list[str]]:
    """The headings with those that need no mapping: a column's own, the scheme's, or what offices call it."""
    fixed, left = dict(fixed), []
    by_title: dict[str, Column] = {}
    for column in dataset.columns:
        for title in (*column.headings, *column.titles):
            by_title.setdefault(heading(title), column)
    for name in rest:
        column = by_title.get(heading(name))
        if column and column.name not in fixed and column.name not in given:
            fixed[column.name] = name
        else:
            left.append(name)
    return fixed, left


def columns_of(plan: Plan) -> set[str]:
    """The columns of the dataset that the rows of a plan have."""
    columns = {*plan.fixed, *(name for name, _ in plan.mapping.fixed)}
    columns |= {name for block in plan.blocks for name in (*block.values, *block.cells)}
    columns |= {"ballot_id"} if plan.mapping.ballot_id else set()
    return columns | ({"voter"} if plan.mapping.voter else set())
