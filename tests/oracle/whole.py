"""A generated year evaluated by the project as a whole, without an orchestrator and without documents."""

from contextlib import nullcontext
from pathlib import Path

from flows.evaluate.evaluation import at_home
from flows.evaluate.pipeline import pipeline
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.results.tables import write_tables
from flows.scheme.file import read_scheme
from flows.settings import read_settings

from .comparison import differences, quarantined_rows
from .exact import evaluate
from .files import write_year
from .model import GeneratedYear
from .years import generate


def evaluate_here(year: int, folder: Path) -> None:
    """Writes the tables of a year whose files are in `folder` to its results."""
    settings = read_settings(str(folder))
    scheme = read_scheme(settings.home, year)
    with at_home("oracle", settings, scheme, nullcontext(silent), provisional=False) as evaluation:
        run_here(pipeline(evaluation))
        results = settings.home.results(year)
        results.mkdir(parents=True)
        write_tables(evaluation.connection, scheme, evaluation.models, results)


def differs(seed: int, home: Path) -> list[str]:
    """In what the year of a seed, written to `home` and evaluated there, differs from exact arithmetic."""
    year = generate(seed)
    write_year(year, home, seed)
    evaluate_here(year.year, home)
    return compared(year, evaluate(year), home)


def compared(year: GeneratedYear, tables: dict[str, list[dict]], home: Path) -> list[str]:
    """In what the results of a year differ from the expected tables, cell by cell, and its rows set aside from the expected."""
    found = differences(year, tables, home / "results" / str(year.year))
    expected = {dataset: year.quarantined(dataset) for dataset in year.rows if year.quarantined(dataset)}
    aside = quarantined_rows(home, year)
    return found if aside == expected else [*found, f"rows set aside: {aside}, expected {expected}"]
