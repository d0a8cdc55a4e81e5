"""The contract lists what offices call the columns as the declarations have it."""

from flows.datasets import Dataset
from flows.datasets.deliveries import deliveries
from flows.datasets.register import register
from flows.datasets.waivers import waivers
from flows.scheme.datasets import OTHERS, specimens
from flows.settings import ROOT


def test_the_contract_lists_the_headings_of_every_column():
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    table = page.partition("| dataset | headings |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    assert table == rows()


def rows() -> list[str]:
    """The rows of the table, in the order of the one of the columns."""
    of_sources = []
    for kind in ("ballots", "panel", "claims", "records", "audit", "given"):
        source = next(source for source in specimens() if source.kind == kind)
        first, *others = source.datasets((), ())
        article = "an" if kind == "audit" else "a"
        of_sources += [
            (f"{article} `{kind}` source", first),
            *((f"its `{other.name.replace(source.id, '<source>')}`", other) for other in others),
        ]
    assert {source.kind for source in specimens()} == {text.split("`")[1] for text, _ in of_sources if text.startswith("a")}
    named = [(f"`{dataset.name}`", dataset) for dataset in OTHERS]
    about = [("`waivers`", waivers(())), ("`deliveries.csv`", deliveries(()))]
    files = [("`sites.csv`", register(())), *of_sources, *named, *about]
    return [f"| {name} | {_headings(dataset)} |" for name, dataset in files]


def _headings(dataset: Dataset) -> str:
    return "; ".join(f"`{column.name}` {'、'.join(column.titles)}" for column in dataset.columns)
