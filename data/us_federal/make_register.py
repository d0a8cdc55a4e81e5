"""Makes the register `raw/2024/sites.csv` from the scans themselves. Run it from the top of the checkout:

    ./run python data/us_federal/make_register.py

A site is an address of the scanner's inventory that was scanned at least four times in 2024, a month of weekly scans: of
less nothing could be said. It belongs to the agency in whose file it was seen last that year: over the year agencies were
renamed and addresses moved, so 462 of them appear under two owners.
`agencies.csv` names the agencies of three groups; all others are in the group `executive`.
"""

from pathlib import Path

import polars as pl

HERE = Path(__file__).parent
YEAR, ZONE = 2024, "America/New_York"
LEAST_SCANS = 4
# The scanner's own error in 20 of its 22 scans: whether it is up or down, nobody knows.
UNKNOWN = ["www.wrair.army.mil"]


def make_register(scans: Path, agencies: Path) -> pl.DataFrame:
    """The register's rows, in the order of the addresses."""
    groups = pl.read_csv(agencies)
    local = pl.col("scan_date").str.to_datetime(time_zone="UTC").dt.convert_time_zone(ZONE)
    return (
        pl.read_csv(scans, infer_schema=False)
        .filter(local.dt.year() == YEAR)
        .sort("snapshot_committed_at", "agency_file", maintain_order=True)
        .group_by("target_url")
        .agg(pl.col("agency_file", "target_url_agency_owner").last(), pl.col("scan_date").n_unique())
        .filter(pl.col("scan_date") >= LEAST_SCANS, ~pl.col("target_url").is_in(UNKNOWN))
        .join(groups, on="agency_file", how="left")
        .select(
            site_id="target_url",
            group=pl.col("group").fill_null("executive"),
            name=pl.format("{}（{}）", "target_url", "target_url_agency_owner"),
            url=pl.format("https://{}", "target_url"),
            agency="target_url_agency_owner",
        )
        .sort("site_id")
    )


if __name__ == "__main__":
    register = make_register(HERE / "raw/2024/crawl/daily_sites_small_agencies.csv.gz", HERE / "agencies.csv")
    register.write_csv(HERE / "raw/2024/sites.csv")
    print(register["group"].value_counts().sort("group"))
