"""The method of a year (评议办法) in Chinese sentences, written from its scheme, so that somebody can sign it.

Every sentence says what the models do with this scheme's numbers; `sql/README.md` has the same as arithmetic.
`flows/method/<kind>.py` has the sentences of a kind of source. The same scheme gives the same bytes.
"""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from flows.datasets.checks import SITE_CHECKS
from flows.documents.numbers import words as numeral
from flows.documents.text import Block, Bulletin
from flows.documents.word import write_word
from flows.errors import UsageError
from flows.host.disk import write_new
from flows.method.wording import day, listed, percent, quoted
from flows.scheme import PLACEHOLDERS, Group, Scheme
from flows.scheme.comparison import KINDS
from flows.sources import behaviour

_SIGNED = "签发：　　　　　　　　　　　　　　　日期：　　　　年　　月　　日"
_MARKDOWN = {"heading": "## ", "subheading": "### ", "paragraph": ""}


def method(scheme: Scheme) -> Bulletin:
    """The document. Raises `UsageError` for a kind that has no sentences."""
    strange = [source for source in scheme.sources if behaviour("method", source.kind) is None]
    if strange:
        raise UsageError(
            "方案里有不会写成办法的来源，没有写出评议办法。请开发人员补上：",
            [f"{source.label}（{source.id}）是 {source.kind} 类，缺 flows/method/{source.kind}.py" for source in strange],
        )
    parts = (
        ("评议对象", _sites(scheme)),
        ("评分来源和权重", _weights(scheme)),
        ("评议内容", _aspects(scheme)),
        ("各来源的计分", _sources(scheme)),
        ("网站检测", _crawl(scheme)),
        ("缺少得分的处理", _missing(scheme)),
        ("排名和公布", _ranking(scheme)),
        ("数据的核对", _data(scheme)),
        ("名次的把握", _confidence(scheme)),
    )
    body: list[Block] = []
    count = 0
    for title, blocks in parts:
        found = [Block("paragraph", block) if isinstance(block, str) else block for block in blocks]
        if found:
            count += 1
            body += [Block("heading", f"{_numeral(count)}、{title}"), *found]
    return Bulletin(
        letterhead="", number="", title=f"{scheme.title}{'办法' if scheme.title.endswith('评议') else '评议办法'}", addressees="",
        body=(*body, Block("paragraph", _SIGNED)), annexes=(), signature="", date="", remark="",
    )  # fmt: skip


def as_lines(document: Bulletin) -> Iterator[str]:
    """The document as Markdown."""
    yield f"# {document.title}"
    for block in document.body:
        yield ""
        yield f"{_MARKDOWN[block.kind]}{block.text}"


def write_docx(document: Bulletin, year: int, path: Path) -> None:
    """The document for Word and WPS, in the layout of the bulletin. Raises `UsageError` where there is a file of the name."""
    with tempfile.TemporaryDirectory(prefix="pingyi-method-") as folder:
        made = Path(folder) / "method.docx"
        write_word(document, year, made)
        content = made.read_bytes()
    try:
        write_new(path, content)
    except FileExistsError:
        raise UsageError(f"已经有 {path}，没有写。请换一个文件名，或先把它移走。") from None


def _numeral(number: int) -> str:
    return numeral(Decimal(number))


def _sites(scheme: Scheme) -> Iterator[str]:
    groups = "；".join(f"{group.label}{'' if group.sites is None else f'，{group.sites} 个网站'}" for group in scheme.groups)
    yield f"{scheme.year}年度参加评议的网站由登记册列出，分为 {len(scheme.groups)} 个组别：{groups}。只在组内排名。"
    if any(group.sites is not None for group in scheme.groups):
        yield "登记册的网站数与这里写明的不符时，评议不进行。"
    yield f"日期和月份按 {scheme.timezone} 时区计算。"
    if scheme.notice:
        yield f"凡印出结果的地方，都印有：“{scheme.notice}”"


def _weights(scheme: Scheme) -> Iterator[str]:
    yield "每个来源给每个网站一个 0 到 100 分的得分，四舍五入到两位小数。"
    if len({tuple(group.weights.items()) for group in scheme.groups}) == 1:
        yield f"各来源的权重{'，各组相同' if len(scheme.groups) > 1 else ''}：{_shares(scheme, scheme.groups[0])}。"
    else:
        for group in scheme.groups:
            yield f"{group.label}各来源的权重：{_shares(scheme, group)}。"
    yield "综合得分是各来源的得分（两位小数）乘以权重之和，四舍五入到两位小数，其间不再舍入。"


def _shares(scheme: Scheme, group: Group) -> str:
    labels = {source.id: source.label for source in scheme.sources}
    counted = listed(f"{labels[name]} {percent(weight)}" for name, weight in group.weights.items() if weight)
    shown = listed(labels[name] for name, weight in group.weights.items() if not weight)
    return f"{counted}；{shown}只列出，不计入综合得分" if shown else counted


def _aspects(scheme: Scheme) -> Iterator[str]:
    rating = [source.label for source in scheme.sources if source.rates_aspects]
    if rating:
        weights = listed(f"{aspect.label} {percent(aspect.weight)}" for aspect in scheme.aspects)
        yield f"{listed(rating)}分项评议，各项内容和权重为：{weights}。"


def _sources(scheme: Scheme) -> Iterator[Block | str]:
    for place, source in enumerate(scheme.sources, start=1):
        yield Block("subheading", f"（{_numeral(place)}）{source.label}（{source.noun}）")
        yield from behaviour("method", source.kind).sentences(source, scheme)


def _crawl(scheme: Scheme) -> Iterator[str]:
    if not any(source.checks for source in scheme.sources):
        return
    crawl = scheme.crawl
    if crawl.opens or crawl.closes:
        opens, closes = f"{day(crawl.opens)}起" if crawl.opens else "", f"{day(crawl.closes)}止" if crawl.closes else ""
        yield f"只计入{opens}{'、' if opens and closes else ''}{closes}的检测，按当地日期计算。"
    if crawl.confirm_checks:
        some = listed(f"{_check(name)} {number} 次" for name, number in crawl.confirm_checks)
        yield f"同一网站、同一地址的下列检测要连续不通过才算不通过：{some}；其余的检测一次不通过就算。"
    elif crawl.confirm > 1:
        yield f"同一网站、同一地址的同一项检测连续 {crawl.confirm} 次不通过才算不通过；没有达到的，既不算通过，也不算不通过。"
    else:
        yield "检测一次不通过就算不通过。"
    yield "没有做成的检测（检测方的故障、对方不让检测、没有可检测的东西）不说明任何问题，不计；同样的检测重复送来的只算一次。"


def _check(name: str) -> str:
    return f"{SITE_CHECKS[name].label}（{name}）" if name in SITE_CHECKS else name


def _missing(scheme: Scheme) -> Iterator[str]:
    yield {
        "fail": "有网站缺少任何一个计入综合得分的来源的得分时，这一年度不公布。",
        "zero": "网站缺少某个来源的得分时，这个来源按 0 分计，并在结果中标注。",
        "reweight": "网站缺少某个来源的得分时，其余来源的权重按比例放大到合计为 100%（折算的综合得分先取八位小数，再四舍五入到两位），并在结果中标注。",
    }[scheme.missing]
    if any(weight == 0 for group in scheme.groups for weight in group.weights.values()):
        yield "权重为 0 的来源没有得分的，不算缺少。"
    yield from _incomplete(scheme)


def _incomplete(scheme: Scheme) -> Iterator[str]:
    """What becomes of what is due and does not come, for the sources that are treated alike."""
    says = {
        "fail": "中，应到而没有到齐的，补齐或者书面批准以前，这一年度不公布。",
        "tell": "中，应到而没有到齐的，照到了的部分计分，并逐项写明缺了什么、对得分和名次有什么影响。",
        "zero": "中，应到而没有到的按 0 分计。",
    }
    for treatment, sentence in says.items():
        labels = [source.label for source in scheme.sources if source.delivery.incomplete == treatment]
        if labels:
            yield f"{listed(labels)}{sentence}"
    due = [f"{source.label}为{day(source.delivery.due)}" for source in scheme.sources if source.delivery.due]
    due += [
        f"{source.label}每月的数值为下月 {source.delivery.due_day} 日" for source in scheme.sources if source.delivery.due_day
    ]
    if due:
        yield f"报送的期限：{'，'.join(due)}。"


def _ranking(scheme: Scheme) -> Iterator[str]:
    labels = {source.id: source.label for source in scheme.sources}
    if scheme.tie_break:
        first = (
            f"依次比较{listed(labels[name] for name in scheme.tie_break)}的得分，高的在前，没有得分的按 0 分比较；仍然相同的，"
        )
    else:
        first = ""
    yield f"各组按综合得分从高到低排名。综合得分相同的，{first}名次并列，其后的名次空出（如 1、2、2、4）。"
    annexes = listed(f"{group.label}前 {group.publish_top} 名" for group in scheme.groups)
    yield f"附件公布{annexes}；与最后一名并列的一并公布。"
    yield "各组另公布综合得分的平均分（一位小数）、高于平均分（不舍入的）的网站数，以及最高分、最低分、中位数和标准差（两位小数）。"
    yield "审阅后公布过的年度，要写明理由才能重新公布；以前公布的结果一直保留。"


def _data(scheme: Scheme) -> Iterator[str]:
    yield (
        f"送来的文件逐行核对，不合格的行不计，并逐行记下原因；一个文件中不合格的行超过 {percent(scheme.max_quarantined)} 的，评议不进行。"
    )
    words = "匿名、游客、无、NULL、0 等通常的词" if scheme.placeholders == PLACEHOLDERS else quoted(scheme.placeholders)
    if words and any(source.is_sample for source in scheme.sources):
        yield f"投票人、来处写的是{words}的，视为没有写明是谁；专家写的是这些词的（数字除外），这一行不合格。"
    gates = [label for kind, label in KINDS.items() if kind in scheme.comparison.gates]
    off = [label for kind, label in KINDS.items() if kind in scheme.comparison.off]
    told = [label for kind, label in KINDS.items() if kind not in scheme.comparison.gates | scheme.comparison.off]
    yield "收齐的数据还要相互比较，并与上年比较，看有没有与众不同的地方。" + "".join(
        f"{listed(labels)}方面的{then}。"
        for labels, then in ((gates, "，没有经人确认就不公布"), (told, "，提示给经办人"), (off, "，不看"))
        if labels
    )


def _confidence(scheme: Scheme) -> Iterator[str]:
    if any(source.is_sample for source in scheme.sources):
        samples = listed(source.label for source in scheme.sources if source.is_sample)
        yield (
            f"{samples}是抽样的结果。名次之外另列出每个网站名次的可能范围（以全组一并九成的把握）和进入附件的可能，"
            "只供参考，不影响得分和名次。"
        )
