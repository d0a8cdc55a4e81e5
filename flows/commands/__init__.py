"""Commands. Each file of this folder is a command of the same name: its purpose, its arguments, what it does and what it says.

A file declares one `Command`, `COMMAND`; `flows.command` lists the names in their order and finds the files by them. What a
command needs beyond this file and `flows.host` it imports when it acts: the help shows all commands and waits for none. No
command imports another; what several of them say or do is here.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from flows.errors import visible
from flows.host.arguments import Parser
from flows.host.disk import machine_faults
from flows.settings import Settings, read_settings

if TYPE_CHECKING:
    from flows.orchestrator.run import FlowResult
    from flows.results.outcomes import Published


@dataclass(frozen=True)
class Command:
    """A command. `purpose` says what it does, as a Chinese sentence for the help. `act` does it and prints what came of it; it gets
    the parsed arguments, with its own parser as `parser` and, as `whole`, what makes the parser of all commands.

    `has_home` and `has_year`: it takes `--data` and a year, in front of the arguments that `declare` adds to its parser. `is_calm`:
    Prefect's own log messages are kept off its terminal.
    """

    purpose: str
    act: Callable[[Namespace], None]
    declare: Callable[[Parser], None] = lambda parser: None
    has_home: bool = True
    has_year: bool = True
    is_calm: bool = True


def flow(name: str, file: str = "") -> Callable[..., Any]:
    """The flow of this name in a file of `flows/`, which has the same name unless said otherwise: as Prefect runs it where a server
    is named, else the function that it is, which needs none. Raises `UsageError` where the server does not answer."""
    from flows.orchestrator.settings import settings_of_prefect
    from flows.orchestrator.surroundings import names_server

    with settings_of_prefect():
        named = names_server()
        if named:
            from flows.operate.instance import running, tell_password

            tell_password(running())
            # Without this check a run would wait for minutes for a server that does not answer.
            from flows.orchestrator.server import check_server

            check_server()
    return getattr(import_module("flows.on_prefect" if named else f"flows.{file or name}"), name)


def say(line: str, stream: TextIO | None = None) -> None:
    """Prints a line, whatever is in the names that it tells."""
    print(visible(line), file=stream or sys.stdout)


def say_list(sentences: Sequence[str]) -> None:
    """Prints each as a point of a list."""
    for sentence in sentences:
        say(f"  · {sentence}")


def say_warnings(warnings: Sequence[str]) -> None:
    """Prints them under their number; nothing where there is none."""
    if warnings:
        say(f"有 {len(warnings)} 条提示：")
        say_list(warnings)


def say_result(result: "FlowResult") -> None:
    """Prints what a run says at its end."""
    say(result.sentence)
    say_warnings(result.warnings)


def say_doubts(unequal_figures: Sequence[str], warnings: Sequence[str]) -> None:
    """Prints what to look at before anybody believes results: what differs from printed figures, and the warnings."""
    if unequal_figures:
        say(f"与参照的印刷数字相比，有 {len(unequal_figures)} 处不同（全部对照见 tables/reference_check.csv）：")
        say_list(unequal_figures)
    say_warnings(warnings)


def say_published(published: "Published", options: Namespace) -> None:
    """Prints where the results of `options.year` are, and what to look at."""
    say(published.phrase(shown))
    say("  给人看的：通报 bulletin.docx、bulletin.pdf，网页 index.html，各网站的评议单 sites/")
    say(
        f"  表 {len(published.tables)} 张：tables/（CSV、Parquet），合订本 tables.xlsx；校验 validation/index.html；清单 manifest.json"
    )
    say_doubts(published.unequal_figures, published.warnings)
    site = _first_site(published.folder)
    say(f"下一步：核对 tables/annex_*.csv；某个网站的得分从何而来：pingyi explain {options.year} {site}{data_option(options)}")


def data_option(options: Namespace) -> str:
    """What a command that the operator is told to type needs to be about the same data home; it begins with a space."""
    return f" --data {options.data}" if options.data else ""


def shown(folder: Path) -> str:
    """The folder as a person would type it from here."""
    return str(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else str(folder)


def act_on_year(
    what: str, options: Namespace, act: "Callable[[Settings, str], FlowResult]", *, on_record: bool = True
) -> "FlowResult":
    """What an act upon a year at its home comes to, which no schedule and no form starts: on record as a run, as the only writer.
    `act` gets the settings and the account that asks for it; `what` is one of `flows.host.kinds.KINDS`."""
    import getpass
    import logging

    from flows.host.lock import only_writer
    from flows.host.runs import Ending, recorded

    chosen = read_settings(options.data)
    chosen.home.check()
    with (
        recorded(chosen.home, what, options.year) if on_record else nullcontext(Ending()) as ending,
        machine_faults(chosen.home.path),
        only_writer(chosen.home, f"{what} {options.year}", chosen.wait, logging.getLogger("pingyi").warning),
    ):
        done = act(chosen, getpass.getuser())
        ending.sentence, ending.warnings = done.sentence, done.warnings
    return done


def _first_site(folder: Path) -> str:
    import polars as pl

    return pl.read_parquet(folder / "tables" / "composite_scores.parquet", columns=["site_id"], n_rows=1, glob=False).item()
