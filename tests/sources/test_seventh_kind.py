"""A seventh kind, `survey`, whose files lie beside this test: it works from the scheme to the sheets, and where a part of it is
missing, the sentence names the part.

A copy of the house gets what a maintainer would add: a file in each room, a model, and a line in a union.
"""

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.conftest import ROOT
from tests.templates.filling import Workbook

PARTS = Path(__file__).parent / "survey"
YEAR = 2030
SCHEME = """
year = 2030
title = "2030年试评议"
timezone = "Asia/Shanghai"
[aspects]
content = { label = "内容", weight = 0.4 }
service = { label = "服务", weight = 0.6 }
[groups.bureau]
label = "委办局"
publish_top = 1
weights = { staff = 0.7, mayor = 0.3 }
[sources.staff]
label = "工作人员问卷"
kind = "survey"
most_weight = 2
[sources.mayor]
label = "市长评分"
kind = "given"
"""
SITES = "site_id,group,name\ns1,bureau,第一局\ns2,bureau,第二局\n"
# The third row weighs no more than 2; the last is set aside, and so is the second answer of the first respondent.
ANSWERS = """respondent,site,aspect,score,weight
r1,第一局,内容,90,1
r2,s1,content,60,2
r3,s1,service,80,5
r1,s1,service,50,1
r1,s2,服务,70,1
r1,s2,服务,75,1
r4,s2,service,101,1
"""
# By hand, from the rows above.
CONTENT, SERVICE = Decimal(90 * 1 + 60 * 2) / 3, Decimal(80 * 2 + 50 * 1) / 3
STAFF = {"s1": CONTENT * 2 / 5 + SERVICE * 3 / 5, "s2": Decimal(70)}
COMPOSITES = {
    "s1": Decimal("0.7") * STAFF["s1"] + Decimal("0.3") * 88,
    "s2": Decimal("0.7") * STAFF["s2"] + Decimal("0.3") * 77,
}


def build_house(folder: Path) -> Path:
    """A copy of the house with the parts of the seventh kind in their rooms."""
    for room in ("flows", "sql"):
        shutil.copytree(ROOT / room, folder / room)
    for room in ("sources", "explain", "simulate"):
        shutil.copy(PARTS / room / "survey.py", folder / "flows" / room)
    for layer in ("staged", "recount"):
        shutil.copy(PARTS / layer / "survey_means.sql", folder / "sql" / layer)
    sql = folder / "sql"
    _add_to_union(sql / "scored" / "aspect_means.sql", "select * from panel_means", "select * from staged.survey_means")
    _add_to_union(
        sql / "recount" / "aspect_means.sql",
        "select judged.source, judged.site_id, judged.aspect, judged.mean_score, judged.centre, judged.ratings, judged.kept\n    from judged",
        "select source, site_id, aspect, mean_score, mean_score, ratings, ratings\n    from recount.survey_means",
    )
    return folder


def _add_to_union(model: Path, last: str, more: str) -> None:
    text = model.read_text(encoding="utf-8")
    assert text.count(f"    {last}\n") == 1
    model.write_text(text.replace(f"    {last}\n", f"    {last}\n    union all\n    {more}\n"), encoding="utf-8")


def build_home(folder: Path, raw: bool = True) -> Path:
    (folder / "schemes").mkdir(parents=True)
    (folder / "schemes" / f"{YEAR}.toml").write_text(SCHEME, encoding="utf-8")
    files = {"sites.csv": SITES}
    if raw:
        files |= {"staff/answers.csv": ANSWERS, "mayor/scores.csv": "site,score\ns1,88\ns2,77\n"}
    for name, text in files.items():
        path = folder / "raw" / str(YEAR) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pingyi(on_server, prefect_home):
    """Runs a command of a house; returns its exit status, stdout and stderr."""

    def call(house: Path, *words: object) -> tuple[int, str, str]:
        environment = os.environ | {"PYTHONPATH": str(house), "PREFECT_API_URL": on_server, "PREFECT_HOME": str(prefect_home)}
        process = subprocess.run(
            [sys.executable, "-m", "flows.command", *map(str, words)],
            cwd=house,
            env=environment,
            capture_output=True,
            text=True,
        )
        return process.returncode, process.stdout, process.stderr

    return call


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return build_house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = build_home(tmp_path_factory.mktemp("seventh") / "home")
    scheme = home / "schemes" / f"{YEAR}.toml"
    # One row in seven is set aside for its score, one for its key.
    scheme.write_text("max_quarantined = 0.5\n" + SCHEME, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def published(pingyi, house, home):
    status, out, err = pingyi(house, "yearly", YEAR, "--data", home)
    assert status == 0, out + err
    return home


def test_its_scores_are_in_the_composites(published):
    table = pl.read_parquet(published / "results" / str(YEAR) / "tables" / "composite_scores.parquet")
    assert {row["site_id"]: (row["staff"], row["composite"]) for row in table.to_dicts()} == {
        site: (round(STAFF[site], 2), round(COMPOSITES[site], 2)) for site in STAFF
    }


def test_its_items_stand_in_the_published_tables(published):
    tables = published / "results" / str(YEAR) / "tables"
    items = pl.read_parquet(tables / "source_items.parquet").select("source", "item", "label", "weight", "max_points").rows()
    assert items == [("staff", "content", "内容", Decimal("0.4"), 100), ("staff", "service", "服务", Decimal("0.6"), 100)]
    details = (
        pl.read_parquet(tables / "source_details.parquet").filter(source="staff").select("site_id", "item", "value", "base")
    )
    assert sorted(details.rows()) == [
        ("s1", "content", round(CONTENT, 2), 2),
        ("s1", "service", round(SERVICE, 2), 2),
        ("s2", "service", Decimal(70), 1),
    ]


def test_its_rules_and_rows_are_in_the_warehouse_with_their_types(published):
    with duckdb.connect(published / "warehouse.duckdb", read_only=True) as connection:
        assert connection.execute("select * from ref.survey_rules").fetchall() == [("staff", Decimal(2))]
        columns = connection.execute(
            "select column_name, data_type, is_nullable from duckdb_columns() where table_name = 'survey_scores'"
            " and column_name in ('source', 'respondent', 'site_id', 'weight', 'other') order by column_index"
        ).fetchall()
        rows = connection.execute(
            "select count(*) from duckdb_columns() where table_name = 'survey_scores' and comment is null"
        ).fetchall()
    assert columns == [
        ("source", "VARCHAR", False),
        ("respondent", "VARCHAR", False),
        ("site_id", "VARCHAR", False),
        ("weight", "DECIMAL(24,10)", False),
    ]
    assert rows == [(0,)]


def test_rows_that_break_its_contract_are_set_aside(published):
    text = (published / "quarantine" / str(YEAR) / "staff.csv").read_text(encoding="utf-8-sig")
    assert "超出范围，应在 0 到 100 之间" in text
    assert "答卷人、网站、评议内容 相同，只能有一行；两行的 score 不同" in text


def test_sheets_and_page_show_it(published):
    results = published / "results" / str(YEAR)
    sheet = (results / "sites" / "s1.html").read_text(encoding="utf-8")
    assert (
        "答卷数" in sheet and "工作人员问卷评得最低的是“内容”" in sheet and f"平均 {round(CONTENT, 2)} 分（2 份答卷）" in sheet
    )
    assert "问卷" in (results / "index.html").read_text(encoding="utf-8")
    assert (results / "bulletin.docx").is_file()


def test_its_score_is_explained_down_to_the_rows(pingyi, house, published):
    status, out, err = pingyi(house, "explain", YEAR, "s1", "--all", "--data", published)
    assert (status, err) == (0, "")
    assert "内容（content）：(90 × 1 + 60 × 2) ÷ 权重之和 = 70" in out
    assert "服务（service）：(80 × 2 + 50 × 1) ÷ 权重之和 = 70" in out
    assert "raw/2030/staff/answers.csv 第 4 行：service 80 分，权重 2" in out


def test_it_is_simulated_and_what_is_simulated_can_be_evaluated(pingyi, house, tmp_path):
    home = build_home(tmp_path / "home", raw=False)
    status, out, err = pingyi(house, "simulate", YEAR, "--data", home)
    assert status == 0, out + err
    assert (home / "raw" / str(YEAR) / "staff" / "answers.csv").is_file()
    status, out, err = pingyi(house, "check", YEAR, "--data", home)
    assert status == 0, out + err


def test_it_is_handed_out_as_a_table_of_its_columns(pingyi, house, tmp_path):
    home = build_home(tmp_path / "home", raw=False)
    status, out, err = pingyi(house, "templates", YEAR, "--data", home)
    assert status == 0, out + err
    book = Workbook.of(home / "templates" / str(YEAR) / "staff" / "staff.xlsx")
    assert book.headings == ["respondent", "网站", "aspect", "score", "weight"]
    assert book.rules["aspect"].choices == ("内容", "服务") and book.rules["网站"].choices == ("第一局", "第二局")
    for heading, value in zip(book.headings, ("r1", "第二局", "服务", 75, 1), strict=True):
        book.put(heading, 2, value)
    back = home / "raw" / str(YEAR) / "staff" / "back.xlsx"
    back.parent.mkdir()
    back.write_bytes(book.saved())
    status, out, err = pingyi(house, "check", YEAR, "--data", home)
    assert status == 0 and "staff/back.xlsx：1 行 = 接收 1 + 不合格 0" in out and "提示" not in out, out + err


def test_a_fault_in_its_section_is_reported_under_its_key(pingyi, house, tmp_path):
    home = build_home(tmp_path / "home")
    (home / "schemes" / f"{YEAR}.toml").write_text(SCHEME.replace("most_weight = 2", "heaviest = 2"), encoding="utf-8")
    status, _, err = pingyi(house, "check", YEAR, "--data", home)
    assert status == 1
    assert "sources.staff.most_weight：缺少这个键" in err and "sources.staff.heaviest：不认识的键" in err


@pytest.fixture
def incomplete(tmp_path):
    """A house to take a part away from."""
    return build_house(tmp_path / "house")


def test_without_its_line_in_the_union_nothing_is_evaluated(pingyi, incomplete, tmp_path):
    shutil.copy(ROOT / "sql" / "scored" / "aspect_means.sql", incomplete / "sql" / "scored")
    status, out, err = pingyi(incomplete, "check", YEAR, "--data", build_home(tmp_path / "home"))
    assert status == 1 and "Traceback" not in err
    assert "工作人员问卷（staff）：survey 类来源的 raw.survey_scores 没有接到 scored.source_scores" in out + err


def test_a_sample_without_a_standard_error_is_refused(pingyi, incomplete, tmp_path):
    kind = incomplete / "flows" / "sources" / "survey.py"
    text = kind.read_text(encoding="utf-8")
    trait = "    rates_aspects: ClassVar[bool] = True\n"
    kind.write_text(text.replace(trait, f"{trait}    is_sample: ClassVar[bool] = True\n"), encoding="utf-8")
    status, out, err = pingyi(incomplete, "check", YEAR, "--data", build_home(tmp_path / "home"))
    assert status == 1 and "survey 类来源的 raw.survey_scores 没有接到 scored.standard_errors" in out + err
    assert "scored.source_scores" not in out + err


def test_without_its_files_it_says_that_it_cannot_be_explained_or_simulated(pingyi, incomplete, published, tmp_path):
    for room in ("explain", "simulate"):
        (incomplete / "flows" / room / "survey.py").unlink()
    status, out, _ = pingyi(incomplete, "explain", YEAR, "s1", "--data", published)
    assert status == 0 and "缺 flows/explain/survey.py" in out
    home = build_home(tmp_path / "home", raw=False)
    status, _, err = pingyi(incomplete, "simulate", YEAR, "--data", home)
    assert status == 2 and "工作人员问卷（staff）是 survey 类，缺 flows/simulate/survey.py" in err
    assert [path.name for path in (home / "raw" / str(YEAR)).iterdir()] == ["sites.csv"]
