"""From the file that a survey tool exports to the score that is published, by a mapping of at most ten lines."""

import csv
import io

import pytest

from tests.conftest import ROOT
from tests.flows.homes import YEAR, evaluated_tables
from tests.mapping.exports import SCORES, Export, exports, wjx_table, xlsx
from tests.mapping.homes import lines_of, mapped_home, source_scores

_TEN = 10


@pytest.mark.parametrize("export", list(exports()), ids=lambda export: export.name)
def test_an_export_comes_to_the_scores_of_its_answers(tmp_path, export: Export):
    assert len(lines_of(export.mapping)) <= _TEN
    home = mapped_home(tmp_path / "home", f"voted/{export.name}", export.content, export.mapping)
    assert source_scores(home, "voted") == SCORES


def test_the_mapping_of_the_documentation_reads_the_export_of_its_tool(tmp_path):
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8").partition("### Mappings")[2]
    mapping = text.partition("```toml\n")[2].partition("```")[0]
    home = mapped_home(tmp_path / "home", "voted/wjx.xlsx", xlsx(wjx_table()), mapping)
    assert source_scores(home, "voted") == SCORES


CARD = [
    ["专家姓名", "网站", "内容得分", "服务得分", "评议日期"],
    ["甲", "第一局", "90", "80", "2030年1月7日"],
    ["乙", "第一局", "", "优", "2030年1月8日"],
    ["甲", "第二局", "70", "60", "2030年1月7日"],
]
CARD_MAPPING = """
[card]
answers = { "优" = "95" }
columns = { "专家姓名" = "expert_id", "{aspect}得分" = "score" }
"""
# A sheet of all sites: a row an expert and aspect, a column a site.
SHEET = [
    ["专家", "评议内容", "第一局", "第二局"],
    ["甲", "内容", "90", "70"],
    ["甲", "服务", "80", "60"],
    ["乙", "服务", "95", ""],
]
SHEET_MAPPING = """
[sheet]
columns = { "{site}" = "score" }
"""
# Two rows of headings, as offices make them: the sites above, the aspects below.
ROWS = [["专家", "甲局网站", "", "乙局网站", ""], ["", "第一局内容", "第一局服务", "第二局内容", "第二局服务"],
        ["甲", "90", "80", "70", "60"], ["乙", "", "95", "", ""]]  # fmt: skip
ROWS_MAPPING = """
[rows]
skip = 1
columns = { "{site}{aspect}" = "score" }
"""
PANEL = {"s1": round(0.4 * 90 + 0.6 * (80 + 95) / 2, 2), "s2": round(0.4 * 70 + 0.6 * 60, 2)}


@pytest.mark.parametrize(
    ("table", "mapping"),
    [(CARD, CARD_MAPPING), (SHEET, SHEET_MAPPING), (ROWS, ROWS_MAPPING)],
    ids=["card", "sheet", "two rows"],
)
def test_a_wide_expert_card_comes_to_the_scores_of_its_cells(tmp_path, table, mapping):
    assert len(lines_of(mapping)) <= _TEN
    home = mapped_home(tmp_path / "home", "judged/card.xlsx", xlsx(table), mapping)
    assert source_scores(home, "judged") == PANEL


def test_a_table_with_a_column_a_month_comes_to_the_records_of_its_cells(tmp_path):
    table = [["单位", "2030年1月", "2030年2月", "合计"], ["第一局", "20", "10", "30"], ["第二局", "15", "", "15"]]
    mapping = """
[months]
fixed = { indicator = "报送" }
columns = { "单位" = "site", "{month}" = "value" }
ignore = ["合计"]
"""
    home = mapped_home(tmp_path / "home", "recorded/months.xlsx", xlsx(table), mapping)
    assert source_scores(home, "recorded") == {"s1": round(100 * (20 / 30 + 10 / 30) / 2, 2), "s2": 100 * 15 / 30}


def test_a_file_made_to_the_contract_gives_the_same_tables_with_a_mapping_and_without(tmp_path):
    from tests.flows.homes import small_home
    from tests.mapping.homes import write_mapping

    before = evaluated_tables(small_home(tmp_path / "home"), YEAR)
    write_mapping(tmp_path / "home", "voted", '[other]\nvoter = "row"\ncolumns = { "content" = "service" }\n')
    assert evaluated_tables(tmp_path / "home", YEAR) == before


def test_the_same_answers_as_rows_of_the_contract_give_the_same_tables(tmp_path):
    """What is published knows nothing of a mapping: the tables of the export are those of its rows, but for nothing."""
    from tests.mapping.exports import ANSWERS, WJX

    rows = [["ballot_id", "submitted_at", "voter", "site", "content", "service", "seconds", "origin"]]
    for person, answers in enumerate(ANSWERS):
        for site in dict.fromkeys(site for site, _ in answers):
            given = [str(answers.get((site, aspect), "")) for aspect in ("content", "service")]
            who = f"10.1.2.{person + 1}"
            rows.append([f"b{len(rows)}", f"2030-01-05 09:{8 + person:02}:01", who, site, *given, str(65 + person), who])
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    direct = mapped_home(tmp_path / "direct", "voted/rows.csv", text.getvalue().encode(), "")
    mapped = mapped_home(tmp_path / "mapped", "voted/wjx.xlsx", xlsx(wjx_table()), WJX)
    assert evaluated_tables(direct, YEAR) == evaluated_tables(mapped, YEAR)
