"""What the cases need to know to be written: where the server is, and what day it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from flows.crawler.rules import ColumnAddress, Target
from tests.crawler import html
from tests.crawler.answers import page, status, text, xml
from tests.crawler.fault_server import Answer, Host

# A good site over plain HTTP; its home page has items that are 2, 5 and 9 days old, and the register lists no columns of it.
HEALTHY = """
    passed    reachable first_byte full_load redirects=0 home_updated=2 dead_links=0 inner_dead_links=0 search viewport
    passed    sitemap=3 robots not_found=404 lang title=4 accessibility=0 charset
    failed    https https_enforced
    not made  certificate hsts empty_columns stale_columns
"""
# The checks of the page, where there is none.
NO_PAGE = """
    not made  first_byte full_load home_updated dead_links inner_dead_links search viewport lang title accessibility charset
"""


@dataclass(frozen=True)
class Stage:
    """`port` is the server's, `closed` one that nobody listens on; `poured` gets what the endless bodies could send."""

    port: int
    closed: int
    today: date
    poured: dict[str, list[int]] = field(default_factory=dict)

    def url(self, name: str, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://{name}:{self.port}{path}"

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def healthy(self, name: str, home: str | None = None, inner: str = "", scheme: str = "http") -> Host:
        """A good host; `home` is its home page, `inner` stands on its inner pages."""
        paths: dict[str, Answer] = {
            f"/news/{number}.html": page(html.page(f"第{number}条消息", inner + html.links("/"))) for number in (1, 2, 3)
        }
        addresses = [self.url(name, path, scheme) for path in paths]
        return Host(
            paths
            | {
                "/": page(home or html.page(body=html.items(self.today, 2, 5, 9))),
                "/robots.txt": text(f"User-agent: *\nDisallow: /admin/\n\nSitemap: {self.url(name, '/sitemap.xml', scheme)}\n"),
                "/sitemap.xml": xml(html.sitemap(addresses)),
            },
            status(404),
        )


@dataclass(frozen=True)
class Case:
    """A host and the verdicts it deserves. Its register address is `address` or http://<name>:<port>/."""

    name: str
    host: Host
    expected: tuple[str, ...]
    address: str | None = None
    columns: tuple[ColumnAddress, ...] = ()
    more: Mapping[str, Host] = field(default_factory=dict)  # hosts that it links to
    says: Mapping[str, str] = field(default_factory=dict)  # check: what its row must name

    def target(self, stage: Stage) -> Target:
        return Target(self.name, self.address or stage.url(self.name), self.columns)


Cases = Callable[[Stage], list[Case]]
