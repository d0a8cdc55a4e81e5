"""The yearly flow on a real server: what it publishes, what it leaves alone, and the graph that an operator sees."""

import csv
import json
import shutil
import signal
import threading
import time

import pytest

from flows.errors import GateError, OperatorError
from flows.settings import SQL
from tests.flows.homes import COMPOSITES, YEAR, contents, small_home, write_rows


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def _table(folder, name):
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def published(published_home):
    """The published result folder of a home of the test's own."""
    return published_home / "results" / str(YEAR)


def test_publishes_composites_that_a_calculator_gives(published):
    rows = _table(published, "composite_scores")
    assert {row["site_id"]: float(row["composite"]) for row in rows} == COMPOSITES


def test_a_second_run_gives_the_same_bytes_throughout(published_home, published, evaluate_on_server):
    first = contents(published)
    assert contents(evaluate_on_server(published_home, YEAR)) == first
    assert {"tables.xlsx", "manifest.json", "validation/index.html", "tables/annex_bureau.csv"} <= set(first)


def test_every_input_row_is_accounted_for_in_the_manifest(home, evaluate_year):
    rows = [["site", "score"], ["s1", "88.125"], ["s2", "77"], ["nobody", "50"]]
    write_rows(home, "given/scores.csv", rows)
    manifest = json.loads((evaluate_year(home, YEAR) / "manifest.json").read_text(encoding="utf-8"))
    assert all(file["rows_in"] == file["loaded"] + file["quarantined"] for file in manifest["inputs"])
    given = next(file for file in manifest["inputs"] if file["dataset"] == "given")
    assert (given["rows_in"], given["loaded"], given["quarantined"]) == (3, 2, 1)


def _scheme_of_the_year_after(home) -> str:
    """The same scheme a year later, of the same records: these are of the year before."""
    scheme = (home / "schemes" / f"{YEAR}.toml").read_text(encoding="utf-8").replace(f"year = {YEAR}", f"year = {YEAR + 1}")
    return scheme.replace('kind = "records"', f'kind = "records"\nopens = {YEAR}-01-01')


def test_last_years_results_are_set_beside_this_years(published_home, evaluate_year):
    home = published_home
    (home / "schemes" / f"{YEAR + 1}.toml").write_text(_scheme_of_the_year_after(home), encoding="utf-8")
    (home / "raw" / str(YEAR + 1)).symlink_to(home / "raw" / str(YEAR))
    rows = _table(evaluate_year(home, YEAR + 1), "composite_scores")
    assert {row["site_id"]: float(row["previous_composite"]) for row in rows} == COMPOSITES
    assert [row["previous_rank"] for row in rows] == [row["rank"] for row in rows]


def test_a_sheet_tells_why_a_composite_changed_as_far_as_it_adds_up(published_home, evaluate_year):
    home = published_home
    scheme = _scheme_of_the_year_after(home)
    later = home / "schemes" / f"{YEAR + 1}.toml"
    later.write_text(scheme, encoding="utf-8")
    shutil.copytree(home / "raw" / str(YEAR), home / "raw" / str(YEAR + 1))
    (home / "raw" / str(YEAR + 1) / "given" / "scores.csv").write_text("site,score\ns1,98.13\ns2,77\n", encoding="utf-8")

    def read_sheet() -> tuple[str, list[dict]]:
        folder = evaluate_year(home, YEAR + 1)
        return (folder / "sites" / "s1.html").read_text(encoding="utf-8"), _table(folder, "previous_scores")

    sheet, before = read_sheet()
    # 0.1 × (98.13 − 88.13)
    assert "<p>综合得分比上年上升 1.00 分，是各来源之和：上级评分 +1.00。</p>" in sheet
    given = next(row for row in before if (row["site_id"], row["source"]) == ("s1", "given"))
    assert (given["previous_score"], float(given["previous_weight"]), given["same_rules"]) == ("88.13", 0.1, "1")
    # An id that changed is known by its label; other rules are said first, other weights leave no parts.
    later.write_text(scheme.replace("claimed", "selfcheck").replace("max = 10, rule", "max = 20, rule"), encoding="utf-8")
    (home / "raw" / str(YEAR + 1) / "claimed").rename(home / "raw" / str(YEAR + 1) / "selfcheck")
    sheet, before = read_sheet()
    assert (
        "<p>今年与上年不同的是：日常考查的计分办法有变动，它的升降有一部分可能由此而来。综合得分比上年上升 1.00 分，是各来源之和：上级评分 +1.00。</p>"
        in sheet
    )
    later.write_text(
        scheme.replace("claimed", "selfcheck").replace("audited = 0.1, given = 0.1", "audited = 0.05, given = 0.15"),
        encoding="utf-8",
    )
    sheet, _ = read_sheet()
    assert "<p>今年与上年不同的是：办事核查的权重由 10% 改为 5%；上级评分的权重由 10% 改为 15%。综合得分比上年" in sheet
    assert "不逐项列出。</p>" in sheet and "对综合得分的影响" not in sheet
    # Last year's scheme is no longer what that year was published by: whether the rules are the same is not known.
    (home / "schemes" / f"{YEAR}.toml").write_text(
        (home / "schemes" / f"{YEAR}.toml").read_text(encoding="utf-8") + "\n", encoding="utf-8"
    )
    assert {row["same_rules"] for row in read_sheet()[1]} == {""}


def test_a_missing_source_stops_the_year_and_names_site_and_source(published_home, published, evaluate_year):
    before = contents(published)
    write_rows(published_home, "given/scores.csv", [["site", "score"], ["s1", "88.125"]])
    with pytest.raises(OperatorError) as fault:
        evaluate_year(published_home, YEAR)
    assert "第二局" in str(fault.value) and "given" in str(fault.value)
    assert contents(published) == before


def test_a_source_of_weight_0_stops_nothing_and_flags_nothing(home, evaluate_year):
    scheme = home / "schemes" / f"{YEAR}.toml"
    text = scheme.read_text(encoding="utf-8").replace("audited = 0.1, given = 0.1", "audited = 0.2, given = 0")
    text = text.replace('kind = "ballots"', 'kind = "ballots"\nmin_ballots = 2')
    scheme.write_text(text, encoding="utf-8")
    write_rows(home, "given/scores.csv", [["site", "score"], ["s1", "88.125"]])
    rows = {row["site_id"]: row for row in _table(evaluate_year(home, YEAR), "composite_scores")}
    assert float(rows["s2"]["composite"]) == round(COMPOSITES["s2"] - 0.1 * 77 + 0.1 * 75, 2)
    assert (rows["s1"]["flags"], rows["s2"]["flags"], rows["s2"]["given"]) == ("", "low_base", "")
    # The one ballot of the second site no longer matters where ballots weigh nothing.
    scheme.write_text(text.replace("voted = 0.3, judged = 0.2", "voted = 0, judged = 0.5"), encoding="utf-8")
    rows = _table(evaluate_year(home, YEAR), "composite_scores")
    assert [row["flags"] for row in rows] == ["", ""]


def test_a_gate_that_does_not_hold_forbids_publishing(published_home, published, evaluate_year, tmp_path, monkeypatch):
    before = contents(published)
    altered = tmp_path / "altered"
    altered.mkdir()
    for schema in ("staged", "scored", "ranked", "published"):
        (altered / schema).symlink_to(SQL / schema)
    (altered / "gates").mkdir()
    (altered / "gates" / "nobody_below_90.sql").write_text(
        "-- 没有网站低于 90 分。\nselect site_id, composite from published.composite_scores where composite < 90\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("flows.evaluate.pipeline.SQL", altered)
    with pytest.raises(GateError) as fault:
        evaluate_year(published_home, YEAR)
    assert "nobody_below_90" in str(fault.value) and "s1" in str(fault.value)
    assert fault.value.exit_status == 3
    assert contents(published) == before


def test_what_ends_the_drawing_of_rankings_is_told_as_it_is(published_home, published, evaluate_year, monkeypatch):
    before = contents(published)

    def full(*_):
        raise OperatorError("没有地方抽样了")

    monkeypatch.setattr("flows.evaluate.pipeline.draw_rankings", full)
    with pytest.raises(OperatorError, match="没有地方抽样了"):
        evaluate_year(published_home, YEAR)
    assert contents(published) == before


def test_the_drawing_of_rankings_ends_with_the_run_that_is_interrupted(home, on_server, monkeypatch):
    from flows.on_prefect import yearly

    ended = []

    def slow(connection, scheme, tell):
        # The operator's Ctrl-C comes while this draws, which would go on for half a minute.
        threading.Timer(0.5, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
        rankings = 0
        try:
            for rankings in range(300):
                tell("抽样排名", rankings, 300)
                time.sleep(0.1)
        except KeyboardInterrupt:
            ended.append(rankings)
            raise

    monkeypatch.setattr("flows.evaluate.pipeline.draw_rankings", slow)
    with pytest.raises(KeyboardInterrupt):
        yearly(YEAR, str(home))
    assert ended and ended[0] < 299


def test_without_a_template_the_bulletin_names_every_source_and_its_weight(published):
    from docx import Document

    text = "\n".join(paragraph.text for paragraph in Document(published / "bulletin.docx").paragraphs)
    assert "公众评议（占30%）、专家评议（占20%）、网站自查（占10%）、" in text.replace(" ", "")
    assert "上级评分（占10%）构成。" in text.replace(" ", "")
