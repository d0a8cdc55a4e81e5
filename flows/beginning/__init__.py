"""The beginning of a year: its scheme, an empty register and the folders, out of answers or out of another year's scheme.

`flows/beginning/<kind>.py` asks what a kind of source needs. The result is read by the scheme's reader before it is written, and
all of it is written or nothing.
"""

import tomllib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from flows.beginning.forward import carry_forward
from flows.beginning.laying import lay, refuse_existing
from flows.beginning.plan import Plan
from flows.beginning.toml import scheme_text
from flows.datasets.register import register
from flows.errors import OperatorError, UsageError, unreadable
from flows.home import Home
from flows.host.regular import read_regular
from flows.receive.register import EmptyRegister, read_register
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import LARGEST, parse_scheme
from flows.scheme.schema import FILE, schema_text

FIRST, LAST = 1900, 9999
# What the crawler looks at is added by whoever crawls.
_UNASKED = ("columns",)
_MARK = "\ufeff"


@dataclass(frozen=True)
class Begun:
    """What was written for a year. `assumed` are usual answers that nobody gave, `changes` what differs from the scheme that was
    carried forward, `doubts` what may have to be changed besides; `there` what was there already and stays as it is."""

    home: Home
    scheme: Scheme
    sites: int
    folders: tuple[Path, ...]
    there: tuple[Path, ...] = ()
    assumed: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    older: str = ""

    def lines(self, data: str) -> Iterator[str]:
        """All of it in words, and what to do next; `data` is the option that names the home."""
        year, scheme = self.scheme.year, self.scheme
        register = self._inside(self.home.register(year))
        yield f"{year} 年度已经建好，在 {self.home}："
        yield f"  评议方案 {self._inside(self.home.scheme(year))}（说明都写在里面，用记事本改）"
        kept = self.home.register(year) in self.there
        yield f"  登记册 {register}（{'原来就有的' if kept else f'{self.sites} 个网站' if self.sites else '还没有网站'}）"
        yield f"  文件夹 {'、'.join(map(self._inside, self.folders))}"
        if self.there:
            yield f"  已经有的没有动：{'、'.join(map(self._inside, self.there))}"
        if self.assumed:
            yield "没有说的，按惯例选定，请核对，要改就改方案："
            yield from (f"  · {sentence}" for sentence in self.assumed)
        if self.older:
            yield f"与{self.older}相比改了 {len(self.changes)} 处（注释照原样，其中的年份没有改）："
            yield from (f"  · {sentence}" for sentence in self.changes)
        if self.doubts:
            yield "下面这些没有改，请看要不要改："
            yield from (f"  · {sentence}" for sentence in self.doubts)
        groups = "、".join(group.label for group in scheme.groups)
        yield "下一步："
        fill = "核对登记册" if self.sites or kept else "填登记册"
        yield f"  {fill} {register}：用 Excel 打开，每行一个网站，组别写 {groups}；存成 CSV"
        yield "  送来的文件放进各自的文件夹，表头照常写中文（认得的写法见 data/README.zh.md）；同一年的重送，同名覆盖"
        yield f"  检查：pingyi check {year}{data}"
        yield f"  评议办法（中文句子，可以送签）：pingyi method {year}{data}"
        newest = self.home.years
        if newest[-1] == year and len(newest) > 1:
            yield f"注意：每晚运行和每年 1 月 10 日的草稿做的是有方案的最新一年，从现在起是 {year} 年，不再是 {newest[-2]} 年。"

    def _inside(self, path: Path) -> str:
        return str(path.relative_to(self.home.path))


def check_year(home: Home, year: int) -> None:
    """Raises `UsageError` or `OperatorError` where this year cannot begin in this home, before anybody is asked."""
    if not FIRST <= year <= LAST:
        raise UsageError(f"年度应为 {FIRST} 到 {LAST} 的整数，现在是 {year}。没有写出任何文件。")
    refuse_existing(home, year)


def review(plan: Plan) -> Iterator[str]:
    """The method that a plan makes, in sentences, for somebody who is about to have it written."""
    from flows.method import as_lines, method

    scheme = parse_scheme(scheme_text(plan.table()).encode(), plan.year, f"{plan.year}.toml")
    yield from (line for line in as_lines(method(scheme)) if line)


def begin(home: Home, plan: Plan, assumed: tuple[str, ...] = ()) -> Begun:
    """Writes a planned year with a register that has its heading only."""
    content = scheme_text(plan.table()).encode()
    scheme = parse_scheme(content, plan.year, f"{plan.year}.toml")
    return _lay(content, _empty_register(), Begun(home, scheme, 0, (), assumed=assumed))


def begin_from(home: Home, year: int, other: str, title: str = "") -> Begun:
    """Carries a scheme forward, and its register with it: that of another year of the home (`2007`), a scheme's file, or the newest
    scheme of another home."""
    there, path = _named(home, other)
    try:
        content = read_regular(path, None if there is None else there.path, LARGEST)
        old = content.decode("utf-8-sig")
    except OSError as fault:
        raise unreadable(fault)(f"方案 {path} 读不出来：{fault.strerror}。没有写出任何文件。") from None
    except UnicodeDecodeError:
        raise OperatorError(f"方案 {path} 不是 UTF-8 文本，没有写出任何文件。请另存为 UTF-8 后重试。") from None
    was = _year_of(content, path)
    before = parse_scheme(content, was, path.name)
    forward = carry_forward(old, path.name, year, title)
    new = forward.text.encode()
    scheme = parse_scheme(new, year, f"{year}.toml")
    sites, registered, used = 0, _empty_register(), set()
    if there is not None:
        used = {dataset.name for dataset in datasets(scheme) if (there.raw(was) / dataset.name).is_dir()}
        if there.register(was).exists():
            with suppress(EmptyRegister):
                sites = read_register(there, before).sites.height
            registered = read_regular(there.register(was), there.path)
    older = {0: "原来的方案", 1: "上年"}.get(year - was, f" {was} 年")
    begun = Begun(home, scheme, sites, (), changes=forward.changes, doubts=forward.doubts, older=older)
    return _lay(new, registered, begun, used)


def _empty_register() -> bytes:
    """The register's heading, as offices call the columns; the mark makes spreadsheet programs read it as UTF-8."""
    titles = ",".join(column.titles[0] for column in register(()).columns if column.name not in _UNASKED)
    return f"{_MARK}{titles}\r\n".encode()


def _lay(content: bytes, registered: bytes, begun: Begun, used: Collection[str] = ()) -> Begun:
    """Writes it all: a folder for each dataset of a source, for the crawl where one is scored, and for those in `used`."""
    home, scheme = begun.home, begun.scheme
    of_sources = (source.datasets(scheme.aspects, scheme.placeholders) for source in scheme.sources)
    # Lists of what is due are for who has them.
    wanted = {dataset.name for its in of_sources for dataset in its if not dataset.about_delivery}
    wanted |= {*used, *(["crawl"] if any(source.checks for source in scheme.sources) else [])}
    folders = tuple(home.raw(scheme.year) / dataset.name for dataset in datasets(scheme) if dataset.name in wanted)
    schema, path = schema_text().encode(), home.schemes / FILE
    files = [(path, schema), (home.register(scheme.year), registered)]
    with suppress(OSError):
        # The same schema of an earlier year is nothing to speak of.
        if read_regular(path, home.path) == schema:
            del files[0]
    there = lay(home, scheme.year, folders, files, content)
    return replace(begun, folders=folders, there=tuple(there))


def _named(home: Home, other: str) -> tuple[Home | None, Path]:
    """The home in which the other scheme stands, if it does in one, and its file."""
    if other.isdecimal():
        path = home.scheme(int(other))
        if not path.exists():
            years = "、".join(map(str, home.years)) or "（无）"
            raise UsageError(
                f"{home} 里没有 {other} 年的评议方案，没有写出任何文件。有的是：{years}；别处的方案请写出文件或数据目录。"
            )
        return home, path
    path = Path(other).expanduser().absolute()
    if path.is_dir():
        there = Home(path)
        if not there.years:
            raise UsageError(f"{path} 里没有评议方案（schemes/年度.toml），没有写出任何文件。请改正 --from。")
        return there, there.scheme(there.years[-1])
    if not path.exists():
        raise UsageError(f"找不到 {path}，没有写出任何文件。--from 应写年度（如 2007）、方案文件或数据目录。")
    return (Home(path.parent.parent) if path.parent.name == "schemes" else None), path


def _year_of(content: bytes, path: Path) -> int:
    """The year that a scheme says it is of."""
    try:
        year = tomllib.loads(content.decode("utf-8-sig")).get("year")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        year = None
    # Whatever is wrong with it, the scheme's reader says it in its own words.
    return year if isinstance(year, int) and not isinstance(year, bool) else int(path.stem) if path.stem.isdecimal() else FIRST
