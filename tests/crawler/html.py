"""Pages of a government site, right in everything until a test takes something away."""

from collections.abc import Iterable
from datetime import date, timedelta

# Enough words that nobody takes the page for navigation only.
PROSE = (
    "本局贯彻执行国家和本市有关法律、法规、规章和方针政策，研究起草有关地方性法规、规章草案并组织实施，负责编制中长期规划和年度计划，"
    "指导和监督各区县有关工作，受理公民、法人和其他组织的申请，依法公开政府信息，接受社会监督，承办市政府交办的其他事项。"
    "办公地址在人民大道，工作时间为星期一至星期五上午九时至下午五时，咨询电话和投诉电话在首页公布，欢迎来电来信。"
)
_SEARCH = '<form action="/search"><label for="q">站内</label><input id="q" name="q" type="search"><button>搜索</button></form>'


def page(
    title: str = "市某某局",
    body: str = "",
    *,
    lang: str = ' lang="zh-CN"',
    head: str = '<meta name="viewport" content="width=device-width, initial-scale=1">',
    charset: str = '<meta charset="utf-8">',
    search: str = _SEARCH,
    heading: str = "h1",
    main: str = "main",
    prose: str = PROSE,
) -> str:
    """A page whose text differs from that of others by its title."""
    return (
        f"<!DOCTYPE html><html{lang}><head>{charset}<title>{title}</title>{head}</head><body>{search}"
        f"<{main}><{heading}>{title}</{heading}>{body}<p>{prose}</p></{main}></body></html>"
    )


def item(title: str, href: str, day: date | str) -> str:
    return f'<li><a href="{href}">{title}</a> <span>{day}</span></li>'


def items(today: date, *ages: int, folder: str = "/news") -> str:
    """A list of items so many days old, linked to as `<folder>/<number>.html`, numbered from 1."""
    rows = (
        item(f"第{number}条消息的标题", f"{folder}/{number}.html", today - timedelta(days=age))
        for number, age in enumerate(ages, 1)
    )
    return f"<ul>{''.join(rows)}</ul>"


def links(*addresses: str) -> str:
    return "".join(f'<p><a href="{address}">链接{number}的名称</a></p>' for number, address in enumerate(addresses, 1))


def sitemap(addresses: Iterable[str]) -> str:
    places = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
    )
