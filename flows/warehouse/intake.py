"""Decides whether a run may continue with the received files. All reasons against it, of all files, are in one error."""

from collections.abc import Sequence

from flows.datasets import Dataset
from flows.errors import OperatorError
from flows.receive import Received, refusals
from flows.receive.hints import hints, where
from flows.receive.meanings import OUTSIDE
from flows.receive.store import Receipt
from flows.receive.typed import Finding, FindingTotals, sentences
from flows.scheme import Scheme
from flows.sources import Aspect
from flows.warehouse.engine import Connection, literal
from flows.warehouse.raw import ONCE_ONLY

# Channels of ballots and categories of experts are published by name.
_MOST_KINDS_OF_PERSONS = 50


def check_intake(
    connection: Connection, scheme: Scheme, received: Sequence[Received], written: bool = True, unexpected: Sequence[str] = ()
) -> None:
    """Stops the run where files were refused, where more of a file was set aside than the scheme allows, where most of a
    source's ballots have no column for an aspect, or where something is `unexpected`: not as the register of deliveries has it.
    `written` tells whether the quarantine files are there to be looked at.
    """
    refused = refusals(scheme.year, received)
    over = _over_the_limit(connection, scheme, received)
    lacking = _without_an_aspect(scheme, received)
    persons = _kinds_that_are_persons(connection, scheme)
    if not (refused or over or lacking or persons or unexpected):
        return
    what = [f"有 {len(refused)} 个文件无法接收"] if refused else []
    what += [f"有 {len(over)} 个文件的不合格行太多"] if over else []
    what += [f"有 {len(lacking)} 项评议内容的列大多没有"] if lacking else []
    what += [f"收到的文件与送件登记有 {len(unexpected)} 处不符"] if unexpected else []
    what += [f"有 {len(persons)} 个来源的渠道或类别像是个人"] if persons else []
    advice = []
    if over:
        advice.append(f"全部不合格行见 quarantine/{scheme.year}/" if written else "")
        if any(ONCE_ONLY in fault for fault in over):
            advice.append("若是累计导出（新文件里又有旧文件的行），只留最新的一份")
        if any(OUTSIDE in fault for fault in over):
            advice.append("评议期确实不是这一年的，请在方案的这个来源里写明 opens、closes")
        advice.append(
            "请改正这些文件（若满篇都是不认识的名称，文件可能是 Big5 等其他编码），或确认后调高方案的 max_quarantined"
        )
    summary = f"{'，'.join(what)}，评议没有进行，已公布的结果没有改动"
    advised = "；".join(filter(None, advice))
    beside = [f"提示：{hint}" for hint in hints(scheme, received)]
    raise OperatorError(
        f"{summary}{'。' if advised else ''}{advised}：", [*refused, *over, *lacking, *persons, *unexpected, *beside]
    )


def _kinds_that_are_persons(connection: Connection, scheme: Scheme) -> list[str]:
    """A sentence for every source with so many different channels or categories, which are published, that they are none."""
    sources = {source.id: source.categories for source in scheme.sources if source.categories}
    listed = [
        f"(kinds.source = {literal(source)} and kinds.kind in ({', '.join(map(literal, names))}))"
        for source, names in sources.items()
    ]
    rows = connection.execute(
        f"""
        with kinds as (
            select distinct source, 'channel' as "column", channel as kind from raw.ballots
            union all
            select distinct source, 'category', category from raw.panel_scores
        )
        select kinds.source, kinds."column", count(kinds.kind) as others
        from kinds
        where not ({" or ".join(listed) or "false"})
        group by kinds.source, kinds."column"
        having count(kinds.kind) > ?
        order by kinds.source, kinds."column"
        """,
        [_MOST_KINDS_OF_PERSONS],
    ).fetchall()
    # Their values are not told: they may be the persons themselves.
    key = {"channel": "channels", "category": "categories"}
    return [
        f"raw/{scheme.year}/{source}：{column} 一列有 {kinds} 种{'方案没有列出' if source in sources else '不同'}的值，"
        f"最多 {_MOST_KINDS_OF_PERSONS} 种。它会公布，不能是个人：两列的列名可能写反了，请改正；是同一渠道或类别的不同写法的，请统一；"
        f'确是这么多种，请在方案的 sources.{source} 里把它们全部列出：{key[column]} = ["…", "…"]。'
        for source, column, kinds in rows
    ]


def _over_the_limit(connection: Connection, scheme: Scheme, received: Sequence[Received]) -> list[str]:
    rows = connection.execute(
        """
        select dataset, file, rows_in, quarantined from raw.files
        where quarantined > cast(? as decimal(14, 8)) * rows_in
        order by dataset, file
        """,
        [scheme.max_quarantined],
    ).fetchall()
    receipts = {(receipt.dataset, receipt.file): receipt for entry in received for receipt in entry.receipts}
    return [
        f"raw/{scheme.year}/{dataset}/{file}：{rows_in} 行中有 {quarantined} 行不合格，上限是 {scheme.max_quarantined:%}。"
        f"{'；'.join(sentences(findings_of(connection, receipts[dataset, file])))}。"
        for dataset, file, rows_in, quarantined in rows
    ]


def findings_of(connection: Connection, receipt: Receipt) -> tuple[Finding, ...]:
    """Every kind of fault in a file: those of its reading, and rows that repeat the key of an earlier row."""
    totals = FindingTotals()
    totals.add(receipt.findings)
    repeated = connection.execute(
        """
        with repeated as (
            select "column", line, "value", reason, regexp_replace(reason, ' 第 [0-9]+ 行的', ' 的') as kind
            from raw.quarantine
            where dataset = ? and file = ? and reason like ?
        ),
        numbered as (
            select
                repeated.*,
                count(*) over (partition by "column", kind) as rows_of_kind,
                row_number() over (partition by "column", kind order by line) as position
            from repeated
        )
        select "column", case when rows_of_kind = 1 then reason else kind end, rows_of_kind, line, "value"
        from numbered where position = 1 order by "column", kind
        """,
        [receipt.dataset, receipt.file, f"%{ONCE_ONLY}%"],
    ).fetchall()
    totals.add(Finding(*kind) for kind in repeated)
    return totals.findings


def _without_an_aspect(scheme: Scheme, received: Sequence[Received]) -> list[str]:
    """A sentence for each aspect that most ballots of a source do not rate, because their files name its column otherwise."""
    weighed = {source for group in scheme.groups for source, weight in group.weights.items() if weight}
    faults = []
    for entry in received:
        if not entry.dataset.asks or entry.dataset.source not in weighed:
            continue
        ballots = sum(receipt.loaded for receipt in entry.receipts)
        for aspect in scheme.aspects:
            without = [receipt for receipt in entry.receipts if _loses(receipt, aspect.id)]
            lost = sum(receipt.unrated[aspect.id] for receipt in without)
            if aspect.weight and 2 * lost > ballots:
                faults.append(_lost(scheme, entry.dataset, aspect, without, lost, ballots))
    return faults


def _loses(receipt: Receipt, aspect: str) -> bool:
    """Whether a file's ratings of an aspect are lost: it has no column for it, or an unknown one may hold them."""
    return aspect in receipt.lacking or any(aspect in column.aspects for column in receipt.unknown)


def _lost(scheme: Scheme, dataset: Dataset, aspect: Aspect, receipts: list[Receipt], lost: int, ballots: int) -> str:
    unknown = [column for receipt in receipts for column in receipt.unknown]
    suspects = dict.fromkeys(column.sentence for column in unknown if aspect.id in column.aspects)
    others = suspects or dict.fromkeys(column.sentence for column in unknown)
    headings = f"；不认得的列有：{'、'.join(others)}" if others else ""
    lacks = "没有这一列" if all(aspect.id in receipt.lacking for receipt in receipts) else "没有这一列，或这一列大多空着"
    source = scheme.source(dataset.source)
    asked = ", ".join(f'"{other}"' for other in dataset.asks if other != aspect.id)
    return (
        f"{source.label}（{source.id}）的 {ballots} 票中有 {lost} 票没有 {aspect.label}（{aspect.id}）的评分，"
        f"因为{where(scheme, receipts)}{lacks}{headings}。请改正列名（{aspect.id} 或 {aspect.label}）；"
        f"如果这个来源本来就不问这一项，请在方案的 sources.{source.id} 里写明它问哪几项：aspects = [{asked}]。"
    )
