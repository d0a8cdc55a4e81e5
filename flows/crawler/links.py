"""Links: tried once a night and site, and dead only where there is no doubt."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from yarl import URL

from flows.crawler.fetch import Allowance, Fetcher
from flows.crawler.items import Today
from flows.crawler.markup import Markup, read_markup
from flows.crawler.pages import CHALLENGED, Page, looks_of, read_page
from flows.crawler.results import GONE, SERVER_ERRORS, Answer, Failure, short
from flows.crawler.shared import Shared

_DEAD_KINDS = frozenset({"name_not_found", "refused", "tls", "certificate", "too_many_redirects"})
_DOUBTFUL_KINDS = _DEAD_KINDS - {"too_many_redirects"}
# Of what is not looked at as a page so much is read, that its connection can be used again.
_ASIDE = 64 << 10
_MOST_ELSEWHERE = 50_000
_FILES = (
    ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".ofd", ".zip", ".rar", ".7z", ".jpg", ".jpeg",
    ".png", ".gif", ".mp3", ".mp4",
)  # fmt: skip
_MOST_SHOWN = 5


class Verdict(NamedTuple):
    """Dead, alive, or (None) not to be told. `doubt` is the time of a failure that an outage of our line could explain."""

    dead: bool | None
    summary: str
    doubt: float | None = None
    untried: bool = False


class Look(NamedTuple):
    """What came of one address; `status` is 0 without an answer. `page` is kept where it was asked for, is one and is alive."""

    verdict: Verdict
    status: int = 0
    page: Page | None = None


class Stray(NamedTuple):
    """The page that a site gives with 200 for an address that cannot exist, by its looks. Where the home page is the same,
    nothing follows."""

    looks: frozenset[int]
    is_home: bool


@dataclass
class Tally:
    """The links of one or more pages: how many were tried, which are dead, how many were left out."""

    tried: int = 0
    unknown: int = 0
    left_out: int = 0
    dead: list[tuple[URL, str]] = field(default_factory=list)

    def count(self, url: URL, verdict: Verdict) -> None:
        self.left_out += verdict.untried
        self.unknown += verdict.dead is None and not verdict.untried
        self.tried += verdict.dead is not None
        if verdict.dead:
            self.dead.append((url, verdict.summary))

    @property
    def summary(self) -> str:
        parts = [f"试了 {self.tried} 个链接，失效 {len(self.dead)} 个"]
        if self.unknown:
            parts.append(f"无法判断 {self.unknown} 个")
        if self.left_out:
            parts.append(f"因请求次数有限未试 {self.left_out} 个")
        parts += [f"{short(url)}（{why}）" for url, why in self.dead[:_MOST_SHOWN]]
        if len(self.dead) > _MOST_SHOWN:
            parts.append("等")
        return "，".join(parts)


# Verdicts on addresses that no site of ours owns, by all sites together. Failures are remembered where they happened.
Elsewhere = Shared[URL, Verdict]


def nothing_tried_elsewhere() -> Elsewhere:
    return Shared(
        _MOST_ELSEWHERE, keeps=lambda verdict: verdict.dead is False or (verdict.dead is True and verdict.doubt is None)
    )


class Links:
    """The addresses of one site's visit, each asked for at most once."""

    def __init__(self, fetcher: Fetcher, allowance: Allowance, elsewhere: Elsewhere, host: str, today: Today) -> None:
        self._fetcher = fetcher
        self._allowance = allowance
        self._elsewhere = elsewhere
        self._host = host.removeprefix("www.")
        self._today = today
        self._looks: dict[URL, Look] = {}
        self._homes: set[URL] = set()
        self.stray: Stray | None = None

    def own(self, url: URL) -> bool:
        """Whether an address is of the site's host, www or not, or of one below it."""
        host = (url.raw_host or "").removeprefix("www.")
        return host == self._host or host.endswith(f".{self._host}")

    def learn(self, url: URL, look: Look, *, is_home: bool = False) -> None:
        self._looks[url] = look
        if is_home:
            self._homes.add(url)

    def is_home(self, url: URL) -> bool:
        return url in self._homes

    async def look(self, url: URL, *, whole: bool = False, dated: bool = False) -> Look:
        """`whole`: as a page, to be looked into; `dated`: with its items."""
        return self._looks.get(url) or await self._first_look(url, whole, dated)

    async def look_behind(self, url: URL) -> Look:
        """As a dated page, or as that which it only leads on to: one hop, which is a request."""
        look = await self.look(url, whole=True, dated=True)
        onward = look.page.leads_on.url if look.page and look.page.leads_on else None
        return look if onward is None or self.is_home(onward) else await self.look(onward, whole=True, dated=True)

    async def tally(self, urls: Iterable[URL], floor: int) -> Tally:
        """Tries links until only `floor` requests are left."""
        tally = Tally()
        for url in urls:
            look = self._looks.get(url)
            if look is None and self._allowance.left <= floor:
                tally.left_out += 1
                continue
            tally.count(url, (look or await self._first_look(url)).verdict)
        return tally

    @property
    def doubt(self) -> float | None:
        """The time of the last failure that would be held against the site and that our line could explain."""
        return max((look.verdict.doubt for look in self._looks.values() if look.verdict.doubt is not None), default=None)

    async def _first_look(self, url: URL, whole: bool = False, dated: bool = False) -> Look:
        own = self.own(url)
        if whole or own:
            most = None if whole or self.stray is not None else _ASIDE
            answer = await self._fetcher.get(url, self._allowance, most, patient=own)
            look = self._judged(answer, whole, self._today if dated else None)
        else:
            look = Look(await self._elsewhere.get(url, lambda: self._try(url)))
        self._looks[url] = look
        return look

    def _judged(self, answer: Answer | Failure, whole: bool, today: Today | None) -> Look:
        if isinstance(answer, Failure):
            return Look(verdict(answer, own=False))
        status, own = answer.status, self.own(answer.final_url)
        judged = verdict(answer, own=own)
        looked = (whole or self.stray is not None) and judged.dead is False
        markup = read_markup(answer) if looked else ""
        if isinstance(markup, str):
            return Look(judged, status)
        if self.stray is not None and own and self.stray.looks & looks_of(answer, markup):
            if self.stray.is_home:
                return Look(Verdict(None, f"与首页、不存在的地址给出同样的内容，{answer.summary}"), status)
            return Look(Verdict(True, f"状态 {status}，但内容与不存在的地址相同"), status)
        if markup.is_challenge:
            return Look(Verdict(None, CHALLENGED), status)
        return Look(judged, status, read_page(markup, today) if whole else None)

    async def _try(self, url: URL) -> Verdict:
        return verdict(await self._fetcher.get(url, self._allowance, _ASIDE, patient=False), own=False)


def verdict(result: Answer | Failure, *, own: bool) -> Verdict:
    """`own` is whether a host of the site's own gave the answer: then its errors are the site's."""
    if isinstance(result, Failure):
        if result.kind in _DEAD_KINDS:
            return Verdict(True, result.detail, result.at if result.kind in _DOUBTFUL_KINDS else None)
        return Verdict(None, result.detail, untried=result.kind == "budget")
    if result.status < 400:
        return Verdict(False, f"状态 {result.status}")
    if result.status in GONE:
        return Verdict(True, f"状态 {result.status}")
    if result.status in SERVER_ERRORS and not is_challenge(result):
        # What another host's trouble is, and how long it lasts, nobody here knows or can mend.
        return Verdict(True, f"状态 {result.status}") if own else Verdict(None, f"对方服务器出错（状态 {result.status}）")
    return Verdict(None, f"对方拒绝访问（状态 {result.status}）")


def is_challenge(answer: Answer) -> bool:
    """Whether an error page is a firewall's question rather than an error."""
    return answer.status in SERVER_ERRORS and asks_for_proof(answer)


def asks_for_proof(answer: Answer) -> bool:
    """Whether a page wants to know first that we are human."""
    markup = read_markup(answer)
    return isinstance(markup, Markup) and markup.is_challenge


def may_be_page(url: URL) -> bool:
    return not url.raw_path.lower().endswith(_FILES)
