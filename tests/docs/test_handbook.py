"""What the operators' handbook gives as an example can be put into the data home of 2007 as it stands."""

import csv
import re

from flows.datasets.waivers import waivers
from flows.evaluate.pipeline import _forbidden
from flows.home import Home
from flows.receive.headings import of_dataset
from flows.receive.register import read_register
from flows.scheme.file import read_scheme
from tests.conftest import ROOT

SHANGHAI = ROOT / "data" / "shanghai"


def test_its_waivers_are_of_sources_sites_and_items_that_there_are():
    page = (ROOT / "README.zh.md").read_text(encoding="utf-8")
    block = re.search(r"(?ms)^ *```\n( *来源,网站,分项,.*?)^ *```", page)
    assert block
    header, *rows = csv.reader(line.strip() for line in block[1].splitlines())
    scheme = read_scheme(Home(SHANGHAI), 2007)
    columns = of_dataset(header, waivers(scheme.sources).columns).column_of
    assert set(columns.values()) == {column.name for column in waivers(scheme.sources).columns}
    names = read_register(Home(SHANGHAI), scheme).names
    assert len(rows) >= 2
    for row in rows:
        cells = {columns[name]: cell for name, cell in zip(header, row, strict=True)}
        source = next(source for source in scheme.sources if source.label == cells["source"])
        assert cells["site"] in names
        assert cells["item"] in {item.label for item in source.items(scheme.aspects)}
        assert cells["reason"] and cells["approved_by"] and re.fullmatch(r"\d{4}-\d\d-\d\d", cells["approved_on"])


def test_its_sentence_of_an_incomplete_year_is_the_one_that_is_said():
    page = (ROOT / "README.zh.md").read_text(encoding="utf-8")
    quoted = re.search(r"“(2007 年已经算出结果，但应到的没有到齐（(\d+) 家），没有公布)……”", page)
    assert quoted
    said = str(_forbidden(2007, ["市人事局（d16）：……"] * int(quoted[2]), [], ""))
    assert said.startswith(f"{quoted[1]}，")
