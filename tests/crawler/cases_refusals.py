"""Hosts that refuse a robot, each in its own way, and robots.txt as it really comes."""

from tests.crawler import html
from tests.crawler.answers import reply, status
from tests.crawler.cases_connection import REFUSED
from tests.crawler.cases_links import FORBIDDEN
from tests.crawler.fault_server import Host
from tests.crawler.stage import HEALTHY, Case, Stage

# Every other 4xx, and numbers that the registry of statuses does not have or that no site gives (511).
REFUSALS = (
    400, 401, 402, 403, 405, 406, 407, 408, 409, 411, 412, 418, 421, 423, 425, 426, 429, 431, 444, 449, 451, 456, 460, 463, 494, 499,
    511, 514, 520, 521, 522, 525, 530, 567, 599, 999,
)  # fmt: skip
TROUBLE = (500, 501, 502, 503, 504, 505, 508)
RULES = "User-agent: *\nDisallow: /\n"


def cases(stage: Stage) -> list[Case]:
    def linking(name: str, *addresses: str) -> Host:
        return stage.healthy(name, html.page(body=html.items(stage.today, 2, 5, 9) + html.links(*addresses)))

    def robots(name: str, body: str | bytes, kind: str, *expected: str, **more) -> Case:
        return Case(name, stage.healthy(name).but({"/robots.txt": reply(200, body, kind)}), expected, **more)

    numbers = {f"/{number}": status(number) for number in (*REFUSALS, *TROUBLE, 404, 410)}
    refusing = [stage.url("refuses.test", f"/{number}") for number in REFUSALS]
    troubled = [stage.url("refuses.test", f"/{number}") for number in TROUBLE]
    gone = [stage.url("refuses.test", f"/{number}") for number in (404, 410)]
    more = {"refuses.test": Host(numbers, status(404))}
    plain, page_type = "text/plain", "text/html; charset=utf-8"
    return [
        # another host's refusals and its troubles are not the linking site's
        Case("links-999.test", linking("links-999.test", *refusing), (HEALTHY, "passed dead_links=0"), more=more,
             says={"dead_links": f"无法判断 {len(refusing)} 个"}),
        Case("links-5xx.test", linking("links-5xx.test", *troubled, *gone), (HEALTHY, "failed dead_links=2"),
             says={"dead_links": f"无法判断 {len(troubled)} 个"}),
        # its own: a refusal is none of its faults, an error is
        Case("own-418.test", linking("own-418.test", "/418", "/406", "/999").but(
             {"/418": status(418), "/406": status(406), "/999": status(999)}), (HEALTHY, "passed dead_links=0")),
        Case("own-503.test", linking("own-503.test", "/503", "/502").but({"/503": status(503), "/502": status(502)}),
             (HEALTHY, "failed dead_links=2")),
        # the home page, the page that cannot be, the sitemap
        *(Case(f"home-{number}.test", stage.healthy(f"home-{number}.test").but({"/": status(number)}),
               (HEALTHY, "not made first_byte full_load home_updated dead_links inner_dead_links search viewport lang title "
                "accessibility charset", "not made reachable"), says={"reachable": "对方拒绝访问"}) for number in (400, 412, 456, 521, 567, 999)),
        Case("missing-999.test", stage.healthy("missing-999.test").but({"/sitemap.xml": status(567)}, others=status(999)),
             (HEALTHY, "not made not_found sitemap")),
        Case("robots-567.test", stage.healthy("robots-567.test").but({"/robots.txt": status(567)}),
             (*REFUSED, "not made https https_enforced redirects sitemap not_found robots"), says={"reachable": "robots.txt"}),
        # robots.txt: every line end, and every content type that is not a page
        robots("cr.test", RULES.replace("\n", "\r"), plain, FORBIDDEN[0], *FORBIDDEN[1:]),
        robots("crlf.test", RULES.replace("\n", "\r\n"), plain, *FORBIDDEN),
        robots("mark.test", b"\xef\xbb\xbf" + RULES.encode(), plain, *FORBIDDEN),
        robots("wide-robots.test", RULES.encode("utf-16"), plain, *FORBIDDEN),
        robots("as-html.test", RULES, page_type, *FORBIDDEN, says={"robots": "text/plain"}),
        robots("as-html-cr.test", "\r\r" + RULES.replace("\n", "\r"), "text/html", *FORBIDDEN),
        robots("as-bytes.test", RULES, "application/octet-stream", *FORBIDDEN),
        robots("versioned.test", "User-agent: Pingyi/1.0 # all of it\nDisallow: /\n", plain, *FORBIDDEN),
        robots("merged.test", "User-agent: pingyi\nDisallow: /a\n\nUser-agent: PINGYI\nDisallow: /\n", plain, *FORBIDDEN),
        robots("misspelt.test", "User-agent: *\nDisalow: /\n", plain, *FORBIDDEN),
        robots("ping.test", "User-agent: ping\nDisallow: /\n\nUser-agent: ping-yi\nDisallow: /\n", plain, HEALTHY),
        robots("page-robots.test", html.page("没有这个网页", "<p>Disallow: /</p>"), page_type, HEALTHY, "failed robots"),
        robots("words-robots.test", "Not Found", page_type, HEALTHY, "failed robots"),
    ]  # fmt: skip
