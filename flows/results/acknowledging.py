"""Acknowledging: an old publication that is lost for good is told as lost from then on, and no more as a fault.

It is an act with a name, a time and a reason, and stands on the chained record of the year, so nobody does it in silence. It is
about what is lost at that moment: whatever is lost later is a fault again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.receive.deliveries import sha256_of
from flows.results.numbered import folder_of
from flows.results.record import (
    Acknowledgement,
    add_to_record,
    check_chain,
    read_record,
    record_path,
    remembered,
    says_something,
    shortened,
    stamp,
    unremembered,
)
from flows.results.standing import lost_files


@dataclass(frozen=True)
class Acknowledged:
    """What was acknowledged of a year."""

    year: int
    act: Acknowledgement
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        lost = f"有 {len(self.act.files)} 个文件（{'、'.join(self.act.files)}）" if self.act.files else "的结果"
        return f"已写进公布记录：{self.year} 年第 {self.act.number} 次公布{lost}已经丢失。以后不再当作需要处理的事。"


def acknowledge(
    home: Home, year: int, number: int, reason: str, by: str, now: Callable[[], datetime] = datetime.now
) -> Acknowledged:
    """Puts on record that a publication, or some of its files, is lost for good. The caller holds the home's lock.

    Raises `UsageError` where there is nothing of that kind to acknowledge, and `OperatorError` where the record itself is not
    as it should be.
    """
    record = read_record(home, year)
    check_chain(home, year, record)
    head = remembered(home).get(year)
    if shortened(record, head) or unremembered(record, head):
        raise OperatorError(
            f"公布记录 {record_path(home, year)} 与记下的对不上，没有改动。请先运行 pingyi status，照它说的恢复。"
        )
    publication = next((entry for entry in record.publications if entry.number == number), None)
    if publication is None:
        numbers = "、".join(str(entry.number) for entry in record.publications)
        told = f"公布记录里有第 {numbers} 次" if numbers else "这个年度没有公布过"
        raise UsageError(f"{year} 年没有第 {number} 次公布（{told}），没有改动。请改正次数。")
    if publication is record.last:
        raise UsageError(
            f"第 {number} 次是 {year} 年最后一次公布，正在生效，不能确认为丢失，没有改动。请从备份恢复，或写明理由公布新的结果。"
        )
    if not says_something(reason):
        raise UsageError("确认一次公布的结果已经丢失，要用 --reason 写明理由（要有文字），没有改动。")
    try:
        lost = lost_files(home, year, record, publication, sha256_of)
    except OSError as fault:
        raise OperatorError(f"{fault.filename} 读不出来（{fault.strerror}），没有改动。请检查磁盘和权限后重试。") from None
    before = record.acknowledgement(number)
    if lost is None or (before and (set(lost) <= set(before.files) if lost else not before.files)):
        done = f"{before.at[:10]} 已经由 {before.by} 确认过" if before and lost is not None else "是完整的"
        raise UsageError(f"{year} 年第 {number} 次公布的结果 {folder_of(home, year, number)} {done}，没有什么要确认的。")
    act = Acknowledgement(number, lost, stamp(home, now), by, reason.strip())
    add_to_record(home, year, record, act)
    return Acknowledged(year, act)
