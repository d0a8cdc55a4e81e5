"""Holds what arrived against the register of deliveries, where a year has one: missing, other, short and long files."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from flows.datasets.deliveries import deliveries
from flows.errors import OperatorError, unreadable
from flows.home import Home
from flows.receive import Received
from flows.receive.chunks import RefusedFile
from flows.receive.content import small_content
from flows.receive.meanings import Context
from flows.receive.text_files import read_csv
from flows.receive.typed import typed
from flows.scheme import Scheme
from flows.scheme.datasets import datasets


@dataclass(frozen=True)
class _Expected:
    """A line of the register. `rows` and `sha256` are None where it does not tell them."""

    line: int
    dataset: str
    file: str
    rows: int | None
    sha256: str | None


def unexpected(home: Home, scheme: Scheme, received: Sequence[Received]) -> list[str]:
    """A sentence for each difference between the register of deliveries and what arrived; none where there is no register.

    Raises `OperatorError` with all faults of the register itself.
    """
    path = home.deliveries(scheme.year)
    if not os.path.lexists(path):
        return []
    expected = _read(home, scheme)
    shown = f"raw/{scheme.year}/{path.name}"
    arrived = _arrived(received)
    refused = {(refusal.dataset, _plain(refusal.file)) for entry in received for refusal in entry.refusals}
    faults = []
    for due in expected:
        key = (due.dataset, _plain(due.file))
        if key in arrived:
            faults += _different(due, *arrived[key], shown)
        elif key not in refused:
            faults.append(
                f"{shown} 第 {due.line} 行登记的 {due.dataset}/{due.file} 没有收到"
                f"{f'（{due.rows} 行）' if due.rows is not None else ''}。请向送件单位要来，或更正登记。"
            )
    registered = {(due.dataset, _plain(due.file)) for due in expected}
    complete = {due.dataset for due in expected}
    faults += [
        f"{dataset}/{file} 不在 {shown} 里（{rows} 行），而同一文件夹的其他文件登记过。请核对是不是多送的，或补上登记。"
        for (dataset, file), (rows, _) in sorted(arrived.items())
        if dataset in complete and (dataset, file) not in registered
    ]
    return faults


def _arrived(received: Sequence[Received]) -> dict[tuple[str, str], tuple[int, str]]:
    """The rows and hash of every file that could be read, by dataset and name; a repeat has those of the file that it repeats."""
    files = {
        (receipt.dataset, receipt.file): (receipt.file_rows, receipt.sha256) for entry in received for receipt in entry.receipts
    }
    for entry in received:
        for name, first in entry.repeats.items():
            files[entry.dataset.name, name] = files[entry.dataset.name, first]
    return {(dataset, _plain(name)): counts for (dataset, name), counts in files.items()}


def _plain(name: str) -> str:
    # Systems write one name in two ways: é as a letter, or as e and an accent.
    return unicodedata.normalize("NFC", name)


def _different(due: _Expected, rows: int, sha256: str, shown: str) -> list[str]:
    where = f"{due.dataset}/{due.file}"
    if due.rows is not None and rows != due.rows:
        how = "少" if rows < due.rows else "多"
        return [
            f"{where} 有 {rows} 行，{shown} 第 {due.line} 行登记的是 {due.rows} 行，{how} {abs(rows - due.rows)} 行。"
            "请核对文件是否传全，或更正登记。"
        ]
    if due.sha256 and sha256 != due.sha256:
        return [
            f"{where} 的内容与 {shown} 第 {due.line} 行登记的不同：SHA-256 是 {sha256}，登记的是 {due.sha256}。"
            "请重新传送，或更正登记。"
        ]
    return []


def _read(home: Home, scheme: Scheme) -> list[_Expected]:
    path = home.deliveries(scheme.year)
    names = [dataset.name for dataset in datasets(scheme)]
    nobody = Context(sites={}, timezone=scheme.timezone, pseudonym=str)
    try:
        with small_content(path, home) as content:
            parts = list(typed(read_csv(content), deliveries(names), nobody))
    except OSError as fault:
        raise unreadable(fault)(f"送件登记 {path} 读不了：{fault.strerror}。请放入普通的文件，或检查它的权限。") from None
    except RefusedFile as fault:
        raise OperatorError(f"送件登记 {path} 读不了：{fault}。") from None
    faults = [fault.sentence for part in parts for fault in part.faults]
    rows = pl.concat([part.rows for part in parts]).select("line", "dataset", "file", "rows", "sha256").rows() if parts else []
    first: dict[tuple[str, str], int] = {}
    expected = []
    for line, dataset, file, number, sha256 in rows:
        earlier = first.setdefault((dataset, _plain(file)), line)
        if earlier != line:
            faults.append(f"第 {line} 行“{dataset}/{file}”：第 {earlier} 行已经登记过")
        if number is not None and number != int(number):
            faults.append(f"第 {line} 行 rows 列“{number}”：应为整数")
        expected.append(_Expected(line, dataset, file, None if number is None else int(number), (sha256 or "").lower() or None))
    if faults:
        raise OperatorError(f"送件登记 {path} 有 {len(faults)} 处错误，评议没有进行。请改正后重试：", faults)
    return expected
