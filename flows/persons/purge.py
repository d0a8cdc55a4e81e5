"""A purge of a year: what identifies its persons goes, or could identify them, and what is published stays.

    goes      the year's key, its store, its quarantine, the warehouse where that holds the year
    stays     results, publications and drafts, which hold no voter, and the raw files, which are the office's own

It is on the chained record first, and the key goes last. So one that was interrupted shows, by the key or by what lies there
without one, and is completed by the next purge or evaluation of the year.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.host.disk import sync
from flows.host.scratch import clear_scratch
from flows.persons.keys import id_of, is_one_for_all, key_in_force, keys_with_id, open_key, own_key, sharing
from flows.receive.deliveries import is_delivery
from flows.receive.pseudonyms import Pseudonyms
from flows.results.drafts import ResultFolder
from flows.results.folder import clean, remove
from flows.results.numbered import folder_of
from flows.results.record import Purge, Record, add_to_record, check_chain, read_record, says_something, stamp
from flows.results.settling import settle_year
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from flows.settings import Settings
from flows.warehouse.engine import may_hold, remove_database

logger = logging.getLogger("pingyi")


@dataclass(frozen=True)
class Purged:
    """What a purge took away, the raw files that still hold persons in plain, and the other years whose key went with it.

    `act` is its line on the record, an older one where there was nothing left to take.
    """

    year: int
    act: Purge
    gone: tuple[Path, ...]
    raw: tuple[Path, ...]
    sharing: tuple[int, ...]

    @property
    def sentence(self) -> str:
        if not self.gone:
            return f"{self.year} 年的个人信息已于 {self.act.at[:10]} 由 {self.act.by} 清除，没有什么要清除的了。"
        return f"{self.year} 年的个人信息已经清除，公布的结果没有改动。删去了：{'、'.join(map(str, self.gone))}。"

    @property
    def warnings(self) -> tuple[str, ...]:
        told = []
        if self.raw:
            told.append(
                "原始文件是主办单位自己的，没有动。下列文件里还有投票人或专家的原样信息，请按档案规定移走归档或销毁："
                f"{'、'.join(map(str, self.raw))}。"
            )
        if self.sharing:
            years = "、".join(map(str, self.sharing))
            told.append(f"删去的密钥也是 {years} 年的：这些年度下一次运行会各自生成密钥，把原始文件重新读一遍，结果不变。")
        if self.gone:
            told.append("备份里的密钥、仓库和原始文件不归本系统管，请一并处理。")
        return tuple(told)


def purge_year(
    settings: Settings, year: int, reason: str, confirmed: int | None, by: str, now: Callable[[], datetime] = datetime.now
) -> Purged:
    """Purges a year that was published. The caller holds the home's lock. `confirmed` is the year once more.

    Raises `UsageError` where it is not to be purged, or not confirmed, with all that would go; and `OperatorError` where its
    record or its scheme is damaged.
    """
    home = settings.home
    settle_year(home, year)
    record = read_record(home, year)
    check_chain(home, year, record)
    if record.last is None:
        raise UsageError(f"{year} 年没有公布过，还没有结束，没有清除任何东西。只有公布过的年度才能清除。")
    if is_one_for_all(settings):
        raise UsageError(
            f"环境变量 PINGYI_SECRET_FILE 指定的 {settings.secret_file} 是各年共用的密钥，不能单独清除 {year} 年的，没有清除任何东西。"
            "请把它改为一个已有的文件夹（以后一年一个密钥），原来的文件由管理员销毁，再运行一次。"
        )
    holding = tuple(dataset.name for dataset in datasets(read_scheme(home, year)) if dataset.names_persons)
    raw = tuple(path for name in holding for path in _files(home.raw(year) / name))
    keys = _keys(settings, year, record)
    leaving = (*_derived(home, year), *keys)
    if not leaving and record.purge:
        return Purged(year, record.purge, (), raw, ())
    if confirmed != year or not says_something(reason):
        raise UsageError(
            f"没有清除任何东西。清除以后不能恢复；确要清除 {year} 年的个人信息，请运行"
            f" pingyi purge {year} --confirm {year} --reason 理由（要有文字）：",
            [*(f"将删去 {path}" for path in leaving), *(f"不会动 {path}" for path in raw)],
        )
    others = tuple(sharing(settings, year, home.secret)) if home.secret in keys else ()
    act = record.purge
    if act is None or not is_unfinished(settings, year, record):
        ids = tuple(filter(None, map(id_of, keys)))
        act = Purge(record.last.number, ids, holding, stamp(home, now), by, reason.strip())
        add_to_record(home, year, record, act)
    _take(home, year, keys)
    return Purged(year, act, leaving, raw, others)


def is_unfinished(settings: Settings, year: int, record: Record) -> bool:
    """Whether a purge is on record and something that it is about is still there. A key that was made since is another one, and
    what was read under it is not what was purged."""
    act = record.purge
    if act is None or is_one_for_all(settings):
        return False
    return bool(_purged_keys(settings, year, act)) or (
        not os.path.lexists(own_key(settings, year)) and any(_kept(settings.home, year))
    )


def is_purged(settings: Settings, year: int, record: Record) -> bool:
    """Whether a year was purged and not evaluated since."""
    key = key_in_force(settings, year)
    return record.purge is not None and (key is None or is_unfinished(settings, year, record))


def still_there(settings: Settings, year: int, record: Record) -> list[Path]:
    """What a purge of a year that did not get to its end has left; none where there was none."""
    if record.purge is None or not is_unfinished(settings, year, record):
        return []
    return [*_kept(settings.home, year), *_purged_keys(settings, year, record.purge)]


def archived(home: Home, year: int, record: Record) -> frozenset[Path]:
    """The folders of raw files that may be gone since the year was purged: persons stand in them in plain. None where the year was
    published again after that."""
    act = record.purge
    if act is None or record.last is None or act.number != record.last.number:
        return frozenset()
    return frozenset(home.raw(year) / name for name in act.datasets)


def key_for_run(settings: Settings, year: int) -> Pseudonyms:
    """What hides the persons of a year that is evaluated at its home. A purge that was interrupted is completed before; a year
    that was purged gets a new key, and that is said."""
    try:
        record = read_record(settings.home, year)
    except OperatorError:
        # That is for whoever publishes, and for the status.
        record = Record()
    if record.purge and is_unfinished(settings, year, record):
        _take(settings.home, year, _purged_keys(settings, year, record.purge))
        logger.warning("%d 年的清除（%s）没有做完（断电或被杀），现在已经完成。", year, record.purge.at[:10])
    if record.purge and key_in_force(settings, year) is None:
        logger.warning(
            "%d 年的个人信息已于 %s 清除；这一次评议从原始文件重新读入，用新生成的密钥，与以前的对不上。要再清除，请再运行 pingyi purge %d。",
            year,
            record.purge.at[:10],
            year,
        )
    return open_key(settings, year)


def _keys(settings: Settings, year: int, record: Record) -> tuple[Path, ...]:
    """The files of the keys under which persons of a year are, or were, hidden."""
    keys = [own_key(settings, year)] if os.path.lexists(own_key(settings, year)) else []
    if record.purge:
        keys += _purged_keys(settings, year, record.purge)
    published = _published_key(settings.home, year, record)
    if published is not None:
        keys += keys_with_id(settings, year, published)
    elif not record.purge and os.path.lexists(settings.home.secret):
        # What an older version has published does not tell its key, and that version had but one.
        keys.append(settings.home.secret)
    in_force = key_in_force(settings, year)
    return tuple(dict.fromkeys([*keys, *([in_force] if in_force else [])]))


def _purged_keys(settings: Settings, year: int, act: Purge) -> list[Path]:
    return [path for secret_id in act.keys for path in keys_with_id(settings, year, secret_id)]


def _published_key(home: Home, year: int, record: Record) -> str | None:
    """The id of the key under which the last publication was made; None where it does not tell."""
    assert record.last is not None
    try:
        key = ResultFolder(folder_of(home, year, record.last.number)).manifest.get("key")
    except OperatorError:
        return None
    return key if isinstance(key, str) else None


def _derived(home: Home, year: int) -> Iterator[Path]:
    """What runs have made of a year's raw files that holds persons, hidden or named."""
    if os.path.lexists(home.warehouse) and may_hold(home.warehouse, year):
        yield home.warehouse
    yield from _kept(home, year)


def _kept(home: Home, year: int) -> Iterator[Path]:
    # The warehouse goes before them, so it need not be opened to see that a purge has got this far.
    yield from (path for path in (home.quarantine(year), home.store(year)) if os.path.lexists(path))


def _take(home: Home, year: int, keys: Iterable[Path]) -> None:
    """Takes all of it away, the keys last. What is gone already is no fault."""
    clear_scratch()
    if os.path.lexists(home.warehouse) and may_hold(home.warehouse, year):
        remove_database(home.warehouse)
    clean(home.quarantine(year))
    for path in _kept(home, year):
        remove(path)
        sync(path.parent)
    for key in keys:
        key.unlink(missing_ok=True)
        sync(key.parent)
    sync(home.path)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if is_delivery(path) and not path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
