"""The markup of an HTML page: parsed once, searched as asked, and let go soon; a tree takes far more memory than its page."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser, LexborNode
from yarl import URL

from flows.crawler.accessibility import Faults, faults_of
from flows.crawler.charsets import Decoded, decode
from flows.crawler.onward import AT_ONCE, SOON, Jump, Onward, jumps, refresh_of
from flows.crawler.parsable import asks, unparsable
from flows.crawler.results import Answer
from flows.crawler.searching import search_of

MOST_LINKS = 3_000
_BEFORE_MARKUP = b"\xef\xbb\xbf \t\r\n\f"
_MOST_TIMES = 300
# What is longer is no address that anybody wrote.
_LONGEST_ADDRESS = 8_000
_FEW_WORDS = 200
_SHELL_WORDS = 50
_UNREAD = ("style", "template", "noscript", "noframes")
_SKIPPED = ("#", "javascript:", "mailto:", "tel:", "data:", "about:", "sms:", "blob:")
# Words of scripts that fetch what a page shows.
_FETCHING = (
    "ajax", "XMLHttpRequest", "fetch(", "axios", "getJSON", "$.get(", "$.post(", "jsonp", "new Vue", "createApp(", "dataproxy",
)  # fmt: skip
_SIZE = re.compile(r"\s*0*[01](?:px)?\s*")
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|(?:width|height)\s*:\s*0", re.I)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)
_CONTROL = re.compile(r"[\t\r\n]")


class Title(NamedTuple):
    """What can be clicked on; `url` is None where only a script knows where it leads, `node` is where it stands in the page."""

    url: URL | None
    node: LexborNode


class Markup:
    """A parsed page. Everything below is computed on use, and nothing of it may outlive the look at the page."""

    def __init__(self, decoded: Decoded, url: URL, refresh: str = "") -> None:
        """`refresh` is the header of that name, by which a page is led on as by a meta element."""
        self.charset = decoded
        self._url = url
        self._refresh_header = refresh
        self._tree = LexborHTMLParser(decoded.text)
        scripts = self._tree.tags("script")
        self._code = [node.text() for node in scripts]
        self._trees = [self._tree, *_lists_in_scripts(scripts)]
        if self._tree.body is not None and (onload := self._tree.body.attributes.get("onload")):
            self._code.append(onload)
        for node in chain(scripts, *map(self._tree.tags, _UNREAD)):
            node.decompose()
        for frame in self._tree.tags("iframe"):
            # For readers without frames; of old those were all that crawled.
            while (child := frame.child) is not None:
                child.decompose()
        base = next((node.attributes["href"] for node in self._tree.tags("base") if "href" in node.attributes), None)
        self._base = (_joined(url, base, "utf-8") if base else None) or url

    @cached_property
    def text(self) -> str:
        """What can be read, spaces and breaks as one space."""
        body = self._tree.body
        return " ".join(body.text(separator=" ").split()) if body else ""

    @property
    def title(self) -> str:
        titles = self._tree.tags("title")
        return " ".join(titles[0].text().split()) if titles else ""

    @property
    def lang(self) -> str:
        root = self._tree.root
        return (root.attributes.get("lang") or root.attributes.get("xml:lang") or "").strip() if root else ""

    @property
    def viewport(self) -> bool:
        return bool(next(self._metas("name", "viewport"), "").strip())

    @cached_property
    def anchors(self) -> list[tuple[URL, LexborNode]]:
        """Links in the order of the page, repeated ones as well, at most `MOST_LINKS`."""
        return [(url, node) for url, node in self.titles if url is not None]

    @cached_property
    def titles(self) -> list[Title]:
        nodes = chain.from_iterable(_both(tree, "a", "area") for tree in self._trees)
        return [Title(self._absolute(node.attributes.get("href") or ""), node) for node in islice(nodes, MOST_LINKS)]

    @cached_property
    def links(self) -> tuple[URL, ...]:
        """Every address that the page leads to, once, its frames and refreshes included."""
        return tuple(dict.fromkeys([*self._onward, *(url for url, _ in self.anchors)]))[:MOST_LINKS]

    @property
    def _onward(self) -> list[URL]:
        """Where the page goes by itself: refresh, frames, a script that sets the location."""
        found = [url for url, _ in self._framed]
        if self._refresh is not None and self._refresh[1] != self._url:
            found.append(self._refresh[1])
        if len(self.text) < _FEW_WORDS:
            found += (url for url in self._jumps if url is not None)
        return found

    @property
    def frames(self) -> tuple[URL, ...]:
        """The frames that can be seen, whose pages are parts of this one."""
        return tuple(dict.fromkeys(url for url, node in self._framed if _is_seen(node)))

    @property
    def leads_on(self) -> Onward | None:
        """Where visitors are led who open this page, which itself shows them nothing; None for a page to stay on."""
        at = self._url
        if self._refresh is not None:
            seconds, url = self._refresh
            if url != at and (seconds <= AT_ONCE or (seconds <= SOON and len(self.text) < _SHELL_WORDS)):
                return Onward(url, "网页刷新")
        if len(self.text) >= _SHELL_WORDS:
            return None
        jumps = self._jumps
        frames = self.frames
        targets = {url for url in (*jumps, *frames) if url is not None}
        if not (targets or jumps) or self._asks:
            # Nothing leads on, or there is something else to do.
            return None
        if not any(jump.at_once for jump in self._code_jumps) and any(url not in targets for url, _ in self.anchors):
            return None
        how = "脚本" if jumps else "框架"
        if len(targets) == 1 and None not in jumps and at not in targets:
            return Onward(targets.pop(), how, framed=not jumps)
        # Several frames make a page together.
        return Onward(None, how) if jumps else None

    @property
    def _asks(self) -> bool:
        """Whether there is a form to fill in or a button to press."""
        inputs = (node for node in self._tree.tags("input") if (node.attributes.get("type") or "").lower() != "hidden")
        return any(inputs) or any(self._tree.tags(tag) for tag in ("button", "select", "textarea"))

    @property
    def is_framed(self) -> bool:
        """Whether frames make the page and it has next to nothing of its own."""
        return len(self.text) < _SHELL_WORDS and bool(self.frames) and not self.anchors

    @property
    def fetches(self) -> bool:
        """Whether its scripts fetch what it shows, or some of it."""
        return any(word in code for code in self._code for word in _FETCHING)

    @property
    def bodies(self) -> list[LexborNode]:
        """What can be read: the page's body, and those of lists in scripts."""
        return [tree.body for tree in self._trees if tree.body is not None]

    @property
    def times(self) -> list[LexborNode]:
        return list(islice((node for node in self._tree.tags("time") if "datetime" in node.attributes), _MOST_TIMES))

    @property
    def is_navigation(self) -> bool:
        """Whether there is little to read and somewhere to go."""
        return len(self.text) < _FEW_WORDS and bool(self.links)

    @property
    def is_shell(self) -> bool:
        """Whether scripts make the page and nothing of it can be seen without them."""
        return len(self.text) < _SHELL_WORDS and not self.links and bool(self._code)

    @property
    def is_scripted(self) -> bool:
        """Whether there is little to read and scripts that may fetch the rest."""
        return len(self.text) < _FEW_WORDS and bool(self._code)

    @property
    def is_challenge(self) -> bool:
        """Whether the server wants to know first that we are human."""
        return asks(self.text, self.charset.text)

    @property
    def search(self) -> str | None:
        """Where one can search, for an operator; None where one cannot."""
        return search_of(self._tree, self.anchors)

    @property
    def faults(self) -> Faults:
        return faults_of(self._tree)

    @cached_property
    def _refresh(self) -> tuple[int, URL] | None:
        """The refresh that counts, the header's or the first one, and where it leads."""
        for content in (self._refresh_header, *self._metas("http-equiv", "refresh")):
            if (found := refresh_of(content)) is not None:
                url = self._absolute(found[1]) if found[1] else self._url
                return None if url is None else (found[0], url)
        return None

    @cached_property
    def _jumps(self) -> list[URL | None]:
        """Where scripts set the location to; None for what cannot be told."""
        found = (None if jump.words is None else self._absolute(jump.words) for jump in self._code_jumps)
        return list(dict.fromkeys(found))

    @cached_property
    def _code_jumps(self) -> list[Jump]:
        return list(jumps(self._code))

    def _metas(self, key: str, name: str) -> Iterator[str]:
        """The contents of the meta elements of a name."""
        for node in self._tree.tags("meta"):
            attributes = node.attributes
            if (attributes.get(key) or "").lower() == name:
                yield attributes.get("content") or ""

    @cached_property
    def _framed(self) -> list[tuple[URL, LexborNode]]:
        """Its frames and their addresses, at most `MOST_LINKS`."""
        nodes = chain.from_iterable(_both(tree, "frame", "iframe") for tree in self._trees)
        framed = ((self._absolute(node.attributes.get("src") or ""), node) for node in nodes)
        return list(islice(((url, node) for url, node in framed if url is not None), MOST_LINKS))

    def _absolute(self, words: str) -> URL | None:
        return _joined(self._base, words, self.charset.codec)


def read_markup(answer: Answer) -> Markup | str:
    """The markup of an answer, or why it is no page."""
    if answer.unreadable:
        return answer.unreadable
    content_type = answer.headers.get("Content-Type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml") and not (
        kind == "" and answer.body.lstrip(_BEFORE_MARKUP)[:1] == b"<"
    ):
        return f"不是网页（{kind[:60] or '没有内容类型'}）"
    decoded = decode(answer.body, content_type)
    return unparsable(decoded.text) or Markup(decoded, answer.final_url, answer.headers.get("Refresh", ""))


def _lists_in_scripts(scripts: list[LexborNode]) -> Iterator[LexborHTMLParser]:
    """Lists that a widespread publishing system puts into `<script type="text/xml">`, from where the browser takes them."""
    for node in scripts:
        if (node.attributes.get("type") or "").lower() == "text/xml":
            text = node.text()
            # Up to the last end: what has none would be looked through to the page's end again and again.
            yield LexborHTMLParser("".join(_CDATA.findall(text[: text.rfind("]]>") + 3])))


def _is_seen(frame: LexborNode) -> bool:
    """Whether a frame is no counter's, of one pixel or none."""
    attributes = frame.attributes
    sizes = (attributes.get("width") or "", attributes.get("height") or "")
    return (
        "hidden" not in attributes
        and not any(map(_SIZE.fullmatch, sizes))
        and not _UNSEEN.search(attributes.get("style") or "")
    )


def _both(tree: LexborHTMLParser, tag: str, rare: str) -> list[LexborNode]:
    """The elements of two names in the order of the page. Searching by one name takes a tenth of what a selector takes."""
    return tree.css(f"{tag}, {rare}") if tree.tags(rare) else tree.tags(tag)


def _joined(base: URL, words: str, codec: str) -> URL | None:
    """The address that a browser would go to, or None for what leads to no other page."""
    words = (words if words.isprintable() else _CONTROL.sub("", words)).strip()
    if not words or len(words) > _LONGEST_ADDRESS or words[:12].lower().startswith(_SKIPPED):
        return None
    if "\\" in words or not words.isascii():
        path, mark, query = words.partition("?")
        if query and not query.isascii() and not codec.startswith("utf-"):
            # A query is sent in the page's own charset, by one of UTF-16 in UTF-8.
            query = quote(query.encode(codec, "xmlcharrefreplace"), safe="%/:=&?~#+!$,;'@()*[]")
        words = path.replace("\\", "/") + mark + query
    try:
        return base.join(URL(words)).with_fragment(None)
    except ValueError:
        return None
