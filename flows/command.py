"""The command `pingyi`. A command that evaluates runs the same flow as the deployment."""

import argparse
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from flows import settings
from flows.errors import OperatorError, UsageError, json_visible, visible
from flows.host.arguments import Parser, Version, at_least_none, tell_fault
from flows.host.disk import machine_faults
from flows.host.garbage import few_collections
from flows.host.modes import keep_private
from flows.host.process import as_process, is_interrupt, status_of
from flows.host.quiet import keep_quiet
from flows.host.runs import KINDS

if TYPE_CHECKING:
    from datetime import datetime

    from flows.home import Home
    from flows.operate.instance import Serving
    from flows.operate.status import Server
    from flows.orchestrator.outcome import FlowResult
    from flows.results.outcomes import Drafted, Published

_STATUSES = (
    "退出状态：0 完成；1 数据或方案有误；2 用法不对；3 评议了，但有关口不让公布；4 另一次运行占用着数据目录；"
    "5 机器的问题（磁盘、权限、内存、网络）；130 被 Ctrl-C 中断；143、129 被要求结束，或终端关闭了。"
)
_DATA = "数据目录（默认：环境变量 PINGYI_DATA，否则 data/shanghai）"
_SERVE = "启动操作界面：服务器、界面、worker、部署和状态页，只在本机；按 Ctrl-C 结束。"
_STATUS = "是否一切正常：上一次成功的运行、迟了的运行、日程、磁盘。退出状态 0 正常，1 有需要处理的。"
_MODEL = "给开发人员：用 warehouse.duckdb 里的数据另外计算 sql/ 里的一个模型，检查并列出它的行；不改动任何东西。"
_COMPLETION = "让终端按 Tab 键补全命令和选项：打印 shell 要读的脚本，它的第一行写着放在哪里。"


def say(line: str, stream: TextIO | None = None) -> None:
    """Prints a line, whatever is in the names that it tells."""
    print(visible(line), file=stream or sys.stdout)


def run() -> None:
    """The command as a process of its own."""
    keep_private()
    _speak_utf8()
    for stream in (sys.stdout, sys.stderr):
        # A terminal in another encoding, or a pipe, does not have every letter. There may also be no stream at all.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Whatever a command imports stays: looking there for garbage takes a fifth of the time.
    with few_collections():
        as_process(main)


def _speak_utf8() -> None:
    """Begins anew where names of files are read in another encoding, as an environment without a locale has it: those of a data
    home are UTF-8, and no database takes them otherwise. What the terminal is written in stays."""
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.ignore_environment:
        return
    written_in = sys.stdout.encoding if sys.stdout else "utf-8"
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONIOENCODING": f"{written_in}:backslashreplace"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command. Exits with 0, with the status of its error (see `flows.errors`), or with 130 after an interrupt
    (143 and 129 where SIGTERM and SIGHUP were the interrupt)."""
    options = _parser().parse_args(arguments)
    settings.forms_offer_years = False
    keep_quiet()
    if options.command is not _serve:
        _calm_surroundings()
    try:
        with machine_faults():
            if options.command in (_yearly, _publish, _report, _reproduce, _scrub, _nightly, _crawl, _check):
                _find_server()
            options.command(options)
    except OperatorError as fault:
        tell_fault(fault)
        sys.exit(fault.exit_status)
    except BrokenPipeError:
        # Whoever read our output has seen enough (… | head).
        sys.stderr.close()
        sys.exit(0)
    except (KeyboardInterrupt, Exception) as fault:
        if not is_interrupt(fault):
            raise
        # The terminal may be what has gone away.
        with suppress(OSError):
            say("已中断；已公布的结果没有改动。", sys.stderr)
        sys.exit(status_of(fault))


def _find_server() -> None:
    from flows.operate.instance import running

    if "PREFECT_API_URL" in os.environ:
        _know_password(running())
    with _settings_of_prefect():
        # Without this check a run would wait for minutes for a server that does not answer.
        from flows.orchestrator.server import find_server

        find_server()


@contextmanager
def _settings_of_prefect() -> Generator[None]:
    """Raises `UsageError` where Prefect finds a setting of its own wrong, which it does when it is imported."""
    try:
        yield
    except ValueError as fault:
        wrong = getattr(fault, "errors", None)
        if not wrong or "Settings" not in getattr(fault, "title", ""):
            raise
        told = [
            f"{getattr(fault, 'title', '')} 的 {'.'.join(map(str, one['loc']))}：{one['msg']}（现在是“{one.get('input', '')}”）"
            for one in wrong()
            # What could not be derived from a wrong one is not wrong itself.
            if one["type"] != "default_factory_not_called"
        ]
        raise UsageError("Prefect 的设置有误，什么也没有运行。请改正这些环境变量（PREFECT_…）或它的设置文件：", told) from None


def _parser() -> Parser:
    parser = Parser(prog="pingyi", description="政府网站年度评议：从原始数据到公布的结果。", epilog=_STATUSES)
    parser.add_argument("--version", action=Version, help="显示版本")
    commands = parser.add_subparsers(title="命令", metavar="命令", required=True)

    def add(
        name: str, command: Callable[[argparse.Namespace], None], text: str = "", *, home: bool = True, year: bool = True
    ) -> Parser:
        text = text or KINDS[name].purpose
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=command, parser=made)
        if home:
            made.add_argument("--data", metavar="目录", help=_DATA)
        if year:
            made.add_argument("year", type=int, metavar="年度", help="评议年度，如 2007")
        return made

    yearly = add("yearly", _yearly)
    yearly.add_argument("--draft", action="store_true", help="只做成草稿供审阅，不公布；之后用 publish 按编号公布")
    yearly.add_argument("--reason", metavar="理由", default="", help="修订理由：审阅后公布过的年度要有理由才能重新公布")
    published = add("publish", _publish)
    published.add_argument("draft", metavar="编号", help="草稿的编号，至少前 12 位")
    published.add_argument("--reason", metavar="理由", default="", help="修订理由：公布过的年度是冻结的，重新公布要有理由")
    add("nightly", _nightly)
    add("crawl", _crawl)
    reported = add("report", _report)
    reported.add_argument("--reason", metavar="理由", default="", help="修订理由：审阅后公布过的年度要有理由才能替换")
    add("reproduce", _reproduce, year=False)
    scrubbed = add("scrub", _scrub, year=False)
    scrubbed.add_argument("--full", action="store_true", help="每个文件都重读，不只是有变动的和其余的七分之一")
    checked = add("check", _check)
    checked.add_argument("--rows", type=at_least_none, metavar="行数", default=5, help="每个文件最多列出的不合格行数（默认 5）")
    explained = add("explain", _explain, "把一个网站的综合得分逐步拆到原始数据的文件和行；默认一页，约 40 行。")
    explained.add_argument("site", metavar="网站", help="网站的 site_id、名称或别名")
    how_much = explained.add_mutually_exclusive_group()
    how_much.add_argument("--all", action="store_true", help="全部列出：每一步计算，每一行原始数据")
    how_much.add_argument("--rows", type=at_least_none, metavar="行数", help="每一步计算，每个来源最多这么多行原始数据")
    simulated = add("simulate", _simulate, "按方案模拟一个年度的原始文件；有参照数据时照它重构。")
    simulated.add_argument("--seed", type=int, metavar="种子", help="随机种子；同一种子得到同样的文件")
    simulated.add_argument("--sites", type=int, metavar="个数", help="网站总数（默认按方案和登记册）")
    simulated.add_argument("--ballots", type=int, metavar="张数", help="选票总数")
    modelled = add("model", _model, _MODEL, year=False)
    modelled.add_argument(
        "name", nargs="?", metavar="模型", help="模型名，如 scored.composites，或它的文件；不写就列出全部模型"
    )
    modelled.add_argument("--column", metavar="列", help="这一列的值从哪些列来，一直到原始数据")
    modelled.add_argument("--where", metavar="条件", default="", help="只列出符合条件的行，如 \"site_id = 'd18'\"")
    modelled.add_argument("--rows", type=at_least_none, metavar="行数", default=10, help="最多列出的行数（默认 10）")
    purged = add("purge", _purge)
    purged.add_argument("--confirm", type=int, metavar="年度", help="把年度再写一遍，表示确要清除；不写只列出会删去什么")
    purged.add_argument("--reason", metavar="理由", default="", help="清除的理由，写进公布记录")
    acknowledged = add("acknowledge", _acknowledge)
    acknowledged.add_argument("number", type=int, metavar="次数", help="第几次公布，如 1；不能是最后一次")
    acknowledged.add_argument("--reason", metavar="理由", default="", help="理由，写进公布记录")
    served = add("serve", _serve, _SERVE, year=False)
    served.add_argument("--port", type=int, metavar="端口", default=4200, help="操作界面的端口（默认 4200）")
    served.add_argument("--pages-port", type=int, metavar="端口", default=4201, help="状态和文件的端口（默认 4201）")
    served.add_argument(
        "--password-file", type=Path, metavar="文件", help="密码所在的文件，里面一行“用户:密码”，只有所有者可读（默认自动生成）"
    )
    status = add("status", _status, _STATUS, year=False)
    status.add_argument("--json", action="store_true", help="给程序看的形式")
    completed = add("completion", lambda options: _complete(options, parser), _COMPLETION, home=False, year=False)
    completed.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="shell", help="bash、zsh 或 fish")
    return parser


def _calm_surroundings() -> None:
    """Keeps Prefect's own log messages off an operator's terminal; who wants them sets the level."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "")
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "90")
    os.environ.setdefault("PREFECT_TASKS_DEFAULT_NO_CACHE", "true")


def _know_password(serving: "Serving | None") -> None:
    """Tells Prefect the password of the `pingyi serve` that runs, where that is the server to be asked."""
    from flows.operate.password import OF_CLIENT, read_password

    named = os.environ.get("PREFECT_API_URL")
    if serving and serving.password_file and (not named or named == serving.api) and OF_CLIENT not in os.environ:
        os.environ[OF_CLIENT] = read_password(Path(serving.password_file))


def _yearly(options: argparse.Namespace) -> None:
    from flows.yearly import draft, yearly

    if options.draft:
        _show_draft(draft(options.year, options.data), options)
    else:
        _show_published(yearly(options.year, options.data, options.reason), options)


def _publish(options: argparse.Namespace) -> None:
    from flows.publish import publish

    _show_published(publish(options.draft, options.year, options.reason, options.data), options)


def _show_draft(drafted: "Drafted", options: argparse.Namespace) -> None:
    say(f"{drafted.sentence}结果在 {_shown(drafted.folder)}")
    if drafted.changes:
        say(f"  {drafted.changes.sentence}")
        _list(drafted.changes.causes)
    _look_at(drafted.unequal_figures, drafted.warnings)
    say(f"下一步：核对 tables/annex_*.csv，然后公布：pingyi publish {options.year} {drafted.sha256[:12]}{_data(options)}")


def _show_published(published: "Published", options: argparse.Namespace) -> None:
    say(published.phrase(_shown))
    say("  给人看的：通报 bulletin.docx、bulletin.pdf，网页 index.html，各网站的评议单 sites/")
    say(
        f"  表 {len(published.tables)} 张：tables/（CSV、Parquet），合订本 tables.xlsx；校验 validation/index.html；清单 manifest.json"
    )
    _look_at(published.unequal_figures, published.warnings)
    site = _first_site(published.folder)
    say(f"下一步：核对 tables/annex_*.csv；某个网站的得分从何而来：pingyi explain {options.year} {site}{_data(options)}")


def _look_at(unequal_figures: Sequence[str], warnings: Sequence[str]) -> None:
    if unequal_figures:
        say(f"与参照的印刷数字相比，有 {len(unequal_figures)} 处不同（全部对照见 tables/reference_check.csv）：")
        _list(unequal_figures)
    _warn(warnings)


def _report(options: argparse.Namespace) -> None:
    from flows.report import report

    _conclude(report(options.year, options.data, options.reason))


def _reproduce(options: argparse.Namespace) -> None:
    from flows.reproduce import reproduce

    _conclude(reproduce(options.data))


def _scrub(options: argparse.Namespace) -> None:
    from flows.scrub import scrub

    _conclude(scrub(options.data, options.full))


def _purge(options: argparse.Namespace) -> None:
    from flows.persons.purge import purge_year

    def purge(chosen: settings.Settings) -> "FlowResult":
        return purge_year(chosen, options.year, options.reason, options.confirm, _account())

    # Who only looks at what would go does nothing that need be remembered.
    _conclude(_written("purge", options, purge, on_record=options.confirm is not None))


def _acknowledge(options: argparse.Namespace) -> None:
    from flows.results.acknowledging import acknowledge

    def acknowledged(chosen: settings.Settings) -> "FlowResult":
        return acknowledge(chosen.home, options.year, options.number, options.reason, _account())

    _conclude(_written("acknowledge", options, acknowledged))


def _written(
    what: str, options: argparse.Namespace, act: "Callable[[settings.Settings], FlowResult]", *, on_record: bool = True
) -> "FlowResult":
    """What an act upon a year at its home comes to, which no schedule and no form starts: on record as a run, as the only writer."""
    import logging

    from flows.host.lock import only_writer
    from flows.host.runs import Ending, recorded

    chosen = settings.read_settings(options.data)
    chosen.home.check()
    with (
        recorded(chosen.home, what, options.year) if on_record else nullcontext(Ending()) as ending,
        machine_faults(chosen.home.path),
        only_writer(chosen.home, f"{what} {options.year}", chosen.wait, logging.getLogger("pingyi").warning),
    ):
        done = act(chosen)
        ending.sentence, ending.warnings = done.sentence, done.warnings
    return done


def _account() -> str:
    import getpass

    return getpass.getuser()


def _nightly(options: argparse.Namespace) -> None:
    from flows.nightly import nightly

    _conclude(nightly(options.year, options.data))


def _crawl(options: argparse.Namespace) -> None:
    from flows.crawl import crawl

    crawled = crawl(options.year, options.data)
    say(f"{crawled.title}：{crawled.sentence}")


def _check(options: argparse.Namespace) -> None:
    from flows.check import check

    checked = check(options.year, options.data)
    say(checked.sentence)
    for file in checked.inputs:
        same = f"，与 {file['same_as']} 相同" if file["same_as"] else ""
        account = f"{file['rows_in']} 行 = 接收 {file['loaded']} + 不合格 {file['quarantined']}"
        say(f"  {file['dataset']}/{file['file']}：{account}{same}")
    if checked.set_aside:
        say("不合格的行：")
        _list([line for file in checked.set_aside for line in file.listed(options.rows)])
    _warn(checked.warnings)


def _explain(options: argparse.Namespace) -> None:
    from flows.explain import explanation

    def tell(sentence: str) -> None:
        say(f"提示：{sentence}", sys.stderr)

    explained = explanation(settings.read_settings(options.data), options.year, options.site, options.rows, tell)
    in_full = options.all or options.rows is not None
    for line in (
        explained.lines() if in_full else explained.page(f"pingyi explain {options.year} {options.site}{_data(options)}")
    ):
        say(line)


def _simulate(options: argparse.Namespace) -> None:
    from flows.host.progress import terminal
    from flows.simulate import simulate

    chosen = {"seed": options.seed} if options.seed is not None else {}
    home = settings.read_settings(options.data).home
    home.check()
    with machine_faults(home.path), terminal() as tell:
        summary = simulate(home, options.year, sites=options.sites, ballots=options.ballots, tell=tell, **chosen)
    for line in str(summary).split("\n"):
        say(line)


def _model(options: argparse.Namespace) -> None:
    from flows.explain.model import aligned, all_models, card, find, table, trace

    warehouse = settings.read_settings(options.data).home.warehouse
    models = all_models()
    if not options.name:
        lines = list(aligned((model.name, model.summary) for model in models.values()))
    elif options.column:
        lines = list(trace(models, find(models, options.name), options.column, warehouse))
    else:
        model = find(models, options.name)
        lines = [*card(models, model), *table(models, model, warehouse, options.where, options.rows)]
    for line in lines:
        say(line)


def _serve(options: argparse.Namespace) -> None:
    from flows.operate.serve import serve

    def tell(lines: str) -> None:
        # The terminal may have gone away, and what is served must still be ended in order.
        with suppress(OSError):
            for line in lines.split("\n"):
                say(line)
            sys.stdout.flush()

    serve(settings.read_settings(options.data), options.port, options.pages_port, options.password_file, tell)


def _status(options: argparse.Namespace) -> None:
    from datetime import datetime

    from flows.operate.instance import running
    from flows.operate.status import as_json, as_lines, read_status

    serving = running()
    home = settings.read_settings(options.data or (serving.data if serving else None)).home
    now = datetime.now().astimezone()
    status = read_status(home, now, _server_of(home, serving, now))
    if options.json:
        print(json_visible("\n".join(as_json(status, serving.ui if serving else ""))))
    else:
        for line in as_lines(status):
            say(line)
    if not status.good:
        sys.exit(1)


def _server_of(home: "Home", serving: "Serving | None", now: "datetime") -> "Server":
    """What the server is found to be like. Where it cannot even be asked that is a fault, and the rest is told."""
    from flows.operate.status import Server

    try:
        with _settings_of_prefect():
            # Before anything reads the settings of Prefect.
            _know_password(serving)
            from flows.operate.health import ask_server
    except UsageError as fault:
        return Server(faults=("".join([fault.summary, "；".join(fault.faults)]),))
    url = os.environ.get("PREFECT_API_URL")
    if serving and not url and serving.data == str(home):
        return ask_server(home, serving.api, up=bool(serving.up), young=serving.is_young(now))
    return ask_server(home, None if url or not serving else serving.api)


def _complete(options: argparse.Namespace, parser: Parser) -> None:
    from flows.host.completion import script

    print(script(options.shell, parser))


def _conclude(result: "FlowResult") -> None:
    say(result.sentence)
    _warn(result.warnings)


def _warn(warnings: Sequence[str]) -> None:
    if warnings:
        say(f"有 {len(warnings)} 条提示：")
        _list(warnings)


def _list(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        say(f"  · {sentence}")


def _data(options: argparse.Namespace) -> str:
    return f" --data {options.data}" if options.data else ""


def _shown(folder: Path) -> str:
    """The folder as a person would type it from here."""
    return str(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else str(folder)


def _first_site(folder: Path) -> str:
    import polars as pl

    return pl.read_parquet(folder / "tables" / "composite_scores.parquet", columns=["site_id"], n_rows=1, glob=False).item()


if __name__ == "__main__":
    run()
