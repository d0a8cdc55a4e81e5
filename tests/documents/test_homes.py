"""The templates of the data homes in this repository, and the comparison with the print."""

import csv

import pytest

from flows.documents.text import check_template, template_source
from flows.home import Home
from flows.results.tables import result_columns
from flows.scheme.file import read_scheme
from flows.settings import SQL
from flows.warehouse.models import read_models
from tests.conftest import ROOT

SHANGHAI = ROOT / "data" / "shanghai"


@pytest.mark.parametrize(("home", "year"), [("shanghai", 2007), ("us_federal", 2024)])
def test_a_homes_template_asks_for_tables_and_columns_that_there_are(home, year):
    scheme = read_scheme(Home(ROOT / "data" / home), year)
    assert template_source(Home(ROOT / "data" / home), year).name != "通用模板"
    check_template(scheme, Home(ROOT / "data" / home), result_columns(scheme, read_models(SQL)))


def test_the_comparison_has_every_printed_figure_in_the_order_of_the_print():
    with (SHANGHAI / "reference" / "2007" / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
        printed = [(row["section"], row["subject"], row["printed"]) for row in csv.DictReader(file)]
    lines = (SHANGHAI / "comparison.md").read_text(encoding="utf-8").splitlines()
    compared = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.count("|") == 6]
    figures = [row for row in compared if row[:3] in set(printed)]
    assert [row[:3] for row in figures] == printed
    # Where our text says something else than the print, it says why.
    assert [row for row in figures if row[3] != row[2] and not row[4]] == []


def test_no_number_is_typed_where_a_template_tells_of_results():
    """Digits stand inside of a query, in a name, or nowhere."""
    text = (SHANGHAI / "bulletin" / "2007.txt").read_text(encoding="utf-8").split("附注：")[1]
    outside = "".join(part.split("}}")[-1] for part in text.split("{{"))
    assert not [character for character in outside if character.isdigit() and character.isascii()]
