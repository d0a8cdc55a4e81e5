"""What keeps people out who do not see or use a mouse, by ACT rules 23a2a8 and e086e5 and HTML-AAM, as far as markup tells it.

Of style sheets nothing is known here: only what an element, or one around it, says of itself hides it.
"""

import re
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.crawler.neighbours import walk

_UNLABELLED_KINDS = {"hidden", "submit", "button", "reset", "image"}
# Inputs that nobody types text into, where a placeholder is not shown; one of an unknown type is a text field (HTML Standard, 4.10.5).
_WITHOUT_PLACEHOLDER = {"checkbox", "color", "date", "datetime-local", "file", "month", "radio", "range", "time", "week"}
# An image that is counted by its tag, and those of a rule of their own (7d6734).
_NOT_HTML = {"img", "svg", "g", "path", "use", "symbol"}
_NO_ROLE = {"none", "presentation"}
# WAI-ARIA 1.2, 5.3.2: with any of these, or where it takes the focus, an element is not without a role, whatever it says.
_GLOBAL = frozenset((
    "aria-atomic", "aria-braillelabel", "aria-brailleroledescription", "aria-busy", "aria-controls", "aria-current",
    "aria-describedby", "aria-description", "aria-details", "aria-disabled", "aria-dropeffect", "aria-errormessage",
    "aria-flowto", "aria-grabbed", "aria-haspopup", "aria-invalid", "aria-keyshortcuts", "aria-label", "aria-labelledby",
    "aria-live", "aria-owns", "aria-relevant", "aria-roledescription",
))  # fmt: skip
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
        self._states: dict[int, tuple[bool, bool]] = {}

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

    @cached_property
    def _named(self) -> dict[str, LexborNode]:
        """The elements with an id, by it; of several the first."""
        return {node.attributes.get("id") or "": node for node in reversed(self._tree.css("[id]"))}

    def _says_something(self, name: str) -> bool:
        """Whether the element of an id can name another one. It may be hidden."""
        node = self._named.get(name)
        if node is None:
            return False
        elements = chain([node], node.css("img"))
        return bool(node.text(strip=True)) or any(
            (each.attributes.get(key) or "").strip() for each in elements for key in ("aria-label", "alt", "title", "value")
        )

    def _is_hidden(self, node: LexborNode) -> bool:
        """Whether an element, or one around it, is kept from everyone or from those who listen."""
        unread: list[LexborNode] = []
        state = (False, False)
        for each in chain([node], walk(node, "parent", _HIGHEST - 1)):
            if each.mem_id in self._states:
                state = self._states[each.mem_id]
                break
            if each.tag in (None, "-document"):
                break
            unread.append(each)
        for each in reversed(unread):
            state = self._states[each.mem_id] = _state(each, *state)
        return any(state)


def _state(node: LexborNode, is_gone: bool, is_invisible: bool) -> tuple[bool, bool]:
    """Whether an element is gone, with all that it holds, and whether it is invisible, which may hold what shows itself. The flags
    are those of the element around it."""
    attributes = node.attributes
    style = {name.lower(): value.lower() for name, value in _STYLE.findall(attributes.get("style") or "")}
    is_gone = (
        is_gone
        or style.get("display") == "none"
        or style.get("content-visibility") == "hidden"
        or ("hidden" in attributes and "display" not in style)
        or "inert" in attributes
        or (attributes.get("aria-hidden") or "").strip().lower() == "true"
        or (node.tag == "dialog" and "open" not in attributes and "display" not in style)
    )
    visibility = {"hidden": True, "collapse": True, "visible": False}
    return is_gone, visibility.get(style.get("visibility", ""), is_invisible)


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
    kind = (attributes.get("type") or "").strip().lower()
    shows = node.tag == "textarea" or (node.tag == "input" and kind not in _WITHOUT_PLACEHOLDER)
    return shows and bool((attributes.get("placeholder") or "").strip())


def _in_label(node: LexborNode) -> bool:
    """Whether a label stands around an input; not farther up than anyone writes it."""
    return any(around.tag == "label" for around in walk(node, "parent", _NEAREST))
