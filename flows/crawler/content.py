"""The checks of what the home page says of itself and offers to its readers."""

from flows.crawler.checks import Row, made, not_made
from flows.crawler.pages import HomePage

SHELL = "网页的内容由脚本生成，检测看不到"
FRAMED = "网页由几个框架拼成，检测不把它们合起来看"
_LONGEST = 60


def rows(url: str, page: HomePage) -> list[Row]:
    title, lang = page.title, page.lang
    found = [
        made("viewport", page.viewport, url, "有 meta viewport" if page.viewport else "没有 meta viewport"),
        made("lang", bool(lang), url, f"lang 为 {lang[:_LONGEST]}" if lang else "html 没有 lang"),
        made("title", bool(title), url, f"标题为“{title[:_LONGEST]}”" if title else "没有标题", len(title)),
    ]
    if page.is_shell:
        # Scripts may set these as well.
        found = [row if row.passed else not_made(row.check, url, SHELL) for row in found]
    return [*found, made("charset", page.charset_right, url, page.charset_summary), *_offers(url, page)]


def _offers(url: str, page: HomePage) -> list[Row]:
    if page.is_shell:
        return [not_made("search", url, SHELL), not_made("accessibility", url, SHELL)]
    if page.is_framed:
        return [not_made("search", url, FRAMED), not_made("accessibility", url, FRAMED)]
    search, faults = page.search, page.faults
    faults_by_name = [
        f"{faults.images} 张图片没有替代文字" if faults.images else "",
        f"{faults.inputs} 个输入框没有标签" if faults.inputs else "",
        "没有一级标题 h1" if faults.no_heading else "",
        "没有主区域 main" if faults.no_main else "",
    ]
    summary = "，".join(name for name in faults_by_name if name) or "图片、输入框、标题和主区域都有标注"
    return [
        made("search", search is not None, url, search or "没有搜索框或搜索链接"),
        made("accessibility", faults.total == 0, url, summary, faults.total),
    ]
