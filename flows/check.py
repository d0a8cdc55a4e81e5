"""The check flow: the scheme and the raw files of a year, without changing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from flows.evaluation import opened_aside, take_in
from flows.publish.manifest import Input
from flows.reporting import summarise

_SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """What a check found: every file with the account of its rows, the first rows set aside, and the warnings."""

    year: int
    title: str
    inputs: Sequence[Input]
    set_aside: tuple[str, ...]
    warnings: tuple[str, ...]


@flow(name="check", task_runner=ThreadPoolTaskRunner(max_workers=1), validate_parameters=True)
def check(year: int | None = None, data_dir: str | None = None) -> Checked:
    """Checks the scheme and the raw files of a year and changes nothing.

    Args:
        year: 评议年度，须有方案 schemes/<年度>.toml；不填则取最近的年度。
        data_dir: 数据目录；不填则用本系统的默认目录。
    """
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
        warnings = tuple(evaluation.warnings())
        summarise(scheme.title, [f"方案无误，{len(evaluation.inputs())} 个原始文件可以接收", *set_aside], warnings)
        return Checked(scheme.year, scheme.title, evaluation.inputs(), set_aside, warnings)
