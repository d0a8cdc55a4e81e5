"""The standing of a site in its group."""

from dataclasses import dataclass
from decimal import Decimal

from flows.documents.tables import Site, Tables


@dataclass(frozen=True, slots=True)
class Standing:
    """The number of sites in the group, the neighbours before and after the site, and their distances in points."""

    sites: int
    before: Site | None
    to_before: Decimal | None
    after: Site | None
    to_after: Decimal | None


def standings(groups: dict[str, list[Site]]) -> dict[str, Standing]:
    """Every site's standing; the sites of a group are in the order of their ranks."""
    by_site = {}
    for sites in groups.values():
        # Sites that share a rank share the neighbours beyond it.
        first = 0
        while first < len(sites):
            last = first
            while last + 1 < len(sites) and sites[last + 1].rank == sites[first].rank:
                last += 1
            before = sites[first - 1] if first else None
            after = sites[last + 1] if last + 1 < len(sites) else None
            for site in sites[first : last + 1]:
                by_site[site.site_id] = Standing(
                    len(sites),
                    before,
                    before.composite - site.composite if before else None,
                    after,
                    site.composite - after.composite if after else None,
                )
            first = last + 1
    return by_site


@dataclass(frozen=True, slots=True)
class Surety:
    """The ranks that a site may have: with other voters and experts, and with other weights (method 11).

    `error` is None where too few raters leave it unknown, and 0 where none of the group's scores is a sample.
    """

    error: Decimal | None
    low: int
    high: int
    in_annex: Decimal | None
    weights_low: int
    weights_high: int


def sureties(tables: Tables) -> dict[str, Surety]:
    """How sure every site's rank is."""
    weighed = {
        row[0]: row[1:] for row in tables.frame("weight_sensitivity").select("site_id", "rank_low", "rank_high").iter_rows()
    }
    columns = ("site_id", "se_composite", "rank_low", "rank_high", "p_annex")
    return {
        site: Surety(*known, *weighed[site]) for site, *known in tables.frame("rank_confidence").select(columns).iter_rows()
    }
