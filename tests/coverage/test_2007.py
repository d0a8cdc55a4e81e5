"""The 2007 year with deliveries withheld: each is refused with the sentence that names them, and what it does to ranks is told in numbers."""

import csv
import io
import shutil
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

import pytest

from flows.coverage import Coverage, Effect, read_coverage
from flows.errors import GateError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import accounting, pipeline
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.reading.spelling import fold
from flows.receive.register import read_register
from flows.scheme.file import read_scheme
from flows.settings import ROOT, read_settings

pytestmark = pytest.mark.slow
YEAR = 2007
WITHHELD = "d42"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A copy of the data home; what its readings leave in the store serves all tests."""
    home = tmp_path_factory.mktemp("withheld") / "shanghai"
    for part in ("schemes", "raw"):
        shutil.copytree(ROOT / "data" / "shanghai" / part, home / part)
    return home


def account(home: Path) -> Coverage:
    settings = read_settings(home)
    scheme = read_scheme(settings.home, YEAR)
    with aside(settings, scheme, nullcontext(silent), store="kept") as evaluation:
        run_here(step for step in accounting(evaluation) if not step.check)
        return read_coverage(evaluation.connection, scheme)


def decoded(content: bytes) -> tuple[str, str]:
    """The encoding of a file, and its text."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return encoding, content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("neither UTF-8 nor GB18030")


class Withheld:
    """Files that are taken away, and put back at the end."""

    def __init__(self, *paths: Path) -> None:
        self._contents = {path: path.read_bytes() for path in paths}

    def __enter__(self) -> None:
        for path in self._contents:
            path.unlink()

    def __exit__(self, *_) -> None:
        for path, content in self._contents.items():
            path.write_bytes(content)


def test_as_shipped_it_needs_exactly_the_waivers_of_its_20_unreported_indicators(home):
    found = account(home)
    assert found.late == ()
    gaps = [gap for debt in found.debts for part in debt.parts for gap in part.gaps]
    assert len(gaps) == 20 and {(gap.source, gap.treatment) for gap in gaps} == {("self_check", "waived")}
    with Withheld(*(home / "raw" / str(YEAR) / "waivers").iterdir()):
        assert sum(len(part.gaps) for debt in account(home).open for part in debt.parts) == 20


def test_a_web_export_an_expert_panel_and_half_a_year_of_records_are_missed(home):
    raw = home / "raw" / str(YEAR)
    taken = (raw / "public" / "web-20071129.csv", raw / "expert" / "panel-3.csv", raw / "daily_work" / "2007-h2.csv")
    with Withheld(*taken):
        public, expert, *sites = account(home).open
    assert public.sentence == "公众评议（public）的组织者：缺 7 天：网络 7 天（应有 50）：2007-11-29 至 2007-12-05。"
    assert expert.sentence.startswith("专家评议（expert）的组织者：缺 20 位、")
    assert len(sites) == 69
    for debt in sites:
        (part,) = debt.parts
        assert part.source == "daily_work" and all(gap.periods == "2007-07 至 2007-12" for gap in part.gaps), debt.sentence
        assert [gap.missing for gap in part.gaps] == [6, 6, 6, 6]


def test_all_that_is_withheld_at_once_is_told_in_one_refusal_of_the_year(home):
    raw = home / "raw" / str(YEAR)
    books = [raw / "self_check" / f"{site}.xlsx" for site in ("d05", "d07")]
    taken = (raw / "public" / "web-20071129.csv", raw / "expert" / "panel-3.csv", raw / "daily_work" / "2007-h2.csv", *books)
    settings = read_settings(home)
    with (
        Withheld(*taken),
        aside(settings, read_scheme(settings.home, YEAR), nullcontext(silent), store="kept") as evaluation,
        pytest.raises(GateError) as refused,
    ):
        run_here(pipeline(evaluation))
    assert refused.value.exit_status == 3
    assert "应到的没有到齐（71 家），有的网站没有得分，没有公布" in refused.value.summary
    told = {fault.partition("：")[0]: fault for fault in refused.value.faults}
    for owner in (
        "公众评议（public）的组织者",
        "专家评议（expert）的组织者",
        "市农委（d05）",
        "市教委（d07）",
        "市合作交流办（d42）",
    ):
        assert owner in told, owner
    assert "网站自查（self_check）缺 15 项" in told["市农委（d05）"]
    assert "市教委（d07）没有 网站自查（self_check）的得分" in refused.value.faults


def test_a_department_that_hands_in_nothing_is_told_what_it_would_gain_by_it(home):
    raw = home / "raw" / str(YEAR) / "daily_work"
    settings = read_settings(home)
    names = read_register(settings.home, read_scheme(settings.home, YEAR)).names
    before, removed = {path: path.read_bytes() for path in raw.iterdir()}, 0
    try:
        for path, content in before.items():
            encoding, text = decoded(content)
            rows = list(csv.reader(io.StringIO(text, newline="")))
            site = next(place for place, heading in enumerate(rows[0]) if heading.strip().lower() == "site")
            kept = [row for row in rows if len(row) <= site or names.get(fold(row[site])) != WITHHELD]
            removed += len(rows) - len(kept)
            written = io.StringIO(newline="")
            csv.writer(written).writerows(kept)
            path.write_bytes(written.getvalue().encode(encoding))
        (debt,) = account(home).open
    finally:
        for path, content in before.items():
            path.write_bytes(content)
    assert removed == 48 and debt.site_id == WITHHELD
    (part,) = debt.parts
    assert [(gap.missing, gap.expected) for gap in part.gaps] == [(12, 12)] * 4
    # By what the crawl alone measured it would rise from 82.78 and 21st into the annex of 20; with the 48 months as 0 it is far below.
    assert part.effect == Effect(
        composite=Decimal("84.34"),
        without=Decimal("84.34"),
        zero=Decimal("71.18"),
        rank=18,
        rank_without=18,
        rank_zero=44,
    )
    assert "缺的部分现在不计，综合得分 84.34、第 18 名；按 0 分计，综合得分 71.18、第 44 名。" in debt.sentence
