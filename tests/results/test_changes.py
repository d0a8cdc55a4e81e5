"""The changes since the previous evaluation and their causes, for the reviewer of a draft."""

import copy
import os
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from flows.home import Home
from flows.results.changes import SiteChange, changes, earlier
from flows.results.drafts import ResultFolder
from flows.scheme.file import read_scheme
from tests.flows.homes import YEAR, small_home
from tests.results.results import sha256, write_results

SOURCES = ["voted", "judged", "claimed", "recorded", "audited", "given"]
SITES = {"s1": (1, "90.00", "80.00"), "s2": (2, "70.50", "77.00")}


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def scores(sites, group="bureau"):
    """A table of composites: of each site its rank, its composite and its score of the source `given`; the others are 50."""
    rows = [
        {"year": YEAR, "group": group, "rank": rank, "site_id": site, "name": f"第{site[1:]}局"}
        | {source: Decimal(50) for source in SOURCES}
        | {"given": given and Decimal(given), "composite": composite and Decimal(composite)}
        for site, (rank, composite, given) in sites.items()
    ]
    decimals = {name: pl.Decimal(9, 2) for name in (*SOURCES, "composite")}
    return pl.DataFrame(rows, schema_overrides=decimals | {"rank": pl.Int64})


def draft(home, sites, folder=Home.draft, **options):
    made = write_results(folder(Home(home), YEAR), home)
    ranking, manifest = made.folder / "tables" / "composite_scores.parquet", made.folder / "manifest.json"
    before = sha256(ranking.read_bytes())
    scores(sites, **options).write_parquet(ranking)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(before, sha256(ranking.read_bytes())), encoding="utf-8")
    return ResultFolder(made.folder)


def changed(home, sites, **options):
    """The changed sites, when these composites replace those of `SITES`."""
    draft(home, SITES)
    before = earlier(Home(home), YEAR)
    return changes(before, draft(home, sites, **options), read_scheme(Home(home), YEAR)).sites


def causes(home, alter):
    """The causes, when `alter` has changed the previous manifest."""
    now = draft(home, SITES)
    before = earlier(Home(home), YEAR)
    manifest = copy.deepcopy(before.manifest)
    alter(manifest)
    return changes(replace(before, manifest=manifest), now, read_scheme(Home(home), YEAR)).causes


def test_where_nothing_was_before_there_is_nothing_to_compare_with(home):
    assert earlier(Home(home), YEAR) is None


def test_a_draft_is_compared_with_the_draft_before_and_else_with_what_is_published(home):
    published = draft(home, SITES, folder=Home.results)
    assert earlier(Home(home), YEAR).label == f"公布的结果（{published.short}）"
    before = draft(home, {"s1": SITES["s1"]})
    before_now = earlier(Home(home), YEAR)
    assert before_now.label == f"上一份草稿（{before.short}）" and before_now.scores.height == 1


def test_a_draft_that_somebody_took_apart_does_not_keep_the_next_from_being_made(home):
    published = draft(home, SITES, folder=Home.results)
    broken = draft(home, SITES)
    (broken.folder / "tables" / "composite_scores.parquet").unlink()
    assert earlier(Home(home), YEAR).label == f"公布的结果（{published.short}）"
    (published.folder / "tables" / "composite_scores.parquet").unlink()
    assert earlier(Home(home), YEAR) is None


def test_the_same_again_is_said_to_be_the_same(home):
    before = draft(home, SITES)
    difference = changes(earlier(Home(home), YEAR), draft(home, SITES), read_scheme(Home(home), YEAR))
    assert (difference.causes, difference.sites) == ((), ())
    assert difference.sentence == f"与上一份草稿（{before.short}）完全相同"


def test_a_changed_score_is_told_with_both_values_and_the_source_that_moved(home):
    assert changed(home, SITES | {"s2": (2, "71.25", "84.50")}) == (
        SiteChange("委办局", "第2局", 2, 2, Decimal("70.50"), Decimal("71.25"), ("上级评分 77.00 → 84.50",)),
    )


def test_a_source_that_moved_is_told_also_where_the_composite_did_not(home):
    (site,) = changed(home, SITES | {"s2": (2, "70.50", "77.01")})
    assert site.sources == ("上级评分 77.00 → 77.01",) and site.composite == site.composite_before == Decimal("70.50")


def test_a_score_that_came_or_went_is_told_as_none(home):
    (site,) = changed(home, SITES | {"s2": (2, "70.50", None)})
    assert site.sources == ("上级评分 77.00 → 没有",)


def test_sites_that_changed_places_are_told_although_no_source_moved(home):
    sites = changed(home, {"s1": (2, *SITES["s1"][1:]), "s2": (1, *SITES["s2"][1:])})
    assert [(site.name, site.rank_before, site.rank, site.sources) for site in sites] == [
        ("第1局", 1, 2, ()),
        ("第2局", 2, 1, ()),
    ]


def test_sites_that_came_and_went_have_nothing_on_the_other_side(home):
    sites = changed(home, {"s1": SITES["s1"], "s3": (2, "60.00", "10.00")})
    assert sites == (
        SiteChange("委办局", "第2局", 2, None, Decimal("70.50"), None, ()),
        SiteChange("委办局", "第3局", None, 2, None, Decimal("60.00"), ()),
    )


def test_a_site_of_another_group_is_told_under_the_new_one(home):
    sites = changed(home, SITES, group="elsewhere")
    assert [(site.group, site.name) for site in sites] == [("elsewhere", "第1局"), ("elsewhere", "第2局")]


def test_the_largest_change_comes_first_and_what_is_new_before_all(home):
    sites = changed(home, {"s1": (2, "89.99", "80.00"), "s2": (3, "50.00", "77.00"), "s3": (1, "95.00", "80.00")})
    assert [site.name for site in sites] == ["第3局", "第2局", "第1局"]


def test_the_sentence_counts_causes_and_sites(home):
    before = draft(home, SITES)
    (home / "raw" / str(YEAR) / "given" / "scores.csv").write_text("site,score\n", encoding="utf-8")
    was, hash_before = earlier(Home(home), YEAR), before.short
    difference = changes(was, draft(home, SITES | {"s2": (2, "71.25", "84.50")}), read_scheme(Home(home), YEAR))
    assert difference.causes == ("原始文件 given/scores.csv 改过",)
    assert difference.sentence == f"与上一份草稿（{hash_before}）相比，有 1 处原因，1 个网站的得分或名次不同"


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (lambda before: None, ()),
        (lambda before: before["scheme"].update(sha256="other"), (f"方案 schemes/{YEAR}.toml 改过",)),
        (lambda before: before["code"].update(tables_sha256="other"), ("本系统的程序更新过",)),
        (lambda before: before["code"].update(documents_sha256="other"), ("生成通报的程序更新过",)),
        (lambda before: before.update(code={"sha256": "of an older version"}), ("本系统的程序更新过", "生成通报的程序更新过")),
        (lambda before: before["inputs"][0].update(sha256="other"), ("原始文件 audited/items.csv 改过",)),
        (lambda before: before["inputs"].pop(0), ("原始文件 audited/items.csv 是新到的",)),
        (
            lambda before: before["inputs"].append({"dataset": "given", "file": "old.csv", "sha256": "x"}),
            ("原始文件 given/old.csv 不在了",),
        ),
        (
            lambda before: before["inputs"][0].update(file="renamed.csv"),
            ("原始文件 audited/items.csv 是新到的", "原始文件 audited/renamed.csv 不在了"),
        ),
        (lambda before: before["consulted"].update({"reference/2030/x.csv": "x"}), ("文件 reference/2030/x.csv 不在了",)),
        (lambda before: before.pop("consulted"), ()),
    ],
)
def test_every_cause_is_told_by_name(home, alter, expected):
    assert causes(home, alter) == expected


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("put", [_pipe, lambda path: pl.DataFrame({"other": [1]}).write_parquet(path)])
def test_a_ranking_that_is_not_the_drafts_is_compared_with_nothing(home, put):
    put(draft(home, SITES).folder / "tables" / "composite_scores.parquet")
    assert earlier(Home(home), YEAR) is None
