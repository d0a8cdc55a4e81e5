"""What stands out in a year's raw files: compared with one another, and with what was published last year.

Every row keeps its contract, and still a file may be a third short, upside down, eight hours off or sent twice. Nothing of that
can be known for certain without the sender, so it is told, with both numbers; a scheme may forbid publishing until somebody
has looked (`[comparison]`). A rule speaks only where chance and habit do not reach: where a difference is large and also many
times what so few rows might differ by. How often it speaks in vain is told in `tests/seeded/README.md`.
"""

from collections.abc import Iterable, Iterator

from flows.comparison.amounts import amounts
from flows.comparison.ballots import compare_ballots
from flows.comparison.finding import Finding
from flows.comparison.last_year import LastYear, compare_files, compare_results, last_year
from flows.comparison.raters import raters
from flows.comparison.repeats import repeats
from flows.comparison.sites import faultless
from flows.home import Home
from flows.scheme import Scheme
from flows.warehouse.engine import Connection
from flows.warehouse.run_tables import add_rows

__all__ = ["Finding", "compare_rows", "compare_scores", "hold_comparison"]


def compare_rows(connection: Connection, home: Home, scheme: Scheme) -> list[str]:
    """Compares the loaded rows; `run.findings` gets what stands out. Returns it as sentences."""
    before = last_year(home, scheme.year)
    return _told(connection, scheme, _of_rows(connection, scheme, before))


def compare_scores(connection: Connection, home: Home, scheme: Scheme) -> list[str]:
    """Compares what the models made of the rows with last year's published tables, site by site; likewise."""
    return _told(connection, scheme, compare_results(connection, scheme, last_year(home, scheme.year)))


def _of_rows(connection: Connection, scheme: Scheme, before: LastYear | None) -> Iterator[Finding]:
    yield from compare_ballots(connection, scheme, before)
    yield from raters(connection, scheme)
    yield from repeats(connection)
    yield from amounts(connection, scheme)
    yield from faultless(connection, scheme)
    if before:
        yield from compare_files(connection, scheme, before)


def _told(connection: Connection, scheme: Scheme, found: Iterable[Finding]) -> list[str]:
    rules = scheme.comparison
    findings = [finding for finding in found if finding.kind not in rules.off]
    sentences = []
    for finding in findings:
        confirmed = finding.name in rules.confirmed
        stops = finding.kind in rules.gates and not confirmed
        sentence = (
            f"已确认（{finding.name}）：{finding.sentence}" if confirmed else f"注意（{finding.name}）：{finding.sentence}"
        )
        row = {"kind": finding.kind, "name": finding.name, "sentence": sentence, "stops": stops}
        add_rows(connection, "findings", [row])
        sentences.append(sentence)
    return sentences


def hold_comparison(connection: Connection) -> list[str]:
    """A sentence for every finding that the scheme makes a gate and nobody has confirmed."""
    rows = connection.execute("select name, sentence from run.findings where stops order by position").fetchall()
    return [
        f'{sentence}按方案 [comparison]，没有确认就不能公布：请核对；确认无误的，在 confirmed 里写上 "{name}"'
        for name, sentence in rows
    ]
