"""Servers that are slow, endless, broken or refuse, and what may be said of them."""

import gzip
import zlib
from collections.abc import Callable

from tests.crawler import html
from tests.crawler.answers import (
    after,
    bomb,
    chunked,
    drip,
    endless,
    garbage,
    hangs_up,
    huge_header,
    many_headers,
    never,
    packed,
    page,
    reply,
    reset,
    silent,
    slow_body,
    status,
    text,
)  # fmt: skip
from tests.crawler.fault_server import Answer, Host
from tests.crawler.stage import HEALTHY, NO_PAGE, Case, Stage

# Nothing is known beyond the failure of the home page. The server as such is there and has a good robots.txt.
LOST_HOME = (
    HEALTHY,
    NO_PAGE,
    """
    failed    reachable
    not made  redirects https_enforced
    unblamed  sitemap robots not_found
    """,
)
# Not even robots.txt can be had.
DOWN = (HEALTHY, NO_PAGE, "failed reachable https \n not made redirects https_enforced sitemap robots not_found")
# An answer there is, but it is not the page.
ERROR_PAGE = (HEALTHY, NO_PAGE, "failed reachable")
REFUSED = (HEALTHY, NO_PAGE, "not made reachable")


def _every(host: Host, wrap: Callable[[Answer], Answer]) -> Host:
    return Host({path: wrap(answer) for path, answer in host.paths.items()}, wrap(host.others))


def cases(stage: Stage) -> list[Case]:
    def home(name: str, answer: Answer, *expected: str, **more) -> Case:
        return Case(name, stage.healthy(name).but({"/": answer}), expected, **more)

    def everywhere(name: str, answer: Answer, *expected: str, **more) -> Case:
        return Case(name, Host({}, answer), expected, **more)

    def poured(name: str) -> list[int]:
        return stage.poured.setdefault(name, [])

    good = html.page(body=html.items(stage.today, 2, 5, 9))
    return [
        Case(
            "healthy.test",
            stage.healthy("healthy.test"),
            (HEALTHY,),
            says={"reachable": "200", "home_updated": f"{stage.ago(2)}"},
        ),
        # slow
        home("slow.test", after(4, page(good)), HEALTHY, "failed first_byte=4..6 full_load=4..6"),
        home("trickle.test", slow_body(4, good), HEALTHY, "failed full_load=4..6"),
        home("never.test", never, *LOST_HOME),
        home("drip.test", drip, *LOST_HOME),
        everywhere("dark.test", never, *DOWN, says={"reachable": "robots.txt"}),
        # too much
        home("huge.test", endless(good, poured("huge.test")), HEALTHY),
        home("bomb.test", bomb(good, poured("bomb.test")), HEALTHY),
        home("header.test", huge_header, *LOST_HOME),
        home("headers.test", many_headers, *LOST_HOME),
        # broken
        everywhere("reset.test", reset, *DOWN),
        everywhere("silent.test", silent, *DOWN),
        everywhere("garbage.test", garbage, *DOWN),
        home("reset-home.test", reset, *LOST_HOME),
        home("silent-home.test", silent, *LOST_HOME),
        home("garbage-home.test", garbage, *LOST_HOME),
        Case(
            "refused.test",
            Host({}, status(404)),
            (*DOWN, "failed reachable https"),
            address=f"http://refused.test:{stage.closed}/",
        ),
        # unusual, and no fault
        home("gzip.test", packed(good, "gzip", gzip.compress), HEALTHY),
        home("deflate.test", packed(good, "deflate", zlib.compress), HEALTHY),
        home("raw.test", packed(good, "deflate", lambda body: zlib.compress(body)[2:-4]), HEALTHY),
        home(
            "members.test",
            packed(good, "gzip", lambda body: b"".join(gzip.compress(part) for part in (body[:99], body[99:]))),
            HEALTHY,
        ),
        home("brotli.test", packed(good, "br", lambda body: body), HEALTHY, NO_PAGE),
        home("chunked.test", chunked(good), HEALTHY),
        Case("hangs.test", _every(stage.healthy("hangs.test"), hangs_up), (HEALTHY,)),
        home("cookie.test", page(good, {"Set-Cookie": "session=1; Path=/"}), HEALTHY),
        # error pages
        everywhere(
            "all404.test", status(404), *ERROR_PAGE, "failed robots sitemap", says={"reachable": "404", "robots": "404"}
        ),
        home("home404.test", status(404), *ERROR_PAGE),
        home("home500.test", status(500), *ERROR_PAGE, says={"reachable": "500"}),
        Case(
            "missing500.test", stage.healthy("missing500.test").but({}, others=status(500)), (HEALTHY, "failed not_found=500")
        ),
        # robots.txt with 5xx forbids everything but itself
        everywhere(
            "all500.test",
            status(500),
            *REFUSED,
            "not made https https_enforced redirects sitemap not_found \n failed robots",
            says={"reachable": "robots.txt"},
        ),
        Case(
            "robots500.test",
            stage.healthy("robots500.test").but({"/robots.txt": status(500)}),
            (*REFUSED, "not made https https_enforced redirects sitemap not_found \n failed robots"),
            says={"reachable": "robots.txt"},
        ),
        # it refuses us, which is no fault of the site
        home("status401.test", status(401), *REFUSED),
        home("status403.test", status(403), *REFUSED, says={"reachable": "403"}),
        home(
            "status429.test",
            status(429, Retry_After="3600"),
            *REFUSED,
            "unblamed redirects sitemap robots not_found https https_enforced",
        ),
        home("status451.test", status(451), *REFUSED),
        # answered, but not by a page
        home("text.test", text("一段文字"), HEALTHY, NO_PAGE),
        home("picture.test", reply(200, b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png"), HEALTHY, NO_PAGE),
    ]
