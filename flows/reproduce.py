"""Evaluates every published year again, aside, and compares the new results with the published ones, byte for byte."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.errors import GateError, MachineError, OperatorError, UsageError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline, run_here
from flows.evaluate.write import write_results
from flows.forms import DataDir
from flows.home import Home
from flows.host.scratch import scratch
from flows.orchestrator.artifacts import listed, show_text
from flows.orchestrator.outcome import described, fails_in_words, result_of, run_name, run_of
from flows.orchestrator.progress import progress
from flows.results.drafts import ResultFolder, check_undamaged, moved_inputs, results_in
from flows.scheme.file import read_scheme
from flows.settings import Settings, read_settings

# So many files that differ as the program does are named.
_SHOWN = 3


@dataclass(frozen=True)
class Reproduced:
    """The years with the same results, byte for byte; those with the same tables, published by another program, of which the
    other files differ; and a sentence for each of these and for each year that was not evaluated again."""

    same: tuple[int, ...]
    same_tables: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.same and not self.same_tables:
            return "没有可以复算的年度。"
        whole, tables = ("、".join(map(str, years)) for years in (self.same, self.same_tables))
        parts = [f"{whole} 年，与公布的逐字节相同"] if whole else []
        parts += [f"{tables} 年，公布的各表逐字节相同"] if tables else []
        return f"复算了 {'；'.join(parts)}。"


@dataclass(frozen=True)
class Comparison:
    """What differs of a year: sentences for an alarm, and one on the files that differ because another program made them."""

    alarms: tuple[str, ...]
    of_other_code: tuple[str, ...] = ()


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
    same_tables: list[int] = []
    left: list[str] = []
    differing: list[str] = []
    for year in years:
        try:
            moved = result_of(what_moved, home, year)
            if moved:
                left.append(f"{year} 年没有复算，公布以后有变动：{'；'.join(moved)}。")
                continue
            with scratch() as folder:
                result_of(evaluate, settings, year, folder)
                compared = result_of(compare, folder, year, home.results(year))
            # No lock is held for so long, so an input that changed meanwhile may explain a difference.
            moved = result_of(what_moved, home, year) if compared.alarms else []
            if moved:
                left.append(f"{year} 年没有复算，复算之中有变动：{'；'.join(moved)}。")
                continue
        except MachineError:
            raise
        except OperatorError as fault:
            # A year that cannot be evaluated must not hide the differences of the other years.
            compared = Comparison((f"{year} 年没有能够复算：{fault.summary}", *fault.faults))
        differing += compared.alarms
        if not compared.alarms:
            left += compared.of_other_code
            (same_tables if compared.of_other_code else same).append(year)
    if differing:
        raise GateError(
            "复算没有得到与公布的相同的结果。请不要再公布任何结果；文件被改动的从 publications 或备份恢复，其余的把这段话连同日志交给系统维护人员：",
            [*differing, *left],
        )
    reproduced = Reproduced(tuple(same), tuple(same_tables), tuple(left))
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
def compare(made: Path, year: int, published: Path) -> Comparison:
    """Compares every file; of the manifest, all that does not name the code."""
    new, old = ResultFolder(made).manifest, ResultFolder(published).manifest
    may_differ = _free_files(new, old, published)
    alarms: list[str] = []
    names: list[str] = []
    for name, sentence in _differences(made, published, new, old):
        if may_differ(name):
            names.append(name)
        else:
            alarms.append(f"{year} 年：{sentence}")
    return Comparison(tuple(alarms), _of_other_code(year, old["code"].get("version", "未写明"), names))


def _differences(made: Path, published: Path, new: dict, old: dict) -> Iterator[tuple[str, str]]:
    """Each file that is not the same, with a sentence; `new` and `old` are the manifests."""
    names = {str(path.relative_to(folder)) for folder in (made, published) for path in folder.rglob("*") if path.is_file()}
    for name in sorted(names - {"manifest.json"}):
        if not (made / name).is_file():
            yield name, f"公布的 {name} 没有复算出来"
        elif not (published / name).is_file():
            yield name, f"复算出的 {name} 没有公布过"
        elif (made / name).read_bytes() != (published / name).read_bytes():
            yield name, f"{name} 不同"
    # The code and the SQL may differ; every table that they make must be the same.
    if {**new, "code": None, "steps": None} != {**old, "code": None, "steps": None}:
        yield "manifest.json", "manifest.json 中程序以外的内容不同"


def _free_files(new: dict, old: dict, published: Path) -> Callable[[str], bool]:
    """A function that says whether a file may come out otherwise, since another program made it. A table that was published may not."""
    same_tables, same_documents = (
        new["code"].get(part) == old["code"].get(part) for part in ("tables_sha256", "documents_sha256")
    )
    same_inputs = all(new[part] == old[part] for part in ("year", "scheme", "inputs", "consulted"))

    def may_differ(name: str) -> bool:
        if name.startswith("tables/"):
            return not same_tables and not (published / name).is_file()
        if name == "tables.xlsx" or name.startswith("validation/"):
            return not same_tables
        return not (same_tables and same_documents) and (same_inputs or name != "manifest.json")

    return may_differ


def _of_other_code(year: int, version: str, names: Sequence[str]) -> tuple[str, ...]:
    """A sentence on the files that differ as the program that made them does; none where there are none."""
    if not names:
        return ()
    shown = "、".join(names[:_SHOWN]) + (f" 等 {len(names)} 个文件" if len(names) > _SHOWN else "")
    return (f"{year} 年是由别的程序（版本 {version}）公布的：公布的各表逐字节相同，随程序而不同的有 {shown}。",)
