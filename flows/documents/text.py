"""The bulletin's text: an office's template, filled with figures of the result tables and read as an official document.

    标题：关于{{ year }}年……评议情况的通报
    主送：各区、县人民政府，市政府各委、办、局：

    一、评议概况
    参加公众评议的有{{ 和("ballot_audit", "ballots") | 万 }}人次。

All faults of a template are reported together, each with its line.
"""

import re
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import DecimalException
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Literal

import polars as pl
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes

from flows.documents.budget import Budget, Counted
from flows.documents.figures import Fault, Figures, Sandbox
from flows.documents.tables import Tables
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.host.regular import read_regular
from flows.results.manifest import bulletin_template
from flows.scheme import Scheme

_DEFAULT = Path(__file__).with_name("every-scheme.txt")
# What the bulletin prints of an annex: rank, name and composite.
ANNEX_COLUMNS = ("序号", "网站", "综合得分")
_LONGEST = 1 << 20
_QUERIES = ("值", "和", "个数", "名单", "有")
_NAMES = ("年", "天数", "标题", "组别", "来源", "评议内容")
# The words that head a line of a template, and the parts of the bulletin that these lines give.
_PARTS = {
    "版头": "letterhead", "文号": "number", "标题": "title", "主送": "addressees", "署名": "signature", "日期": "date", "附注": "remark",
}  # fmt: skip
_HEAD = re.compile(rf"^({'|'.join(_PARTS)}|附件 *[^\s：]+)：(.*)$")
_NUMERAL = "[一二三四五六七八九十]+"
_HEADINGS: tuple[tuple[Literal["heading", "subheading"], re.Pattern], ...] = (
    ("heading", re.compile(f"^{_NUMERAL}、.*[^。；：]$")),
    ("subheading", re.compile(f"^（{_NUMERAL}）.*[^。；：]$")),
)


@dataclass(frozen=True)
class Block:
    """A heading or a paragraph of the body."""

    kind: Literal["heading", "subheading", "paragraph"]
    text: str


@dataclass(frozen=True)
class Annex:
    """An annex: its caption and its rows of cells, as they are written, under the headings `columns`; of a group, the rows are
    ranks, names and composites."""

    group: str
    caption: str
    rows: tuple[tuple[str, str, str], ...]
    columns: tuple[str, str, str] = ANNEX_COLUMNS


@dataclass(frozen=True)
class Bulletin:
    """The document, every figure in its place. Parts that the template does not have are empty.

    `bands` stand at the top of every page: what must be known before anything is read.
    """

    letterhead: str
    number: str
    title: str
    addressees: str
    body: tuple[Block, ...]
    annexes: tuple[Annex, ...]
    signature: str
    date: str
    remark: str
    bands: tuple[str, ...] = ()


@dataclass(frozen=True)
class SchemeEntry:
    """A group, source or aspect of the scheme, as a template sees it."""

    id: str
    label: str

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Source:
    """A template's text and what it is called in the data home."""

    name: str
    text: str


def template_source(home: Home, year: int) -> Source:
    """The template of the year, or that of the data home for every year, or that of the package, which suits any scheme."""
    path = bulletin_template(home, year)
    if path:
        return Source(f"bulletin/{path.name}", _decoded(path, home))
    return Source("通用模板", _DEFAULT.read_text(encoding="utf-8"))


def check_template(scheme: Scheme, home: Home, columns: dict[str, list[str]]) -> None:
    """Raises `OperatorError` with all faults that can be seen before there are results: in the form, in the names of
    filters, and, by `columns`, in the names of tables and columns. Missing rows are seen when the text is made.
    """
    source = template_source(home, scheme.year)
    tree = _compiled(source).tree
    faults = []
    for call in tree.find_all(nodes.Call):
        match call:
            case nodes.Call(node=nodes.Name(name=query), args=[nodes.Const(value=table), *others]) if query in _QUERIES:
                if table in columns:
                    asked = [other.value for other in others[:1] if isinstance(other, nodes.Const)]
                    asked += [pair.key for pair in call.kwargs if pair.key != "前"]
                    unknown = [name for name in asked if name not in columns[table]]
                    faults += [Fault(call.lineno, f"表 {table} 没有“{name}”这一列") for name in unknown]
                # A table that only some programmes have may be asked for with 有.
                elif query != "有":
                    faults.append(Fault(call.lineno, f"没有“{table}”这个表"))
    if faults:
        raise _refused(source.name, faults)


def write_text(scheme: Scheme, source: Source, tables: Tables) -> Bulletin:
    """The document. Raises `OperatorError` with every missing figure and all other faults of the template."""
    compiled = _compiled(source)
    figures = Figures(tables, source.name, compiled.budget)
    names = {
        "年": scheme.year,
        "天数": 366 if isleap(scheme.year) else 365,
        "标题": scheme.title,
        "组别": [SchemeEntry(group.id, group.label) for group in scheme.groups],
        "来源": [SchemeEntry(source.id, source.label) for source in scheme.sources],
        "评议内容": [SchemeEntry(aspect.id, aspect.label) for aspect in scheme.aspects],
        "值": figures.value,
        "和": figures.total,
        "个数": figures.count,
        "名单": figures.listed,
        "有": figures.there,
    }
    try:
        text = compiled.template.render(names)
    except (
        TemplateError,
        DecimalException,
        ValueError,
        TypeError,
        ArithmeticError,
        RecursionError,
        pl.exceptions.PolarsError,
    ) as fault:
        raise _refused(source.name, [*figures.faults, Fault(_line_of(fault, source.name), _words(fault))]) from None
    if figures.faults:
        raise _refused(source.name, figures.faults)
    return _read(text, source.name, scheme, tables)


@dataclass(frozen=True)
class _Compiled:
    tree: nodes.Template
    template: Template
    budget: Budget


def _compiled(source: Source) -> _Compiled:
    tree, code = _program(source)
    sandbox = _sandbox()
    sandbox.allow_counting()
    return _Compiled(tree, sandbox.template_class.from_code(sandbox, code, dict(sandbox.globals)), sandbox.budget)


def _sandbox() -> Sandbox:
    sandbox = Sandbox(SchemeEntry)
    sandbox.undefined = StrictUndefined
    return sandbox


# A run checks its template and writes it twice, as a draft and as it is published.
@lru_cache(maxsize=2)
def _program(source: Source) -> tuple[nodes.Template, CodeType]:
    """The template as it was parsed, and the program that is made of it."""
    sandbox = _sandbox()
    try:
        tree = sandbox.parse(source.text, source.name, source.name)
        # Names are checked before anything runs, so that all unknown names are reported together.
        faults = list(_unknown_names(tree, sandbox))
        if faults:
            raise _refused(source.name, faults)
        sandbox.allow_counting()
        counted = Counted().visit(sandbox.parse(source.text, source.name, source.name))
        return tree, sandbox.compile(counted, source.name, source.name)
    except (RecursionError, SyntaxError, MemoryError):
        # The last two by Python, of the program that is made of it.
        raise _refused(source.name, [Fault(1, "一层套一层，深得不合情理")]) from None
    except TemplateSyntaxError as fault:
        reason = f"写法不对（{fault.message}），请检查花括号、引号和括号是否成对"
        raise _refused(source.name, [Fault(fault.lineno, reason)]) from None


def _unknown_names(tree: nodes.Template, sandbox: Sandbox) -> Iterator[Fault]:
    for filter_ in tree.find_all(nodes.Filter):
        if filter_.name not in sandbox.filters:
            yield Fault(filter_.lineno, f"没有“| {filter_.name}”这种写法，有的是 {'、'.join(sandbox.filters)}")
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")} | {"loop"}
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in own and name.name not in (*_QUERIES, *_NAMES):
            yield Fault(name.lineno, f"不认识“{name.name}”，可以写的是 {'、'.join((*_QUERIES, *_NAMES))}")


def _read(text: str, template: str, scheme: Scheme, tables: Tables) -> Bulletin:
    """The rendered text as a document: first the lines with a heading word, then the body, one paragraph a line."""
    head: dict[str, str] = {}
    body: list[Block] = []
    for line in (" ".join(line.split()) for line in text.splitlines()):
        match = _HEAD.match(line) if not body else None
        if match:
            head[match[1].replace(" ", "")] = match[2].strip()
        elif line:
            kind = next((kind for kind, pattern in _HEADINGS if pattern.match(line)), "paragraph")
            body.append(Block(kind, line))
    missing = [name for name, there in (("标题", head.get("标题")), ("正文", body)) if not there]
    if missing:
        raise OperatorError(f"通报模板 {template} 没有{'和'.join(missing)}，文件没有生成。请按 data/README.md 补上。")
    parts = {part: head.get(word, "") for word, part in _PARTS.items()}
    bands = (scheme.notice,) if scheme.notice else ()
    return Bulletin(**parts, body=tuple(body), annexes=tuple(_annexes(scheme, tables, head)), bands=bands)


def single_line(name: str) -> str:
    """A site's name as an annex has it."""
    return " ".join(name.split())


def _annexes(scheme: Scheme, tables: Tables, head: dict[str, str]) -> Iterator[Annex]:
    for group in scheme.groups:
        rows = tables.frame(f"annex_{group.id}").select(ANNEX_COLUMNS).rows()
        shown = f"前{group.publish_top}名" if group.sites is None or group.publish_top < group.sites else "名次"
        caption = head.get(f"附件{group.id}") or f"{group.label}网站综合得分{shown}"
        yield Annex(group.id, caption, tuple((str(rank), single_line(name), f"{score:f}") for rank, name, score in rows))


def _decoded(path: Path, home: Home) -> str:
    try:
        content = read_regular(path, home.path, _LONGEST)
    except OSError as fault:
        raise unreadable(fault)(f"通报模板 {path} 读不出来：{fault.strerror}。请放入正确的文件，或检查它的权限。") from None
    if b"\0" in content:
        raise OperatorError(f"通报模板 {path} 含有空字节（NUL），不是文本文件。请用记事本另存为 UTF-8 后重试。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            pass
    raise OperatorError(f"通报模板 {path} 不是 UTF-8 或 GB18030 文本。请用记事本另存为 UTF-8 后重试。")


def _refused(template: str, faults: list[Fault]) -> OperatorError:
    sentences = dict.fromkeys(
        f"{template} 第 {fault.line} 行：{fault.reason}。" for fault in sorted(faults, key=lambda fault: fault.line)
    )
    return OperatorError(
        f"通报模板 {template} 有 {len(sentences)} 处问题，文件没有生成，已公布的结果没有改动。请改正模板（写法见 data/README.md）或补充数据后重试：",
        sentences,
    )


def _words(fault: Exception) -> str:
    if isinstance(fault, (ZeroDivisionError, DecimalException)):
        return "除数是零，或算不出来"
    if isinstance(fault, RecursionError):
        return "一层套一层，没有尽头"
    if isinstance(fault, pl.exceptions.PolarsError):
        return "有一处查数的条件写得太长"
    if isinstance(fault, TypeError):
        return f"这样算不了（{fault}）；小数不能直接写，请写成整数的除法"
    return str(fault)


def _line_of(fault: Exception, template: str) -> int:
    """The template's line in which the exception was raised; Jinja puts the template's own frames into the traceback."""
    line, trace = 0, fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == template:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
