"""The check flow: the scheme and the raw files of a year, without changing anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flows.coverage import Coverage, idle_waivers, read_coverage
from flows.evaluate.evaluation import aside, today
from flows.evaluate.pipeline import accounting
from flows.forms import DataDir, Year
from flows.orchestrator.account import show_coverage
from flows.orchestrator.artifacts import show_text, summary
from flows.orchestrator.progress import progress
from flows.orchestrator.run import run_of
from flows.orchestrator.taking import take
from flows.receive.typed import Finding
from flows.scheme import Scheme
from flows.scheme.file import read_scheme
from flows.settings import read_settings
from flows.warehouse.engine import Connection
from flows.warehouse.run_tables import read_files, read_warnings

# Rows of a file that the summary lists.
_SHOWN = 5
# Rows of a file that are kept to be listed; its quarantine file, which a yearly or nightly run writes, has all.
_KEPT = 1000


@dataclass(frozen=True)
class SetAside:
    """The rows of a file that do not keep its contract: how many, the kinds of their faults, and the first rows as sentences."""

    file: str
    rows: int
    kinds: tuple[str, ...]
    first: tuple[str, ...]

    def listed(self, most: int) -> list[str]:
        """The file in words: the kinds of faults, at most so many rows, and how many are not shown."""
        shown = self.first[:most]
        rest = self.rows - len(shown)
        lines = [f"{self.file}：{self.rows} 行不合格。{'；'.join(self.kinds)}。", *shown]
        return [*lines, f"{self.file}：还有 {rest} 行没有列出。"] if rest and shown else lines


@dataclass(frozen=True)
class Checked:
    """What a check found: every file with the account of its rows, those with faulty rows first, what is wrong with them, the
    warnings, and what is due so far and did not come."""

    year: int
    title: str
    inputs: Sequence[dict[str, Any]]
    set_aside: tuple[SetAside, ...]
    warnings: tuple[str, ...]
    coverage: Coverage

    @property
    def gaps(self) -> tuple[str, ...]:
        """Who owes what so far, a sentence each."""
        return tuple(debt.sentence for debt in self.coverage.late)

    @property
    def sentence(self) -> str:
        faulty = f"，其中 {len(self.set_aside)} 个有不合格的行" if self.set_aside else ""
        gaps = f"；应到而没到的有 {len(self.gaps)} 家" if self.gaps else ""
        return f"{self.title}：方案无误，{len(self.inputs)} 个原始文件可以接收{faulty}{gaps}。"


@run_of("check", on_record=False)
def check(year: Year = None, data_dir: DataDir = None) -> Checked:
    """Receives, loads and validates a year's raw files aside, and lists the rows that do not fit their contract, and what is due and
    did not come."""
    settings = read_settings(data_dir)
    scheme = read_scheme(settings.home, year)
    with aside(settings, scheme, progress(), store="seen", as_of=today(scheme)) as evaluation:
        take(accounting(evaluation))
        connection = evaluation.connection
        set_aside = tuple(_set_aside(connection, scheme.year))
        inputs = sorted(read_files(connection), key=lambda file: (not file["quarantined"], file["dataset"], file["file"]))
        coverage = read_coverage(connection, scheme)
        checked = Checked(
            scheme.year,
            scheme.title,
            inputs,
            set_aside,
            (*read_warnings(connection), *_idle(connection, scheme)),
            coverage,
        )
        facts = [checked.sentence, *(line for file in set_aside for line in file.listed(_SHOWN)), *checked.gaps]
        show_coverage(coverage)
        show_text("summary", summary(scheme.title, facts, checked.warnings), checked.sentence)
        return checked


def _idle(connection: Connection, scheme: Scheme) -> Iterator[str]:
    """Waivers that meet no gap; during the year what somebody accepts may still be to come."""
    return idle_waivers(connection, scheme) if today(scheme).year > scheme.year else iter(())


def _set_aside(connection: Connection, year: int) -> Iterator[SetAside]:
    """Every file with rows that were set aside, by name."""
    files = connection.execute(
        "select dataset, file, quarantined, faults from run.files where quarantined > 0 order by dataset, file"
    ).fetchall()
    for dataset, file, quarantined, kinds in files:
        rows = connection.execute(
            """
            select line, "column", value, reason from raw.quarantine
            where dataset = ? and file = ? order by line, "column" limit ?
            """,
            [dataset, file, _KEPT],
        ).fetchall()
        first = tuple(Finding(column, reason, 1, line, value).sentence + "。" for line, column, value, reason in rows)
        yield SetAside(f"raw/{year}/{dataset}/{file}", quarantined, tuple(kinds), first)
