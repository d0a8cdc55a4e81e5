"""Makes charts as inline SVG. A few bars and lines need no library. The charts take the page's colours, in light, in dark and on
paper, carry their own description, and are the same bytes everywhere, since every length is a decimal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from flows.documents.numbers import EXACT, rounded, short

_WIDTH = 760
_ROW = 22
_LABEL = 190
_LONGEST_LABEL = 13


@dataclass(frozen=True)
class Bar:
    """A row of a chart: its name, its parts one after another, and their total as it is written."""

    name: str
    parts: tuple[tuple[str, Decimal], ...]
    total: str


def stacked(title: str, description: str, bars: Sequence[Bar]) -> Markup:
    """Horizontal bars of parts on a scale from 0 to 100, with the total at their end."""
    room = _WIDTH - _LABEL - 60
    height = 26 + len(bars) * _ROW
    elements = [_scale(room, height)]
    for line, bar in enumerate(bars):
        y = 24 + line * _ROW
        elements.append(_label(bar.name, y + 13))
        x = Decimal(_LABEL)
        for index, (name, amount) in enumerate(bar.parts):
            width = EXACT.divide(EXACT.multiply(amount, Decimal(room)), Decimal(100))
            tip = f"{bar.name} {name} {short(amount, 2)}"
            elements.append(_rect(f"s{index % 8}", x, Decimal(y), width, Decimal(_ROW - 7), tip))
            x += width
        elements.append(_text("value", x + 6, Decimal(y + 13), bar.total))
    return _svg(title, description, _WIDTH, height, elements)


class Histogram:
    """The number of values in each step of the scale, with the mean as a line. It is laid out once for a group, and made into an
    SVG for each site with the site's value marked."""

    _HEIGHT, _BASE, _TOP, _LEFT = 232, 190, 52, 36

    def __init__(self, title: str, description: str, values: Sequence[Decimal], mean: Decimal) -> None:
        self._title, self._description = title, description
        self._step = 2 if max(values) - min(values) <= 40 else 5
        self._low = int(min(values)) // self._step * self._step
        high = min(100, (int(max(values)) // self._step + 1) * self._step)
        bins = [0] * max(1, (high - self._low) // self._step)
        for value in values:
            bins[min(len(bins) - 1, int((value - self._low) // self._step))] += 1
        self._room = Decimal(_WIDTH - self._LEFT - 16)
        self._width = EXACT.divide(self._room, Decimal(len(bins)))
        self._elements = [*self._bars(bins), *self._marker("mean", mean, 4, f"平均 {mean}")]

    def svg(self, marked: Decimal | None = None) -> Markup:
        marker = [] if marked is None else self._marker("marked", marked, 20, f"本网站 {marked}")
        description = self._description if marked is None else f"{self._description}，本网站 {marked} 分"
        return _svg(self._title, description, _WIDTH, self._HEIGHT, [*self._elements, *marker])

    def _bars(self, bins: Sequence[int]) -> Iterator[Markup]:
        left, width, base = Decimal(self._LEFT), self._width, self._BASE
        yield _line("axis", left, Decimal(base), left + self._room, Decimal(base))
        for index, count in enumerate(bins):
            tall = EXACT.divide(Decimal(count * (base - self._TOP)), Decimal(max(bins)))
            x = left + width * index
            begin = self._low + index * self._step
            yield _rect("s0", x + 1, base - tall, width - 2, tall, f"{begin} 至 {begin + self._step} 分：{count} 个")
            if count and width > 22:
                yield _text("value", x + width / 2, base - tall - 4, str(count), "middle")
        for index in range(0, len(bins) + 1, max(1, -(-len(bins) // 16))):
            yield _text("tick", left + width * index, Decimal(base + 18), str(self._low + index * self._step), "middle")
        yield _text("tick", left + self._room, Decimal(base + 36), "综合得分（分）", "end")

    def _marker(self, kind: str, value: Decimal, top: int, words: str) -> list[Markup]:
        x = self._LEFT + EXACT.divide((value - self._low) * self._width, Decimal(self._step))
        x = max(Decimal(self._LEFT), min(x, Decimal(_WIDTH - 16)))
        beyond = x > _WIDTH * 3 // 4
        return [
            _line(kind, x, Decimal(top), x, Decimal(self._BASE)),
            _text(f"value {kind}", x - 5 if beyond else x + 5, Decimal(top + 11), words, "end" if beyond else "start"),
        ]


def diverging(title: str, description: str, bars: Sequence[tuple[str, Decimal, str]]) -> Markup:
    """Changes to the right and to the left of a line, each (name, change, words)."""
    height = 10 + len(bars) * _ROW
    largest = max((abs(change) for _, change, _ in bars), default=Decimal(1)) or Decimal(1)
    half = Decimal((_WIDTH - _LABEL - 20) // 2 - 150)
    middle = Decimal(_LABEL + (_WIDTH - _LABEL) // 2)
    elements = [_line("axis", middle, Decimal(2), middle, Decimal(height - 4))]
    for line, (name, change, words) in enumerate(bars):
        y = 6 + line * _ROW
        width = EXACT.divide(abs(change) * half, largest)
        up = change >= 0
        elements.append(_label(name, y + 13))
        elements.append(
            _rect(
                "up" if up else "down",
                middle if up else middle - width,
                Decimal(y),
                width,
                Decimal(_ROW - 7),
                f"{name} {words}",
            )
        )
        elements.append(
            _text("value", middle + width + 6 if up else middle - width - 6, Decimal(y + 13), words, "start" if up else "end")
        )
    return _svg(title, description, _WIDTH, height, elements)


def grouped(title: str, description: str, rows: Sequence[tuple[str, Sequence[tuple[str, Decimal, str]]]]) -> Markup:
    """Bars in groups on a scale from 0 to 100: (name, ((series, amount, words), …))."""
    room = _WIDTH - _LABEL - 100
    bar, gap = 15, 12
    height = 26 + sum(len(series) * (bar + 2) + gap for _, series in rows)
    elements, y = [_scale(room, height)], 26
    for name, series in rows:
        elements.append(_label(name, y + len(series) * (bar + 2) // 2 + 4))
        for index, (label, amount, words) in enumerate(series):
            width = EXACT.divide(EXACT.multiply(amount, Decimal(room)), Decimal(100))
            elements.append(_rect(f"s{index % 8}", Decimal(_LABEL), Decimal(y), width, Decimal(bar), f"{name} {label} {words}"))
            elements.append(_text("value", _LABEL + width + 6, Decimal(y + 12), words))
            y += bar + 2
        y += gap
    return _svg(title, description, _WIDTH, height, elements)


def _svg(title: str, description: str, width: int, height: int, elements: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        width, height, f"{title}。{description}"
    )
    return head + Markup("").join(elements) + Markup("</svg>")


def _label(name: str, y: int) -> Markup:
    return _text("label", Decimal(_LABEL - 8), Decimal(y), _cut(name), "end")


def _scale(room: int, height: int) -> Markup:
    parts = []
    for tick in range(0, 101, 20):
        x = _LABEL + room * tick // 100
        parts += [
            _line("grid", Decimal(x), Decimal(18), Decimal(x), Decimal(height)),
            _text("tick", Decimal(x), Decimal(12), str(tick), "middle"),
        ]
    return Markup("").join(parts)


def _rect(kind: str, x: Decimal, y: Decimal, width: Decimal, height: Decimal, tip: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        kind, _at(x), _at(y), _at(max(width, Decimal(0))), _at(max(height, Decimal(0))), tip
    )


def _line(kind: str, x: Decimal, y: Decimal, to_x: Decimal, to_y: Decimal) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, _at(x), _at(y), _at(to_x), _at(to_y))


def _text(kind: str, x: Decimal, y: Decimal, words: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(kind, _at(x), _at(y), anchor, words)


def _at(length: Decimal) -> str:
    return f"{rounded(Decimal(length), 1):f}".removesuffix(".0")


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"


def legend(names: Sequence[str]) -> Markup:
    """What the colours mean, as a list beside the chart."""
    key = Markup(
        '<svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class="s{}" width="12" height="12" rx="2"/></svg>'
    )
    items = [Markup("<li>{}{}</li>").format(key.format(index % 8), name) for index, name in enumerate(names)]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))
