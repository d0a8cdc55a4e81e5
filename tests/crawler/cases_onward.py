"""Home pages and columns that only lead on, by a refresh, a script or a frame: what visitors see is the page behind."""

from flows.crawler.rules import ColumnAddress
from tests.crawler import html
from tests.crawler.answers import page, status, text
from tests.crawler.cases_transport import SECURE, YEAR
from tests.crawler.stage import HEALTHY, NO_PAGE, Case, Stage

STUB = "<html><head><meta charset=utf-8>{}</head><body>{}</body></html>"
# What cannot be followed to a page leaves nothing to say of a page.
LOST = (HEALTHY, NO_PAGE)


def _refresh(content: str) -> str:
    return STUB.format(f'<meta http-equiv="refresh" content="{content}">', "")


def _script(code: str, body: str = "") -> str:
    return STUB.format(f"<script>{code}</script>", body)


# By each of these a browser comes to /zwgk/index.html.
LEADING = {
    "js-href": _script('window.location.href="/zwgk/index.html"'),
    "js-location": _script("location='zwgk/index.html';"),
    "js-replace": _script("window.location.replace('\\/zwgk\\/index.html')"),
    "js-assign": _script('document.location.assign ( "/zwgk/index.html" )'),
    "js-top": _script("// location.href='/old/'\n top.location = '/zwgk/index.html'"),
    "js-self": _script("/* location='/a' */ self.location.href = `/zwgk/index.html`"),
    "js-name": _script('var url = "/zwgk/index.html"; window.location.href = url;'),
    "js-timer": _script("setTimeout(\"window.location.href='/zwgk/index.html'\", 0)"),
    "js-same": _script(
        "if (/Mobile/.test(navigator.userAgent)) location='/zwgk/index.html'; else location.href='/zwgk/index.html'"
    ),
    "js-words": _script('location.href="/zwgk/index.html"', '正在跳转，<a href="/zwgk/index.html">没有跳转请点这里</a>'),
    "js-elsewhere": _script('location.href="/zwgk/index.html"', '<a href="/zwgk/">没有跳转请点这里</a>'),
    "js-onload": "<html><body onload=\"location.href='/zwgk/index.html'\"></body></html>",
    "meta": _refresh("0;url=/zwgk/index.html"),
    "meta-quotes": _refresh("0; URL='zwgk/index.html'"),
    "meta-space": _refresh(" 0 , url = /zwgk/index.html"),
    "meta-bare": _refresh("0;/zwgk/index.html"),
    "meta-later": _refresh("3;url=/zwgk/index.html"),
    "meta-text": STUB.format('<meta http-equiv=Refresh content="0;url=/zwgk/index.html">', f"<p>{html.PROSE}</p>"),
    "meta-base": STUB.format('<base href="/zwgk/"><meta http-equiv="refresh" content="0;url=index.html">', ""),
    "meta-noscript": STUB.format(
        '<noscript><meta http-equiv="refresh" content="0;url=/nojs.html"></noscript><script>location.href="/zwgk/index.html"</script>',
        f"<noscript>{html.PROSE}</noscript>",
    ),
    "one-frame": '<html><head><title>市某某局</title><meta name="viewport" content="width=device-width"></head>'
    '<frameset rows="100%,0"><frame src="/zwgk/index.html"><frame src=""><noframes>您的浏览器不支持框架</noframes></frameset></html>',
    "one-iframe": '<html lang="zh-CN"><head><title>市某某局</title><meta name="viewport" content="width=device-width"></head>'
    '<body><iframe src="/zwgk/index.html" width="100%">您的浏览器不支持框架</iframe><iframe src="/count" width=0 height=0></iframe></body></html>',
}
# From each of these nobody can tell where it leads, or it leads nowhere.
LEADING_ASTRAY = {
    "js-made": _script("location.href = '/zwgk/' + where"),
    "js-two": _script("if (mobile) location='/m/'; else location='/zwgk/index.html'"),
    "js-self": _script("document.cookie='a=1'; location.href = location.href"),
    "meta-loop": _script("location.replace('/')"),
    "meta-twice": _refresh("0;url=/again.html"),
    "meta-inside": _refresh("0;url=http://10.0.0.1/"),
    "meta-robots": _refresh("0;url=/admin/"),
    "meta-refused": _refresh("0;url=/refused.html"),
    "meta-picture": _refresh("0;url=/picture.txt"),
}


def cases(stage: Stage) -> list[Case]:
    good = page(html.page(body=html.items(stage.today, 2, 5, 9)))
    more = {
        "/zwgk/index.html": good, "/again.html": page(_refresh("0;url=/zwgk/index.html")), "/refused.html": status(418), "/picture.txt": text("一段文字"),
        "/broken.html": status(500),
    }  # fmt: skip

    def host(name: str, home: str):
        return stage.healthy(name, home).but(more)

    def leads_to(name: str, address: str, *expected: str, **rest) -> Case:
        return Case(name, host(name, _refresh(f"0;url={address}")), expected, **rest)

    def column(name: str, *expected: str, paths: dict[str, str]) -> Case:
        listed = stage.healthy(name).but({path: page(content) for path, content in paths.items()})
        return Case(name, listed, (HEALTHY, *expected), columns=(ColumnAddress("news", stage.url(name, "/news/")),))

    list_ = html.page("栏目", html.items(stage.today, 3))
    old = html.page("栏目", html.items(stage.today, 30))
    fetched = html.page("栏目", "<ul id=list></ul><script>$.ajax({url: '/api/list'})</script>")
    secure = stage.healthy("meta-secure.test", scheme="https").but(
        {"/": page(html.page(body=html.items(stage.today, 2, 5, 9)), YEAR)}
    )
    stub = page(_refresh(f"0;url={stage.url('meta-secure.test', '/', 'https')}"))
    return [
        *(Case(f"{name}.leads.test", host(f"{name}.leads.test", home), (HEALTHY,), says={"redirects": "/zwgk/index.html"})
          for name, home in LEADING.items()),
        Case("header.leads.test", stage.healthy("header.leads.test").but({**more, "/": page("", {"Refresh": "0; url=/zwgk/index.html"})}), (HEALTHY,)),
        *(Case(f"{name}.astray.test", host(f"{name}.astray.test", home), LOST, says={"title": "首页"}) for name, home in LEADING_ASTRAY.items()),
        # the one link that all visitors follow is dead
        leads_to("meta-gone.test", "/gone.html", *LOST, "failed dead_links=1", says={"title": "404", "dead_links": "/gone.html"}),
        leads_to("meta-broken.test", "/broken.html", *LOST, "failed dead_links=1", says={"title": "500"}),
        # another host, as by a redirect
        leads_to("meta-away.test", stage.url("www.meta-away.test"), HEALTHY, more={"www.meta-away.test": stage.healthy("www.meta-away.test")}),
        leads_to("meta-closed.test", stage.url("closed.test"), *LOST, says={"title": "robots.txt"}),
        # to https
        Case("meta-secure.test", secure.but({}, tls="valid", plainly=stub), (HEALTHY, SECURE)),
        Case("meta-secured.test", stage.healthy("meta-secured.test", scheme="https").but(
             {"/": page(html.page(body=html.items(stage.today, 2, 5, 9)), YEAR)}, tls="valid",
             plainly=page(_script(f"location.protocol; location.href='{stage.url('meta-secured.test', '/', 'https')}'"))),
             (HEALTHY, SECURE), address=stage.url("meta-secured.test", "/", "https")),
        # nothing that leads on: judged as it is
        Case("slow-refresh.test", stage.healthy("slow-refresh.test", html.page(
             body=html.items(stage.today, 2, 5, 9), head='<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="300">')), (HEALTHY,)),
        Case("choice.test", stage.healthy("choice.test", STUB.format("<title>市某某局</title>", '<a href="/news/1.html">中文</a> <a href="/news/2.html">English</a>'
             "<script>function go() { location.href='/news/3.html' }</script>")),
             (HEALTHY, "failed search viewport lang accessibility=2 home_updated=none")),
        Case("frames.test", stage.healthy("frames.test", "<html><head><title>市某某局</title></head><frameset rows='90,*'><frame src='/top.html'>"
             "<frame src='/zwgk/index.html'></frameset></html>").but({**more, "/top.html": page(html.page("导航"))}),
             (HEALTHY, "failed viewport lang \n not made search accessibility")),
        Case("part-frame.test", stage.healthy("part-frame.test", html.page(body='<iframe src="/zwgk/index.html" width="300"></iframe>')).but(more), (HEALTHY,)),
        # columns
        column("column-stub.test", "passed empty_columns=0 stale_columns=0", paths={"/news/": _refresh("0;url=list.html"), "/news/list.html": list_}),
        column("column-old.test", "passed empty_columns=0 \n failed stale_columns=1", paths={"/news/": _script("location='/news/list.html'"), "/news/list.html": old}),
        column("column-frame.test", "passed empty_columns=0 stale_columns=0",
               paths={"/news/": html.page("栏目", '<iframe src="/news/list.html"></iframe>'), "/news/list.html": list_}),
        column("column-lost.test", "not made empty_columns stale_columns", paths={"/news/": _script("location = where")}),
        column("column-ajax.test", "not made empty_columns stale_columns", paths={"/news/": fetched}),
        column("column-gone.test", "failed empty_columns=1 \n not made stale_columns", paths={"/news/": _refresh("0;url=/gone.html")}),
    ]  # fmt: skip
