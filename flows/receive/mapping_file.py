"""Reads `mappings/<dataset>.toml`: the mappings of a dataset's exports, checked whole, all faults in one error."""

import os
import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.datasets import Dataset, Id, Number, Personal, Rating
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.host.regular import read_regular
from flows.reading.section import Section
from flows.reading.spelling import fold, heading
from flows.receive.mappings import ASPECT, IN_ID, PLACE, Mapping, places, rated, spread
from flows.receive.moments import time_fault

# Bytes of a file of mappings, and mappings in it.
LARGEST = 1 << 20
_MOST = 100
# Places in a heading: the more there are, the longer it takes to find none.
_MOST_PLACES = 4
# Rows below the header that are no data: Qualtrics writes two.
_MOST_SKIPPED = 10


def mapping_path(home: Home, year: int, dataset: str) -> Path | None:
    """The file of a dataset's mappings in a year: the year's own, or that of every year, if there is one."""
    return next((path for path in home.mappings(year, dataset) if os.path.lexists(path)), None)


def read_mappings(home: Home, year: int, datasets: Sequence[Dataset]) -> dict[str, tuple[Mapping, ...]]:
    """The mappings of every dataset of which the year has files. Raises `OperatorError` with all their faults."""
    found: dict[str, tuple[Mapping, ...]] = {}
    faults: list[str] = []
    for dataset in datasets:
        path = mapping_path(home, year, dataset.name)
        if path is None or not (home.raw(year) / dataset.name).is_dir():
            continue
        try:
            content = read_regular(path, home.path, LARGEST)
        except OSError as fault:
            raise unreadable(fault)(f"映射 {path} 读不出来：{fault.strerror}。请放入映射文件，或检查它的权限。") from None
        wrong: list[str] = []
        found[dataset.name] = parse_mappings(content, dataset, wrong)
        faults += [f"{path.relative_to(home.path)}：{fault}" for fault in wrong]
    if faults:
        raise OperatorError(f"映射有 {len(faults)} 处错误，评议没有开始。请逐条改正后重试：", faults)
    return found


def parse_mappings(content: bytes, dataset: Dataset, faults: list[str]) -> tuple[Mapping, ...]:
    """The mappings that the bytes of a file describe; `faults` gets a sentence for everything that is wrong with them."""
    try:
        table = tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as fault:
        faults.append(f"不是 UTF-8 文本（第 {fault.start + 1} 字节起）。请另存为 UTF-8")
        return ()
    except tomllib.TOMLDecodeError as fault:
        faults.append(f"不是有效的 TOML：{fault}。请按所指行列改正（带标点或汉字的列名要用引号括起来）")
        return ()
    except (RecursionError, ValueError, ArithmeticError):
        faults.append("一层套一层，深得不合情理，或有大得不合情理的数")
        return ()
    if len(table) > _MOST:
        faults.append(f"有 {len(table)} 份映射，最多 {_MOST} 份")
        return ()
    mappings = []
    for name, value in table.items():
        if isinstance(value, dict):
            mappings.append(_mapping(Section(value, name, faults, name), dataset))
        else:
            faults.append(f"{name}：应写在一份映射里面，如 [wjx] 之下；每份映射是一个有名称的表")
    return tuple(mappings)


def _mapping(section: Section, dataset: Dataset) -> Mapping:
    mapping = Mapping(
        section.name,
        columns=_pairs(section, "columns"),
        ballot_id=section.text("ballot_id", optional=True) or "",
        voter=section.words("voter") if section.has("voter") else section.texts("voter"),
        time=section.text("time", optional=True) or "",
        zone=section.text("zone", optional=True) or "",
        skip=section.integer("skip", at_least=0, at_most=_MOST_SKIPPED, optional=True) or 0,
        answers=_pairs(section, "answers"),
        names=_names(section, dataset),
        fixed=_pairs(section, "fixed"),
        blank=section.texts("blank"),
        leave_out=_left_out(section),
        ignore=section.texts("ignore"),
    )
    section.finish()
    _check_columns(section, mapping, dataset)
    _check_ids(section, mapping, dataset)
    _check_values(section, mapping, dataset)
    return mapping


def _pairs(section: Section, key: str) -> tuple[tuple[str, str], ...]:
    if not section.has(key):
        section.value(key, optional=True)
        return ()
    return tuple(section.labels(key).items())


def _names(section: Section, dataset: Dataset) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What a tool's codes stand for, by place."""
    below = section.section("names")
    if below is None:
        return ()
    allowed = {*spread(dataset), *([ASPECT] if rated(dataset) else [])}
    names = []
    for place in sorted(allowed):
        pairs = _pairs(below, place)
        below.must_differ(place, [heading(text) for text, _ in pairs])
        names += [(place, pairs)] if pairs else []
    below.finish()
    return tuple(names)


def _left_out(section: Section) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Headings with the texts whose rows are left out; an empty text is that of an empty cell."""
    value = section.value("leave_out", optional=True)
    if value is None:
        return ()
    if not isinstance(value, dict):
        section.fault("leave_out", '应为一个表，如 { "Status" = ["Survey Preview"] }')
        return ()
    pairs = []
    for name, texts in value.items():
        if isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts):
            pairs.append((name, tuple(texts)))
        else:
            section.fault(f"leave_out.{name}", '应为不空的文字列表，如 ["Survey Preview"]；空的单元格写 ""')
    return tuple(pairs)


def _check_columns(section: Section, mapping: Mapping, dataset: Dataset) -> None:
    """Reports columns that the dataset does not have, places that no heading may have, and what is given twice."""
    names = [column.name for column in dataset.columns]
    allowed = {*spread(dataset), *([ASPECT] if rated(dataset) else [])}
    offered = "、".join(f"{{{name}}}" for name in sorted(allowed))
    spreads: dict[tuple[str, ...], str] = {}
    for text, column in mapping.columns:
        key, found = f"columns.{text}", places(text)
        if len(PLACE.findall(text)) > _MOST_PLACES:
            section.fault(key, f"最多有 {_MOST_PLACES} 个 {{…}}")
        for name in found:
            if name not in allowed:
                section.fault(key, f"列名里不能有 {{{name}}}；可用 {offered or '（无）'}，{{}} 代表任意文字")
            elif found.count(name) > 1:
                section.fault(key, f"{{{name}}} 写了不止一次")
        if column == f"{{{ASPECT}}}" and rated(dataset):
            if ASPECT not in found:
                section.fault(key, "要对应到各项评议内容的列（{aspect}），列名里要有 {aspect}")
        elif column not in names:
            section.fault(key, f"{dataset.name} 没有列“{column}”；可用：{'、'.join(names)}")
        elif rated(dataset) and ASPECT in found:
            section.fault(key, f"列名里有 {{aspect}}，应对应到 {{aspect}}，现为 {column}")
        elif column in found:
            section.fault(key, f"{column} 已由列名里的 {{{column}}} 给出，应对应到单元格里的是什么")
        dimensions = tuple(sorted(name for name in found if name in spread(dataset)))
        if dimensions:
            spreads.setdefault(dimensions, text)
        for name in dimensions:
            if any(name == other for _, other in (*mapping.columns, *mapping.fixed)):
                section.fault(key, f"{name} 由列名里的 {{{name}}} 给出，就不能又由别的列或 fixed 给出")
    if len(spreads) > 1:
        section.fault("columns", f"{'、'.join(map(repr, spreads.values()))} 展开的不是同样的东西；请分成几份映射，或改成一样的")
    given = [column for text, column in mapping.columns if not places(text)]
    given += [name for name, _ in mapping.fixed]
    section.must_differ("columns", [name for name in given if name in names])
    section.must_differ("columns", [heading(text) for text, _ in mapping.columns])
    if not (mapping.columns or mapping.ballot_id or mapping.voter):
        section.fault("", "什么也没有写；至少要有 columns、ballot_id 或 voter，才认得出是哪些文件的映射")


def _check_ids(section: Section, mapping: Mapping, dataset: Dataset) -> None:
    """Reports what cannot make ballot ids and voters."""
    meanings = {column.name: column.meaning for column in dataset.columns}
    persons = {name for name, meaning in meanings.items() if isinstance(meaning, Personal)}
    given = {column for _, column in (*mapping.columns, *mapping.fixed)}
    for key, value in (("ballot_id", mapping.ballot_id), ("voter", mapping.voter)):
        if value and key not in meanings:
            section.fault(key, f"{dataset.name} 没有列 {key}")
        elif value and key in given:
            section.fault(key, "columns 或 fixed 里已经有了，请只留一处")
    if mapping.ballot_id and not IN_ID.search(mapping.ballot_id):
        section.fault("ballot_id", '每一行都会是同一个编号；请写上列名或行号，如 "wjx-{序号}" 或 "google-{line}"')
    hidden = {heading(text) for text, column in mapping.columns if column in persons} | set(map(heading, mapping.voters))
    hidden |= {heading(title) for column in dataset.columns if column.name in persons for title in column.titles}
    for name in mapping.in_id:
        if heading(name) in hidden:
            section.fault("ballot_id", f"不能含有“{name}”：那是个人信息，而票号要原样保存、可以看到")
    for name, _ in mapping.fixed:
        if name not in meanings:
            section.fault(f"fixed.{name}", f"{dataset.name} 没有这一列；可用：{'、'.join(meanings)}")
        elif name in persons or (isinstance(meanings[name], Id) and name == "ballot_id"):
            section.fault(f"fixed.{name}", "不能每一行都是同一个")


def _check_values(section: Section, mapping: Mapping, dataset: Dataset) -> None:
    """Reports formats, zones and answers that mean nothing."""
    if mapping.time:
        wrong = time_fault(mapping.time)
        if wrong:
            section.fault("time", wrong)
    if mapping.zone:
        try:
            ZoneInfo(mapping.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            section.fault("zone", f"没有名为“{mapping.zone}”的时区，应为 UTC 或 Asia/Shanghai 这样的名称")
    codes = next((column.meaning.codes for column in dataset.columns if isinstance(column.meaning, Rating)), None)
    numbers = any(isinstance(column.meaning, Number) for column in dataset.columns)
    known = {fold(word) for word in codes or ()}
    for text, answer in mapping.answers:
        key = f"answers.{text}"
        if codes is not None and fold(answer) not in known:
            labels = [word for word in codes if not word.isdecimal()]
            section.fault(key, f"“{answer}”不是方案中的档次；可用：{'、'.join(labels)}")
        elif codes is None and not (numbers and re.fullmatch(r"[0-9]+(\.[0-9]+)?", answer)):
            section.fault(key, f'“{answer}”应是分数，如 "95"')
    section.must_differ("answers", [heading(text) for text, _ in mapping.answers])
