"""The standard crawl checks: the label of each, and the advice to a webmaster where it fails."""

from typing import NamedTuple


class SiteCheck(NamedTuple):
    """`of_page`: the check reads the home page. `is_ours`: our crawler makes the check each night, not only a scanner."""

    name: str
    label: str
    advice: str
    of_page: bool = False
    is_ours: bool = True


SITE_CHECKS = {
    check.name: check
    for check in (
        SiteCheck("reachable", "首页可以打开", "查主机、域名解析和证书，安排值守，停机维护前公告"),
        SiteCheck("first_byte", "首字节及时", "查服务器和数据库的响应，加缓存", of_page=True),
        SiteCheck("full_load", "首页加载及时", "压缩图片和脚本，减少首页要取的文件", of_page=True),
        SiteCheck("redirects", "转向不过多", "把多次转向合并成一次"),
        SiteCheck("https", "支持 HTTPS", "装有效的证书，打开 443 端口"),
        SiteCheck("https_enforced", "强制 HTTPS", "把 http 地址一律转到 https"),
        SiteCheck("certificate", "证书有效", "到期前换证书，配齐证书链和域名"),
        SiteCheck("hsts", "HSTS", "在 https 的应答头里加 Strict-Transport-Security"),
        SiteCheck("home_updated", "首页及时更新", "首页至少两周更新一次，标明日期", of_page=True),
        SiteCheck("dead_links", "首页死链", "逐条改正或撤下打不开的链接", of_page=True),
        SiteCheck("inner_dead_links", "内页死链", "逐条改正或撤下打不开的链接", of_page=True),
        SiteCheck("empty_columns", "空白栏目", "补上内容，或撤下空栏目"),
        SiteCheck("stale_columns", "栏目长期不更新", "按栏目指定责任人定期更新"),
        SiteCheck("search", "站内检索", "首页放上站内检索框", of_page=True),
        SiteCheck("viewport", "适配手机", "页头加 viewport，按手机宽度排版", of_page=True),
        SiteCheck("sitemap", "有网站地图", "放上 sitemap.xml，并写进 robots.txt"),
        SiteCheck("robots", "有 robots.txt", "在根目录放上 robots.txt"),
        SiteCheck("not_found", "不存在的地址答 404", "不存在的地址要答 404，不要转到首页"),
        SiteCheck("lang", "标明语言", "在 html 标签上写明 lang", of_page=True),
        SiteCheck("title", "有页面标题", "每页写上 title", of_page=True),
        SiteCheck("accessibility", "无障碍", "图片配文字说明，输入框配标签，页面标明主标题和主体", of_page=True),
        SiteCheck("charset", "编码一致", "声明的编码要与实际的一致", of_page=True),
        SiteCheck("answers", "首页正常应答", "首页要直接答 200，查出错的程序和转向", is_ours=False),
        SiteCheck("main_element", "页面主体有标记", "用 main 标签标明页面主体", is_ours=False),
    )
}

# Those of our own crawler, in the order of its rows.
CHECKS = tuple(check.name for check in SITE_CHECKS.values() if check.is_ours)
PAGE_CHECKS = tuple(check.name for check in SITE_CHECKS.values() if check.of_page)
