"""A drawing of the models and what they read, as an SVG image in an address of its own, so that it needs no server."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from flows.models import LAYERS, Model

_WIDTH, _HEIGHT, _GAP, _COLUMN = 190, 22, 8, 300
_COLORS = {"raw": "#b9770e", "ref": "#7d6608", "staged": "#1f618d", "scored": "#117864", "ranked": "#6c3483", "drawn": "#5d6d7e", "published": "#943126"}


def graph(models: Sequence[Model]) -> str:
    """The drawing as a `data:` address: one column a layer, one box a table, one curve a table that is read."""
    names = {model.name for model in models} | {read for model in models for read in model.reads}
    places = {}
    for column, layer in enumerate(LAYERS):
        inside = sorted(name for name in names if name.split(".")[0] == layer)
        places |= {name: (20 + column * _COLUMN, 50 + row * (_HEIGHT + _GAP)) for row, name in enumerate(inside)}
    height = max(y for _, y in places.values()) + 2 * _HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(LAYERS) * _COLUMN}" height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="100%" height="100%" fill="#fff"/>',
        *(f'<text x="{20 + column * _COLUMN}" y="30" font-size="15" fill="{_COLORS[layer]}">{layer}</text>' for column, layer in enumerate(LAYERS)),
        *(_curve(places[read], places[model.name], _COLORS[read.split(".")[0]]) for model in models for read in sorted(model.reads)),
        *(_box(name, place) for name, place in places.items()),
        "</svg>",
    ]
    return "data:image/svg+xml;base64," + b64encode("".join(parts).encode()).decode()


def _box(name: str, place: tuple[int, int]) -> str:
    layer, table = name.split(".")
    x, y = place
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="#fff" stroke="{_COLORS[layer]}"/>'
        f'<text x="{x + 8}" y="{y + 15}" fill="#222">{escape(table)}</text>'
    )


def _curve(start: tuple[int, int], end: tuple[int, int], color: str) -> str:
    x1, y1, x2, y2 = start[0] + _WIDTH, start[1] + _HEIGHT // 2, end[0], end[1] + _HEIGHT // 2
    if x2 < x1:
        # Within a layer the curve leaves to the right and comes back to the right edge.
        x2 += _WIDTH
        return f'<path d="M{x1} {y1} C{x1 + 50} {y1} {x2 + 50} {y2} {x2} {y2}" fill="none" stroke="{color}" stroke-opacity=".45"/>'
    middle = (x1 + x2) // 2
    return f'<path d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}" fill="none" stroke="{color}" stroke-opacity=".45"/>'
