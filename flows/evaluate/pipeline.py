"""The steps of an evaluation, written once: receive, load, validate, build the models, check the gates.

`flows.orchestrator.steps` takes them.
Flows, explanations and tests differ only in the steps that they take.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from hashlib import sha256
from inspect import getdoc
from typing import Any

from flows.comparison import compare_scores, hold_comparison
from flows.coverage import TABLES as COVERAGE
from flows.coverage import idle_waivers, read_coverage, summary_sentences
from flows.datasets import Dataset
from flows.datasets.crawl import SCANS
from flows.documents.text import check_template
from flows.errors import GateError, OperatorError
from flows.evaluate.evaluation import Evaluation
from flows.evaluate.intake import load_files
from flows.orchestrator.steps import Step
from flows.receive import Received, receive
from flows.receive.deliveries import check_folders
from flows.results.tables import result_columns
from flows.scheme.datasets import datasets
from flows.settings import SQL
from flows.validation.outcomes import add_outcomes
from flows.validation.suites import Suite, door_suites, result_suites
from flows.warehouse.draws import RANKINGS, READS, WEIGHTS, draw_rankings
from flows.warehouse.exclusions import check_missing, exclusion_hints
from flows.warehouse.gates import failed_gates, forget_recount, recount
from flows.warehouse.kinds import check_kinds
from flows.warehouse.models import RECOUNT, Model, ancestors, build
from flows.warehouse.run_tables import add_rows, add_warnings

logger = logging.getLogger("pingyi")
_HOME, _LOAD, _VALIDATE, _DRAW = "check home", "load raw and ref", "validate raw", "draw rankings"


def pipeline(evaluation: Evaluation) -> list[Step]:
    """From the raw files to candidate result tables; a final evaluation must then pass every gate.

    The steps run one after another, in this order: DuckDB itself uses all cores, and two steps at once would only share the
    memory.
    """
    return [*intake(evaluation), *_building(evaluation)]


def intake(evaluation: Evaluation) -> list[Step]:
    """From the raw files to the loaded and validated schema `raw`."""
    received: list[Received] = []
    receives = [
        _step(f"receive {dataset.name}", (_HOME,), receive_dataset, evaluation, dataset, received)
        for dataset in datasets(evaluation.scheme)
    ]
    return [
        _step(_HOME, (), check_home, evaluation, check=True),
        *receives,
        _step(_LOAD, tuple(step.name for step in receives), load_files, evaluation, received),
        _step(_VALIDATE, (_LOAD,), validate_raw, evaluation, check=True),
    ]


def accounting(evaluation: Evaluation) -> list[Step]:
    """From the raw files to the account of what is due and what came, without anything that it does not need."""
    models = {model.name: model for model in evaluation.models}
    needed = {name for table in COVERAGE for name in (table, *ancestors(models, table))}
    return [*intake(evaluation), *_in_order(_model_steps(evaluation, needed))]


def _building(evaluation: Evaluation) -> list[Step]:
    """From the schemas `raw` and `ref` to candidate result tables, and for a final evaluation the gates."""
    beside = [
        _step("excluded ballots", ("staged.ballot_counts",), warn_of_exclusions, evaluation),
    ]
    if not evaluation.provisional:
        # With the gaps, so that all that is missing is told at once.
        after = ("scored.missing_sources", "scored.composites", *COVERAGE)
        beside.append(_step("missing sources", after, check_sources, evaluation, check=True))
    beside.append(_step("coverage", COVERAGE, tell_gaps, evaluation))
    # Drawing takes long, and is for nothing where a score is missing: it waits for all that does not wait for it.
    steps = _in_order([*beside, *_model_steps(evaluation), _step(_DRAW, READS, draw, evaluation)])
    if not evaluation.provisional:
        steps.append(_step("gates", tuple(step.name for step in steps), hold_gates, evaluation, check=True))
    return steps


def _model_steps(evaluation: Evaluation, needed: Collection[str] | None = None) -> list[Step]:
    """A step for each model, or for those that are `needed`."""
    return [
        Step(model.name, _needs(model), partial(build_model, evaluation, number), model.summary)
        for number, model in enumerate(evaluation.models)
        if needed is None or model.name in needed
    ]


def _step(name: str, after: tuple[str, ...], do: Callable[..., None], *arguments: Any, check: bool = False) -> Step:
    return Step(name, after, partial(do, *arguments), getdoc(do) or "", check)


def _needs(model: Model) -> tuple[str, ...]:
    """The steps that make the tables a model reads; a model that reads `raw` comes after its validation."""
    made_by = {"raw": _VALIDATE, "draws": _DRAW}
    needs = {made_by.get(read.partition(".")[0], read) for read in model.reads if not read.startswith("ref.")}
    return tuple(sorted(needs))


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """The steps, each after the steps that it needs; if several could come next, the first of the list."""
    waiting, order = list(steps), []
    while waiting:
        names = {step.name for step in waiting}
        step = next(step for step in waiting if names.isdisjoint(step.after))
        waiting.remove(step)
        order.append(step)
    return order


def check_home(evaluation: Evaluation) -> None:
    """Looks for kinds of source that no model knows, files that nobody would read, and faults in the bulletin's template."""
    scheme = evaluation.scheme
    check_kinds(scheme.sources, evaluation.models)
    check_folders(evaluation.home, scheme.year, datasets(scheme))
    if not evaluation.provisional:
        # Otherwise an operator would learn of a fault in the template only at the end of the evaluation.
        check_template(scheme, evaluation.home, result_columns(scheme, evaluation.models))


def receive_dataset(evaluation: Evaluation, dataset: Dataset, into: list[Received]) -> None:
    """Reads the new files of one dataset."""
    received = receive(evaluation.home, evaluation.scheme, dataset, evaluation.store, evaluation.tell)
    into.append(received)
    files = len(received.receipts) + len(received.repeats)
    if files or received.refusals:
        rows = sum(receipt.rows_in for receipt in received.receipts)
        refused = f"，{len(received.refusals)} 个无法接收" if received.refusals else ""
        logger.info("收到 %s：%d 个文件，%d 行%s。", dataset.name, files, rows, refused)


def validate_raw(evaluation: Evaluation) -> None:
    """Great Expectations on the received data, derived from the contracts of the datasets."""
    failures = _failures(evaluation, raw_suites(evaluation), "校验收到的数据")
    if failures:
        raise OperatorError("收到的数据没有通过校验，评议没有进行，已公布的结果没有改动：", failures)


def build_model(evaluation: Evaluation, number: int) -> None:
    """Builds a model's table and records it in `run.models`."""
    model = evaluation.models[number]
    rows = build(evaluation.connection, model, evaluation.make)
    record = {"model": model.name, "sha256": sha256(model.sql.encode()).hexdigest(), "rows": rows}
    add_rows(evaluation.connection, "models", [record])
    evaluation.tell("计算模型", number + 1, len(evaluation.models))


def warn_of_exclusions(evaluation: Evaluation) -> None:
    """Warns if one reason excludes many ballots of a source."""
    hints = exclusion_hints(evaluation.connection)
    add_warnings(evaluation.connection, hints, first=True)
    for hint in hints:
        logger.info("%s", hint)


def tell_gaps(evaluation: Evaluation) -> None:
    """Tells which of what is due did not come, where that does not stop the year."""
    # What will stop the year is told during it.
    treatments = ("tell", "zero", "waived", *(("fail",) if evaluation.provisional else ()))
    hints = list(summary_sentences(read_coverage(evaluation.connection, evaluation.scheme), treatments))
    if not evaluation.provisional:
        # During the year what somebody accepts may still be to come.
        hints += idle_waivers(evaluation.connection, evaluation.scheme)
    add_warnings(evaluation.connection, hints)
    for hint in hints:
        logger.info("%s", hint)


def check_sources(evaluation: Evaluation) -> None:
    """Raises `OperatorError` if a site lacks a source and the scheme does not allow that; `GateError` with all gaps beside it, if
    these forbid publishing too."""
    try:
        check_missing(evaluation.connection, evaluation.scheme)
    except OperatorError as fault:
        gaps = open_gaps(evaluation)
        if not gaps:
            raise
        raise _forbidden(evaluation.scheme.year, gaps, fault.faults, "有的网站没有得分") from None


def open_gaps(evaluation: Evaluation) -> list[str]:
    """What the scheme forbids to publish without, by who owes it."""
    return [debt.sentence for debt in read_coverage(evaluation.connection, evaluation.scheme).open]


def draw(evaluation: Evaluation) -> None:
    """Draws rankings at random, which show how sure the ranks are."""
    draw_rankings(evaluation.connection, evaluation.scheme, evaluation.tell)
    seed = evaluation.scheme.year
    logger.info("随机抽取了名次 %d 次、权重 %d 次（种子 %d）。", RANKINGS, WEIGHTS, seed)


def hold_gates(evaluation: Evaluation) -> None:
    """Great Expectations and `sql/gates/` on the tables that are about to be published, and what the scheme lets stop a year: a gap
    in what is due, or what stands out beside last year."""
    suites = published_suites(evaluation)
    add_warnings(evaluation.connection, compare_scores(evaluation.connection, evaluation.home, evaluation.scheme), first=True)
    recount(evaluation.connection, SQL / RECOUNT, evaluation.make)
    failures = [
        *_failures(evaluation, suites, "校验结果"),
        *failed_gates(evaluation.connection, SQL / "gates"),
        *hold_comparison(evaluation.connection),
    ]
    gaps = open_gaps(evaluation)
    if failures or gaps:
        raise _forbidden(evaluation.scheme.year, gaps, failures, "有检查不通过")
    forget_recount(evaluation.connection)
    logger.info("结果通过了全部检查：%d 组数据校验和 sql/gates 里的每一条。", len(suites))


def _forbidden(year: int, gaps: Sequence[str], failures: Sequence[str], failed: str) -> GateError:
    """Why the year is not published: gaps, and what else `failed`."""
    what = [f"应到的没有到齐（{len(gaps)} 家）"] if gaps else []
    what += [failed] if failures else []
    advice = (
        f"请向下面各家催交（pingyi coverage {year} 看全部，加 --letters 写催报函）；确实同意缺报的，在 raw/{year}/waivers/ 里写明"
        "来源、网站、分项、理由、批准人和日期。"
    )
    summary = f"{year} 年已经算出结果，但{'，'.join(what)}，没有公布，已公布的结果没有改动{f'。{advice}' if gaps else ''}"
    return GateError(f"{summary.removesuffix('。')}：", [*gaps, *failures])


def raw_suites(evaluation: Evaluation) -> list[Suite]:
    """The expectations on the schema `raw`, with the numbers of rows from the accounts of the files."""
    files = evaluation.connection.execute(
        "select dataset, raw_table, sum(loaded) from run.files where raw_table is not null group by dataset, raw_table"
    ).fetchall()
    loaded = {(dataset, table): rows for dataset, table, rows in files}
    return list(door_suites([*datasets(evaluation.scheme), SCANS], loaded, evaluation.register.rows))


def published_suites(evaluation: Evaluation) -> list[Suite]:
    """The expectations on the tables that are about to be published."""
    models = evaluation.connection.execute("select model, rows from run.models where model like 'published.%'")
    rows = {model.removeprefix("published."): count for model, count in models.fetchall()}
    return list(result_suites(evaluation.scheme, evaluation.models, evaluation.register.rows, rows))


def _failures(evaluation: Evaluation, suites: Iterable[Suite], what: str) -> list[str]:
    """A sentence for each expectation that does not hold; `run.expectations` gets the outcome of every expectation."""
    # Great Expectations takes seconds to import.
    from flows.validation.run import validate

    outcomes = validate(evaluation.connection, suites, evaluation.tell, what)
    add_outcomes(evaluation.connection, outcomes)
    return [failure for outcome in outcomes for failure in outcome.failures]
