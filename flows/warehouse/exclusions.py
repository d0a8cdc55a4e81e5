"""Sentences about excluded ballots and missing scores.

Where one reason excludes many ballots, the cause may be the files and not the voters.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from flows.errors import OperatorError
from flows.scheme import Scheme
from flows.sources.ballots import REASONS
from flows.warehouse.engine import Connection

# A reason is reported where it excludes more than one in so many of a source's ballots.
_SHARE = 5


def exclusion_hints(connection: Connection) -> list[str]:
    """A sentence for each source where one reason excludes more than a fifth of the ballots, with the counts of all reasons."""
    sentences = []
    for source, label, counts, valid in _counts(connection):
        total = sum(counts.values()) + valid
        most = [reason for reason, ballots in counts.items() if ballots * _SHARE > total]
        if most:
            sentences.append(
                f"注意：{label}（{source}）的 {total} 票中有 {total - valid} 票没有计入，有效 {valid} 票；"
                f"{_listed(counts.items())}。{_advice(connection, source, most)}"
            )
    return sentences


def check_missing(connection: Connection, scheme: Scheme) -> None:
    """Raises `OperatorError` where a score is missing that the scheme requires (method 8); lists every site and source."""
    if scheme.missing == "fail":
        rows = connection.execute(
            """
            select missing.site_id, missing.name, missing.source, missing.source_label
            from scored.missing_sources as missing
            inner join ref.sources on sources.source = missing.source
            order by sources.position, missing.site_id
            """
        ).fetchall()
        # Where a source has ballots but no valid one, more data would not help.
        void = _without_valid_ballots(connection) if rows else {}
        lacking = {source for _, _, source, _ in rows}
        faults = [sentence for source, sentence in void.items() if source in lacking]
        faults += [
            f"{name}（{site_id}）没有 {label}（{source}）的得分{_excluded_of_site(connection, source, site_id)}"
            for site_id, name, source, label in rows
            if source not in void
        ]
        advice = (
            "请按下面各来源的说明核对"
            if lacking <= void.keys()
            else "请补齐这些数据，或在方案中把 missing 改为 zero（按 0 计）或 reweight（其余来源按比例补足）"
        )
    else:
        # Under "zero" a site without any score still has a composite, 0; there is nothing to scale weights on, though.
        rows = connection.execute(
            """
            select sites.site_id, sites.name from scored.composites
            inner join ref.sites on sites.site_id = composites.site_id
            where composites.composite is null order by sites.site_id
            """
        ).fetchall()
        faults = [f"{name}（{site_id}）在任何来源都没有得分" for site_id, name in rows]
        advice = "请补齐数据，或把这些网站移出登记册"
    if faults:
        raise OperatorError(f"有 {len(rows)} 处得分缺失，{scheme.year} 年没有公布任何结果。{advice}：", faults)


def _without_valid_ballots(connection: Connection) -> dict[str, str]:
    """A sentence for each source that has ballots but no valid one: why they were excluded."""
    sentences = {}
    for source, label, counts, valid in _counts(connection):
        if not valid:
            most = max(counts, key=lambda reason: counts[reason])
            sentences[source] = (
                f"{label}（{source}）收到 {sum(counts.values())} 票，没有一票有效：{_listed(counts.items())}。"
                f"{_advice(connection, source, [most])}"
            )
    return sentences


def _excluded_of_site(connection: Connection, source: str, site_id: str) -> str:
    """Why none of a site's ballots in a source is valid; empty where there were no ballots."""
    rows = connection.execute(
        """
        select reason, ballots from staged.ballot_counts
        where source = ? and site_id = ? order by ballots desc, reason
        """,
        [source, site_id],
    ).fetchall()
    return f"，它的 {sum(ballots for _, ballots in rows)} 票都没有计入：{_listed(rows)}" if rows else ""


def _counts(connection: Connection) -> Iterable[tuple[str, str, dict[str, int], int]]:
    """Each source with ballots: id, label, number of excluded ballots by reason (most first), number of valid ballots."""
    rows = connection.execute(
        """
        select counts.source, sources.label, counts.reason, cast(sum(counts.ballots) as bigint)
        from staged.ballot_counts as counts
        inner join ref.sources on sources.source = counts.source
        group by counts.source, sources.label, sources.position, counts.reason
        order by sources.position, sum(counts.ballots) desc, counts.reason
        """
    ).fetchall()
    for (source, label), of_source in groupby(rows, key=itemgetter(0, 1)):
        counts = {reason: ballots for _, _, reason, ballots in of_source}
        yield source, label, counts, counts.pop("valid", 0)


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return "，".join(f"{REASONS[reason]}（{reason}）{ballots} 票" for reason, ballots in counts)


def _advice(connection: Connection, source: str, reasons: Iterable[str]) -> str:
    """The advice for each of the reasons."""
    return "".join(_ADVICE[reason](connection, source) for reason in reasons)


def _outside(connection: Connection, source: str) -> str:
    (first, last, opens, closes) = connection.execute(
        """
        select min(ballots.submitted_on), max(ballots.submitted_on), max(rules.opens), max(rules.closes)
        from raw.ballots
        inner join staged.ballot_exclusions as exclusions on exclusions.ballot_id = ballots.ballot_id
        inner join ref.ballot_rules as rules on rules.source = ballots.source
        where ballots.source = ? and exclusions.reason = 'outside_period'
        """,
        [source],
    ).fetchall()[0]
    return f"评议期外的票在 {first} 至 {last} 之间，方案的评议期是 {opens} 至 {closes}，请核对 submitted_at 和方案。"


_ADVICE = {
    "outside_period": _outside,
    "no_rating": lambda *_: "没有评分的票，请核对各项评议内容的列名和填法。",
    "too_fast": lambda *_: "填写过快的票，请核对 seconds 的单位（应为秒）和方案的 min_seconds。",
    "burst": lambda *_: "集中提交的票，请核对 origin 是不是投票人的地址（不是代理或自助终端的），以及方案的 burst_limit。",
    "duplicate": lambda *_: "重复的票，请核对 voter 是不是各人不同（不是终端号、统一账号或占位）。",
}
