"""Proposes the mapping of a file by its headings, the texts of its cells and the words of the scheme."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from flows.datasets import Column, Dataset, OneOf, Rating, Site, Time
from flows.mapping.lines import Lines, toml
from flows.mapping.tools import NO_TOOL, TOOLS, Tool
from flows.mapping.words import Shape, Words, shapes
from flows.reading.spelling import fold, heading
from flows.receive.chunks import RefusedFile
from flows.receive.fitting import plan
from flows.receive.glimpse import Glimpse
from flows.receive.headings import nameless, of_dataset, shown
from flows.receive.mapped import mapped
from flows.receive.mapping_file import parse_mappings
from flows.receive.mappings import id_parts, pattern, rated
from flows.receive.meanings import PERSONAL, Context, read
from flows.receive.moments import in_iso
from flows.receive.typed import FindingTotals, sentences, typed

# Formats in which tools write times beside those that are read everywhere.
_FORMATS = (
    *("%Y/%m/%d %I:%M:%S %p %z", "%Y/%m/%d %p %I:%M:%S %z", "%Y/%m/%d %p %I:%M:%S", "%Y/%m/%d %I:%M:%S %p"),
    *("%Y-%m-%d %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
    *("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"),
)
_PREFIX = re.compile(r"^(?:[A-Za-z]|[0-9]{1,2})\s*[.、．:：)）]\s*")
_OVERALL = ("总体", "总评", "整体", "overall")
_CODES = re.compile(r"(?P<question>.+)\[(?P<site>[A-Za-z0-9]+)_(?P<aspect>[A-Za-z0-9]+)\]")
# What stands where a person must say what is meant.
_ASKED = "？"
_MOST_LISTED = 20
_FULL = 0.8


@dataclass(frozen=True)
class Proposal:
    """The text of a mapping for a dataset, and a sentence for each thing that a person must settle before it can read the file.
    `notes` are worth a look; `sample` says how it reads the first rows; `fits` is higher the more of the file it reads. Without a
    text the file needs no mapping."""

    dataset: str
    text: str
    unplaced: tuple[str, ...]
    notes: tuple[str, ...]
    sample: str
    fits: int

    @property
    def is_complete(self) -> bool:
        return not self.unplaced


def propose(glimpse: Glimpse, dataset: Dataset, context: Context) -> Proposal:
    """The proposal for a file and a dataset."""
    if _is_understood(glimpse, dataset):
        return Proposal(dataset.name, "", (), (), "", len(glimpse.names))
    return _Draft(glimpse, dataset, context).proposal()


class _Draft:
    """A mapping in the making."""

    def __init__(self, glimpse: Glimpse, dataset: Dataset, context: Context) -> None:
        self.glimpse, self.dataset, self.context = glimpse, dataset, context
        present = set(map(heading, glimpse.names))
        self.tool: Tool = next((tool for tool in TOOLS if tool.made(present)), NO_TOOL)
        self.named = {heading(name): name for name in glimpse.names}
        self.skip = self._rows_without_time()
        self.values = dict(zip(glimpse.names, (self._data(position) for position in range(len(glimpse.names))), strict=True))
        self.columns: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self.names: dict[str, dict[str, str]] = {}
        # Headings that are needed and are no column.
        self.used: set[str] = set()
        self.placed = 0
        self.missing: list[Column] = []
        self.unplaced: list[str] = []
        self.notes: list[str] = []
        self.lines = Lines()

    def _rows_without_time(self) -> int:
        """How many rows below the header the tool uses for headings: somebody may have taken them away."""
        times = [
            self.named[heading(text)]
            for text, column in self.tool.columns
            if heading(text) in self.named and column == "submitted_at"
        ]
        if not self.tool.skip or not times:
            return 0
        position = self.glimpse.names.index(times[0])
        cells = pl.Series([row[position] for row in self.glimpse.rows[: self.tool.skip]], dtype=pl.String)
        return int(read(cells, Time(), self.context, {}).values.is_null().sum())

    def _data(self, position: int) -> list[str]:
        """The different texts of a column, but for those of the rows that are no data."""
        skipped = {(row[position] or "").strip() for row in self.glimpse.rows[: self.skip]}
        return [text for text in self.glimpse.values[position] if text and text not in skipped]

    def proposal(self) -> Proposal:
        self._take_known()
        self._take_tool()
        self._take_sites()
        chosen = self._take_shapes()
        self._write(chosen)
        text = f"{self._title()}{self.lines.text(self.tool.name)}"
        tried = self._tried(text)
        return Proposal(
            self.dataset.name, text, tuple(self.unplaced), tuple(self.notes), tried, self.placed - len(self.missing)
        )

    def _take_known(self) -> None:
        """Columns that need no line: under their own headings, the scheme's, and those that offices give them."""
        ignored = [pattern(text, {}) for text in self.tool.known]
        for column in self.dataset.columns:
            for title in (*column.headings, *column.titles):
                name = self.named.get(heading(title))
                if name and name not in self.given.values() and not any(one.fullmatch(name) for one in ignored):
                    self.given.setdefault(column.name, name)

    def _take_tool(self) -> None:
        names = {column.name for column in self.dataset.columns}
        for text, column in self.tool.columns:
            name = self.named.get(heading(text))
            if name and column in names and column not in self.given:
                self.given[column] = name
                self.columns[name] = column

    def _take_sites(self) -> None:
        """Columns of sites, and of what else has few values, by their cells."""
        for column in self.dataset.columns:
            meaning = column.meaning
            if column.name in self.given or not isinstance(meaning, Site | OneOf):
                continue
            words = Words(self.context.sites if isinstance(meaning, Site) else meaning.names)
            for name in self._free():
                texts = self.values[name]
                if texts and sum(text in words for text in texts) >= _FULL * len(texts):
                    self.given[column.name] = name
                    self.columns[name] = column.name
                    break

    def _free(self) -> list[str]:
        """The headings that nothing is known of so far."""
        ignored = [pattern(text, {}) for text in self.tool.known]
        taken = set(self.given.values())
        return [name for name in self.glimpse.names if name not in taken and not any(one.fullmatch(name) for one in ignored)]

    def _take_shapes(self) -> list[str]:
        """Headings with sites or aspects in them; returns the headings of their cells."""
        asked = [column for column in self.dataset.columns if column.name in rated(self.dataset)]
        aspects = Words(title for column in asked for title in column.headings)
        choice = next((c for c in self.dataset.columns if isinstance(c.meaning, OneOf)), None)
        if not asked and choice and choice.name not in self.given and isinstance(choice.meaning, OneOf):
            aspects = Words(choice.meaning.names)
        sites = Words(() if "site" in self.given else self.context.sites)
        also = {name: [name, *self._cells_below(name)] for name in self._free()}
        found = shapes(also, sites, aspects)
        wide = any("{site}" in shape.text for shape in found)
        cells = []
        for shape in found:
            target = self._target(shape, wide, choice.name if choice and not asked else "")
            if target is None:
                continue
            text = shape.text if not choice or asked else shape.text.replace("{aspect}", f"{{{choice.name}}}")
            self.columns[text] = target
            self.given |= {name: text for name in ("site", choice.name if choice else "") if f"{{{name}}}" in text}
            self.given |= {target: text} if target != "{aspect}" else {}
            cells += shape.headings
            self.given |= {f"\0{name}": name for name in shape.headings}
        if not cells and rated(self.dataset):
            cells = self._take_codes()
        direct = [name for column, name in self.given.items() if column in rated(self.dataset)]
        return [*cells, *direct]

    def _take_codes(self) -> list[str]:
        """Headings of LimeSurvey with codes, of which nobody but the survey knows what they stand for."""
        codes = {name: match for name in self._free() if (match := _CODES.fullmatch(name))}
        questions = Counter(match["question"] for match in codes.values())
        if not questions:
            return []
        question = questions.most_common(1)[0][0]
        cells = [name for name, match in codes.items() if match["question"] == question]
        asked: dict[str, dict[str, str]] = {"site": {}, "aspect": {}}
        for name in cells:
            asked["site"] |= {codes[name]["site"]: _ASKED}
            asked["aspect"] |= {codes[name]["aspect"]: _ASKED}
        self.columns[f"{question}[{{site}}_{{aspect}}]"] = "{aspect}"
        self.names = asked
        self.given |= {"site": question} | {f"\0{name}": name for name in cells}
        self.unplaced.append(f"不知道列名里的代码是什么，请把 names 里的 {_ASKED} 换成网站和评议内容")
        return cells

    def _cells_below(self, name: str) -> list[str]:
        position = self.glimpse.names.index(name)
        return [row[position] or "" for row in self.glimpse.rows[: self.skip]]

    def _target(self, shape: Shape, wide: bool, choice: str) -> str | None:
        """The column of the cells under headings of a shape; None where there is none."""
        has_site, has_aspect = "{site}" in shape.text, "{aspect}" in shape.text
        if wide and not has_site:
            return None
        if rated(self.dataset):
            if has_aspect:
                return "{aspect}"
            if any(word in shape.text.lower() for word in _OVERALL) and "overall" not in self.given:
                return "overall"
            return None
        value = next((name for name in ("score", "points", "value") if any(c.name == name for c in self.dataset.columns)), None)
        needed = not choice or has_aspect or choice in self.given
        return value if value and value not in self.given and needed else None

    def _write(self, cells: list[str]) -> None:
        """Writes the keys, and says what could not be placed."""
        names = {column.name for column in self.dataset.columns}
        if "ballot_id" in names and "ballot_id" not in self.given:
            self._write_id()
        if "voter" in names and "voter" not in self.given:
            self._write_voter()
        self.lines.add("skip", self.skip, "表头下面的这几行不是答卷，里面的题目文字也可以当列名用")
        self._write_times()
        answers, blank = self._answers(cells)
        self.lines.add("blank", blank)
        self.lines.add("answers", answers)
        self.lines.add("names", self.names)
        left_out = {
            self.named[heading(text)]: words
            for text, words in self.tool.left_out
            if heading(text) in self.named and (words == ("",) or set(words) & set(self.values[self.named[heading(text)]]))
        }
        self.lines.add("leave_out", left_out, "这些行不是交回的答卷，不计")
        self.used |= set(left_out)
        self.lines.add("columns", self.columns)
        needed = [column for column in self.dataset.columns if column.required and column.name not in self.given]
        self.missing = needed
        if needed:
            self.unplaced.append(f"没有找到 {'、'.join(column.offered for column in needed)} 在哪一列")
            if any(column.name == "site" for column in needed) and self.tool.advice:
                self.notes.append(self.tool.advice)
        self._write_ignored()

    def _write_id(self) -> None:
        for template in self.tool.ids:
            headings = [text for text, is_heading in id_parts(template) if is_heading and text != "line"]
            if all(heading(text) in self.named for text in headings):
                remark = "每份答卷一个编号，全年不能重复：另一份问卷的导出要换一个前缀"
                if "{line}" in template:
                    remark += "；行号要一直不变，表格不能重新排序、删行"
                self.lines.add("ballot_id", template, remark)
                self.used |= {self.named[heading(text)] for text in headings}
                self.given["ballot_id"] = template
                return
        self.lines.add("ballot_id", "part1-{line}", "没有找到编号的列，用行号；每份导出换一个前缀，同一份不能重新排序、删行")
        self.given["ballot_id"] = "{line}"

    def _write_voter(self) -> None:
        found = next((self.named[heading(text)] for text in self.tool.voters if heading(text) in self.named), None)
        if found:
            self.lines.add("voter", found, '代表投票人的列，同样的算同一人；每份答卷各算一人就写 "row"')
        else:
            self.lines.add("voter", "row", "没有找到代表投票人的列：每份答卷各算一人")
        self.given["voter"] = found or "row"

    def _write_times(self) -> None:
        columns = [column for column in self.dataset.columns if isinstance(column.meaning, Time) and column.name in self.given]
        texts = [text for column in columns for text in self.values.get(self.given[column.name], [])]
        if not texts:
            return
        series = pl.Series(texts, dtype=pl.String)
        if self._are_times(series):
            zone = self._zone()
            self.lines.add("zone", zone if zone != self.context.timezone else "", "没有写时差的时间是这个时区的")
            return
        fitting = {form: tuple(in_iso(series, form)) for form in _FORMATS if self._are_times(in_iso(series, form))}
        if len(set(fitting.values())) == 1:
            self.lines.add("time", next(iter(fitting)), "时间的写法")
        elif fitting:
            both = "、".join(f'"{form}"' for form in fitting)
            self.unplaced.append(f"时间“{texts[0]}”分不清月和日，请在 time 里写明是 {both} 中的哪一个")
        else:
            self.unplaced.append(f'看不懂时间“{texts[0]}”，请在 time 里写明它的写法，如 "%m/%d/%Y %H:%M:%S"')

    def _are_times(self, series: pl.Series) -> bool:
        return read(series, Time(), self.context, {}).values.is_not_null().all()

    def _zone(self) -> str:
        """The zone of the tool's times; Qualtrics writes it below the header."""
        for row in self.glimpse.rows[: self.skip]:
            for cell in row:
                zone = re.search(r'"timeZone":"([\w/+-]+)"', cell or "")
                if zone:
                    return zone[1]
        return self.tool.zone

    def _answers(self, cells: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
        """What the answers mean that are no levels, and the texts that stand for none."""
        column = next((column for column in self.dataset.columns if isinstance(column.meaning, Rating)), None)
        if column is None or not isinstance(column.meaning, Rating):
            return {}, ()
        levels = {fold(word): word for word in column.meaning.codes}
        texts = list(dict.fromkeys(text for name in cells for text in self.values.get(name, [])))
        blank = tuple(word for word in self.tool.blank if word in map(fold, texts))
        answers, strange = {}, []
        for text in texts:
            if fold(text) in levels or fold(text) in blank:
                continue
            bare = fold(_PREFIX.sub("", fold(text)))
            if bare in levels and not bare.isdecimal():
                answers[text] = levels[bare]
            elif not re.search(PERSONAL, text):
                strange.append(text)
        labels = [word for word in column.meaning.codes if not word.isdecimal()]
        if strange:
            listed = "、".join(f"“{text}”" for text in strange[:_MOST_LISTED])
            self.unplaced.append(
                f"不知道答案 {listed} 是哪一档，请写进 answers，如 {{ {toml(strange[0])} = {toml(labels[0])} }}"
            )
        elif texts and all(text.isdecimal() for text in texts):
            order = "、".join(f"{code} 是{label}" for code, label in enumerate(labels, start=1))
            self.notes.append(f"答案是数字，会按方案的次序读：{order}。不是这样的，请写 answers")
        return answers, blank

    def _write_ignored(self) -> None:
        """The headings that are not needed: those of the tool are listed, others are told."""
        headings = self.glimpse.names
        free = self._free()
        left = [name for name in headings if name not in {*free, *self.given.values(), *self.used}]
        known = []
        for text in self.tool.known:
            matched = {name for name in left if pattern(text, {}).fullmatch(name)}
            if matched:
                known.append(text)
                left = [name for name in left if name not in matched]
        self.lines.add("ignore", known)
        rest = [name for name in free if name != nameless(headings.index(name) + 1)]
        self.placed = len(headings) - len(free)
        if rest:
            listed = "、".join(shown(name, headings.index(name) + 1) for name in rest[:_MOST_LISTED])
            more = f" 等 {len(rest)} 列" if len(rest) > _MOST_LISTED else ""
            self.notes.append(f"没有用到的列：{listed}{more}；确实不用的，可以写进 ignore")

    def _title(self) -> str:
        lines = [
            f"{self.tool.label}的映射，pingyi map 拟的；核对以后存为 mappings/{self.dataset.name}.toml，再运行 pingyi check"
        ]
        return "".join(f"# {line}\n" for line in [*lines, *(f"还差：{sentence}" for sentence in self.unplaced)])

    def _tried(self, text: str) -> str:
        """How the mapping reads the first rows of the file, in words."""
        faults: list[str] = []
        mappings = parse_mappings(text.encode(), self.dataset, faults)
        if faults:
            self.unplaced += faults
            return ""
        try:
            chosen, why = plan(self.glimpse.chunk, mappings, self.dataset, self.context)
            if chosen is None:
                return why
            parts = list(typed(mapped([self.glimpse.chunk], chosen, self.context), self.dataset, self.context))
        except RefusedFile as fault:
            # Where something is lacking that was told already, it says the same.
            self.unplaced += [] if self.unplaced else [str(fault)]
            return ""
        totals = FindingTotals()
        for part in parts:
            totals.add(part.findings)
        loaded, aside = sum(part.rows.height for part in parts), sum(len(part.faults) for part in parts)
        wrong = f"：{'；'.join(sentences(totals.findings))}" if totals.findings else ""
        return f"试读文件的前 {chosen.account.rows} 行，成为 {loaded + aside} 行，其中 {aside} 行不合格{wrong}"


def _is_understood(glimpse: Glimpse, dataset: Dataset) -> bool:
    """Whether a file has every column that it needs under headings that are known anyway."""
    try:
        headings = of_dataset(glimpse.names, dataset.columns)
    except RefusedFile:
        return False
    return not headings.missing([*(column.name for column in dataset.columns if column.required), *dataset.asks])
