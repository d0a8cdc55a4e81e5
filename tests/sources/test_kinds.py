"""Every kind of source has all its parts. These tests name a missing part before a scheme with the kind is refused."""

import re
from collections import Counter
from decimal import Decimal

import pytest

from flows.datasets import Dataset
from flows.datasets.deliveries import deliveries
from flows.datasets.register import register
from flows.reading.spelling import heading
from flows.scheme.datasets import OTHERS, specimens
from flows.settings import ROOT, SQL
from flows.sources import Aspect, Source, behaviour, kinds
from flows.warehouse.kinds import check_kinds
from flows.warehouse.models import read_models

KINDS = sorted(kinds())
SPECIMENS = {source.kind: source for source in specimens()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_can_be_explained_and_simulated(kind):
    assert callable(behaviour("explain", kind).explain)
    simulated = behaviour("simulate", kind)
    assert callable(simulated.simulate)
    assert -1 <= simulated.KINDNESS <= 1 and simulated.SPREAD > 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_close_a_reconstruction_says_when_and_how(kind):
    simulated = behaviour("simulate", kind)
    assert hasattr(simulated, "closes") == hasattr(simulated, "close")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_has_columns_and_tasks_for_the_items_of_a_kind(kind):
    source = SPECIMENS[kind]
    folder = ROOT / "flows" / "documents" / "sources"
    if source.rates_aspects:
        assert source.rating
    elif type(source).items is not Source.items:
        assert callable(behaviour("documents.sources", kind).tasks) and (folder / f"{kind}.html").is_file()


def test_what_every_kind_delivers_leads_to_its_scores():
    check_kinds(SPECIMENS.values(), read_models(SQL))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_fills_the_tables_that_it_declares_by_their_columns(kind):
    tables = {table.name: table for table in kinds()[kind].tables}
    assert set(SPECIMENS[kind].rows()) == set(tables)
    columns = {name: {column for column, _, _ in table.columns} for name, table in tables.items()}
    assert all(row.keys() <= columns[name] for name, rows in SPECIMENS[kind].rows().items() for row in rows)


def test_kinds_share_a_table_only_as_the_same_declaration():
    declared = [table for kind in kinds().values() for table in kind.tables]
    assert len({table.name for table in declared}) == len(set(declared))


@pytest.mark.parametrize("kind", KINDS)
def test_the_contract_and_the_method_name_a_kind(kind):
    contract = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert f"| … `{kind}` |" in contract and re.search(rf"^\| an? `{kind}` source \|", contract, re.M)
    assert f"`{kind}`" in (ROOT / "sql" / "README.md").read_text(encoding="utf-8")


ASPECTS = [
    Aspect(f"a{number}", label, Decimal(0)) for number, label in enumerate(("网站", "来源", "用时", "渠道", "渠道", "Site"))
]


def declared() -> list[Dataset]:
    """Every dataset that there is, of a scheme whose aspects have labels that are usual headings."""
    of_kinds = [dataset for source in SPECIMENS.values() for dataset in source.datasets(ASPECTS, ())]
    return [*of_kinds, *OTHERS, register(()), deliveries(())]


@pytest.mark.parametrize("dataset", declared(), ids=lambda dataset: dataset.table)
def test_no_two_columns_share_a_heading(dataset):
    found = Counter(heading(title) for column in dataset.columns for title in (*column.headings, *column.titles))
    assert [title for title, count in found.items() if count > 1] == []


@pytest.mark.parametrize("dataset", declared(), ids=lambda dataset: dataset.table)
def test_every_column_has_a_heading_of_offices_unless_the_scheme_names_it(dataset):
    aspects = {aspect.id for aspect in ASPECTS}
    assert [column.name for column in dataset.columns if not column.titles and column.name not in aspects] == []


def test_only_its_own_files_ask_for_a_kind_by_name():
    """SQL and Python ask for traits; an `isinstance` or a name of a kind elsewhere would forget the next kind in silence."""
    classes = "|".join(kind.__name__ for kind in kinds().values())
    pattern = re.compile(
        rf"kind\s*(?:==|!=|in)\s*\(?['\"](?:{'|'.join(KINDS)})['\"]|isinstance\([^)]*\b(?:{classes})\b|case (?:{classes})\(|\.of_kind\("
    )
    own = {f"{kind}.py" for kind in KINDS} | {"audit_files.py", "ballot_files.py"}
    texts = [path for room in ("flows", "sql") for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".sql", ".html")]
    paths = [path.relative_to(ROOT) for path in texts if path.name not in own and pattern.search(path.read_text("utf-8"))]
    assert not paths
