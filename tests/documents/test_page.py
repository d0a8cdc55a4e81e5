"""The page in a real browser: sorting, searching, the ranking that follows the weights, paper, and what axe has to say."""

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from flows.documents import write_documents
from flows.home import Home
from flows.host.progress import silent
from flows.results.marks import marked
from flows.results.tables import result_tables
from flows.scheme import Scheme
from flows.settings import SQL
from flows.warehouse.models import read_models
from tests.browser import opened
from tests.documents.ranked import Scores, ranked_year
from tests.documents.results import HOSTILE, SCHEME, everywhere, put, scheme_of, small_year

GIVEN = """
year = 2007
title = "评议"
timezone = "Asia/Shanghai"
missing = "{missing}"
tie_break = ["audit", "public"]
[aspects]
all = {{ label = "全部", weight = 1 }}
[groups.department]
label = "市政府部门"
publish_top = 1
weights = {{ public = 0.3, expert = 0.33333333, audit = 0.36666667 }}
[groups.district]
label = "区县政府"
publish_top = 1
weights = {{ public = 0.5, audit = 0.5 }}
[sources.public]
label = "公众评议"
kind = "given"
[sources.expert]
label = "专家评议"
kind = "given"
[sources.audit]
label = "网上办事核查"
kind = "given"
"""


def given(missing: str = "fail") -> Scheme:
    return scheme_of(GIVEN.format(missing=missing))


def many(count: int, seed: int = 7, missing: float = 0) -> Scores:
    """Scores that are often equal, so that ties are met."""
    draw = random.Random(seed)

    def score() -> str | None:
        return None if draw.random() < missing else f"{draw.randint(7000, 7012) / 100:.2f}"

    return {f"s{index:03}": (f"{draw.randint(7000, 7012) / 100:.2f}", score(), score()) for index in range(count)}


def made(folder: Path, scheme: Scheme, scores: Scores, **more) -> Path:
    results = ranked_year(folder, scheme, scores, **more)
    write_documents(scheme, Home(folder), results, silent)
    return results


def column(page: Page, name: str) -> list[str]:
    index = page.locator("#ranking-head th").all_inner_texts().index(name)
    return page.locator(f"#ranking-body tr td:nth-child({index + 1})").all_inner_texts()


def order(page: Page, weights: list[int]) -> list[tuple[int, int, str]]:
    """Rank, composite in hundredths and site of the first group under weights in hundred-millionths."""
    rows = page.evaluate(
        "weights => { const g = pingyi.data.groups[0]; return pingyi.ranked(g, weights).map((r) => [r.rank, r.composite, g.sites[r.index][0]]) }",
        weights,
    )
    return [tuple(row) for row in rows]


def published(results: Path) -> list[tuple[int, int, str]]:
    frame = pl.read_parquet(results / "tables" / "composite_scores.parquet")
    return [
        (rank, int(composite * 100), site) for rank, composite, site in frame.select("rank", "composite", "site_id").iter_rows()
    ]


@pytest.mark.parametrize(("missing", "share"), [("fail", 0), ("zero", 0.2), ("reweight", 0.2)])
def test_with_the_published_weights_the_page_computes_what_was_published(browser, tmp_path, missing, share):
    scheme = given(missing)
    results = made(tmp_path, scheme, many(300, missing=share))
    with opened(browser, results / "index.html") as page:
        weights = page.evaluate("pingyi.data.groups[0].weights")
        assert weights == [30_000_000, 33_333_333, 36_666_667]
        ranking = order(page, weights)
    assert ranking == published(results)
    assert len({rank for rank, _, _ in ranking}) < len(ranking), "the test needs ties"


def test_the_bars_of_a_site_with_a_missing_source_add_up_to_its_composite(tmp_path):
    scheme = given("reweight")
    results = made(tmp_path, scheme, {"s1": ("80.00", None, "60.00")})
    text = (results / "index.html").read_text(encoding="utf-8")
    weights = [scheme.groups[0].weights[source] for source in ("public", "audit")]
    first, last = (weight * score / sum(weights) for weight, score in zip(weights, (80, 60), strict=True))
    for label, amount in (("公众评议", first), ("网上办事核查", last), ("专家评议", Decimal(0))):
        assert f"s1 {label} {amount.quantize(Decimal('0.01')).normalize():f}" in text


def test_with_one_source_alone_the_order_is_that_of_the_source(browser, tmp_path):
    scores = many(60)
    results = made(tmp_path, given(), scores)
    with opened(browser, results / "index.html") as page:
        for source in ("公众评议", "专家评议", "网上办事核查"):
            page.get_by_role("spinbutton", name=source, exact=True).fill("100" if source == "网上办事核查" else "0")
        assert "不是公布的结果" in page.locator("#weights-said").inner_text()
        audits = column(page, "网上办事核查")
        assert audits == sorted(audits, reverse=True) == column(page, "综合得分")
        # Equal ones by the tie-break: the audit decides nothing here, so the public does.
        wanted = sorted(scores, key=lambda site: (scores[site][2], scores[site][0]), reverse=True)[:50]
        assert [(scores[site][2], scores[site][0]) for site in column(page, "网站")] == [
            (scores[site][2], scores[site][0]) for site in wanted
        ]
        assert column(page, "比公布名次")
        page.get_by_role("button", name="恢复公布的权重").click()
        assert "这是公布的权重" in page.locator("#weights-said").inner_text()
        assert column(page, "网站") == [site for _, _, site in published(results)][:50]
        assert page.get_by_role("spinbutton", name="专家评议", exact=True).input_value() == "33.333333"


def test_weights_that_do_not_add_up_to_100_count_in_proportion(browser, tmp_path):
    results = made(tmp_path, given(), many(40))
    with opened(browser, results / "index.html") as page:
        twice = [10_000_000, 20_000_000, 20_000_000]
        once = [20_000_000, 40_000_000, 40_000_000]
        assert order(page, twice) == order(page, once)
        for source in ("公众评议", "专家评议", "网上办事核查"):
            page.get_by_role("spinbutton", name=source, exact=True).fill("0")
        assert page.locator("#weights-said").inner_text() == "权重不能全是零。"


def test_a_slider_moves_by_keyboard_and_its_number_follows(browser, tmp_path):
    results = made(tmp_path, given(), many(12))
    with opened(browser, results / "index.html") as page:
        slider = page.get_by_role("slider", name="公众评议权重（滑块）")
        slider.focus()
        slider.press("ArrowRight")
        assert page.get_by_role("spinbutton", name="公众评议", exact=True).input_value() == "31"
        assert "合计 101%，按比例折算" in page.locator("#weights-said").inner_text()


def test_tables_sort_by_every_column_both_ways_and_the_page_turns(browser, tmp_path):
    scores = many(120)
    results = made(tmp_path, given(), scores)
    with opened(browser, results / "index.html") as page:
        head = page.locator("#ranking-head")
        head.get_by_role("button", name="专家评议").click()
        experts = sorted((row[1] for row in scores.values()), reverse=True)
        assert column(page, "专家评议") == experts[:50]
        assert head.get_by_role("columnheader", name="专家评议").get_attribute("aria-sort") == "descending"
        head.get_by_role("button", name="专家评议").press("Enter")
        assert column(page, "专家评议") == experts[::-1][:50]
        assert page.locator("#page-of").inner_text() == "第 1 页，共 3 页"
        page.get_by_role("button", name="下一页").click()
        assert column(page, "专家评议") == experts[::-1][50:100]
        page.get_by_role("searchbox", name="查找网站").fill("S07")
        assert sorted(column(page, "网站")) == [f"s07{digit}" for digit in range(10)]
        assert "找到 10 个网站" in page.get_by_role("status").inner_text()


def test_the_small_tables_sort_and_are_searched(browser, tmp_path):
    results = small_year(tmp_path)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    with opened(browser, results / "index.html") as page:
        page.locator("summary", has_text="公众满意率").click()
        table = page.get_by_role("table", name="公众满意率")
        rates = lambda: [float(text.rstrip("%")) for text in table.locator("tbody tr td:nth-child(6)").all_inner_texts()]  # noqa: E731
        table.get_by_role("button", name="满意率").click()
        assert rates() == sorted(rates())
        table.get_by_role("button", name="满意率").click()
        assert rates() == sorted(rates(), reverse=True)


def test_tables_are_shown_in_words_and_their_rows_are_found_by_a_sites_name(browser, tmp_path):
    results = small_year(tmp_path)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    with opened(browser, results / "index.html") as page:
        part = page.locator("details", has=page.locator("summary", has_text="各网站分项得分"))
        part.locator("summary").click()
        rows = part.locator("tbody tr:visible")
        assert rows.count() == pl.read_parquet(results / "tables" / "source_details.parquet").height
        part.get_by_role("searchbox").fill("二（s2）")
        shown = rows.all_inner_texts()
        assert shown and all(text.startswith("二（s2）") for text in shown)
        assert any("公众评议\t网上办事" in text for text in shown)


def test_a_site_leads_to_its_sheet_and_back(browser, tmp_path):
    results = small_year(tmp_path)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    with opened(browser, results / "index.html") as page:
        page.locator("#ranking-body").get_by_role("link", name="二").click()
        assert page.get_by_role("heading", level=1).inner_text() == "二"
        page.get_by_role("link", name="评议", exact=True).click()
        assert page.url.endswith("/index.html")


def test_hostile_names_are_shown_and_do_nothing(browser, tmp_path):
    results = small_year(tmp_path)
    everywhere(results)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    with opened(browser, results / "index.html") as page:
        names = column(page, "网站")
        assert set(names) <= set(HOSTILE)
        for part in page.locator("details").all():
            part.locator("summary").click()
        page.locator("#ranking-body a").first.click()
        assert page.get_by_role("heading", level=1).inner_text() in HOSTILE


def test_the_policy_forbids_whatever_the_page_does_not_bring(browser, tmp_path):
    results = small_year(tmp_path)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    page = browser.new_page()
    page.goto((results / "index.html").as_uri())
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.broken = 1'; document.body.append(s);"
        " const i = document.createElement('img'); i.src = 'tables.png'; document.body.append(i); }"
    )
    assert page.evaluate("window.broken") is None
    assert page.evaluate("fetch('tables/x.csv').then(() => 'read', () => 'refused')") == "refused"
    page.close()


def test_a_draft_speaks_of_itself_and_never_of_what_is_published(browser, tmp_path):
    results = made(tmp_path, given(), many(12))
    page_file = results / "index.html"
    page_file.write_bytes(marked(page_file.read_bytes(), "0123456789ab"))
    with opened(browser, page_file) as page:
        assert page.locator("aside.band").inner_text() == "草稿 0123456789ab，尚未公布，不得引用"
        assert page.title().startswith("【草稿】")
        assert page.locator("#weights-said").inner_text() == "这是草稿的权重，下表就是草稿的得分和名次。"
        page.get_by_role("spinbutton", name="公众评议", exact=True).fill("100")
        assert "不是草稿的结果" in page.locator("#weights-said").inner_text() and column(page, "比草稿名次")
        page.get_by_role("button", name="恢复草稿的权重").click()
        assert "公布" not in page.locator("main").inner_text()
        # On paper the words lie across every sheet.
        page.emulate_media(media="print")
        across = "getComputedStyle(document.querySelector('aside'), '::after')"
        assert page.evaluate(f"{across}.content") == '"草稿 尚未公布，不得引用"'
        assert page.evaluate(f"{across}.position") == "fixed"


def test_the_names_of_an_annex_lead_to_their_sheets(browser, tmp_path):
    results = small_year(tmp_path)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    with opened(browser, results / "index.html") as page:
        page.locator("#annexes").get_by_role("link", name="二").click()
        assert page.url.endswith("/sites/s2.html") and page.get_by_role("heading", level=1).inner_text() == "二"


def test_where_two_sites_of_an_annex_cannot_be_told_apart_there_is_no_link(tmp_path):
    results = small_year(tmp_path)
    names = pl.read_parquet(results / "tables" / "composite_scores.parquet").height
    put(results, "composite_scores", name=[" 同  名"] * names, rank=[1] * names)
    for group in ("department", "district"):
        put(results, f"annex_{group}", 网站=["同 名"])
    write_documents(SCHEME, Home(tmp_path), results, silent)
    text = (results / "index.html").read_text(encoding="utf-8").split('id="annexes"')[1].split("</section>")[0]
    # Two departments, one district.
    assert '<td class="name">同 名</td>' in text and '<td class="name"><a href="sites/s3.html">同 名</a></td>' in text


def test_the_tables_of_how_sure_ranks_are_name_the_sites_and_tell_odds_in_percent(browser, tmp_path):
    results = small_year(tmp_path)
    sites = pl.read_parquet(results / "tables" / "rank_confidence.parquet").height
    put(results, "rank_confidence", p_annex=[Decimal("0.8802")] * sites)
    write_documents(SCHEME, Home(tmp_path), results, silent)
    with opened(browser, results / "index.html") as page:
        for title in ("名次的可靠程度", "权重变动时的名次"):
            part = page.locator("details", has=page.locator("summary", has_text=title))
            part.locator("summary").click()
            assert (
                "二（s2）" in part.locator("tbody").inner_text() and part.get_by_role("columnheader", name="网站").count() == 1
            )
            assert ("88.02%" in part.locator("tbody").inner_text()) == (title == "名次的可靠程度")


def test_tables_without_rows_are_listed_in_a_line_and_pagers_of_one_page_are_not_there(browser, tmp_path):
    results = made(tmp_path, given(), many(50))
    empty = [path.stem for path in (results / "tables").glob("*.parquet") if not pl.read_parquet(path).height]
    text = (results / "index.html").read_text(encoding="utf-8")
    assert empty and "（0 行）" not in text
    line = text.split("没有内容、这里不列出的表：")[1].split("。")[0].split("、")
    assert sorted(line) == sorted(table.title for table in result_tables(SCHEME, read_models(SQL)) if table.name in empty)
    with opened(browser, results / "index.html") as page:
        assert not page.locator("#pager").is_visible()
    with opened(browser, made(tmp_path / "more", given(), many(51)) / "index.html") as page:
        assert page.locator("#pager").is_visible()


def test_paper_shows_every_row_without_tools(browser, tmp_path):
    results = made(tmp_path, given(), many(120))
    with opened(browser, results / "index.html") as page:
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#ranking-body tr").count() == 120
        assert not page.locator(".tools").first.is_visible()
        assert not page.get_by_role("navigation").is_visible()
        assert page.pdf().startswith(b"%PDF-")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("#ranking-body tr").count() == 50


@pytest.mark.parametrize(
    ("scheme", "width", "draft"), [("light", 1200, False), ("dark", 390, False), ("light", 390, True), ("dark", 1200, True)]
)
def test_axe_finds_no_serious_fault_and_nothing_runs_off_the_side(browser, tmp_path, scheme, width, draft):
    results = small_year(tmp_path)
    write_documents(replace(SCHEME, notice="得分是编的。" * 9), Home(tmp_path), results, silent)
    for path in (results / "index.html", results / "sites" / "s2.html"):
        if draft:
            path.write_bytes(marked(path.read_bytes(), "0123456789ab"))
        page = browser.new_page(bypass_csp=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [
            (violation["id"], violation["nodes"][0]["html"])
            for violation in violations
            if violation["impact"] in ("serious", "critical")
        ] == []
        page.close()
