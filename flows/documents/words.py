"""What tables, columns, reasons and checks are called where people read them."""

from flows.warehouse.exclusions import REASONS

TABLES = {
    "composite_scores": "综合得分和名次",
    "group_summary": "各组概况",
    "source_weights": "来源和权重",
    "satisfaction": "公众满意率",
    "ballot_audit": "选票的去向",
    "participation": "参加评议的人",
    "service_inventory": "网上办事事项",
    "approval_items": "行政审批事项",
    "portal_columns": "门户网站栏目访问量",
    "portal_figures": "门户网站和各单位报送的数字",
    "reference_check": "与印刷数字的对照",
    "source_items": "来源的构成",
    "sites": "参加评议的网站",
    "composite_steps": "综合得分的步骤",
    "source_details": "各网站分项得分",
    "check_counts": "网站检测次数",
    "claimed_points": "自查和核实",
    "lost_months": "失分的月份",
    "failed_items": "没有通过核查的事项",
    "failed_checks": "没有通过检测的地址",
    "previous_scores": "上年各来源得分",
    "rank_confidence": "名次的可靠程度",
    "weight_sensitivity": "权重变动时的名次",
}

COLUMNS = {
    "year": "年度", "group": "组别", "rank": "名次", "site_id": "编号", "name": "名称", "composite": "综合得分",
    "previous_composite": "上年得分", "previous_rank": "上年名次", "flags": "标注", "sites": "网站数", "mean": "平均分",
    "above_mean": "高于平均分", "lowest": "最低", "highest": "最高", "median": "中位数", "sd": "标准差", "source": "来源",
    "label": "名称", "kind": "种类", "weight": "权重", "aspect": "评议内容", "ratings": "评价数", "satisfied": "满意数",
    "rate": "满意率", "score": "平均得分", "reason": "去向", "ballots": "选票", "category": "类别", "raters": "人数",
    "item_type": "事项类型", "items": "事项", "approval_items": "审批事项", "online_items": "可网上办理", "forms": "表格",
    "sheets": "张数", "online_approval_items": "可网上办理的审批事项", "column": "栏目", "views": "访问量", "share": "占比",
    "metric": "内容", "value": "数值", "unit": "单位", "previous": "上年", "growth": "增长", "position": "次序",
    "figure": "代号", "section": "章节", "subject": "内容", "printed": "印刷", "computed": "算出", "verdict": "结论",
    "remark": "说明", "item": "分项", "max_points": "满分", "rule": "计分办法", "target": "目标", "per": "每单位扣分",
    "from_crawl": "取自检测", "url": "网址", "claimed_points": "自报", "verified_points": "核实", "points": "得分",
    "month": "月份", "check": "检测", "failures": "次数", "confirmed": "其中计入", "base": "依据数", "made": "做成", "passed": "通过",
    "failed": "没有通过", "not_made": "没有做成", "stale": "重复", "outside_period": "不在检测期内", "item_id": "事项编号",
    "approval": "审批事项", "counts": "计分", "reachable": "打开", "guide": "指南", "form": "表格", "online": "网上办理",
    "audited_on": "核查日期", "first_failed": "首次（世界时）", "last_failed": "最近（世界时）", "last_value": "最近测得", "detail": "当时看到",
    "previous_score": "上年得分", "previous_label": "上年名称", "previous_weight": "上年权重", "source_now": "今年的来源", "same_rules": "办法与上年相同", "se_composite": "标准误", "rank_low": "名次最高", "rank_high": "名次最低", "p_annex": "进入附件的可能",
    "step": "步骤", "counted_weight": "计入的权重", "amount": "加上的分数", "total": "累计",
}  # fmt: skip

CELLS = {
    "reason": {"valid": "有效", **REASONS},
    "kind": {"ballots": "选票", "panel": "专家打分", "claims": "自查", "records": "记录", "audit": "核查", "given": "外部评分"},
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
