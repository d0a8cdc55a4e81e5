"""The account of a year on a terminal, as CSV and as JSON: who has delivered, who has not, what is late."""

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from io import BytesIO

from flows.coverage import Coverage, Debt, accepted, read_coverage
from flows.coverage.listing import gap_frame
from flows.evaluate.evaluation import aside, today
from flows.evaluate.pipeline import accounting
from flows.host.columns import aligned
from flows.host.progress import Tell
from flows.orchestrator.steps import run_here
from flows.results.tables import write_csv
from flows.scheme import Scheme
from flows.settings import Settings

_HEADINGS = ("来源", "应到", "已到", "缺", "未到期限", "同意缺报", "不合格行", "期限")


def account(settings: Settings, scheme: Scheme, tell: Tell) -> Coverage:
    """What is due on this day and did not come, from the raw files as they are now; nothing of the data home changes but its store."""
    settings.home.check()
    with aside(settings, scheme, nullcontext(tell), store="kept", as_of=today(scheme)) as evaluation:
        run_here(step for step in accounting(evaluation) if not step.check)
        return read_coverage(evaluation.connection, scheme)


def as_lines(coverage: Coverage, title: str) -> Iterator[str]:
    """For a terminal: a line a source, then a line for each party that owes something, and what somebody accepts."""
    day = f"，截至 {coverage.as_of:%Y-%m-%d}" if coverage.as_of else ""
    yield f"{title}：到件{day}"
    yield from (f"  {line}" for line in aligned([_HEADINGS, *map(list, _totals(coverage))]))
    parts: tuple[tuple[str, Sequence[Debt]], ...] = (
        ("应到而没有到（没有补齐就不公布）", tuple(coverage.of("fail"))),
        ("应到而没有到（不影响公布）", tuple(coverage.of("tell", "zero"))),
        ("未到期限", tuple(coverage.of("awaited"))),
        ("同意缺报", tuple(coverage.of("waived"))),
    )
    for heading, debts in parts:
        if debts:
            yield f"{heading}：{len(debts)} 家"
            yield from (f"  · {debt.sentence}{''.join(accepted(debt))}" for debt in debts)
    if not coverage.debts:
        yield "应到的都到齐了。"


def _totals(coverage: Coverage) -> Iterator[tuple[str, ...]]:
    for total in coverage.totals:
        late = total.missing - total.awaited
        numbers = (total.expected, total.received, late, total.awaited, total.waived)
        expected, received, missing, awaited, waived = (f"{value:,}".replace(",", " ") for value in numbers)
        due = f"{total.due:%Y-%m-%d}" if total.due else ""
        yield (
            f"{total.label}（{total.source}）",
            f"{expected} {total.unit}",
            received,
            missing if late else "齐" if not total.awaited else "",
            awaited if total.awaited else "",
            waived if total.waived else "",
            str(total.set_aside) if total.set_aside else "",
            due,
        )


def as_csv(coverage: Coverage) -> str:
    """The gaps as a CSV file for people: as every one that is written, spreadsheet programs open it right, and in safety."""
    content = BytesIO()
    write_csv(gap_frame(coverage), content)
    return content.getvalue().decode()


def as_json(coverage: Coverage) -> str:
    """For programs: the day, the totals, and every party with its gaps and what they do to its score and rank."""
    content = {
        "year": coverage.year,
        "as_of": coverage.as_of,
        "complete": not coverage.late,
        "publishable": not coverage.open,
        "totals": [asdict(total) for total in coverage.totals],
        "owed": [asdict(debt) | {"owner": debt.owner} for debt in coverage.debts],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, (date, Decimal)):
        return str(value)
    raise TypeError(f"no JSON for {value!r}")
