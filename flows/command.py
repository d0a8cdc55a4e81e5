"""The command `pingyi`. A command that evaluates runs the same flow as the deployment."""

import argparse
import os
import select
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from flows import settings
from flows.errors import GateError, OperatorError, UsageError, json_visible, visible
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
    from flows.scheme import Scheme

_STATUSES = (
    "退出状态：0 完成；1 数据或方案有误；2 用法不对；3 评议了，但有关口不让公布；4 另一次运行占用着数据目录；"
    "5 机器的问题（磁盘、权限、内存、网络）；130 被 Ctrl-C 中断；143、129 被要求结束，或终端关闭了。"
)
_DATA = "数据目录（默认：环境变量 PINGYI_DATA，否则 data/shanghai）"
_SERVE = "启动操作界面：服务器、界面、worker、部署和状态页，只在本机；按 Ctrl-C 结束。"
_STATUS = "是否一切正常：上一次成功的运行、迟了的运行、日程、磁盘。退出状态 0 正常，1 有需要处理的。"
_COVERAGE = (
    "什么应到、什么到了：谁交齐了，谁没有，缺的对得分和名次有什么影响；也可以写催报函。没有补齐就不能公布时退出状态为 3。"
)
_MODEL = "给开发人员：用 warehouse.duckdb 里的数据另外计算 sql/ 里的一个模型，检查并列出它的行；不改动任何东西。"
_TEMPLATES = "做出发给各单位和专家填写的工作簿（填报表）：中文表头、网站已填好、有下拉列表和范围检查；填好交回来就能直接接收。"
_NEW = (
    "建一个年度：写好带说明的评议方案、登记册和各个文件夹；不动已经有的文件。"
    "在终端上一项一项地问；写了选项就不问，没有写的按惯例选定并说出来。"
)
_METHOD = "把评议方案写成中文句子的评议办法，可以送签；--docx 写成公文格式的 Word 文件。"
_SCHEMA = "打印评议方案的 JSON Schema，编辑器用它补全和检查方案。"
_MAP = "给有自己列名的文件（问卷工具导出的、宽表）拟一份映射；打印出来，什么也不写。退出状态 0 可以直接用，1 还差什么。"
_COMPLETION = "让终端按 Tab 键补全命令和选项：打印 shell 要读的脚本，它的第一行写着放在哪里。"

# Parties that owe something, as `check` lists them.
_MOST_GAPS = 20


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
    accounted = add("coverage", _coverage, _COVERAGE)
    how_shown = accounted.add_mutually_exclusive_group()
    how_shown.add_argument("--csv", action="store_true", help="缺报的逐项清单，CSV")
    how_shown.add_argument("--json", action="store_true", help="给程序看的形式")
    how_shown.add_argument("--letters", type=Path, metavar="目录", help="给每个欠交的单位写一份催报函（DOCX），放进这个新目录")
    accounted.add_argument(
        "--to", metavar="单位", default="", help="只写给这一家：网站的 site_id、名称或别名，或来源的名称（与 --letters 同用）"
    )
    proposed = add("map", _map, _MAP, year=False)
    proposed.add_argument("file", type=Path, metavar="文件", help="要读的文件，在哪里都可以")
    proposed.add_argument("year", type=int, nargs="?", metavar="年度", help="评议年度（默认：最近的有方案的年度）")
    proposed.add_argument("--dataset", metavar="数据", help="它是方案的哪一种数据，如 public（默认：它所在的文件夹，或看列名）")
    proposed.add_argument("--write", action="store_true", help="写到 mappings/<数据>.toml；已经有了就不写")
    explained = add("explain", _explain, "把一个网站的综合得分逐步拆到原始数据的文件和行；默认一页，约 40 行。")
    explained.add_argument("site", metavar="网站", help="网站的 site_id、名称或别名")
    how_much = explained.add_mutually_exclusive_group()
    how_much.add_argument("--all", action="store_true", help="全部列出：每一步计算，每一行原始数据")
    how_much.add_argument("--rows", type=at_least_none, metavar="行数", help="每一步计算，每个来源最多这么多行原始数据")
    simulated = add("simulate", _simulate, "按方案模拟一个年度的原始文件；有参照数据时照它重构。")
    simulated.add_argument("--seed", type=int, metavar="种子", help="随机种子；同一种子得到同样的文件")
    simulated.add_argument("--sites", type=int, metavar="个数", help="网站总数（默认按方案和登记册）")
    simulated.add_argument("--ballots", type=int, metavar="张数", help="选票总数")
    handed_out = add("templates", _templates, _TEMPLATES)
    handed_out.add_argument(
        "--source", metavar="来源", action="append", default=[], help="只做这个来源（或数据）的填报表，可以写几次；默认全部"
    )
    handed_out.add_argument("--output", type=Path, metavar="文件夹", help="写到这个文件夹（默认：数据目录的 templates/年度）")
    begun = add("new", _new, _NEW)
    begun.add_argument(
        "--from", dest="other", metavar="方案", help="从另一年（如 2007）、方案文件或数据目录抄来，日期移到这一年，登记册照搬"
    )
    begun.add_argument("--title", metavar="名称", help="评议的名称")
    begun.add_argument("--timezone", metavar="时区", help="如 Asia/Shanghai")
    for option, metavar, text in (
        ("--group", "名称=名次数", "一个组别和公布前几名，如 部门=20；编号另定的写 编号:名称=名次数"),
        ("--aspect", "名称=权重", "一项评议内容，如 信息公开=30"),
        ("--source", "名称=种类:权重", "一个来源，如 公众评议=ballots:60"),
        ("--weights", "组别=权重,…", "这一组的权重与其他组不同时，依来源的次序，如 区县=50,50"),
        ("--set", "来源.项=值", "来源的规则，如 公众评议.period=2025-11-01,2025-11-30"),
    ):
        begun.add_argument(option, action="append", metavar=metavar, help=f"{text}；可以写多个")
    written = add("method", _method, _METHOD)
    written.add_argument("--docx", type=Path, metavar="文件", help="写成 Word 文件，如 评议办法.docx；不打印")
    add("schema", _schema, _SCHEMA, home=False, year=False)
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
        if file["mapping"]:
            account = f"按映射 [{file['mapping']}] 读，文件 {file['file_rows']} 行，成为 {account}"
        say(f"  {file['dataset']}/{file['file']}：{account}{same}")
    if checked.set_aside:
        say("不合格的行：")
        _list([line for file in checked.set_aside for line in file.listed(options.rows)])
    if checked.gaps:
        say(f"应到而没有到（全部和期限：pingyi coverage {options.year}{_data(options)}）：")
        _list(checked.gaps[:_MOST_GAPS])
        if len(checked.gaps) > _MOST_GAPS:
            say(f"  · …… 共 {len(checked.gaps)} 家")
    _warn(checked.warnings)


def _coverage(options: argparse.Namespace) -> None:
    from flows.account import account, as_json, as_lines
    from flows.account.letters import write_letters
    from flows.coverage.listing import gap_frame
    from flows.evaluate.evaluation import today
    from flows.host.progress import terminal
    from flows.scheme.file import read_scheme

    chosen = settings.read_settings(options.data)
    if options.to and not options.letters:
        raise UsageError("--to 要与 --letters 同用。")
    scheme = read_scheme(chosen.home, options.year)
    with machine_faults(chosen.home.path), terminal() as tell:
        coverage = account(chosen, scheme, tell)
        if options.letters:
            files = write_letters(coverage, scheme, today(scheme), _site_or_source(chosen, scheme, options.to), options.letters)
    if options.csv:
        sys.stdout.write(gap_frame(coverage).write_csv())
    elif options.json:
        print(json_visible(as_json(coverage)))
    elif options.letters:
        say(f"写了 {len(files)} 份催报函，在 {options.letters}。发出以前请核对，落款和文号按你们的规矩补上。")
    else:
        for line in as_lines(coverage, scheme.title):
            say(line)
    if coverage.open and not options.letters:
        sys.exit(GateError.exit_status)


def _site_or_source(chosen: settings.Settings, scheme: "Scheme", text: str) -> str:
    """The id of the site or source that somebody names."""
    from flows.reading.spelling import fold
    from flows.receive.register import read_register

    named = {fold(name): source.id for source in scheme.sources for name in (source.id, source.label)}
    named |= read_register(chosen.home, scheme).names if text else {}
    if text and fold(text) not in named:
        raise UsageError(f"{scheme.year} 年没有叫“{text}”的网站或来源。名单见 raw/{scheme.year}/sites.csv。")
    return named[fold(text)] if text else ""


def _map(options: argparse.Namespace) -> None:
    from flows.mapping.file import proposal_for, write_proposal
    from flows.scheme.file import read_scheme

    home = settings.read_settings(options.data).home
    home.check()
    scheme = read_scheme(home, options.year)
    proposal = proposal_for(home, scheme, options.file, options.dataset)
    if not proposal.text:
        say(f"{options.file} 的列名都认得（{proposal.dataset}），不需要映射。", sys.stderr)
        return
    if options.write:
        with machine_faults(home.path):
            say(f"已写到 {_shown(write_proposal(home, proposal))}", sys.stderr)
    for line in proposal.text.rstrip().split("\n"):
        say(line)
    for sentence in (*proposal.notes, *filter(None, [proposal.sample])):
        say(f"提示：{sentence}。", sys.stderr)
    for sentence in proposal.unplaced:
        say(f"还差：{sentence}。", sys.stderr)
    if not proposal.is_complete:
        sys.exit(1)


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


def _templates(options: argparse.Namespace) -> None:
    import logging

    from flows.host.lock import only_writer
    from flows.host.progress import terminal
    from flows.templates import write_templates

    chosen = settings.read_settings(options.data)
    chosen.home.check()
    with (
        machine_faults(options.output or chosen.home.path),
        only_writer(chosen.home, f"templates {options.year}", chosen.wait, logging.getLogger("pingyi").warning),
        terminal() as tell,
    ):
        written = write_templates(chosen.home, options.year, only=options.source, output=options.output, tell=tell)
    say(written.sentence)
    _list(written.remarks)


def _new(options: argparse.Namespace) -> None:
    from flows.beginning import begin, begin_from, check_year, review
    from flows.beginning.questions import answer, ask, first_plan

    home = settings.read_settings(options.data).home
    check_year(home, options.year)
    given = _given(options)
    with machine_faults(home.path):
        if options.other:
            if set(given) - {"title"}:
                options.parser.error(f"--from 只能与 --title 同用，不能与 {'、'.join(sorted(set(given) - {'title'}))} 同用。")
            begun = begin_from(home, options.year, options.other, options.title or "")
        else:
            plan = first_plan(options.year)
            if given or not (sys.stdin.isatty() and sys.stdout.isatty()):
                needed = [f"--{name[:-1]}" for name in ("groups", "sources") if name not in given]
                if needed:
                    raise UsageError(
                        f"这里没有人可问，没有写出任何文件。请用选项写明 {'、'.join(needed)}（见 --help），或用 --from 从另一年抄来，"
                        "或在终端上不带选项运行，一项一项地答。"
                    )
                begun = begin(home, plan, tuple(answer(plan, given)))
            else:
                say(f"在 {home} 建 {options.year} 年度。方括号里的是不写时的答案，按回车就用它；Ctrl-C 不建了。")
                ask(plan, _typed, say)
                say("下面是写成句子的评议办法，请核对：")
                for line in review(plan):
                    say(f"  {line}")
                if _typed("按回车就写出方案、登记册和文件夹；写别的就不写：").strip():
                    raise UsageError("没有写出任何文件。要改就再运行一次，或写出以后改方案。")
                begun = begin(home, plan)
    for line in begun.lines(_data(options)):
        say(line)


def _given(options: argparse.Namespace) -> dict[str, list[str]]:
    """What the options of `new` answer, by the names of the questions."""
    given = {name: [value] for name in ("title", "timezone") if (value := getattr(options, name)) is not None}
    given |= {f"{name}s": values for name in ("group", "aspect", "source") if (values := getattr(options, name))}
    for option in ("weights", "set"):
        for text in getattr(options, option) or ():
            name, equals, value = text.replace("＝", "=", 1).partition("=")
            if not equals:
                options.parser.error(f"--{option} 应写成 名称=值，现在是“{text}”。")
            name = f"{name.strip()}.weights" if option == "weights" else name.strip()
            if name in given:
                options.parser.error(f"{name} 写了不止一次。")
            given[name] = [value.strip()]
    return given


def _typed(question: str) -> str:
    """What somebody types at the terminal behind a question."""
    while True:
        print(visible(question), end="", flush=True)
        # Polars has reading go on after Ctrl-C; waiting for a line ends with it.
        select.select([sys.stdin], [], [])
        line = sys.stdin.buffer.readline()
        if not line:
            raise UsageError("没有答完，没有写出任何文件。")
        with suppress(UnicodeDecodeError):
            return line.decode(sys.stdin.encoding)
        say(f"  · 写的不是 {sys.stdin.encoding.upper()} 的文字，请再写一遍。")


def _method(options: argparse.Namespace) -> None:
    from flows.method import as_lines, method, write_docx
    from flows.scheme.file import read_scheme

    home = settings.read_settings(options.data).home
    home.check()
    document = method(read_scheme(home, options.year))
    if options.docx:
        with machine_faults(options.docx.absolute().parent):
            write_docx(document, options.year, options.docx)
        say(f"评议办法已写到 {options.docx}。")
    else:
        for line in as_lines(document):
            say(line)


def _schema(options: argparse.Namespace) -> None:
    from flows.scheme.schema import schema_text

    print(schema_text(), end="")


def _model(options: argparse.Namespace) -> None:
    from flows.explain.model import all_models, card, find, table, trace
    from flows.host.columns import aligned

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
