"""A site without a single failure, where no other has fewer than several."""

from collections.abc import Iterator

from flows.comparison.finding import Finding
from flows.scheme import Scheme
from flows.warehouse.engine import Connection

_LEAST_SITES, _LEAST_CHECKS, _LEAST_FAILURES = 5, 20, 5


def faultless(connection: Connection, scheme: Scheme) -> Iterator[Finding]:
    names = dict(connection.execute("select site_id, name from ref.sites").fetchall())
    for part, sites in _failures(connection).items():
        none = [site for site, (made, failed) in sites.items() if made >= _LEAST_CHECKS and not failed]
        others = {site: counts for site, counts in sites.items() if site not in none}
        if len(none) != 1 or len(others) < _LEAST_SITES or min(failed for _, failed in others.values()) < _LEAST_FAILURES:
            continue
        site = none[0]
        fewest = min(others, key=lambda other: others[other][1])
        yield Finding(
            "sites",
            f"{part}/{site}",
            f"{names.get(site, site)}（{site}）在 {part} 的 {sites[site][0]} 次检查里没有一次不通过，"
            f"别的网站最少的也有 {others[fewest][1]} 次（{others[fewest][0]} 次中）。请核对它的记录。",
        )


def _failures(connection: Connection) -> dict[str, dict[str, tuple[int, int]]]:
    """By dataset, every site's checks that passed or failed, and those that failed."""
    rows = connection.execute(
        """
        select 'crawl' as part, site_id, count(*), sum(case when passed then 0 else 1 end)
        from raw.crawl_checks where passed is not null and not_made is null
        group by site_id
        union all
        select
            source,
            site_id,
            count(*),
            sum(case when 'fail' in (reachable, guide, form, online) then 1 else 0 end)
        from raw.audit_items
        group by source, site_id
        """
    ).fetchall()
    parts: dict[str, dict[str, tuple[int, int]]] = {}
    for part, site, made, failed in sorted(rows):
        parts.setdefault(part, {})[site] = int(made), int(failed)
    return parts
