"""What the installation decides, read from the environment in this one place.

| variable | meaning | default |
|---|---|---|
| `PINGYI_DATA` | the data home | `data/shanghai` of this checkout |
| `PINGYI_HOMES` | folders, with `:` between them, at or under which lie the other data homes that forms may name | any that is the account's own |
| `PINGYI_SECRET_FILE` | the folder of the years' keys, or a file that is the one key of all years | `keys` in the data home |
| `PINGYI_THREADS` | threads of the evaluation | one a core; one for a small year |
| `PINGYI_MEMORY` | memory limit of the evaluation, such as `8GB` | 80 % of the machine's |
| `PINGYI_ENGINE` | what computes the models: `duckdb` or `spark` | `duckdb` |
| `PINGYI_SPARK_MASTER` | Spark's master, such as `spark://host:7077` | `local[*]`: Spark on this machine |
| `PINGYI_SPARK_STORAGE` | a folder that this machine and all workers of Spark reach by the same path | the run's own; a cluster needs one |
| `PINGYI_WAIT` | seconds to wait for another run to end | 600 |
| `PINGYI_PAGES_URL` | where the data home's drafts and results can be looked at in a browser | nowhere; `pingyi serve` sets it |
| `PINGYI_CRAWL_INTERVAL` | least seconds between two requests of the crawler to one host | 1 |
| `PINGYI_CRAWL_LOOPBACK` | `1` lets the crawler reach this machine (names under .test and .localhost): for trying it out only | closed |
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import UsageError, is_text
from flows.home import Home

ROOT = Path(__file__).resolve().parent.parent
SQL = ROOT / "sql"

# DuckDB takes them for the beginning of options, and for a slash.
_NO_DATABASE = re.compile(r"[?\\\0]")
_MEMORY = re.compile(r"\d+(\.\d+)? *([KMGT]i?B|B)", re.I)
_MOST_THREADS = 1024
_MOST_SECONDS = 10 * 86400
ENGINES = ("duckdb", "spark")
_LOCAL = "local[*]"

# Prefect makes a flow's form whenever it loads the flow. A command shows no form and is about the home that it was given,
# so it sets this to False, and the environment's home is not looked at.
forms_offer_years: bool = True


@dataclass(frozen=True)
class Settings:
    home: Home
    secret_file: Path | None
    threads: int | None
    memory: str | None
    wait: float
    crawl_interval: float = 1.0
    open_loopback: bool = False
    engine: str = "duckdb"
    spark_master: str = _LOCAL
    spark_storage: Path | None = None


def read_settings(data_dir: Path | str | None = None) -> Settings:
    """The settings in force; `data_dir` (an option of the command or a parameter of the flow) goes before the environment."""
    named = data_dir or os.environ.get("PINGYI_DATA") or ROOT / "data" / "shanghai"
    try:
        home = Home(Path(named).expanduser().resolve())
    except (RuntimeError, ValueError, OSError) as fault:
        raise UsageError(f"“{named}”不能作为数据目录（{fault}）。请写出文件夹的完整路径。") from None
    if wrong := _NO_DATABASE.search(str(home)):
        raise UsageError(f"数据目录 {home} 的路径里有 {wrong[0]}，数据库的文件不能放在这样的路径里。请给文件夹改名。")
    if not is_text(str(home)):
        raise UsageError(f"数据目录 {home} 的路径里有不是 UTF-8 文字的字节，数据库和界面都用不了。请给文件夹改名。")
    threads, memory = os.environ.get("PINGYI_THREADS"), os.environ.get("PINGYI_MEMORY", "").strip()
    if threads and not (threads.isdecimal() and 1 <= int(threads) <= _MOST_THREADS):
        raise UsageError(f"环境变量 PINGYI_THREADS 应为 1 到 {_MOST_THREADS} 的整数，现在是“{threads}”。")
    if memory and not _MEMORY.fullmatch(memory):
        raise UsageError(f"环境变量 PINGYI_MEMORY 应为数字和单位，如 8GB、512MB，现在是“{memory}”。")
    loopback = os.environ.get("PINGYI_CRAWL_LOOPBACK", "")
    if loopback not in ("", "0", "1"):
        raise UsageError(f"环境变量 PINGYI_CRAWL_LOOPBACK 应为 1 或 0，现在是“{loopback}”。")
    return Settings(
        home=home,
        secret_file=_path("PINGYI_SECRET_FILE"),
        threads=int(threads) if threads else None,
        memory=memory or None,
        wait=_seconds("PINGYI_WAIT", 600),
        crawl_interval=_seconds("PINGYI_CRAWL_INTERVAL", 1),
        open_loopback=loopback == "1",
        **_engine(),
    )


def _engine() -> dict[str, Any]:
    """What computes the models, and where Spark is. Raises `UsageError`."""
    engine = os.environ.get("PINGYI_ENGINE") or ENGINES[0]
    if engine not in ENGINES:
        raise UsageError(f"环境变量 PINGYI_ENGINE 应为 {'、'.join(ENGINES)} 之一，现在是“{engine}”。")
    master, storage = os.environ.get("PINGYI_SPARK_MASTER", "").strip() or _LOCAL, _path("PINGYI_SPARK_STORAGE")
    if engine == "spark" and storage is None and not master.startswith("local"):
        raise UsageError(
            f"PINGYI_SPARK_MASTER 是 {master}，还要在环境变量 PINGYI_SPARK_STORAGE 里写一个本机和 Spark 各台机器都以同一路径读写的文件夹。"
        )
    if engine == "spark" and storage is not None and not storage.is_dir():
        raise UsageError(f"环境变量 PINGYI_SPARK_STORAGE 应为已有的文件夹，现在是“{storage}”。")
    return {"engine": engine, "spark_master": master, "spark_storage": storage}


def prefect_home() -> Path:
    """Prefect's own folder: its database, its profiles, and the password and the logs of `pingyi serve`."""
    return (_path("PREFECT_HOME") or ROOT / ".prefect").resolve()


def check_allowed(home: Home) -> None:
    """Raises `UsageError` where a run that a server starts may not work on this home: only on that of the environment, and on
    other data homes of `PINGYI_HOMES`, or of this account where that names none. Anything else is no data home, and stays as it is.
    """
    if home.path == read_settings().home.path:
        return
    listed = [Path(folder).expanduser().resolve() for folder in os.environ.get("PINGYI_HOMES", "").split(os.pathsep) if folder]
    if listed and not any(home.path.is_relative_to(folder) for folder in listed):
        raise UsageError(
            f"{home} 不在允许的数据目录之内（{'、'.join(map(str, listed))}），没有运行。请管理员把它加进环境变量 PINGYI_HOMES。"
        )
    home.check()
    if not home.years:
        raise UsageError(f"{home} 不是数据目录：里面没有评议方案（schemes/年度.toml），没有运行。请改正路径，或先写好方案。")
    if not listed and home.path.stat().st_uid != os.geteuid():
        raise UsageError(
            f"{home} 是别的账户的文件夹，没有运行。请换成本系统账户自己的文件夹，或请管理员把它写进环境变量 PINGYI_HOMES。"
        )


def _seconds(variable: str, usual: float) -> float:
    text = os.environ.get(variable)
    if not text:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = -1
    # Not a number is not between them either.
    if not 0 <= number <= _MOST_SECONDS:
        raise UsageError(f"环境变量 {variable} 应为秒数，从 0 到 {_MOST_SECONDS}，现在是“{text}”。")
    return number


def _path(variable: str) -> Path | None:
    text = os.environ.get(variable)
    try:
        return Path(text).expanduser().absolute() if text else None
    except RuntimeError as fault:
        raise UsageError(f"环境变量 {variable} 不是一个路径（{fault}）。请写出完整的路径。") from None


def pages_url() -> str:
    """The address under which drafts and results can be looked at, without a slash at its end; empty where there is none."""
    text = os.environ.get("PINGYI_PAGES_URL", "")
    if text and not text.startswith(("http://", "https://")):
        raise UsageError(f"环境变量 PINGYI_PAGES_URL 应为网址，以 http:// 或 https:// 开头，现在是“{text}”。")
    return text.rstrip("/")
