"""Bodies without end cost neither memory nor time: measured in a process that does nothing but crawl."""

import pytest

from flows.crawler.rules import Target
from tests.crawler import html
from tests.crawler.answers import bomb, endless
from tests.crawler.crawling import rules, start_alone
from tests.crawler.verdicts import read_sites

pytestmark = pytest.mark.slow

_SITES = 6  # of each kind, all at once


def test_the_crawler_stays_small_however_much_comes(server, stage, noon, tmp_path):
    sent = {"swell": [], "burst": []}
    home = html.page(body=html.items(stage.today, 1))
    kinds = {"swell": endless(home, sent["swell"]), "burst": bomb(home, sent["burst"])}
    names = [f"{kind}{number}.test" for kind in kinds for number in range(_SITES)]
    for name in names:
        # Wherever a body is read: the page, robots.txt, a link, the sitemap, an address that cannot exist.
        server.hosts[name] = stage.healthy(name).but(
            {"/": kinds[name[:5]], "/robots.txt": kinds[name[:5]]}, others=kinds[name[:5]]
        )
    told = start_alone([Target(name, stage.url(name)) for name in names], tmp_path, rules(deadline=8), noon).finish()
    assert told["crawled"] == len(names)
    assert told["grown"] < 150 << 20
    sites = read_sites(tmp_path / f"night-{stage.today}.parquet")
    assert {rows["reachable"].verdict for rows in sites.values()} == {"passed"}
    assert len(sent["swell"]) >= _SITES and len(sent["burst"]) >= _SITES
