"""The check flow: the scheme and the raw files of a year, without changing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from flows.evaluation import opened_aside
from flows.forms import DataDir, Year
from flows.publish.manifest import Input
from flows.reporting.artifacts import show_text, summary
from flows.reporting.outcome import named, run_of
from flows.steps import take_in

_SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """What a check found: every file with the account of its rows, the first rows set aside, and the warnings."""

    year: int
    title: str
    inputs: Sequence[Input]
    set_aside: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{self.title}：方案无误，{len(self.inputs)} 个原始文件可以接收。"


@flow(
    name="check",
    flow_run_name=named("检查数据"),
    task_runner=ThreadPoolTaskRunner(max_workers=1),
    validate_parameters=True,
)
@run_of("check", on_record=False)
def check(year: Year = None, data_dir: DataDir = None) -> Checked:
    """检查方案和原始文件能否接收；不改动任何东西。"""
    with opened_aside(year, data_dir) as evaluation:
        take_in(evaluation)
        scheme = evaluation.scheme
        rows = evaluation.connection.execute(
            """
            select dataset, file, line, "column", value, reason from raw.quarantine
            order by dataset, file, line limit ?
            """,
            [_SHOWN],
        ).fetchall()
        set_aside = tuple(
            f"raw/{scheme.year}/{dataset}/{file} 第 {line} 行" + (f" {column} 列“{value}”" if column else "") + f"：{reason}。"
            for dataset, file, line, column, value, reason in rows
        )
        checked = Checked(scheme.year, scheme.title, evaluation.inputs(), set_aside, tuple(evaluation.warnings()))
        facts = [checked.sentence, *set_aside]
        show_text("summary", summary(scheme.title, facts, checked.warnings), checked.sentence)
        return checked
