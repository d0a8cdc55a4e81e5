"""What every run does, as Prefect tasks: receive, load, validate, build the models, hold the gates.

`evaluate` is the one way through them; the flows `yearly`, `nightly` and `check` differ in how far they go with it. Each
model is a task of its own name, and the edges between them that Prefect shows are those of the SQL.
"""

import logging
from collections import Counter
from collections.abc import Sequence

from prefect import State, Task, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from flows.datasets.crawl import SCANS
from flows.documents.text import check_template
from flows.errors import GateError, OperatorError
from flows.evaluate.evaluation import Evaluation
from flows.host.interrupts import interrupted
from flows.orchestrator.outcome import told
from flows.receive import receive
from flows.receive.deliveries import check_folders
from flows.results.manifest import step
from flows.results.quarantine import write_quarantine
from flows.results.tables import result_columns
from flows.settings import SQL
from flows.validation.suites import door_suites, result_suites
from flows.warehouse.drawn import RANKINGS, READS, WEIGHTS, create_drawn_tables, draw_rankings
from flows.warehouse.exclusions import exclusion_hints
from flows.warehouse.gates import failed_gates
from flows.warehouse.intake import check_intake
from flows.warehouse.kinds import check_kinds
from flows.warehouse.missing import check_missing
from flows.warehouse.models import build, read_models
from flows.warehouse.raw import create_raw_tables, load
from flows.warehouse.ref import load_ref

logger = logging.getLogger("pingyi")
_DRAWING = "draw rankings"


def evaluate(evaluation: Evaluation, after: Sequence[State] = ()) -> None:
    """From the raw files to candidate result tables; a final evaluation must then pass every gate.

    `after` are the states of what the raw files had to wait for.
    """
    validated = take_in(evaluation, after)
    built = _build_all(evaluation, validated)
    if not evaluation.provisional:
        gates.submit(evaluation, wait_for=built).result()


def take_in(evaluation: Evaluation, after: Sequence[State] = ()) -> State:
    """From the raw files to the loaded and validated schema `raw`; returns the last task's state, for others to come after.

    These tasks run in the thread that called, so that an interrupt ends them at once.
    """
    check_folders(evaluation.home, evaluation.scheme.year, evaluation.datasets)
    evaluation.models = {model.name: model for model in read_models(SQL)}
    check_kinds(evaluation.scheme.sources, evaluation.models.values())
    if not evaluation.provisional:
        # A fault in the bulletin's template would otherwise be told when everything is evaluated.
        check_template(evaluation.scheme, evaluation.home, result_columns(evaluation.scheme, evaluation.models.values()))
    received = [
        done(_named(receive_dataset, f"receive {dataset.name}")(evaluation, dataset.name, wait_for=after, return_state=True))
        for dataset in evaluation.datasets
    ]
    loaded = done(load_raw(evaluation, wait_for=received, return_state=True))
    return done(validate_raw(evaluation, wait_for=[loaded], return_state=True))


def done(state: State) -> State:
    """The state of a task that has succeeded; what the others raised is raised."""
    state.result()
    return state


def _named(one: Task, name: str, **options) -> Task:
    """The task under a name of its own, without the random suffix that Prefect gives its runs otherwise."""
    return one.with_options(name=name, task_run_name=name, **options)


@task(cache_policy=NO_CACHE)
@told
def receive_dataset(evaluation: Evaluation, name: str) -> None:
    """Reads the files of one dataset that were not read before."""
    dataset = next(dataset for dataset in evaluation.datasets if dataset.name == name)
    received = receive(evaluation.home, evaluation.scheme, dataset, evaluation.store, evaluation.tell)
    evaluation.received.append(received)
    files = len(received.receipts) + len(received.repeats)
    if files or received.refusals:
        rows = sum(receipt.rows_in for receipt in received.receipts)
        refused = f"，{len(received.refusals)} 个无法接收" if received.refusals else ""
        logger.info("收到 %s：%d 个文件，%d 行%s。", name, files, rows, refused)


@task(name="load raw and ref", task_run_name="load raw and ref", cache_policy=NO_CACHE)
@told
def load_raw(evaluation: Evaluation) -> None:
    """Loads what was received and what the scheme says; writes the quarantine files; stops where the files do not do."""
    connection, scheme = evaluation.connection, evaluation.scheme
    create_raw_tables(connection)
    create_drawn_tables(connection)
    load(connection, evaluation.received, evaluation.tell)
    if evaluation.quarantine:
        write_quarantine(connection, evaluation.quarantine)
    check_intake(connection, scheme, evaluation.received, evaluation.quarantine is not None)
    load_ref(connection, evaluation.home, scheme, evaluation.register, evaluation.provisional)
    for warning in evaluation.warnings():
        logger.info("提示：%s", warning)


@task(name="validate raw", task_run_name="validate raw", cache_policy=NO_CACHE)
@told
def validate_raw(evaluation: Evaluation) -> None:
    """Great Expectations on what was received, derived from the dataset contracts."""
    from flows.validation.run import validate

    tables = {(one.dataset, one.file): one.table for received in evaluation.received for one in received.receipts}
    loaded: Counter[tuple[str, str]] = Counter()
    for dataset, file, rows in evaluation.connection.execute("select dataset, file, loaded from raw.files").fetchall():
        loaded[dataset, tables[dataset, file]] += rows
    suites = door_suites([*evaluation.datasets, SCANS], loaded, evaluation.register.rows)
    outcomes = validate(evaluation.connection, suites, evaluation.tell, "校验收到的数据")
    evaluation.validation += outcomes
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    if failures:
        raise OperatorError("收到的数据没有通过校验，评议没有进行，已公布的结果没有改动：", failures)


def _build_all(evaluation: Evaluation, validated: State) -> list[PrefectFuture]:
    """Submits every model after those it reads, after `validated` where it reads raw, and after the drawing of rankings where
    it reads those; raises the first failure as it is."""
    futures: dict[str, PrefectFuture] = {}
    for model in evaluation.models.values():
        upstream = [futures[name] for name in sorted(model.reads) if name in futures]
        if any(read.startswith("raw.") for read in model.reads):
            upstream.append(validated)
        if any(read.startswith("drawn.") for read in model.reads):
            if _DRAWING not in futures:
                futures[_DRAWING] = draw.submit(evaluation, wait_for=[futures[name] for name in READS])
            upstream.append(futures[_DRAWING])
        named = _named(build_model, model.name, description=model.summary)
        futures[model.name] = named.submit(evaluation, model.name, wait_for=upstream)
    try:
        # In the order in which they were submitted, so that what failed is met before what it kept from being done.
        for done, (name, future) in enumerate(futures.items(), start=1):
            rows = future.result()
            if name in evaluation.models:
                evaluation.steps.append(step(evaluation.models[name], rows))
            evaluation.tell("计算模型", done, len(futures))
    finally:
        # Models that do not depend on one that failed go on; nobody may close the connection under them.
        for future in futures.values():
            future.wait()
    return list(futures.values())


@task(cache_policy=NO_CACHE)
@told
def build_model(evaluation: Evaluation, name: str) -> int:
    """Builds one table; stops where a site's composite lacks a source that the scheme does not let it lack."""
    rows = build(evaluation.connection, evaluation.models[name])
    if name == "staged.ballot_counts":
        evaluation.excluded = exclusion_hints(evaluation.connection)
        for hint in evaluation.excluded:
            logger.info("%s", hint)
    if name == "scored.composites" and not evaluation.provisional:
        check_missing(evaluation.connection, evaluation.scheme)
    return rows


@task(name=_DRAWING, task_run_name=_DRAWING, cache_policy=NO_CACHE)
@told
def draw(evaluation: Evaluation) -> None:
    """Draws rankings at random, for what they tell of how sure the ranks are."""

    def tell(what: str, done: int, total: int) -> None:
        if interrupted():
            raise OperatorError("这次运行已中断，抽样没有做完。")
        evaluation.tell(what, done, total)

    draw_rankings(evaluation.connection, evaluation.scheme, tell)
    seed = evaluation.scheme.year
    logger.info("随机抽取了名次 %d 次、权重 %d 次（种子 %d）。", RANKINGS, WEIGHTS, seed)


@task(task_run_name="gates", cache_policy=NO_CACHE)
@told
def gates(evaluation: Evaluation) -> None:
    """What must hold before anything is published: Great Expectations and `sql/gates/` on the candidate tables."""
    from flows.validation.run import validate

    connection = evaluation.connection
    rows = {one.model.removeprefix("published."): one.rows for one in evaluation.steps}
    suites = result_suites(evaluation.scheme, evaluation.models.values(), evaluation.register.rows, rows)
    outcomes = validate(connection, suites, evaluation.tell, "校验结果")
    evaluation.validation += outcomes
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    failures += failed_gates(connection, SQL / "gates")
    if failures:
        raise GateError(f"{evaluation.scheme.year} 年已经算出结果，但有检查不通过，没有公布，已公布的结果没有改动：", failures)
    logger.info("结果通过了全部检查：%d 组数据校验和 sql/gates 里的每一条。", len(outcomes))
