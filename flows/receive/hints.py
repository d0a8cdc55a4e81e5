"""Hints to the operator about received files that do not stop the run: unknown columns, missing aspects, days without a time,
equal files, rows of a handout that nobody filled in."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from flows.datasets import Time
from flows.datasets.crawl import SCANS
from flows.datasets.register import REGISTER
from flows.receive import Received
from flows.receive.register import Register
from flows.receive.store import Receipt
from flows.scheme import Scheme

_KEPT = "各行的内容留在原始表的 other 里"
_MOST_OF_A_SCAN = 10
_NOT_KEPT = "为保护个人信息，只记下了列名，没有保存内容"


def register_hints(scheme: Scheme, register: Register) -> list[str]:
    """The columns of the register that the contract does not know."""
    if not register.unknown:
        return []
    loud = "注意：" if any(column.resembles for column in register.unknown) else ""
    listed = "、".join(column.sentence for column in register.unknown)
    return [f"{loud}raw/{scheme.year}/{REGISTER}.csv 有 {len(register.unknown)} 列不认得，没有用到：{listed}。"]


def hints(scheme: Scheme, received: Sequence[Received]) -> list[str]:
    """A sentence for each hint; those that may have changed the result come first."""
    folder = f"raw/{scheme.year}"
    headings = [hint for entry in received for hint in (*_lacking(scheme, entry), *_unknown(scheme, entry))]
    warnings = [
        f"{folder}/{receipt.dataset}/{receipt.file}：{warning}。"
        for entry in received
        for receipt in entry.receipts
        for warning in receipt.warnings
    ]
    repeats = [
        f"{folder}/{entry.dataset.name}/{file}：内容与 {first} 完全相同，只计一次。"
        for entry in received
        for file, first in entry.repeats.items()
    ]
    cells = [hint for entry in received for hint in (*_day_only(scheme, entry), *_nobody(scheme, entry))]
    unanswered = [hint for entry in received for hint in _unanswered(scheme, entry)]
    return [*headings, *warnings, *repeats, *cells, *unanswered]


def _unknown(scheme: Scheme, received: Received) -> list[str]:
    """The unknown columns, those that resemble a known one first. Files with the same unknown columns share a sentence."""
    alike: dict[tuple[str, ...], list[Receipt]] = defaultdict(list)
    for receipt in received.receipts:
        if receipt.unknown:
            resembling = sorted(receipt.unknown, key=lambda column: column.resembles is None)
            alike[tuple(column.sentence for column in resembling)].append(receipt)
    kept = _NOT_KEPT if received.dataset.personal else _KEPT
    sentences = []
    for columns, receipts in alike.items():
        loud = "注意：" if any(column.resembles for column in receipts[0].unknown) else ""
        # A scanner's table has dozens of columns, and the scheme uses only some of them.
        most = _MOST_OF_A_SCAN if receipts[0].table == SCANS.table else len(columns)
        rest = " 等，全部列名见 manifest.json" if len(columns) > most else ""
        sentences.append(
            f"{loud}{where(scheme, receipts)}有 {len(columns)} 列不认得，没有计入：{'、'.join(columns[:most])}{rest}（{kept}）。"
        )
    return sorted(sentences, key=lambda sentence: not sentence.startswith("注意"))


def _lacking(scheme: Scheme, received: Received) -> Iterator[str]:
    labels = {aspect.id: f"{aspect.label}（{aspect.id}）" for aspect in scheme.aspects}
    alike: dict[tuple[str, ...], list[Receipt]] = defaultdict(list)
    for receipt in received.receipts:
        if receipt.lacking and receipt.rows_in:
            alike[receipt.lacking].append(receipt)
    for lacking, receipts in alike.items():
        if received.dataset.asks:
            listed = "、".join(labels[aspect] for aspect in lacking)
            yield f"注意：{where(scheme, receipts)}没有评议内容 {listed} 的列，其中的票对它没有评分。"
        else:
            yield f"{where(scheme, receipts)}没有检测 {'、'.join(lacking)} 的列，按没有做过计。"


def _day_only(scheme: Scheme, received: Received) -> Iterator[str]:
    """At most one sentence for a dataset: a day has no time, and midnight would be a guess."""
    receipts = [receipt for receipt in received.receipts if receipt.day_only]
    if receipts:
        rows = sum(receipt.day_only for receipt in receipts)
        rule = next(column.meaning.day_only for column in received.dataset.columns if isinstance(column.meaning, Time))
        yield f"{where(scheme, receipts)}有 {rows} 行只有日期、没有时刻，按当天零点排先后，{rule}。"


def _nobody(scheme: Scheme, received: Received) -> Iterator[str]:
    receipts = [receipt for receipt in received.receipts if receipt.nobody]
    if receipts and received.dataset.personal:
        rows = sum(receipt.nobody for receipt in receipts)
        yield f"{where(scheme, receipts)}有 {rows} 票没有写明投票人（写的是匿名、NULL、0 之类）：每票各算一人，查不出有没有重复。"


def _unanswered(scheme: Scheme, received: Received) -> Iterator[str]:
    """At most two sentences for a dataset, on handouts without any answer and on those with a few rows unanswered."""
    empty = [receipt for receipt in received.receipts if receipt.unanswered and not receipt.rows_in]
    partly = [receipt for receipt in received.receipts if receipt.unanswered and receipt.rows_in]
    if empty:
        yield f"注意：{where(scheme, empty)}是填报表，一行也没有填写。"
    if partly:
        rows = sum(receipt.unanswered for receipt in partly)
        yield f"{where(scheme, partly)}是填报表，有 {rows} 行没有填写，算作没有报送。"


def where(scheme: Scheme, receipts: Sequence[Receipt]) -> str:
    """The name of a single file, or the folder and number of several files."""
    folder = f"raw/{scheme.year}/{receipts[0].dataset}"
    names = sorted(receipt.file for receipt in receipts)
    return f"{folder}/{names[0]} " if len(names) == 1 else f"{folder} 的 {len(names)} 个文件（{names[0]} 等）"
