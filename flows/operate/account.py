"""What is due and what came, for the status: as the last run found it."""

from collections.abc import Iterator

from flows.coverage import TABLES, Coverage, read_coverage
from flows.errors import OperatorError
from flows.home import Home
from flows.scheme.file import read_scheme
from flows.warehouse.engine import EngineError, first_row, read_only_database, table_names


def account_facts(home: Home) -> Iterator[str]:
    """A line for each source of the year that the warehouse holds in which something is missing, or one that nothing is; none where
    there is no warehouse, an older pingyi made it, or a program has it open."""
    coverage = _coverage(home)
    if coverage is None:
        return
    gaps = [total for total in coverage.totals if total.missing > total.waived + total.awaited]
    day = f"，截至 {coverage.as_of:%Y-%m-%d}" if coverage.as_of else ""
    late = len(coverage.late)
    if not late:
        yield f"{coverage.year} 年的到件{day}：应到的都到齐了"
        return
    yield f"{coverage.year} 年的到件{day}：有 {late} 家应到而没有到齐（逐家见 pingyi coverage {coverage.year}）"
    for total in gaps:
        sites = f"，{total.sites} 个网站" if total.sites else ""
        due = f"，期限 {total.due:%Y-%m-%d}" if total.due else ""
        waived = f"，其中同意缺报 {total.waived}" if total.waived else ""
        yield f"{total.label}（{total.source}）：应到 {total.expected} {total.unit}，缺 {total.missing - total.awaited}{waived}{sites}{due}"


def _coverage(home: Home) -> Coverage | None:
    if not home.warehouse.is_file():
        return None
    try:
        with read_only_database(home.warehouse) as connection:
            if not {*TABLES, "ref.scheme"} <= table_names(connection):
                return None
            year, sha256 = first_row(connection, "select year, sha256 from ref.scheme")
            scheme = read_scheme(home, year)
            # Another scheme has other sources: the next run takes it up.
            return read_coverage(connection, scheme) if scheme.sha256 == sha256 else None
    except (EngineError, OperatorError):
        # A run may be about to exchange it; the next look has it.
        return None
