"""What keeps people out who do not see or use a mouse, by ACT rules 23a2a8 and e086e5 and HTML-AAM, as far as markup tells it.

Of style sheets nothing is known here: only what an element, or one around it, says of itself hides it.
"""

import re
from itertools import chain, islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

_UNLABELLED_KINDS = {"hidden", "submit", "button", "reset", "image"}
# Inputs that nobody types text into, where a placeholder is not shown; one of an unknown type is a text field (HTML Standard, 4.10.5).
_WITHOUT_PLACEHOLDER = frozenset(
    ["checkbox", "color", "date", "datetime-local", "file", "month", "radio", "range", "time", "week"]
)
# An image that is counted by its tag, and those of a rule of their own (7d6734).
_NOT_HTML = {"img", "svg", "g", "path", "use", "symbol"}
_NO_ROLE = {"none", "presentation"}
# WAI-ARIA 1.2, 5.3.2: with any of these, or where it takes the focus, an element is not without a role, whatever it says.
_GLOBAL = frozenset(
    [
        "aria-atomic",
        "aria-braillelabel",
        "aria-brailleroledescription",
        "aria-busy",
        "aria-controls",
        "aria-current",
        "aria-describedby",
        "aria-description",
        "aria-details",
        "aria-disabled",
        "aria-dropeffect",
        "aria-errormessage",
        "aria-flowto",
        "aria-grabbed",
        "aria-haspopup",
        "aria-invalid",
        "aria-keyshortcuts",
        "aria-label",
        "aria-labelledby",
        "aria-live",
        "aria-owns",
        "aria-relevant",
        "aria-roledescription",
    ]
)
_STYLE = re.compile(r"(?:^|;)\s*(display|visibility|content-visibility)\s*:\s*([a-z-]+)", re.I)
_NUMBER = re.compile(r"\s*[-+]?\d+")
_NEAREST = 4
# Farther up than this nobody nests; what is deeper still is taken for visible.
_HIGHEST = 200
# No honest page has more.
_MOST_JUDGED = 20_000


class Faults(NamedTuple):
    """What keeps people out, counted."""

    images: int
    inputs: int
    no_heading: bool
    no_main: bool

    @property
    def total(self) -> int:
        return self.images + self.inputs + self.no_heading + self.no_main


def faults_of(tree: LexborHTMLParser) -> Faults:
    return _Reader(tree).faults()


class _Reader:
    """Reads one page. What hides an element is looked up once for all that it holds."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._names: dict[str, LexborNode] | None = None
        self._hides: dict[int, bool] = {}

    def faults(self) -> Faults:
        tags = self._tree.tags
        labels = {node.attributes.get("for") for node in tags("label")}
        fields = chain(tags("input"), tags("select"), tags("textarea"))
        with_role = self._tree.css("[role]")
        images = chain(tags("img"), (node for node in with_role if node.tag not in _NOT_HTML and _role(node) == "img"))
        heading = tags("h1") or any(_is_first_heading(node) for node in chain(with_role, self._tree.css("[aria-level]")))
        return Faults(
            sum(self._lacks_alternative(node) for node in islice(images, _MOST_JUDGED)),
            sum(self._lacks_label(node, labels) for node in islice(fields, _MOST_JUDGED)),
            no_heading=not heading,
            no_main=not (tags("main") or any(_role(node) == "main" for node in with_role)),
        )

    def _lacks_alternative(self, node: LexborNode) -> bool:
        """Whether an image has no name, is no decoration, and is there for people who listen."""
        attributes = node.attributes
        if node.tag == "img" and "alt" in attributes:
            alt = attributes["alt"] or ""
            # An empty one says that the image is decoration; one of spaces says nothing.
            if not alt or alt.strip():
                return False
        return not (_is_decoration(node) or self._has_name(attributes) or self._is_hidden(node))

    def _lacks_label(self, node: LexborNode, labels: set[str | None]) -> bool:
        attributes = node.attributes
        return not (
            (attributes.get("type") or "").lower() in _UNLABELLED_KINDS
            or (attributes.get("id") and attributes.get("id") in labels)
            or self._has_name(attributes)
            or _has_placeholder(node)
            or _in_label(node)
            or self._is_hidden(node)
        )

    def _has_name(self, attributes: dict[str, str | None]) -> bool:
        return any((attributes.get(name) or "").strip() for name in ("aria-label", "title")) or any(
            self._says_something(name) for name in (attributes.get("aria-labelledby") or "").split()
        )

    def _says_something(self, name: str) -> bool:
        """Whether the element of an id can name another one. It may be hidden."""
        if self._names is None:
            self._names = {}
            for node in self._tree.css("[id]"):
                self._names.setdefault(node.attributes.get("id") or "", node)
        node = self._names.get(name)
        if node is None:
            return False
        elements = chain([node], node.css("img"))
        return bool(node.text(strip=True)) or any(
            (each.attributes.get(key) or "").strip() for each in elements for key in ("aria-label", "alt", "title", "value")
        )

    def _is_hidden(self, node: LexborNode) -> bool:
        """Whether an element, or one around it, is kept from everyone or from those who listen."""
        inside: list[int] = []
        shown = False  # by an element nearer than one that would make it invisible
        above: LexborNode | None = node
        while above is not None and above.tag not in (None, "-document") and len(inside) < _HIGHEST:
            if not shown and above.mem_id in self._hides:
                hidden = self._hides[above.mem_id]
                break
            attributes = above.attributes
            style = {name.lower(): value.lower() for name, value in _STYLE.findall(attributes.get("style") or "")}
            visibility = style.get("visibility")
            if (
                style.get("display") == "none"
                or style.get("content-visibility") == "hidden"
                or (visibility in ("hidden", "collapse") and not shown)
                or ("hidden" in attributes and "display" not in style)
                or "inert" in attributes
                or (attributes.get("aria-hidden") or "").strip().lower() == "true"
                or (above.tag == "dialog" and "open" not in attributes and "display" not in style)
            ):
                hidden = True
                inside.append(above.mem_id)
                break
            shown = shown or visibility == "visible"
            if shown:
                # What shows itself says nothing of its neighbours.
                inside.clear()
            else:
                inside.append(above.mem_id)
            above = above.parent
        else:
            hidden = False
        self._hides.update(dict.fromkeys(inside, hidden))
        return hidden


def _is_decoration(node: LexborNode) -> bool:
    attributes = node.attributes
    takes_focus = _NUMBER.match(attributes.get("tabindex") or "") is not None
    return _role(node) in _NO_ROLE and not takes_focus and not any(name in _GLOBAL for name in attributes)


def _role(node: LexborNode) -> str:
    return next(iter((node.attributes.get("role") or "").lower().split()), "")


def _is_first_heading(node: LexborNode) -> bool:
    """`role=heading`, or h2 to h6 by a level of its own."""
    is_heading = _role(node) == "heading" or (not _role(node) and node.tag in ("h2", "h3", "h4", "h5", "h6"))
    return is_heading and (node.attributes.get("aria-level") or "").strip() == "1"


def _has_placeholder(node: LexborNode) -> bool:
    """Whether a placeholder names an input, as it does where nothing else does (HTML-AAM; e086e5, passed example 5)."""
    attributes = node.attributes
    shows = node.tag == "textarea" or (
        node.tag == "input" and (attributes.get("type") or "").strip().lower() not in _WITHOUT_PLACEHOLDER
    )
    return shows and bool((attributes.get("placeholder") or "").strip())


def _in_label(node: LexborNode) -> bool:
    """Whether a label stands around an input; not farther up than anyone writes it."""
    around = node.parent
    for _ in range(_NEAREST):
        if around is None:
            return False
        if around.tag == "label":
            return True
        around = around.parent
    return False
