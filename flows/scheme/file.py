"""Reads `schemes/<year>.toml` and checks it completely before anything else happens.

A single `OperatorError` has all faults: structural faults (an unknown key, a wrong type) and contradictions (weights that add
up to 0.99). Every sentence begins with the key at fault.
"""

import hashlib
import tomllib
import unicodedata
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.datasets.register import REGISTER
from flows.datasets.waivers import WAIVERS
from flows.errors import OperatorError, UsageError, unreadable
from flows.home import Home
from flows.host.regular import read_regular
from flows.published.contract import columns_beside_sources
from flows.reading.section import Section
from flows.reading.spelling import heading
from flows.scheme import PLACEHOLDERS, Group, Scheme
from flows.scheme.comparison import read_comparison
from flows.scheme.crawl import read_crawl
from flows.scheme.datasets import OTHERS
from flows.settings import SQL
from flows.sources import TOTAL, Aspect, Delivery, Incomplete, Source, kinds

LONGEST_NOTICE = 200
# Bytes of a scheme; the largest so far has 20 000.
LARGEST = 4 << 20
_MOST_QUARANTINED = Decimal("0.01")
# Names that a raw file or a result table already uses for something else.
_ASPECT_NAMES = {"ballot_id", "submitted_at", "submitted_on", "voter", "site", "site_id"} | {
    "ratings", "overall", "channel", "origin", "seconds"}  # fmt: skip
_SOURCE_NAMES = {REGISTER, WAIVERS, *(dataset.name for dataset in OTHERS)}


def read_scheme(home: Home, year: int | None) -> Scheme:
    """The checked scheme of a year, or of the newest one that has a scheme.

    Raises `UsageError` where there is none and `OperatorError` with all its faults.
    """
    if year is None:
        years = home.years
        if not years:
            raise UsageError(f"{home.schemes} 里没有任何评议方案。请先用 pingyi new 年度 建一个（见 data/README.md）。")
        year = years[-1]
    path = home.scheme(year)
    try:
        content = read_regular(path, home.path, LARGEST)
    except FileNotFoundError:
        # The same to somebody at a terminal and at a form.
        offer = "、".join(map(str, home.years)) or "（无）"
        raise UsageError(
            f"{year} 年没有评议方案：找不到 {path}。现有方案的年份：{offer}。请换成有方案的年度，先建立方案文件，或改正数据目录。"
        ) from None
    except OSError as fault:
        raise unreadable(fault)(f"方案 {path} 读不出来：{fault.strerror}。请放入方案文件，或检查它的权限。") from None
    return parse_scheme(content, year, path.name)


def parse_scheme(content: bytes, year: int, name: str) -> Scheme:
    """The scheme that `content` (the bytes of the file `name`) describes, or `OperatorError` with all its faults."""
    try:
        table = tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as fault:
        raise OperatorError(f"方案 {name} 不是 UTF-8 文本（第 {fault.start + 1} 字节起）。请另存为 UTF-8 后重试。") from None
    except tomllib.TOMLDecodeError as fault:
        raise OperatorError(f"方案 {name} 不是有效的 TOML：{fault}。请按所指行列改正。") from None
    except (RecursionError, ValueError, ArithmeticError):
        raise OperatorError(f"方案 {name} 里一层套一层，深得不合情理，或有大得不合情理的数。请改正后重试。") from None
    faults: list[str] = []
    scheme = _scheme(Section(table, "", faults), year, hashlib.sha256(content).hexdigest())
    if faults:
        raise OperatorError(f"方案 {name} 有 {len(faults)} 处错误，评议没有开始。请逐条改正后重试：", faults)
    return scheme


def read_keys(top: Section) -> None:
    """Asks a section for every key that a scheme may have; `flows.scheme.schema` notes them."""
    _scheme(top, 1900, "")


def _scheme(top: Section, year: int, sha256: str) -> Scheme:
    stated = top.integer("year", at_least=1900)
    if stated is not None and stated != year:
        top.fault("year", f"写的是 {stated}，而文件名是 {year}")
    timezone = top.text("timezone")
    if timezone is not None:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            top.fault("timezone", f"没有名为“{timezone}”的时区，应为 Asia/Shanghai 这样的名称")
    aspects = _aspects(top)
    names = frozenset(top.names("groups"))
    # What is not to be forgotten is decided for each year; a scheme that does not is told of every gap.
    incomplete = top.choice("incomplete", ("tell", "fail"), default="tell")
    read = [_source(section, aspects, names, incomplete) for section in top.sections("sources", needed=True)]
    sources = tuple(source for source in read if source)
    groups = tuple(_group(section) for section in top.sections("groups", needed=True))
    most = top.decimal("max_quarantined", at_least=0, at_most=1, default=_MOST_QUARANTINED)
    scheme = Scheme(
        year=year,
        title=top.text("title") or "",
        notice=_notice(top),
        timezone=timezone or "",
        missing=top.choice("missing", ("fail", "zero", "reweight"), default="fail"),
        tie_break=top.texts("tie_break"),
        max_quarantined=_MOST_QUARANTINED if most is None else most,
        placeholders=top.texts("placeholders", default=PLACEHOLDERS),
        aspects=aspects,
        groups=groups,
        sources=sources,
        crawl=read_crawl(top, sources),
        comparison=read_comparison(top),
        sha256=sha256,
        office=top.text("office", optional=True) or "",
    )
    _check_names(top, scheme)
    _check_references(top, scheme)
    top.finish()
    return scheme


def _notice(top: Section) -> str:
    """The notice as one paragraph, since every document shows it as a band."""
    notice = " ".join((top.text("notice", optional=True) or "").split())
    if len(notice) > LONGEST_NOTICE:
        top.fault("notice", f"有 {len(notice)} 个字，最多 {LONGEST_NOTICE} 个：它要印在每一页的上方，细节请写在别处")
    hidden = sorted({f"U+{ord(sign):04X}" for sign in notice if _unprintable(sign)})
    if hidden:
        top.fault("notice", f"有印不出来的字符（{'、'.join(hidden)}），请删去")
    return notice


def _unprintable(sign: str) -> bool:
    """Whether a sign is a control or a noncharacter of Unicode, which no terminal or document can show."""
    return unicodedata.category(sign) == "Cc" or ord(sign) & 0xFFFE == 0xFFFE


def _aspects(top: Section) -> tuple[Aspect, ...]:
    sections = top.sections("aspects", needed=False)
    aspects = tuple(
        Aspect(section.name, section.text("label") or "", section.decimal("weight", at_least=0) or Decimal(0))
        for section in sections
    )
    for section in sections:
        section.finish()
    if aspects:
        _must_close(top, "aspects", [aspect.weight for aspect in aspects])
    return aspects


def _source(section: Section, aspects: tuple[Aspect, ...], groups: frozenset[str], incomplete: Incomplete) -> Source | None:
    """The source of one `[sources.<id>]`, or None where its kind is not known; its faults are the section's."""
    label = section.text("label") or ""
    name = section.choice("kind", kinds())
    if name is None:
        return None
    kind = kinds()[name]
    if kind.rates_aspects and not aspects:
        section.fault("kind", f"{name} 类来源按评议内容打分，而方案没有 [aspects]")
    source = replace(kind.read(section, label, aspects, groups), delivery=_delivery(section, kind, incomplete))
    section.finish()
    return source


def _delivery(section: Section, kind: type[Source], otherwise: Incomplete) -> Delivery:
    """What a source's section says of its delivery; `otherwise` is what the scheme says for all."""
    offered = ("tell", "fail", "zero") if kind.counts_zero else ("tell", "fail")
    incomplete = section.choice("incomplete", offered, default=otherwise)
    due = section.day("due", optional=True)
    day = section.integer("due_day", at_least=1, at_most=28, optional=True) if kind.monthly else None
    if day is not None and due is not None:
        section.fault("due_day", "与 due 只能写一个")
    return Delivery(incomplete, due, day)


def _group(section: Section) -> Group:
    weights = section.decimals("weights")
    if weights:
        _must_close(section, "weights", list(weights.values()))
    group = Group(
        id=section.name,
        label=section.text("label") or "",
        sites=section.integer("sites", at_least=1, optional=True),
        publish_top=section.integer("publish_top", at_least=1) or 0,
        weights=weights,
    )
    section.finish()
    return group


def _must_close(section: Section, key: str, weights: list[Decimal]) -> None:
    if sum(weights) != 1:
        section.fault(key, f"权重之和为 {sum(weights)}，应恰为 1")


def _check_names(top: Section, scheme: Scheme) -> None:
    """Reports names that would collide in a raw file's header, a folder or a result table."""
    sources = [source.id for source in scheme.sources]
    for key, names, reserved in (
        ("aspects", [aspect.id for aspect in scheme.aspects], _ASPECT_NAMES),
        ("groups", [group.id for group in scheme.groups], {TOTAL}),
        ("sources", sources, _SOURCE_NAMES | {heading(column) for column in columns_beside_sources(SQL)}),
    ):
        for name in names:
            if heading(name) in reserved:
                top.fault(f"{key}.{name}", "是保留名，请换一个")
            if not name or not all(letter.isalnum() or letter in "_-" for letter in name):
                top.fault(f"{key}.{name}", "名称只能由字母、数字、_ 和 - 组成，因为它要作文件夹名和列名")
        alike = [heading(name) for name in names]
        for name in sorted({name for name in alike if alike.count(name) > 1}):
            top.fault(key, f"有名称只差大小写或全角半角（{name}），表中无法区分")
    for source in scheme.sources:
        for dataset in source.datasets(scheme.aspects, scheme.placeholders)[1:]:
            if dataset.name in sources:
                top.fault(f"sources.{dataset.name}", f"与来源 {source.id} 的另一个数据文件夹同名，请换一个")


def _check_references(top: Section, scheme: Scheme) -> None:
    """Checks that every reference to a source, group or aspect names one that exists."""
    sources = top.names("sources")
    for group in scheme.groups:
        for name in group.weights:
            if name not in sources:
                top.fault(f"groups.{group.id}.weights.{name}", "方案没有这个来源")
    for name in scheme.tie_break:
        if name not in sources:
            top.fault("tie_break", f"方案没有名为“{name}”的来源")
    top.must_differ("tie_break", scheme.tie_break)
