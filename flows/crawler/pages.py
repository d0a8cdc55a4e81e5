"""What is kept of a page once it has been looked at."""

from dataclasses import dataclass, fields, replace
from typing import Any

from yarl import URL

from flows.crawler.accessibility import Faults
from flows.crawler.items import NO_ITEMS, Items, Today, items_of
from flows.crawler.markup import Markup, read_markup
from flows.crawler.onward import Onward
from flows.crawler.results import Answer

CHALLENGED = "对方要求验证"


@dataclass(slots=True)
class Page:
    """What is asked of every page; what it is, `Markup` says of each. `items` are read only where somebody asks how new they are,
    else they are none."""

    links: tuple[URL, ...]
    items: Items
    is_navigation: bool
    is_scripted: bool
    is_shell: bool
    fetches: bool
    frames: tuple[URL, ...]
    leads_on: Onward | None


@dataclass(slots=True)
class HomePage(Page):
    """What is asked of a home page besides. `looks` are hashes of its body and of its text."""

    looks: frozenset[int]
    is_framed: bool
    title: str
    lang: str
    viewport: bool
    search: str | None
    faults: Faults
    charset_right: bool
    charset_summary: str


def read_page(markup: Markup, today: Today | None) -> Page:
    """`today` is where the sites are; None where the items do not matter."""
    return Page(**_facts(Page, markup, items=NO_ITEMS if today is None else items_of(markup, today)))


def read_home(answer: Answer, today: Today) -> HomePage | str:
    """The home page of an answer, or why nothing can be said of it."""
    markup = read_markup(answer)
    if isinstance(markup, str):
        return markup
    if markup.is_challenge:
        return CHALLENGED
    others = {
        "items": items_of(markup, today),
        "looks": looks_of(answer, markup),
        "charset_right": markup.charset.right,
        "charset_summary": markup.charset.summary,
    }
    return HomePage(**_facts(HomePage, markup, **others))


def looks_of(answer: Answer, markup: Markup) -> frozenset[int]:
    """By which a page is known again. Pages without any text, which scripts fill, are not alike for that."""
    parts = (answer.body, markup.text) if markup.text else (answer.body,)
    return frozenset(map(hash, parts))


def behind(first: HomePage, further: HomePage) -> HomePage:
    """The page that `first` leads to, in its place. What is shown inside a frame has the title and the language of the page
    around it, where that has any, and its viewport."""
    looks = first.looks | further.looks
    if first.leads_on is None or not first.leads_on.framed:
        return replace(further, looks=looks)
    return replace(
        further, looks=looks, title=first.title or further.title, lang=first.lang or further.lang, viewport=first.viewport
    )


def _facts(kind: type[Page], markup: Markup, **others: Any) -> dict[str, Any]:
    """The fields of a page: `others`, and all else from the markup, which has it under the same name."""
    return others | {field.name: getattr(markup, field.name) for field in fields(kind) if field.name not in others}
