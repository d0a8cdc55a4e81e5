"""What only stands in a page's place: what would hold the parser up for minutes, and what firewalls show instead of the page."""

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
# Searched for as plain words, in small letters: one expression for all of them takes a hundred times as long.
_CHALLENGES = (
    "验证码", "人机验证", "安全验证", "访问验证", "滑动验证", "请完成验证", "captcha", "cf-challenge", "challenge-platform", "challenge-form",
    "js challenge", "js_challenge", "js-challenge", "checking your browser", "__jsl_clearance", "acw_sc__v2", "$_ts",
    "访问被阻断", "访问被拦截", "请求被拦截", "请求已被拦截", "网站防火墙", "just a moment", "incapsula", "ddos protection by",
)  # fmt: skip
_CHALLENGE_WITHIN = 64 << 10
_CHALLENGE_WORDS = 300


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


def asks(text: str, markup: str) -> bool:
    """Whether a page, of which `text` can be read, wants to know first that we are human, or turns us away."""
    if len(text) > _CHALLENGE_WORDS:
        return False
    start = markup[:_CHALLENGE_WITHIN].lower()
    return any(mark in start for mark in _CHALLENGES)
