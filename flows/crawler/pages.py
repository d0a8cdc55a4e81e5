"""What is kept of a page once it has been looked at."""

from dataclasses import dataclass
from datetime import date

from yarl import URL

from flows.crawler.accessibility import Faults
from flows.crawler.items import Items, items_of
from flows.crawler.markup import Markup, read_markup
from flows.crawler.results import Answer

CHALLENGED = "对方要求验证"


@dataclass(slots=True)
class Page:
    """A page's facts.

    `links` are all addresses that it leads to; `items` are read only where somebody asks how new they are.
    `is_navigation`: little to read and somewhere to go; `is_scripted`: little to read and scripts that may fetch the rest;
    `is_shell`: nothing at all without its scripts.
    """

    links: tuple[URL, ...]
    items: Items | None
    is_navigation: bool
    is_scripted: bool
    is_shell: bool


@dataclass(slots=True)
class HomePage(Page):
    """What is asked of a home page besides. `body` and `text` are hashes; `search` says where one can search, if one can."""

    body: int
    text: int | None
    title: str
    lang: str
    viewport: bool
    search: str | None
    faults: Faults
    charset_right: bool
    charset_told: str


def read_page(markup: Markup, today: date | None) -> Page:
    """`today` is where the sites are; None where the items do not matter."""
    return Page(**_facts(markup, today))


def read_home(answer: Answer, today: date) -> HomePage | str:
    """The home page of an answer, or why nothing can be said of it."""
    markup = read_markup(answer)
    if isinstance(markup, str):
        return markup
    if markup.is_challenge:
        return CHALLENGED
    return HomePage(
        **_facts(markup, today),
        body=hash(answer.body),
        text=markup.text_hash,
        title=markup.title,
        lang=markup.lang,
        viewport=markup.viewport,
        search=markup.search,
        faults=markup.faults,
        charset_right=markup.charset.right,
        charset_told=markup.charset.told,
    )


def same_site(host: str, home: str) -> bool:
    """The same host, www or not, or one below it."""
    host, home = host.removeprefix("www."), home.removeprefix("www.")
    return host == home or host.endswith("." + home)


def _facts(markup: Markup, today: date | None) -> dict:
    return {
        "links": tuple(markup.links),
        "items": None if today is None else items_of(markup, today),
        "is_navigation": markup.is_navigation,
        "is_scripted": markup.is_scripted,
        "is_shell": markup.is_shell,
    }
