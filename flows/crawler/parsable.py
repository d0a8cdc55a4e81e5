"""Whether the parser can take a page: what would hold it up for minutes is no page, and is told apart without parsing it."""

# The parser walks up the open elements at every tag: 200 000 tags 200 000 deep, and there is room for them, would hold up a
# whole night. So many steps take half a second.
_MOST_STEPS = 100_000_000
_BLOCKS = 64
# A tag that fills a block of this size and has so many gaps in it has no honest attributes; one with a picture in it has
# no gaps.
_LONG_TAG = 32 << 10
_MANY_GAPS = 2_000
# Elements that hold nothing and are never closed.
_VOID = ("<br", "<img", "<input", "<meta", "<link", "<hr", "<area", "<col", "<param", "<source", "<!", "<?")


def unparsable(text: str) -> str:
    """Why the text of a page cannot be parsed in a time that any honest page needs; empty where it can."""
    if _too_deep(text):
        return "网页的标签嵌套太深，无法解析"
    if _too_many_attributes(text):
        return "网页有一个标签的属性太多，无法解析"
    return ""


def _too_deep(text: str) -> bool:
    """Whether parsing would take far longer than any honest page's, by counting brackets in blocks."""
    tags = text.count("<")
    if tags * tags <= _MOST_STEPS:
        return False
    size = len(text) // _BLOCKS + 1
    depth = deepest = 0
    for start in range(0, len(text), size):
        end = start + size
        closed = 2 * text.count("</", start, end) + sum(text.count(tag, start, end) for tag in _VOID)
        depth += text.count("<", start, end) - closed
        deepest = max(deepest, depth)
    return tags * deepest > _MOST_STEPS


def _too_many_attributes(text: str) -> bool:
    """Whether there is a tag whose attributes, each held against all others, would take the parser many seconds."""
    for start in range(0, len(text), _LONG_TAG):
        end = start + _LONG_TAG
        if (
            text.find(">", start, end) < 0
            and text.rfind("<", 0, start) > text.rfind(">", 0, start)
            and sum(text.count(gap, start, end) for gap in " \n\t\r\f/\"'") > _MANY_GAPS
        ):
            return True
    return False
