"""Evaluates every published year again, aside, and compares the new results with the published ones, byte for byte."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.documents import write_documents
from flows.errors import GateError, MachineError, OperatorError, UsageError
from flows.evaluate.evaluation import aside
from flows.evaluate.pipeline import pipeline
from flows.evaluate.write import write_results
from flows.forms import DataDir
from flows.home import Home
from flows.host.progress import silent
from flows.host.scratch import scratch
from flows.integrity.examine import TEMPLATE, archived_inputs, moved_inputs, standing_folder
from flows.integrity.hashing import Hashes
from flows.integrity.memory import Memory
from flows.orchestrator.artifacts import listed, show_text
from flows.orchestrator.progress import progress
from flows.orchestrator.run import run_of
from flows.orchestrator.steps import run_here
from flows.orchestrator.taking import step_result
from flows.persons.keys import id_of, key_in_force
from flows.results.drafts import ResultFolder, damaged_files, made_by_other_documents_code
from flows.results.manifest import consulted
from flows.results.record import Purge, read_record, record_path, remembered, remembered_or_none, years_on_record
from flows.results.standing import Discrepancy, discrepancies
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
    """What differs of a year: sentences for an alarm, one on the files that differ because another program made them, and what else
    there is to say. `evaluated` says whether the year could be evaluated again."""

    alarms: tuple[str, ...]
    of_other_code: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evaluated: bool = True


@run_of("reproduce")
def reproduce(data_dir: DataDir = None) -> Reproduced:
    """Evaluates every published year again and compares what can be compared. Raises `GateError` with all differences, and with
    what keeps a year from being reproduced: an input that has moved, or a publication that is damaged or gone."""
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
            compared = _compared(settings, year)
        except MachineError:
            raise
        except OperatorError as fault:
            # A year that cannot be evaluated must not hide the differences of the other years.
            compared = Comparison((f"{year} 年没有能够复算：{fault.summary}", *fault.faults))
        differing += compared.alarms
        left += compared.notes
        if not compared.alarms and compared.evaluated:
            left += compared.of_other_code
            (same_tables if compared.of_other_code else same).append(year)
    if differing:
        raise GateError(
            "复算没有得到与公布的相同的结果，或有的年度已不能复算。请不要再公布任何结果；文件被改动的从备份恢复，其余的把这段话连同日志交给系统维护人员：",
            [*differing, *left],
        )
    reproduced = Reproduced(tuple(same), tuple(same_tables), tuple(left))
    show_text("summary", "\n".join([f"# {reproduced.sentence}", "", *listed(left)]), reproduced.sentence)
    return reproduced


def published_years(home: Home) -> list[int]:
    """The years that were published, as results, record or memory tell: one of which all is gone but the memory, too."""
    found = []
    for year in years_on_record(home):
        recorded = record_path(home, year).exists() or year in (remembered_or_none(home) or {})
        if recorded or home.results(year).is_symlink() or (home.results(year) / "manifest.json").exists():
            found.append(year)
    return found


def _compared(settings: Settings, year: int) -> Comparison:
    """Compares a year's publication with what is made of its inputs now; where those have moved, its documents with what is made of
    its tables. The folder is that of one publication, whatever is published meanwhile."""
    home = settings.home
    amiss, published = step_result(f"what is amiss {year}", what_is_amiss, home, year)
    if published is None:
        return Comparison(tuple(amiss or [f"{year} 年公布的结果没有公布记录，没有复算。"]))
    moved = step_result(f"what moved {year}", what_moved, home, year)
    if any(not entry.key.endswith(TEMPLATE) for entry in moved):
        return _joined(
            (*amiss, *map(_told, moved)), step_result(f"compare documents {year}", documents_compared, home, year, published)
        )
    record = read_record(home, year)
    gone = archived_inputs(home, year, record, published.manifest)
    if record.purge and gone:
        # Whoever purged a year meant that.
        compared = step_result(f"compare documents {year}", documents_compared, home, year, published)
        return replace(_joined((*amiss, *map(_told, moved)), compared, _archived(year, record.purge, gone)), evaluated=False)
    amiss += map(_told, moved)
    notes = (*_new_beside(home, year, published), *_other_key(settings, year, published))
    with scratch() as folder:
        step_result(f"evaluate {year}", evaluate, settings, year, folder)
        compared = step_result(f"compare {year}", compare, folder, year, published.folder, documents=not moved)
    # No lock is held for so long, so an input that changed meanwhile may explain a difference.
    since = (
        [entry for entry in step_result(f"what moved {year}", what_moved, home, year) if entry not in moved]
        if compared.alarms
        else []
    )
    return Comparison((*amiss, *map(_told, since), *compared.alarms), compared.of_other_code, notes)


def what_is_amiss(home: Home, year: int) -> tuple[list[str], ResultFolder | None]:
    """A sentence for each thing that is not as it was published, and the last publication if that itself is whole.

    Everything is read, whatever a scrub remembers.
    """
    found = discrepancies(home, year, Hashes(home, Memory()).of, remembered(home).get(year))
    record = read_record(home, year)
    folder = None if record.broken else standing_folder(home, year, record)
    published = ResultFolder(folder) if folder else None
    whole = published and record.last and published.sha256 == record.last.sha256 and not any(damaged_files(published))
    return [_told(entry) for entry in found], published if whole else None


def what_moved(home: Home, year: int) -> list[Discrepancy]:
    """The inputs of a year that have changed since; the code may have, since that is what is tested."""
    return moved_inputs(home, year, read_record(home, year), Hashes(home, Memory()))


def documents_compared(home: Home, year: int, published: ResultFolder) -> Comparison:
    """The documents of a year, made again of its tables; none where another program made them, or where that is what moved."""
    note = f"{year} 年的各表没有复算；"
    if made_by_other_documents_code(published):
        return Comparison((), (), (f"{note}通报和页面由别的程序生成，也没有比较。",))
    scheme = read_scheme(home, year)
    beside = {name for name in consulted(home, year).items() if name[0].startswith("bulletin/")}
    before = {name for name in published.manifest["consulted"].items() if name[0].startswith("bulletin/")}
    if scheme.sha256 != published.manifest["scheme"].get("sha256") or beside != before:
        return Comparison((), (), (f"{note}方案或通报模板改过，通报和页面也没有比较。",))
    made_again, alarms = 0, []
    with scratch() as made:
        for table in (published.folder / "tables").iterdir():
            (made / "tables").mkdir(exist_ok=True)
            shutil.copyfile(table, made / "tables" / table.name)
        write_documents(scheme, home, made, silent)
        for path in sorted(made.rglob("*")):
            name = path.relative_to(made)
            if path.is_dir() or name.parts[0] == "tables":
                continue
            made_again += 1
            before = published.folder / name
            if not before.is_file() or before.read_bytes() != path.read_bytes():
                alarms.append(f"{year} 年：{name} 不是由公布的各表生成的")
    if alarms:
        return Comparison(tuple(alarms))
    return Comparison((), (), (f"{note}通报、页面等 {made_again} 个文件由公布的各表重新生成，逐字节相同。",))


def _joined(alarms: tuple[str, ...], compared: Comparison, *notes: str) -> Comparison:
    return Comparison((*alarms, *compared.alarms), compared.of_other_code, (*notes, *compared.notes))


def _archived(year: int, act: Purge, gone: Sequence[Path]) -> str:
    """Why a year that was purged cannot be evaluated again."""
    shown = "、".join(map(str, gone[:_SHOWN])) + (f" 等 {len(gone)} 个文件" if len(gone) > _SHOWN else "")
    return (
        f"{year} 年的各表不能再从原始文件复算：个人信息已于 {act.at[:10]} 由 {act.by} 清除（{act.reason}），"
        f"此后 {shown} 移走归档了。公布的结果没有改动；要复算，请把归档的文件放回原处。"
    )


def _new_beside(home: Home, year: int, published: ResultFolder) -> tuple[str, ...]:
    """A sentence on what lies beside the raw files and was not there; it may explain a difference, and is none."""
    before = published.manifest["consulted"]
    new = [str(home.path / name) for name in consulted(home, year) if name not in before and not name.startswith("bulletin/")]
    return (f"{year} 年：{'、'.join(new)} 是公布以后新到的，复算时也读了。",) if new else ()


def _other_key(settings: Settings, year: int, published: ResultFolder) -> tuple[str, ...]:
    """A sentence on the key of the persons, where it is another one by now."""
    key, before = key_in_force(settings, year), published.manifest.get("key")
    changed = key is not None and before is not None and id_of(key) != before
    return (f"{year} 年：隐去投票人的密钥在公布以后换过；结果与密钥无关。",) if changed else ()


def _told(entry: Discrepancy) -> str:
    return "".join([entry.sentence, "；".join(entry.listed)])


def evaluate(settings: Settings, year: int, folder: Path) -> None:
    """Evaluates the year again and writes its results into `folder`; nothing else stays."""
    scheme = read_scheme(settings.home, year)
    with aside(settings, scheme, progress(), write_quarantine=True) as evaluation:
        run_here(pipeline(evaluation))
        models, key_id = evaluation.models, evaluation.key_id
        write_results(evaluation.connection, scheme, models, settings.home, key_id, folder, evaluation.tell)


def compare(made: Path, year: int, published: Path, documents: bool = True) -> Comparison:
    """Compares every file; of the manifest, all that does not name the code. Without `documents` tables alone are compared."""
    new, old = ResultFolder(made).manifest, ResultFolder(published).manifest
    may_differ = _free_files(new, old, published)
    alarms: list[str] = []
    names: list[str] = []
    for name, sentence in _differences(made, published, new, old):
        if not documents and not name.startswith("tables/"):
            continue
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
    # The code and the SQL may differ; every table that they make must be the same. What came beside since is told by itself.
    beside = {name: sha256 for name, sha256 in new["consulted"].items() if name in old["consulted"]}
    # Another key hid the persons here, as it does nowhere else.
    free = {"code": None, "steps": None, "key": None}
    if {**new, **free, "consulted": beside} != {**old, **free}:
        yield "manifest.json", "manifest.json 中程序和密钥以外的内容不同"


def _free_files(new: dict, old: dict, published: Path) -> Callable[[str], bool]:
    """A function that says whether a file may come out otherwise, since another program made it. A table that was published may not."""
    same_tables, same_documents = (
        new["code"].get(part) == old["code"].get(part) for part in ("tables_sha256", "documents_sha256")
    )
    same_inputs = all(new[part] == old[part] for part in ("year", "scheme", "inputs"))

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
