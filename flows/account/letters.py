"""Reminder letters (催报函): what one party owes, as an editable document in the layout of GB/T 9704."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from flows.coverage import Coverage, Debt, Gap, Part, counted
from flows.documents.text import Annex, Block, Bulletin
from flows.documents.word import write_word
from flows.errors import UsageError
from flows.results.folder import replacing
from flows.scheme import Scheme

_COLUMNS = ("序号", "缺报的内容", "数量")
_NUMERALS = "一二三四五六七八九十"
# What no file system takes in a name, or what would lead into another folder.
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST_NAME = 60


def write_letters(coverage: Coverage, scheme: Scheme, day: date, whose: str, folder: Path) -> list[Path]:
    """Writes a letter to everyone who owes something, or to the one whose site or source `whose` is, into a new folder.

    Returns the files. Raises `UsageError` where the folder is there already, or the one named owes nothing.
    """
    debts = [
        debt for debt in coverage.late if not whose or whose in (debt.site_id, debt.parts[0].source if not debt.site_id else "")
    ]
    if not debts:
        owes = f"{whose} 没有应到而没有到的东西" if whose else "应到的都到齐了"
        raise UsageError(f"{owes}，没有要写的催报函。")
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} 已经有了。催报函写进一个新的文件夹，不覆盖原来的：请换一个名称，或先把它移走。")
    files = []
    with replacing(folder) as fresh:
        for number, debt in enumerate(debts, start=1):
            path = fresh / f"{number:03}-{_file_name(debt)}.docx"
            write_word(letter(debt, scheme, day), scheme.year, path)
            files.append(folder / path.name)
    return files


def letter(debt: Debt, scheme: Scheme, day: date) -> Bulletin:
    """The letter to one party; its annex lists every gap."""
    rows = [
        (str(number), f"{part.label}：{_what(gap, debt)}", f"{gap.missing} {gap.unit}")
        for number, (part, gap) in enumerate(((part, gap) for part in debt.parts for gap in part.gaps), start=1)
    ]
    return Bulletin(
        letterhead=scheme.office,
        number="",
        title=f"关于补报{scheme.title}材料的函",
        addressees=f"{debt.name if debt.site_id else f'{debt.parts[0].label}的组织单位'}：",
        body=tuple(_body(debt, scheme, day)),
        annexes=(Annex("", "缺报清单", tuple(rows), _COLUMNS),),
        signature=scheme.office,
        date=_written(day),
        remark="",
    )


def _body(debt: Debt, scheme: Scheme, day: date) -> Iterator[Block]:
    yield Block("paragraph", f"{scheme.title}正在进行。截至{_written(day)}，你单位应当报送的下列材料没有收齐。")
    for numeral, part in zip(_numerals(len(debt.parts)), debt.parts, strict=True):
        due = max((gap.due for gap in part.gaps if gap.due), default=None)
        term = f"，报送期限为{_written(due)}" if due else ""
        aside = sum(gap.set_aside for gap in part.gaps)
        unread = f"。另有 {aside} 行已经送来而不合格，没有计入，请一并改正" if aside else ""
        yield Block("paragraph", f"{numeral}、{part.label}缺 {counted(part.gaps)}{term}{unread}。")
    yield Block(
        "paragraph",
        "请于收到本函后五个工作日内补报（清单见附件）；确有困难的，请在同一期限内书面说明理由，经批准可以不报。"
        f"{_consequence(debt.parts)}",
    )
    # A signature must not stand on a page of its own: what is said above is short for that reason.
    yield Block("paragraph", "特此函告。")


def _consequence(parts: Sequence[Part]) -> str:
    treatments = {gap.treatment for part in parts for gap in part.gaps}
    # As they are counted already: who accepts that they do not come does not accept that they earn anything.
    labels = [part.label for part in parts if part.effect and part.effect.counts_zero]
    zero = f"{'、'.join(labels)}没有报送的部分按 0 分计，经批准不报的也是。" if labels else ""
    return zero + ("补齐或批准以前，评议结果不能公布。" if "fail" in treatments else "")


def _what(gap: Gap, debt: Debt) -> str:
    site = f"（{gap.site}）" if gap.site_id and not debt.site_id else ""
    return f"{gap.label}{site}{f'，{gap.periods}' if gap.periods else ''}"


def _numerals(count: int) -> Iterator[str]:
    for number in range(1, count + 1):
        tens, ones = divmod(number, 10)
        yield (("" if tens == 1 else _NUMERALS[tens - 1]) + "十" if tens else "") + (_NUMERALS[ones - 1] if ones else "")


def _written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _file_name(debt: Debt) -> str:
    whose = f"{debt.site_id}-{debt.name}" if debt.site_id else debt.parts[0].source
    return _UNFIT.sub("_", whose)[:_LONGEST_NAME].strip(" .") or "单位"
