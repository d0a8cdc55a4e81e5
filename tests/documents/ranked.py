"""Result folders with groups of a test's own sites: the tables that the page and the sheets are made of."""

from decimal import Decimal
from pathlib import Path

import polars as pl

from flows.scheme import Scheme
from tests.documents.results import small_year

Scores = dict[str, tuple[str | None, ...]]


def ranked_year(
    folder: Path, scheme: Scheme, scores: Scores, names: dict[str, str] | None = None, previous: Scores | None = None
) -> Path:
    """The small year with these sites instead of its own, all in the scheme's first group, ranked as method 2 says.

    `scores` are those of the scheme's sources by site; `previous` holds composite and rank of the year before.
    """
    small_year(folder)
    group = scheme.groups[0]
    rows, steps = [], {}
    for site_id, given in scores.items():
        decimals = {
            source.id: None if score is None else Decimal(score) for source, score in zip(scheme.sources, given, strict=True)
        }
        steps[site_id] = _steps(scheme, decimals)
        rows.append((site_id, decimals, _composite(steps[site_id])))
    keyed = {
        site_id: (composite, *(decimals[source] or 0 for source in scheme.tie_break)) for site_id, decimals, composite in rows
    }
    before = previous or {}
    table = [
        {
            "year": scheme.year,
            "group": group.id,
            "rank": 1 + sum(other > keyed[site_id] for other in keyed.values()),
            "site_id": site_id,
            "name": (names or {}).get(site_id, site_id),
            **decimals,
            "composite": composite,
            "previous_composite": Decimal(before[site_id][0]) if site_id in before else None,
            "previous_rank": int(before[site_id][1]) if site_id in before else None,
            "flags": "",
        }
        for site_id, decimals, composite in rows
    ]
    types = {"composite": pl.Decimal(9, 2), "previous_composite": pl.Decimal(9, 2), "previous_rank": pl.Int32, "rank": pl.Int32}
    types |= {source.id: pl.Decimal(9, 2) for source in scheme.sources}
    frame = pl.DataFrame(table, schema_overrides=types, infer_schema_length=None).sort("group", "rank", "site_id")
    tables = folder / "tables"
    frame.write_parquet(tables / "composite_scores.parquet")
    listed = [{"year": scheme.year, "site_id": site_id} | step for site_id in sorted(steps) for step in steps[site_id]]
    path = tables / "composite_steps.parquet"
    pl.DataFrame(listed, schema=pl.read_parquet_schema(path)).write_parquet(path)
    sites = frame.select("year", "site_id", "group", "name", pl.lit(None, dtype=pl.String).alias("url")).sort("site_id")
    sites.write_parquet(tables / "sites.parquet")
    sure = sites.select("year", "group", "site_id").join(
        frame.select("site_id", rank_low="rank", rank_high="rank"), on="site_id"
    )
    in_annex = (pl.col("rank_low") <= group.publish_top).cast(pl.Int32).cast(pl.Decimal(5, 4)).alias("p_annex")
    sure.with_columns(in_annex).write_parquet(tables / "weight_sensitivity.parquet")
    sure.with_columns(in_annex, se_composite=pl.lit(0).cast(pl.Decimal(9, 4))).write_parquet(tables / "rank_confidence.parquet")
    for name in ("source_details", "claimed_points", "lost_months", "failed_items", "failed_checks", "previous_scores"):
        path = tables / f"{name}.parquet"
        pl.read_parquet(path).clear().write_parquet(path)
    return folder


def _steps(scheme: Scheme, scores: dict[str, Decimal | None]) -> list[dict]:
    """A site's steps as method 8 says, source after source."""
    weights = scheme.groups[0].weights
    present = sum((weight for source, weight in weights.items() if scores[source] is not None), Decimal(0))
    # Only where something is missing there is a quotient, which is brought to eight decimals.
    scaled = scheme.missing == "reweight" and present != 1
    base = present if scaled else Decimal(1)
    steps, weighted, total = [], Decimal(0), Decimal(0)
    for position, source in enumerate(scheme.sources, start=1):
        if source.id not in weights:
            continue
        weight, score = weights[source.id], scores[source.id]
        weighted += weight * (score or 0)
        before, total = total, (weighted / base).quantize(Decimal("1e-8"), "ROUND_HALF_UP") if scaled else weighted
        counted_weight = Decimal(0) if scaled and score is None else (weight / base).quantize(Decimal("1e-12"), "ROUND_HALF_UP")
        steps.append(
            {"position": position, "step": "source", "source": source.id, "label": source.label, "weight": weight}
            | {"counted_weight": counted_weight, "score": score, "amount": total - before, "total": total}
        )
    return steps


def _composite(steps: list[dict]) -> Decimal:
    return steps[-1]["total"].quantize(Decimal("0.01"), "ROUND_HALF_UP")
