"""The portal's traffic by column and month, and the figures that only a statistic can give."""

from fractions import Fraction

import numpy as np
import polars as pl

from flows.errors import OperatorError
from flows.scheme import Scheme
from flows.simulate.delivery import RawFolder
from flows.simulate.printed import Figure, Printed
from flows.simulate.streams import stream

# A statistic of this name is the year's views of the column before it.
_VIEWS_OF = "栏目访问量"
_COLUMNS = 20
_TOTAL = 100_000_000
# Names of a portal's columns. A main part has several columns, one for each of its services.
_PARTS = {
    "网上办事·": ("市民办事", "企业办事", "表格下载", "状态查询", "结果反馈", "场景导航"),
    "便民服务·": ("交通出行", "医疗卫生", "天气与环境", "住房", "文化教育", "公用事业"),
}
_OTHER_PARTS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
_NAMES = (
    "市情概况", "领导之窗", "市长之窗", "投资上海", "旅游", "实事项目", "专题", "公众参与", "在线访谈", "法规规章", "人事信息",
    "统计数据", "城市规划", "政府采购", "社区", "英文版", "视频", "图片", "邮件订阅", "无障碍浏览", "新闻", "政府信息公开",
)  # fmt: skip
_METRICS = (
    ("发布新闻", 40_000, "条"),
    ("受理依申请公开", 5_000, "件"),
    ("领导信箱有效来信", 60_000, "封"),
    ("短信订阅用户", 150_000, "人"),
)


def _draw_traffic(printed: Printed, seed: int) -> list[tuple[str, int]]:
    """Columns and their views of the year, with the printed views, numbers and shares; the others share the rest of the printed total."""
    rng = stream(seed, "portal", "traffic")
    figures = printed.of("portal_columns", "views")
    number = printed.at("portal_columns", "views", "%", "count")
    count = int(number.value) if number else _COLUMNS
    single = {figure.key: _within(figure, rng) for figure in figures if figure.key and figure.measure == "sum"}
    parts = {
        figure.row_pattern.removesuffix("%"): _within(figure, rng)
        for figure in figures
        if figure.row_pattern not in (None, "%") and figure.row_pattern.endswith("%") and figure.measure == "sum"
    }
    total = _total(printed, rng)
    ceiling = min(single.values(), default=total)
    columns = list(single.items())
    for prefix, sum_ in parts.items():
        offers = _PARTS.get(prefix, _OTHER_PARTS)[: max(3, sum_ // ceiling + 2)]
        columns += zip([f"{prefix}{offer}" for offer in offers], _split(sum_, len(offers), ceiling, rng), strict=True)
    left, rest = count - len(columns), total - sum(views for _, views in columns)
    free = [name for name in _NAMES if name not in dict(columns)]
    if left < 1 or left > len(free) or rest <= 0:
        raise OperatorError(
            f"参照数据中门户栏目的个数（{count}）和访问量互相矛盾。请核对 figures.csv 中指向 portal_columns 的行。"
        )
    names = rng.permutation(free)[:left].tolist()
    return [*columns, *zip(names, _split(rest, left, ceiling, rng), strict=True)]


def _within(figure: Figure, rng: np.random.Generator) -> int:
    """A whole number that prints as the figure; the printed number itself where nothing was rounded away."""
    least, most = figure.range.whole()
    if least > most:
        raise OperatorError(f"参照数据 {figure.figure}（{figure.printed}）不是整数能印出的数。请核对 figures.csv。")
    return int(rng.integers(least, most + 1))


def _total(printed: Printed, rng: np.random.Generator) -> int:
    """The views of all columns: a number that gives every printed share."""
    low, high = Fraction(0), Fraction(2 * _TOTAL)
    sums = {figure.row_pattern: figure.range for figure in printed.of("portal_columns", "views")}
    for share in printed.of("portal_columns", "views", share=True):
        if share.per_rows == "%" and share.row_pattern in sums:
            low = max(low, sums[share.row_pattern].high / share.range.high)
            high = min(high, sums[share.row_pattern].low / share.range.low)
    if low >= high:
        raise OperatorError("参照数据中门户栏目的访问量和所占比例互相矛盾。请核对 figures.csv 中指向 portal_columns 的行。")
    if low == 0:
        return _TOTAL
    margin = (high - low) / 4
    return int(rng.integers(int(low + margin), int(high - margin) + 1))


def _split(total: int, count: int, ceiling: int, rng: np.random.Generator) -> list[int]:
    """`total` in `count` uneven parts, each well below `ceiling` where that is possible."""
    even = 1 / count
    shares = rng.dirichlet([4.0] * count)
    largest = 0.95 * ceiling / total
    if shares.max() > largest > even:
        # Moved towards even parts until the largest fits.
        shares = even + (shares - even) * (largest - even) / (shares.max() - even)
    parts = [int(share * total) for share in shares]
    parts[int(np.argmin(parts))] += total - sum(parts)
    return parts


def write_portal(folder: RawFolder, scheme: Scheme, printed: Printed, seed: int) -> None:
    traffic = _draw_traffic(printed, seed)
    rng = stream(seed, "portal", "months")
    rows = []
    for column, views in traffic:
        shares = rng.dirichlet([60.0] * 12)
        rows += [(column, f"{scheme.year}-{month:02}", n) for month, n in enumerate(rng.multinomial(views, shares), start=1)]
    frame = pl.DataFrame(rows, schema=["column", "month", "views"], orient="row")
    folder.write("portal_traffic", "traffic.csv", frame, encoding="utf-8-sig", end="\r\n")
    stats = _statistics(printed, traffic, stream(seed, "portal", "statistics"))
    folder.write("portal_stats", "statistics.csv", stats, encoding="utf-8-sig", end="\r\n")


def _statistics(printed: Printed, traffic: list[tuple[str, int]], rng: np.random.Generator) -> pl.DataFrame:
    values = {figure.key: figure for figure in printed.of("portal_figures", "value") if figure.key}
    growths = {figure.key: figure for figure in printed.of("portal_figures", "growth") if figure.key}
    views = {f"{column}{_VIEWS_OF}": views for column, views in traffic}
    rows = []
    for metric in dict.fromkeys([*values, *growths]):
        figure = values.get(metric)
        value = views.get(metric) or (_within(figure, rng) if figure else int(rng.integers(1_000, 100_000)))
        unit = _unit(figure) if figure else "页次"
        rows.append((metric, value, unit, _previous(value, growths[metric]) if metric in growths else None))
    if not printed:
        for metric, usual, unit in _METRICS:
            value = int(usual * rng.uniform(0.8, 1.3))
            rows.append((metric, value, unit, int(value / rng.uniform(0.8, 1.6))))
    return pl.DataFrame(rows, schema=["metric", "value", "unit", "previous"], orient="row", infer_schema_length=None)


def _unit(figure: Figure) -> str:
    """The unit is what follows the digits in print: 5000余人 counts 人, 16.4万余条 counts 条."""
    return figure.printed.lstrip("0123456789.").lstrip("万余")


def _previous(value: int, growth: Figure) -> int:
    """Last year's value: the whole number from which this year's comes closest to the printed growth."""
    previous = round(value / (1 + growth.range.middle))
    if previous <= 0 or not growth.range.holds(Fraction(value, previous) - 1):
        raise OperatorError(f"参照数据 {growth.figure}（{growth.printed}）与 {value} 不能由整数得出。请核对 figures.csv。")
    return previous
