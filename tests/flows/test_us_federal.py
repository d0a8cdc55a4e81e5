"""A year of real scans: from the files as they came to a ranking, with the guarantees of every other year."""

import importlib.util
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import ROOT
from tests.flows.homes import contents

SOURCE = ROOT / "data" / "us_federal"
CRAWL = SOURCE / "raw" / "2024" / "crawl"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("us_federal")
    for part in ("schemes", "raw", "bulletin"):
        shutil.copytree(SOURCE / part, home / part)
    return home


@pytest.fixture(scope="module")
def published(home):
    from flows.yearly import yearly

    return yearly(2024, str(home))


@pytest.fixture(scope="module")
def counts(published) -> pl.DataFrame:
    return pl.read_parquet(published.folder / "tables" / "check_counts.parquet")


def test_the_register_is_made_from_the_scans():
    spec = importlib.util.spec_from_file_location("make_register", SOURCE / "make_register.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.make_register(CRAWL / "daily_sites_small_agencies.csv.gz", SOURCE / "agencies.csv")
    assert made.write_csv().encode() == (SOURCE / "raw" / "2024" / "sites.csv").read_bytes()


def test_every_site_is_ranked_and_every_row_accounted_for(published):
    scores = pl.read_parquet(published.folder / "tables" / "composite_scores.parquet")
    assert scores.group_by("group").len().sort("group").rows() == [
        ("armed_forces", 334), ("executive", 849), ("legislative_judicial", 180), ("regulators", 670)]  # fmt: skip
    assert scores["composite"].min() == 0 and scores["composite"].max() == 100
    files = contents(published.folder)["manifest.json"].decode()
    assert '"rows_in": 288168' in files
    *columns, aside, gaps = published.warnings
    # What was not scanned is accepted by somebody, and how much that is must not grow in silence.
    assert gaps.startswith("每日扫描（scans）缺 118444 个月（2033 个网站），同意缺报；")
    assert aside == "crawl 有 1715 行不合格，已放入 quarantine/2024/crawl.csv。"
    # What the scheme does not use of the register and of the scanner's table is named, and nothing resembles a column that it uses.
    assert (
        sum(int(sentence.split(" 列不认得")[0].rpartition(" ")[2]) for sentence in columns if "不认得" in sentence)
        == 1 + 77 + 60 + 21
    )
    assert not [
        sentence
        for sentence in columns
        if "注意" in sentence or ("不认得" not in sentence and "没有检测 https_enforced、hsts 的列" not in sentence)
    ]


def test_the_counts_are_those_of_the_files_themselves(counts):
    """Counted again from the daily file alone, since the raw slices repeat its scans."""
    register = pl.read_csv(SOURCE / "raw" / "2024" / "sites.csv")["site_id"]
    local = pl.col("scan_date").str.to_datetime(time_zone="UTC").dt.convert_time_zone("America/New_York").dt.year()
    daily = pl.read_csv(CRAWL / "daily_sites_small_agencies.csv.gz", infer_schema=False).filter(
        pl.col("target_url").is_in(register.implode())
    )
    scans = daily.unique(["target_url", "scan_date"]).filter(local == 2024)
    status = pl.col("primary_scan_status")
    theirs = ["unknown_error", "execution_context_destroyed"]
    wanted = scans.select(
        made=(~status.is_in(theirs)).sum(), passed=(status == "completed").sum(), not_made=status.is_in(theirs).sum()
    ).row(0)
    numbers = counts.filter(check="reachable").select(pl.col("made", "passed", "not_made").sum()).row(0)
    assert numbers == wanted
    slices = sum(pl.read_csv(path, infer_schema=False).height for path in CRAWL.glob("2024-*"))
    repeated = daily.height - daily.unique(["target_url", "scan_date"]).height
    # A few scans of the slices' days are not in the daily file, which leaves out files that had not changed.
    assert repeated < counts.filter(check="reachable")["stale"].sum() <= repeated + slices


def test_most_outages_are_not_held_against_anyone(counts):
    reachable = counts.filter(pl.col("check") == "reachable", pl.col("passed") > 0)
    assert reachable.filter(pl.col("failed") > 0).height == 879
    assert reachable.filter(pl.col("confirmed") > 0).height == 427


def test_a_score_is_explained_down_to_file_and_line(published, home):
    from flows.explain import explanation
    from flows.settings import read_settings

    explained = list(explanation(read_settings(home), 2024, "fec.gov").lines())
    lines = [line for line in explained if "raw/2024/crawl/2024-09-18-federal_election_commission.csv.gz 第" in line]
    slice_ = pl.read_csv(CRAWL / "2024-09-18-federal_election_commission.csv.gz", infer_schema=False)
    line = slice_["target_url"].to_list().index("fec.gov") + 2
    assert lines and all(f"第 {line} 行" in shown for shown in lines)
    assert any("重复送来，已计一次" in line for line in explained)
    assert any("未经确认，不计" in line for line in explained)
    assert any("没有做（primary_scan_status=timeout）" in line for line in explained)
