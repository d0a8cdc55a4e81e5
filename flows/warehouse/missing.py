"""Applies the policy for sites without a score in a source that counts in their group (method 8)."""

from flows.errors import OperatorError
from flows.scheme import Scheme
from flows.warehouse.engine import Connection
from flows.warehouse.exclusions import excluded_of_site, without_valid_ballots


def check_missing(connection: Connection, scheme: Scheme) -> None:
    """Raises `OperatorError` where a score is missing that the scheme requires; lists every site and source."""
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
        void = without_valid_ballots(connection) if rows else {}
        lacking = {source for _, _, source, _ in rows}
        faults = [sentence for source, sentence in void.items() if source in lacking]
        faults += [
            f"{name}（{site_id}）没有 {label}（{source}）的得分{excluded_of_site(connection, source, site_id)}"
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
