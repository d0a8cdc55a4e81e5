"""What is published and what waits for a review, and what of it is not as it is on record."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from flows.errors import OperatorError, visible
from flows.home import Home
from flows.host.regular import read_regular
from flows.integrity.scrub import Findings, glance, told
from flows.operate.statement import Statement
from flows.persons.purge import is_purged
from flows.results.drafts import short
from flows.results.record import Act, read_record, years_on_record
from flows.settings import read_settings


@dataclass
class Watched:
    """What was found: facts, faults, and what is under way."""

    facts: list[str] = field(default_factory=list)
    faults: list[Statement] = field(default_factory=list)
    running: list[Statement] = field(default_factory=list)


def watched(home: Home, now: datetime, held: str) -> Watched:
    """The years of a home at `now`, in whose zone times are told; `held` says who is at work on it, empty for nobody."""
    found = Watched()
    for year in sorted({*home.years, *years_on_record(home)}):
        try:
            found.facts += _facts(home, year, now)
            found.facts += _acts(home, year, now)
        except OperatorError:
            # The look at the publications below says the same of the record.
            continue
        except OSError as fault:
            reason = f"{fault.filename} {fault.strerror}"
            found.faults.append(Statement(f"{year} 年的草稿或公布的结果读不出来（{reason}）。请检查它，必要时从备份恢复。"))
    findings = glance(home)
    for known in findings.known:
        entry = Statement(told(known, now.tzinfo), known.discrepancy.listed)
        under_way = held and known.discrepancy.key.endswith("/unfinished")
        (found.running if under_way else found.faults).append(Statement(f"正在公布：{held}") if under_way else entry)
    found.facts += _of_scrub(findings, now)
    return found


def _facts(home: Home, year: int, now: datetime) -> Iterator[str]:
    record, results = read_record(home, year), home.results(year)
    published = record.last.sha256 if record.last else _hash(home, year, "results") if not results.is_symlink() else ""
    if record.last:
        at = f"{datetime.fromisoformat(record.last.at).astimezone(now.tzinfo):%Y-%m-%d}"
        yield f"{year} 年已公布：{short(published)}，第 {record.last.number} 次公布，{at}"
        if results.is_dir() and not results.is_symlink():
            yield f"{results} 是文件夹（旧版本公布的，或复制时变的），照常可用；下一次每晚运行或公布会把它改成链接"
    elif published:
        yield f"{year} 年已公布：{short(published)}"
    draft = _hash(home, year, "drafts")
    if draft and draft != published:
        yield f"{year} 年有草稿等待审阅：{short(draft)}"


def _acts(home: Home, year: int, now: datetime) -> Iterator[str]:
    """What somebody did to a year besides publishing it, by name, time and reason."""
    record = read_record(home, year)
    for publication in record.publications:
        act = record.acknowledgement(publication.number)
        if act:
            lost = f"有 {len(act.files)} 个文件" if act.files else "的结果"
            yield f"{year} 年第 {act.number} 次公布{lost}已经丢失，{_by(act, now)} 确认：{visible(act.reason)}"
    if record.purge:
        settings = read_settings(home.path)
        again = "" if is_purged(settings, year, record) else "；此后又评议过，有新的密钥"
        yield f"{year} 年的个人信息已经清除，{_by(record.purge, now)}：{visible(record.purge.reason)}{again}"


def _by(act: Act, now: datetime) -> str:
    return f"{datetime.fromisoformat(act.at).astimezone(now.tzinfo):%Y-%m-%d %H:%M} 由 {visible(act.by)}"


def _hash(home: Home, year: int, kind: str) -> str:
    """The hash of the manifest of a year's draft or results; empty where there is none."""
    folder = home.draft(year) if kind == "drafts" else home.results(year)
    try:
        return hashlib.sha256(read_regular(folder / "manifest.json", home.path)).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _of_scrub(findings: Findings, now: datetime) -> Iterator[str]:
    if findings.at:
        yield f"上一次核对文件：{findings.at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
    if findings.left:
        yield f"有 {findings.left} 个文件太大，还没有核对过；每晚运行会核对，现在就要核对请运行 pingyi scrub"
