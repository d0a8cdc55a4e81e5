"""Dead links, soft 404s, columns of the register, and what robots.txt keeps from us."""

from flows.crawler.rules import ColumnAddress
from tests.crawler import html
from tests.crawler.answers import never, page, redirect, status, text
from tests.crawler.cases_connection import REFUSED
from tests.crawler.cases_transport import SECURE, YEAR
from tests.crawler.fault_server import Host
from tests.crawler.stage import HEALTHY, Case, Stage

FORBIDDEN = (*REFUSED, "not made https https_enforced redirects sitemap not_found \n passed robots")
PLAIN_COLUMNS = "passed empty_columns=0 stale_columns=0"
NOT_THERE = html.page("找不到您要的页面", "<p>您访问的页面不存在或已经删除，请返回首页。</p>")


def cases(stage: Stage) -> list[Case]:
    def home(name: str, *addresses: str, inner: str = "") -> Host:
        body = html.items(stage.today, 2, 5, 9) + html.links(*addresses)
        return stage.healthy(name, html.page(body=body), inner).but(
            {"/403": status(403), "/410": status(410), "/500": status(500)}
        )

    def columns(name: str, *listed: tuple[str, str], scheme: str = "http") -> tuple[ColumnAddress, ...]:
        return tuple(ColumnAddress(kind, stage.url(name, path, scheme)) for kind, path in listed)

    def column(*ages: int):
        return page(html.page(f"栏目{ages}", html.items(stage.today, *ages)))

    stale = stage.healthy("stale.test").but({"/news/": column(15, 40), "/policy/": column(184), "/notices/": column(184, 300)})
    fresh = stage.healthy("fresh.test").but({"/news/": column(14, 300), "/policy/": column(183), "/notices/": column(183)})
    hollow = stage.healthy("hollow.test").but({"/empty/": page(html.page("空栏目")), "/news/": column(3)})
    turns = "".join(
        f"<h3><a href='/news/{number}.html'>第{number}条消息的标题</a></h3>{stage.ago(age)}"
        for number, age in ((1, 100), (2, 300))
    )
    once = f"<h3><a href='/other/1.html'>一条通知的标题在此</a></h3><p>{stage.ago(100)}</p>"
    turning = stage.healthy("taking-turns.test").but(
        {"/policy/": page(html.page("轮流", turns)), "/once/": page(html.page("一次", once))}
    )
    perfect = stage.healthy("perfect.test", scheme="https")
    perfect = perfect.but({"/": page(html.page(body=html.items(stage.today, 0, 1, 2)), YEAR), "/news/": column(1)})
    perfect = perfect.but({}, tls="valid", plainly=redirect(stage.url("perfect.test", "/", "https"), 301))
    soft = home("soft404.test", "/gone.html").but({}, others=page(NOT_THERE))
    elsewhere = {"elsewhere.test": Host({"/there": page(html.page("别处"))}, status(404))}
    closed = {"closed.test": Host({"/robots.txt": text("User-agent: *\nDisallow: /\n")}, status(404))}

    return [
        # everything right
        Case("perfect.test", perfect, (HEALTHY, SECURE, PLAIN_COLUMNS, "passed home_updated=0"),
             stage.url("perfect.test", "/", "https"), columns("perfect.test", ("news", "/news/"), scheme="https")),
        # links
        Case("dead.test", home("dead.test", "/gone.html", "/410", "/500", "/403", stage.url("elsewhere.test", "/there"),
                               stage.url("elsewhere.test", "/not-there"), f"http://refused.test:{stage.closed}/",
                               stage.url("expired.test", "/", "https"), stage.url("circle.test"), "mailto:a@dead.test", "tel:12345", "#top"),
             (HEALTHY, "failed dead_links=7"), more=elsewhere, says={"dead_links": "/gone.html"}),
        Case("unknown.test", home("unknown.test", "/403", "/late", stage.url("closed.test", "/"), "http://10.0.0.1/", "ftp://a.test/")
             .but({"/late": never}), (HEALTHY, "passed dead_links=0"), more=closed),
        Case("inner.test", home("inner.test", inner=html.links("/gone-1.html", "/gone-2.html")), (HEALTHY, "failed inner_dead_links=2")),
        # the same page for everything, and a special one with 200
        Case("same.test", Host({}, page(html.page(body=html.items(stage.today, 2, 5)))),
             (HEALTHY, "failed robots sitemap not_found=200 \n not made dead_links inner_dead_links")),
        Case("soft404.test", soft, (HEALTHY, "failed not_found=200 dead_links=1")),
        # columns
        Case("fresh.test", fresh, (HEALTHY, PLAIN_COLUMNS),
             columns=columns("fresh.test", ("news", "/news/"), ("policy", "/policy/"), ("notices", "/notices/"))),
        Case("stale.test", stale, (HEALTHY, "passed empty_columns=0 \n failed stale_columns=3"),
             columns=columns("stale.test", ("news", "/news/"), ("policy", "/policy/"), ("notices", "/notices/"))),
        Case("hollow.test", hollow, (HEALTHY, "failed empty_columns=2 \n passed stale_columns=0"),
             columns=columns("hollow.test", ("news", "/news/"), ("news", "/empty/"), ("policy", "/gone/")),
             says={"empty_columns": "/empty/"}),
        Case("unseen.test", stage.healthy("unseen.test").but({"/403/": status(403), "/late/": never}), (HEALTHY,),
             columns=columns("unseen.test", ("news", "/403/"), ("news", "/late/"), ("news", "/admin/list"))),
        Case("taking-turns.test", turning, (HEALTHY, "passed empty_columns=0 \n failed stale_columns=1"),
             columns=columns("taking-turns.test", ("policy", "/policy/"), ("news", "/policy/"), ("notices", "/once/")), says={"stale_columns": "无法查看 1 个"}),
        # robots.txt
        Case("forbids.test", stage.healthy("forbids.test").but({"/robots.txt": text("User-agent: *\nDisallow: /\n")}), FORBIDDEN,
             says={"reachable": "robots.txt"}),
        Case("forbids-us.test", stage.healthy("forbids-us.test").but(
             {"/robots.txt": text("User-agent: *\nDisallow:\n\nUser-agent: Pingyi\nDisallow: /\n")}), FORBIDDEN),
        Case("folder.test", home("folder.test", "/admin/login.html", "/gone.html"), (HEALTHY, "failed dead_links=1")),
        Case("robotless.test", stage.healthy("robotless.test").but({"/robots.txt": status(404)}),
             (HEALTHY, "failed robots \n passed sitemap=3")),
        Case("maps.test", stage.healthy("maps.test").but({"/sitemap.xml": page(html.page("网站地图"))}), (HEALTHY, "failed sitemap")),
    ]  # fmt: skip
