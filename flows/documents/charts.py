"""Makes charts as inline SVG. A few bars and lines need no library. The charts take the page's colours, in light, in dark and on
paper, carry their own description, and are the same bytes everywhere, since every length is a decimal.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from markupsafe import Markup

from flows.documents.numbers import EXACT, rounded, short

_WIDTH = 760
_ROW = 22
_LABEL = 190
_LONGEST_LABEL = 13

Length = Decimal | int


def stacked(title: str, description: str, bars: Sequence[tuple[str, Sequence[tuple[str, Decimal]], str]]) -> Markup:
    """Horizontal bars of parts on a scale from 0 to 100, with the total at their end: (name, ((part, amount), …), total)."""
    room = _WIDTH - _LABEL - 60
    height = 26 + len(bars) * _ROW
    elements = _scale(room, height)
    for line, (name, parts, total) in enumerate(bars):
        y = 24 + line * _ROW
        elements.append(_label(name, y + 13))
        x = Decimal(_LABEL)
        for index, (part, amount) in enumerate(parts):
            width = _part(amount, room)
            elements.append(_rect(f"s{index % 8}", x, y, width, _ROW - 7, f"{name} {part} {short(amount, 2)}"))
            x += width
        elements.append(_text("value", x + 6, y + 13, total))
    return _svg(title, description, height, elements)


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
        return _svg(self._title, description, self._HEIGHT, [*self._elements, *marker])

    def _bars(self, bins: Sequence[int]) -> Iterator[Markup]:
        left, width, base = self._LEFT, self._width, self._BASE
        yield _line("axis", left, base, left + self._room, base)
        for index, count in enumerate(bins):
            tall = EXACT.divide(Decimal(count * (base - self._TOP)), Decimal(max(bins)))
            x = left + width * index
            begin = self._low + index * self._step
            yield _rect("s0", x + 1, base - tall, width - 2, tall, f"{begin} 至 {begin + self._step} 分：{count} 个")
            if count and width > 22:
                yield _text("value", x + width / 2, base - tall - 4, str(count), "middle")
        for index in range(0, len(bins) + 1, max(1, -(-len(bins) // 16))):
            yield _text("tick", left + width * index, base + 18, str(self._low + index * self._step), "middle")
        yield _text("tick", left + self._room, base + 36, "综合得分（分）", "end")

    def _marker(self, kind: str, value: Decimal, top: int, words: str) -> list[Markup]:
        x = self._LEFT + EXACT.divide((value - self._low) * self._width, Decimal(self._step))
        x = max(Decimal(self._LEFT), min(x, Decimal(_WIDTH - 16)))
        beyond = x > _WIDTH * 3 // 4
        return [
            _line(kind, x, top, x, self._BASE),
            _text(f"value {kind}", x - 5 if beyond else x + 5, top + 11, words, "end" if beyond else "start"),
        ]


def diverging(title: str, description: str, bars: Sequence[tuple[str, Decimal, str]]) -> Markup:
    """Changes to the right and to the left of a line, each (name, change, words)."""
    height = 10 + len(bars) * _ROW
    largest = max((abs(change) for _, change, _ in bars), default=Decimal(1)) or Decimal(1)
    half = (_WIDTH - _LABEL - 20) // 2 - 150
    middle = _LABEL + (_WIDTH - _LABEL) // 2
    elements = [_line("axis", middle, 2, middle, height - 4)]
    for line, (name, change, words) in enumerate(bars):
        y = 6 + line * _ROW
        width = EXACT.divide(abs(change) * half, largest)
        up = change >= 0
        elements += [
            _label(name, y + 13),
            _rect("up" if up else "down", middle if up else middle - width, y, width, _ROW - 7, f"{name} {words}"),
            _text("value", middle + width + 6 if up else middle - width - 6, y + 13, words, "start" if up else "end"),
        ]
    return _svg(title, description, height, elements)


def grouped(title: str, description: str, rows: Sequence[tuple[str, Sequence[tuple[str, Decimal, str]]]]) -> Markup:
    """Bars in groups on a scale from 0 to 100: (name, ((series, amount, words), …))."""
    room = _WIDTH - _LABEL - 100
    bar, gap = 15, 12
    height = 26 + sum(len(series) * (bar + 2) + gap for _, series in rows)
    elements, y = _scale(room, height), 26
    for name, series in rows:
        elements.append(_label(name, y + len(series) * (bar + 2) // 2 + 4))
        for index, (label, amount, words) in enumerate(series):
            width = _part(amount, room)
            elements.append(_rect(f"s{index % 8}", _LABEL, y, width, bar, f"{name} {label} {words}"))
            elements.append(_text("value", _LABEL + width + 6, y + 12, words))
            y += bar + 2
        y += gap
    return _svg(title, description, height, elements)


def _part(amount: Decimal, room: int) -> Decimal:
    """The length of an amount from 0 to 100 where 100 takes all the room."""
    return EXACT.divide(EXACT.multiply(amount, Decimal(room)), Decimal(100))


def _svg(title: str, description: str, height: int, elements: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return head.format(_WIDTH, height, f"{title}。{description}") + Markup("").join(elements) + Markup("</svg>")


def _label(name: str, y: int) -> Markup:
    cut = name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"
    return _text("label", _LABEL - 8, y, cut, "end")


def _scale(room: int, height: int) -> list[Markup]:
    parts = []
    for tick in range(0, 101, 20):
        x = _LABEL + room * tick // 100
        parts += [_line("grid", x, 18, x, height), _text("tick", x, 12, str(tick), "middle")]
    return parts


def _rect(kind: str, x: Length, y: Length, width: Length, height: Length, tip: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        kind, _at(x), _at(y), _at(max(width, 0)), _at(max(height, 0)), tip
    )


def _line(kind: str, x: Length, y: Length, to_x: Length, to_y: Length) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, _at(x), _at(y), _at(to_x), _at(to_y))


def _text(kind: str, x: Length, y: Length, words: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(kind, _at(x), _at(y), anchor, words)


def _at(length: Length) -> str:
    return f"{rounded(Decimal(length), 1):f}".removesuffix(".0")


def legend(names: Sequence[str]) -> Markup:
    """What the colours mean, as a list beside the chart."""
    key = Markup(
        '<svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class="s{}" width="12" height="12" rx="2"/></svg>'
    )
    items = [Markup("<li>{}{}</li>").format(key.format(index % 8), name) for index, name in enumerate(names)]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))
