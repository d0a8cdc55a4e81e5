"""What every key of a scheme is, in Chinese: for the JSON Schema and for the comments of a scheme that `pingyi new` writes.

That these are the keys that the reader knows, no more and no less, is held by a test. A path is written as
`flows.reading.recording` has it: `*` is a free name, `[]` an entry of a list, and of a source the kind stands for its name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """What a key means, and for one that may be left out the value that a new scheme shows of it (its default where it has one).

    `<source>`, `<aspect>`, `<group>`, `<type>`, `<level>` in the value stand for the first one of the scheme; `<year>` for its year.
    """

    meaning: str
    shown: str = ""


_PERIOD = (
    "第一天（当地日期）；不写是评议年度的第一天，早于它的月份和日期不合格",
    "最后一天（当地日期）；不写是评议年度的最后一天，晚于它的月份和日期不合格",
)
_OPENS, _CLOSES = Key(_PERIOD[0], "<year>-01-01"), Key(_PERIOD[1], "<year>-12-31")
_INDICATORS = "指标，一项一行"
_ID = Key("指标的编号，送来的文件用它或名称来指")
_LABEL = Key("指标的名称")
_MAX = Key("满分，大于 0")

KEYS: dict[str, Key] = {
    "year": Key("评议年度，与文件名相同"),
    "title": Key("评议的名称，印在通报、网页和评议单上"),
    "notice": Key("读者看到结果的地方都要看到的一段话，最多 200 字；不写就没有", '"试评，结果仅供内部参考。"'),
    "timezone": Key("当地日期和月份按这个时区算"),
    "missing": Key("有网站缺某个来源的得分时：fail 不公布，zero 按 0 分计，reweight 其余来源按比例折算；不写是 fail", '"fail"'),
    "incomplete": Key("应到的没有到齐时：fail 没有补齐或批准就不公布，tell 只作提示；不写是 tell。各来源可以另定", '"fail"'),
    "office": Key("主持评议的单位，催报函用它落款；不写就空着", '"某市人民政府办公厅"'),
    "tie_break": Key("综合得分相同时，依次比较这些来源的得分；不写则并列", '["<source>"]'),
    "max_quarantined": Key("一个文件里不合格的行最多占多少，超过就停下来；不写是 0.01（1%）", "0.01"),
    "placeholders": Key("投票人、来处、专家栏里表示“没有写是谁”的词；不写就用通常的（匿名、游客、无、NULL、0 等），[] 是一个也没有", '["匿名", "无"]'),
    "aspects": Key("评议内容：选票和专家打分分项评议什么，权重之和恰为 1"),
    "aspects.*": Key("一项评议内容：名称和权重"),
    "aspects.*.label": Key("名称"),
    "aspects.*.weight": Key("权重"),
    "groups": Key("组别：只在组内排名"),
    "groups.*": Key("一个组别"),
    "groups.*.label": Key("名称，登记册的“组别”一栏写它或编号"),
    "groups.*.sites": Key("登记册应有几个网站，不符就停下来；不写则不核对", "20"),
    "groups.*.publish_top": Key("附件公布前多少名"),
    "groups.*.weights": Key("各来源的权重，之和恰为 1；0 是只列出、不计入"),
    "groups.*.weights.*": Key("一个来源的权重"),
    "sources": Key("评分来源：每个给每个网站一个 0 到 100 的得分，文件放在 raw/年度/ 下同名的文件夹里"),
    "sources.*": Key("一个评分来源"),
    "sources.*.label": Key("名称"),
    "sources.*.kind": Key("种类：ballots 选票，panel 专家打分，claims 自查，records 记录，audit 核查，given 外部评分"),
    "sources.*.incomplete": Key(
        "这个来源应到的没有到齐时：fail 没有补齐或批准就不公布，tell 只作提示，zero 缺的按 0 分计（只有自查和记录可以）；不写就照整个方案的", '"fail"'
    ),
    "sources.*.due": Key("应到的最晚到哪一天；不写是这个来源的最后一天，没有的是年底", "<year>-12-31"),
    "sources.records.due_day": Key("一个月的数值最晚到下个月的几日，1 到 28，不能与 due 同用；不写就到月底", "10"),
    "sources.ballots.quiet_days": Key("一个渠道连着这么多天没有一票不算缺；不写是 2（一个周末）", "2"),
    "sources.panel.experts": Key("应有多少位专家；不写就不核对", "20"),
    "sources.panel.min_raters": Key("每个网站每项评议内容至少几位专家评；不写是 1", "5"),
    "sources.ballots.opens": Key("评议期的第一天，此前的票不算"),
    "sources.ballots.closes": Key("评议期的最后一天，此后的票不算"),
    "sources.ballots.levels": Key("可选的档次和分值，由高到低"),
    "sources.ballots.levels.[].label": Key("档次的名称，票里写的就是它"),
    "sources.ballots.levels.[].points": Key("分值，0 到 100"),
    "sources.ballots.satisfied": Key("哪几档计入满意率"),
    "sources.ballots.min_seconds": Key("填写时间不足这么多秒的票不算；不写就不看", "5"),
    "sources.ballots.burst_limit": Key("同一来处一分钟内的票超过这么多张时，这一分钟的都不算；不写就不看", "20"),
    "sources.ballots.min_ballots": Key(
        "有效票少于这么多张的网站，得分照算，标注样本偏少，incomplete 是 fail 的，书面批准以前不公布；不写就不看", "30"
    ),
    "sources.ballots.aspects": Key("票上问哪几项评议内容；不写是全部", '["<aspect>"]'),
    "sources.ballots.channels": Key("结果里可以按名公布的渠道；不写则五人以上的渠道都公布，最多 50 种", '["网络", "短信"]'),
    "sources.panel.trim_each_side": Key("每个网站每项评议内容去掉几个最高分和几个最低分，要与 trim_from 同用；不写是 0，不去", "0"),
    "sources.panel.trim_from": Key("有这么多个评分起才去掉最高最低，应大于 trim_each_side 的两倍", "5"),
    "sources.panel.opens": _OPENS,
    "sources.panel.closes": _CLOSES,
    "sources.panel.categories": Key("结果里可以按名公布的专家类别；不写则五人以上的类别都公布，最多 50 种", '["学者", "记者"]'),
    "sources.claims.indicators": Key(_INDICATORS),
    "sources.claims.indicators.[].id": _ID,
    "sources.claims.indicators.[].label": _LABEL,
    "sources.claims.indicators.[].max": _MAX,
    "sources.claims.inflation_penalty": Key("自报高于核实的，每高 1 分再扣几分；不写是 0", "0"),
    "sources.records.indicators": Key(f"{_INDICATORS}；月份的数值怎样变成得分由 rule 定"),
    "sources.records.indicators.[].id": _ID,
    "sources.records.indicators.[].label": _LABEL,
    "sources.records.indicators.[].max": _MAX,
    "sources.records.indicators.[].rule": Key("points 数值就是得分，ratio 达到 target 得满分、不到按比例，deduct 每 1 扣 per 分"),
    "sources.records.indicators.[].target": Key("rule 为 ratio 时：达到多少得满分"),
    "sources.records.indicators.[].per": Key("rule 为 deduct 时：每 1 扣几分"),
    "sources.records.indicators.[].from_crawl": Key("数值取自网站检测的这一项，不另送文件"),
    "sources.records.indicators.[].measure": Key("from_crawl 取什么：value 检测值的平均（不写就是它），passed 通过的比例（0 到 1）"),
    "sources.records.opens": _OPENS,
    "sources.records.closes": _CLOSES,
    "sources.audit.item_types": Key("事项类型的编号和名称"),
    "sources.audit.item_types.*": Key("名称"),
    "sources.audit.item_weights": Key("各类型一个事项的权重；没有写的类型是 1", "{ <type> = 2 }"),
    "sources.audit.item_weights.*": Key("权重"),
    "sources.audit.approval_items_for": Key("哪些组别的审批事项计入得分；不写则都不计入", '["<group>"]'),
    "sources.audit.opens": _OPENS,
    "sources.audit.closes": _CLOSES,
    "crawl": Key("网站检测：不检测、也没有检测数据的不用写"),
    "crawl.opens": Key("这一天起的检测才计入；不写则不限", "<year>-01-01"),
    "crawl.closes": Key("到这一天为止的检测才计入；不写则不限", "<year>-12-31"),
    "crawl.nightly": Key("每一夜都应有检测数据，哪一夜没有会说出来；不写是 false", "true"),
    "crawl.confirm": Key("同一项连续几次不通过才算，也可以分项写：{ reachable = 3 }；不写是 1", "2"),
    "crawl.confirm.*": Key("这一项检测连续几次不通过才算"),
    "crawl.wide": Key("检测数据是扫描程序自己的宽表（一行一个网站、一次扫描）时，它的各列"),
    "crawl.wide.site": Key("网站所在的列"),
    "crawl.wide.checked_at": Key("检测时间所在的列"),
    "crawl.wide.checks": Key("各项检测所在的列"),
    "crawl.wide.checks.*": Key("这一项检测的列；曾用过几个名称的写成列表；列里是文字的写成一个表"),
    "crawl.wide.checks.*.column": Key("这一项检测的列；曾用过几个名称的写成列表"),
    "crawl.wide.checks.*.passed": Key("表示通过的词"),
    "crawl.wide.checks.*.failed": Key("表示不通过的词"),
    "crawl.wide.checks.*.not_made": Key("表示没有做成的词"),
    "crawl.wide.checks.*.when": Key("另一列是这些词时才做这一项检测"),
    "crawl.wide.checks.*.when.*": Key("那一列里的词"),
    "crawl.contact": Key("检测时留给对方的邮箱或网址；不写就不做检测", '"web@example.gov.cn"'),
    "crawl.canaries": Key("检测前先看这些网址，打不开就是我们自己的网络不通；不写就用系统自带的", '["https://www.example.gov.cn/"]'),
    "crawl.pages": Key("一个网站一夜最多取多少个网页；不写是 60", "60"),
    "comparison": Key("原始文件里与众不同的地方怎样处理：tell 提示，gate 没有确认就不能公布，off 不提示"),
    "comparison.amounts": Key("数量：行数、渠道、日子明显偏少或偏多", '"tell"'),
    "comparison.repeats": Key("重复送来的内容", '"tell"'),
    "comparison.levels": Key("评分分布与其他文件或上年相差很大", '"tell"'),
    "comparison.aspects": Key("两项评议内容像是对调了，或少了一项", '"tell"'),
    "comparison.times": Key("时刻：深夜、整体偏移、不在评议期", '"tell"'),
    "comparison.raters": Key("评分人与其他人相差很大，或重复自己", '"tell"'),
    "comparison.sites": Key("网站与其他网站或上年相差很大", '"tell"'),
    "comparison.confirmed": Key("看过、确认无误的提示的名称", "[]"),
}  # fmt: skip


def meaning(path: tuple[str, ...]) -> str:
    """What the key at a path means; a source's label and kind mean the same with every kind."""
    common = ("sources", "*", *path[2:]) if path[0] == "sources" and len(path) == 3 else path
    found = KEYS.get(".".join(path)) or KEYS.get(".".join(common))
    if found is None:
        raise KeyError(f"flows/scheme/keys.py does not say what {'.'.join(path)} is")
    return found.meaning
