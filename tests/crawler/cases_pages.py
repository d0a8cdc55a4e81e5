"""What a home page says and how it is made: dates, charset, challenge, form."""

from datetime import date

from tests.crawler import html
from tests.crawler.answers import page, reply
from tests.crawler.fault_server import Answer
from tests.crawler.stage import HEALTHY, NO_PAGE, Case, Stage

# A challenge in place of the page: the server answered, and nothing can be said of its page.
CHALLENGE = """<html><head><title>安全验证</title><script src="/captcha.js"></script></head>
<body><p>请完成人机验证</p><form><input name="captcha" placeholder="验证码"></form></body></html>"""
NAVIGATION = '<html lang="zh-CN"><head><meta charset="utf-8"><title>市某某局</title></head><body>{links}</body></html>'
BARE = (
    """<html><body><p>没有标题的网页</p><img src="/a.png"><form><input name="mail" type="text"></form>{items}</body></html>"""
)


def cases(stage: Stage) -> list[Case]:
    today = stage.today

    def home(name: str, answer: Answer, *expected: str, **more) -> Case:
        return Case(name, stage.healthy(name).but({"/": answer}), expected, **more)

    def body(name: str, markup: str, expected: str, **more) -> Case:
        return home(name, page(html.page(body=markup)), HEALTHY, expected, **more)

    def row(day: object, number: int = 1) -> str:
        return f"<ul>{html.item('一条消息的标题', f'/news/{number}.html', str(day))}</ul>"

    def chinese(day: date) -> str:
        return f"{day.year}年{day.month}月{day.day}日"

    old = stage.ago(40)
    clock = f"<div>今天是{chinese(today)} 星期二 <span>{today}</span></div>"
    of_today = f"{today} 星期{'一二三四五六日'[today.weekday()]}"
    yesterday = stage.ago(1)
    title = "<a href='/news/{}.html'>第{}条消息的标题</a>"

    def numeral(number: int) -> str:
        tens, ones = divmod(number, 10)
        return f"{'〇一二三'[tens] if tens > 1 else ''}{'十' if tens else ''}{'〇一二三四五六七八九'[ones] if ones else ''}"

    def turns(form: str, *days: date) -> str:
        return "".join(form.format(title.format(number, number), day) for number, day in enumerate(days, 1))

    gb = html.page(
        "市某某局", html.items(today, 2, 5, 9), charset='<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
    )
    listed = page(html.page("栏目", html.items(today, 6, 12)))
    as_utf8 = gb.replace("gb2312", "utf-8").encode("gb18030")
    return [
        # how old
        body("day0.test", row(today), "passed home_updated=0"),
        body("day14.test", row(stage.ago(14)), "passed home_updated=14"),
        body("day15.test", row(stage.ago(15)), "failed home_updated=15"),
        body("chinese.test", row(chinese(stage.ago(3))), "passed home_updated=3"),
        body("undated.test", row("") + row("", 2), "failed home_updated=none", says={"home_updated": "没有注明日期的内容"}),
        body("future.test", row("2099-01-01") + row(stage.ago(30), 2), "failed home_updated=30", says={"home_updated": "2099"}),
        body("clock.test", clock + row(old), "failed home_updated=40"),
        body("copyright.test", row(old) + f"<p>版权所有 2005-{today.year} 最后更新 </p>", "failed home_updated=40"),
        body("script.test", row(old) + f'<script>var a = "<li><a href=1>{today}</a></li>"</script>', "failed home_updated=40"),
        # however it is written, and what is written otherwise
        body("parts.test", f"<ul><li><div><b>{stage.ago(3):%d}</b><span>{stage.ago(3):%Y-%m}</span></div><a href='/news/1.html'>一条消息的标题</a></li></ul>",
             "passed home_updated=3"),
        body("old-parts.test", f"<ul><li><div><b>{old:%d}</b><span>{old:%Y.%m}</span></div><a href='/news/1.html'>一条消息的标题</a></li></ul>", "failed home_updated=40"),
        body("hours.test", row("2小时前"), "passed home_updated=0"),
        body("yesterday.test", row("昨天 10:20"), "passed home_updated=1"),
        body("weekday.test", row(f"{stage.ago(3)} 星期{'一二三四五六日'[stage.ago(3).weekday()]}"), "passed home_updated=3"),
        body("tooltip.test", f"<ul><li><a href='/news/1.html' title='发布时间：{stage.ago(4)}'>一条消息的标题</a></li></ul>", "passed home_updated=4"),
        # today's with its weekday: an item's beside a title, else a clock
        body("of-today.test", row(of_today) + row(of_today, 2) + row(of_today, 3), "passed home_updated=0"),
        body("of-today-and-old.test", row(of_today) + row(old, 2), "passed home_updated=0"),
        body("of-today-parts.test", row(chinese(today) + "</span><i>" + of_today[-3:] + "</i><span>") + row(old, 2), "passed home_updated=0"),
        body("of-today-boxes.test", turns("<div>{} <i>{}</i></div>", of_today, of_today), "passed home_updated=0"),
        body("clock-tools.test", f"<div>{of_today} <a href='/news/2.html'>加入收藏</a></div>" + row(old), "failed home_updated=40"),
        body("clock-name.test", f"<div><p>{of_today}</p><h2><a href='/'>市某某局门户网站</a></h2></div>" + row(old), "failed home_updated=40"),
        body("clock-undated.test", f"<p>{of_today}</p>" + row(""), "failed home_updated=none"),
        # in boxes of any name, and in none
        body("sections.test", turns("<section><h3>{}</h3><span>{}</span></section>", yesterday, old), "passed home_updated=1"),
        body("beside.test", turns("<div><h3>{}</h3></div><div>{}</div>", yesterday, old), "passed home_updated=1"),
        body("breaks.test", turns("{} {}<br>", old, yesterday), "passed home_updated=1"),
        body("tables.test", turns("<table><tr><td>{}</td></tr><tr><td>{}</td></tr></table>", yesterday, old), "passed home_updated=1"),
        body("old-breaks.test", turns("{} {}<br>", old, stage.ago(50)), "failed home_updated=40"),
        body("old-beside.test", turns("<div><h3>{}</h3></div><div>{}</div>", stage.ago(15), old), "failed home_updated=15"),
        body("once.test", f"<div><h3>{title.format(1, 1)}</h3></div><div>{yesterday}</div>", "not made home_updated", says={"home_updated": str(yesterday)}),
        body("once-and-old.test", row(old) + f"<h2>{title.format(2, 2)}</h2><p>{yesterday}</p>", "not made home_updated", says={"home_updated": "看不出"}),
        body("once-old.test", f"<div><h3>{title.format(1, 1)}</h3></div><div>{old}</div>", "failed home_updated=none"),
        body("foot.test", row(old) + f"<div class='foot'>最后更新 {yesterday}</div><footer>{today}</footer>", "failed home_updated=40"),
        # other words for a day
        body("numerals.test", row(f"{numeral(yesterday.month)}月{numeral(yesterday.day)}日"), "passed home_updated=1"),
        body("stamp.test", row(f"{yesterday:%Y%m%d}101500"), "passed home_updated=1"),
        body("weekday-only.test", row("星期" + "一二三四五六日"[yesterday.weekday()]) + row(old, 2), "passed home_updated=1"),
        body("last-week.test", row("last week") + row("last week", 2) + row(old, 3), "not made home_updated", says={"home_updated": "last week"}),
        body("number.test", row("编号：20261128101500") + row(old, 2), "failed home_updated=40"),
        body("unread.test", row("甲辰年廿八 28") + row("第 48 周", 2) + row("2026年11月", 3), "not made home_updated", says={"home_updated": "2026年11月"}),
        body("half-read.test", row(old) + row("28-11", 2) + row("27-11", 3), "not made home_updated", says={"home_updated": "28-11"}),
        body("document.test", row("沪府发〔2026〕28号") + row("电话：20261128", 2), "failed home_updated=none"),
        body("fetched.test", "<ul id=a></ul><script>fetch('/api/list')</script>" + html.links("/news/1.html"), "not made home_updated", says={"home_updated": "脚本"}),
        # only navigation: the items are one level down
        Case("level.test", stage.healthy("level.test").but({"/": page(NAVIGATION.format(links=html.links("/list/"))), "/list/": listed}),
             (HEALTHY, "passed home_updated=6 \n failed search viewport accessibility=2")),
        home("flat.test", page(NAVIGATION.format(links=html.links("/news/1.html"))), HEALTHY,
             "failed home_updated=none search viewport accessibility=2"),
        # how it is made
        home("bare.test", page(BARE.format(items=row(stage.ago(2)))), HEALTHY, "failed lang title viewport search accessibility=4"),
        body("pictures.test", row(stage.ago(2)) + '<img src="/a.png" alt=""><img src="/b.png" alt="徽标"><img src="/c.png">',
             "failed accessibility=1"),
        body("decorated.test", row(stage.ago(2)) + '<img src="/a.png" role="none"><img src="/b.png" aria-hidden="true"><img src="/c.png" aria-label="徽标">'
             '<div style="display:none"><img src="/d.png"><input name="a"></div><img src="/e.png" title="徽标">', ""),
        home("roles.test", page(html.page(body=row(stage.ago(2)), heading='div role="heading" aria-level="1"', main='div role="main"')), HEALTHY, ""),
        home("searchless.test", page(html.page(body=row(stage.ago(2)), search="")), HEALTHY, "failed search"),
        home("searchicon.test", page(html.page(body=row(stage.ago(2)), search='<a href="/news/2.html"><img src="/s.png" alt="站内搜索"></a>')), HEALTHY, ""),
        home("searchplace.test", page(html.page(body=row(stage.ago(2)), search='<a href="/search/news.html"><i></i></a>')), HEALTHY, "failed dead_links=1"),
        home("searchless2.test", page(html.page(body=row(stage.ago(2)), search='<a href="/news/2.html">Research</a>')), HEALTHY, "failed search"),
        home("searchlink.test", page(html.page(body=row(stage.ago(2)), search='<a href="/news/2.html">站内检索</a>')), HEALTHY, ""),
        # charset
        home("utf8.test", reply(200, as_utf8), HEALTHY, "failed charset"),
        home("gb2312.test", reply(200, gb.encode("gb18030"), "text/html"), HEALTHY, ""),
        home("gbk.test", reply(200, gb.encode("gb18030"), "text/html; charset=GBK"), HEALTHY, ""),
        home("header.gb.test", reply(200, gb.encode("gb18030"), "text/html; charset=utf-8"), HEALTHY, "failed charset"),
        # as the HTML Standard has it
        home("utf16-meta.test", reply(200, html.page("市某某局", html.items(today, 2, 5, 9), charset='<meta charset="utf-16">'), "text/html"), HEALTHY,
             "failed charset"),
        home("xml-gb.test", reply(200, b'<?xml version="1.0" encoding="gb2312"?>' + html.page("市某某局", html.items(today, 2, 5, 9), charset="").encode("gbk"),
                                  "text/html"), HEALTHY),
        # a challenge
        home("firewall.test", page("<html><head><title>405</title></head><body>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</body></html>"), HEALTHY, NO_PAGE),
        home("captcha.test", page(CHALLENGE), HEALTHY, NO_PAGE, says={"title": "对方要求验证"}),
    ]  # fmt: skip
