"""What reasons, kinds and checks are called where people read them; tables and columns say so in `sql/published/`."""

from flows.warehouse.exclusions import REASONS

CELLS = {
    "reason": {"valid": "有效", **REASONS},
    "verdict": {"equal": "相同", "equal_when_cut": "截尾后相同", "differs": "不同", "not_computable": "记录里算不出"},
    "rule": {"points": "直接计分", "ratio": "按完成比例", "deduct": "按数扣分"},
    "step": {"source": "来源得分"},
    "group": {"all": "全部"},
    "item_type": {"all": "全部"},
    "category": {"all": "合计", "unknown": "未注明"},
    "aspect": {"overall": "总体"},
    **{check: {"pass": "通过", "fail": "不通过", "na": "不适用"} for check in ("reachable", "guide", "form", "online")},
    "approval": {"1": "是", "0": "否"},
    "counts": {"1": "是", "0": "否"},
    "same_rules": {"1": "是", "0": "否"},
}  # fmt: skip

CHECKS = {
    "reachable": "首页可以打开", "answers": "首页正常应答", "first_byte": "首字节及时", "full_load": "首页加载及时", "redirects": "转向不过多",
    "https": "支持 HTTPS", "https_enforced": "强制 HTTPS", "certificate": "证书有效", "hsts": "HSTS", "home_updated": "首页及时更新",
    "dead_links": "首页死链", "inner_dead_links": "内页死链", "empty_columns": "空白栏目", "stale_columns": "栏目长期不更新",
    "search": "站内检索", "viewport": "适配手机", "lang": "标明语言", "title": "有页面标题", "sitemap": "有网站地图", "robots": "有 robots.txt",
    "not_found": "不存在的地址答 404", "accessibility": "无障碍", "charset": "编码一致", "main_element": "页面主体有标记",
}  # fmt: skip

# What a webmaster does about a check that fails.
ADVICE = {
    "reachable": "查主机、域名解析和证书，安排值守，停机维护前公告", "answers": "首页要直接答 200，查出错的程序和转向",
    "first_byte": "查服务器和数据库的响应，加缓存", "full_load": "压缩图片和脚本，减少首页要取的文件", "redirects": "把多次转向合并成一次",
    "https": "装有效的证书，打开 443 端口", "https_enforced": "把 http 地址一律转到 https", "certificate": "到期前换证书，配齐证书链和域名",
    "hsts": "在 https 的应答头里加 Strict-Transport-Security", "home_updated": "首页至少两周更新一次，标明日期",
    "dead_links": "逐条改正或撤下打不开的链接", "inner_dead_links": "逐条改正或撤下打不开的链接", "empty_columns": "补上内容，或撤下空栏目",
    "stale_columns": "按栏目指定责任人定期更新", "search": "首页放上站内检索框", "viewport": "页头加 viewport，按手机宽度排版",
    "lang": "在 html 标签上写明 lang", "title": "每页写上 title", "sitemap": "放上 sitemap.xml，并写进 robots.txt", "robots": "在根目录放上 robots.txt",
    "not_found": "不存在的地址要答 404，不要转到首页", "accessibility": "图片配文字说明，输入框配标签，页面标明主标题和主体",
    "charset": "声明的编码要与实际的一致", "main_element": "用 main 标签标明页面主体",
}  # fmt: skip

ITEM_CHECKS = {"reachable": "页面打不开", "guide": "办事指南不全", "form": "表格不能下载", "online": "不能网上办理"}


def flag(text: str, labels: dict[str, str]) -> str:
    """A composite's flag in words."""
    name, _, source = text.partition(":")
    shown = labels.get(source, source)
    if name == "low_base":
        return "选票偏少，仅供参考"
    if name == "missing_zero":
        return f"缺{shown}，按 0 分计"
    if name == "missing_reweight":
        return f"缺{shown}，其余来源按比例折算"
    return text
