"""Evaluates every published year again, aside, and compares the new results with the published ones, byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.errors import GateError, MachineError, OperatorError, UsageError
from flows.evaluate.evaluation import aside
from flows.evaluate.here import run_here
from flows.evaluate.pipeline import pipeline
from flows.evaluate.write import write_results
from flows.forms import DataDir
from flows.home import Home
from flows.orchestrator.artifacts import listed, show_text
from flows.orchestrator.outcome import described, fails_in_words, result_of, run_name, run_of
from flows.orchestrator.progress import progress
from flows.results.drafts import ResultFolder, check_undamaged, moved_inputs, results_in
from flows.scheme.file import read_scheme
from flows.settings import Settings, read_settings


@dataclass(frozen=True)
class Reproduced:
    """The years with the same results, byte for byte, and a sentence for each year that was not evaluated again."""

    same: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.same:
            return "没有可以复算的年度。"
        return f"复算了 {'、'.join(map(str, self.same))} 年，与公布的逐字节相同。"


@flow(name="reproduce", flow_run_name=run_name("reproduce"), description=described("reproduce"), validate_parameters=True)
@run_of("reproduce")
def reproduce(data_dir: DataDir = None) -> Reproduced:
    """Evaluates every published year again and compares. Raises `GateError` with all differences."""
    settings = read_settings(data_dir)
    home = settings.home
    years = published_years(home)
    if not years:
        raise UsageError(f"{home} 里还没有公布过任何年度，没有可以复算的。")
    same: list[int] = []
    left: list[str] = []
    differing: list[str] = []
    for year in years:
        try:
            moved = result_of(what_moved, home, year)
            if moved:
                left.append(f"{year} 年没有复算，公布以后有变动：{'；'.join(moved)}。")
                continue
            with TemporaryDirectory(prefix="pingyi-") as folder:
                result_of(evaluate, settings, year, Path(folder))
                differences = result_of(compare, Path(folder), year, home.results(year))
            # No lock is held for so long, so an input that changed meanwhile may explain a difference.
            moved = result_of(what_moved, home, year) if differences else []
            if moved:
                left.append(f"{year} 年没有复算，复算之中有变动：{'；'.join(moved)}。")
                continue
        except MachineError:
            raise
        except OperatorError as fault:
            # A year that cannot be evaluated must not hide the differences of the other years.
            differences = [f"{year} 年没有能够复算：{fault.summary}", *fault.faults]
        differing += differences
        same += [] if differences else [year]
    if differing:
        raise GateError(
            "复算没有得到与公布的相同的结果。请不要再公布任何结果；文件被改动的从 publications 或备份恢复，其余的把这段话连同日志交给系统维护人员：",
            [*differing, *left],
        )
    reproduced = Reproduced(tuple(same), tuple(left))
    show_text("summary", "\n".join([f"# {reproduced.sentence}", "", *listed(left)]), reproduced.sentence)
    return reproduced


def published_years(home: Home) -> list[int]:
    """The years with published results."""
    folders = [path for path in home.all_results.glob("*") if path.name.isdecimal()]
    return sorted(int(path.name) for path in folders if results_in(path))


@task(name="what moved", task_run_name="what moved {year}", cache_policy=NO_CACHE)
@fails_in_words
def what_moved(home: Home, year: int) -> list[str]:
    """A sentence for each input of a year that has changed since; the code may have changed, since that is what is tested."""
    draft = ResultFolder(home.results(year))
    check_undamaged(draft, year)
    return list(moved_inputs(home, read_scheme(home, year), draft, code=False))


@task(name="evaluate", task_run_name="evaluate {year}", cache_policy=NO_CACHE)
@fails_in_words
def evaluate(settings: Settings, year: int, folder: Path) -> None:
    """Evaluates the year again and writes its results into `folder`; nothing else stays."""
    scheme = read_scheme(settings.home, year)
    with aside(settings, scheme, progress(), write_quarantine=True) as evaluation:
        run_here(pipeline(evaluation))
        write_results(evaluation.connection, scheme, evaluation.models, settings.home, folder, evaluation.tell)


@task(name="compare", task_run_name="compare {year}", cache_policy=NO_CACHE)
@fails_in_words
def compare(made: Path, year: int, published: Path) -> list[str]:
    """A sentence for each file that is not the same; of the manifest, all that does not name the code."""
    return list(_differences(made, year, published))


def _differences(made: Path, year: int, published: Path) -> Iterator[str]:
    names = {str(path.relative_to(folder)) for folder in (made, published) for path in folder.rglob("*") if path.is_file()}
    for name in sorted(names - {"manifest.json"}):
        new, old = made / name, published / name
        if not new.is_file():
            yield f"{year} 年：公布的 {name} 没有复算出来"
        elif not old.is_file():
            yield f"{year} 年：复算出的 {name} 没有公布过"
        elif new.read_bytes() != old.read_bytes():
            yield f"{year} 年：{name} 不同"
    if _without_code(ResultFolder(made)) != _without_code(ResultFolder(published)):
        yield f"{year} 年：manifest.json 中程序以外的内容不同"


def _without_code(draft: ResultFolder) -> dict:
    # The code and the SQL may differ; everything that they make must be the same.
    return {key: value for key, value in draft.manifest.items() if key not in ("code", "steps")}
