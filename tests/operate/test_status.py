"""The status: silence is an alarm, and so is what failed; an exit status for a monitor."""

import fcntl
import json
import threading
from collections import namedtuple
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.command import main
from flows.home import Home
from flows.host.lock import only_writer
from flows.operate import health
from flows.operate.health import ask_server
from flows.operate.instance import Serving, mark_served
from flows.operate.status import Server, read_status
from flows.results.publications import publish_draft
from tests.flows.homes import YEAR, small_home
from tests.results.results import write_draft

NOW = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)
GB = 1 << 30
SHANGHAI = ZoneInfo("Asia/Shanghai")
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


@pytest.fixture(autouse=True)
def disk(monkeypatch):
    """Sets how large the disk is and what is left of it, in GB; at first there is plenty."""

    def set_to(total, free):
        usage = Usage(total * GB, (total - free) * GB, free * GB)
        monkeypatch.setattr("flows.operate.status.shutil.disk_usage", lambda _: usage)

    set_to(100, 50)
    return set_to


def ran(home, hours_ago, outcome="done", what="nightly", sentence="", year=YEAR, **more):
    """A run on record that began so many hours ago; without an outcome it has no end. `more` is what newer records hold."""
    began = NOW - timedelta(hours=hours_ago)
    begun = {name: value for name, value in more.items() if name != "faults"}
    lines = [{"what": what, "year": year, "began": began.isoformat(), "process": 77, "flow_run": ""} | begun]
    if outcome:
        ended = {"ended": (began + timedelta(minutes=5)).isoformat(), "outcome": outcome, "sentence": sentence}
        lines.append(ended | ({"faults": more["faults"]} if "faults" in more else {}))
    (home / "runs").mkdir(exist_ok=True)
    path = home / "runs" / f"{began:%Y-%m-%dT%H%M%S}-{what}-{len(list((home / 'runs').iterdir()))}.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def faults(home):
    return [str(statement) for statement in read_status(Home(home), NOW).faults]


def test_after_a_good_night_all_is_well_and_its_age_is_told(home):
    ran(home, 10)
    status = read_status(Home(home), NOW)
    assert status.good and status.faults == ()
    assert "上一次成功的每晚运行：2024-03-10 10:00（10 小时前）" in status.facts


@pytest.mark.parametrize("outcome", ["done", "warnings"])
@pytest.mark.parametrize(
    ("hours", "late"), [(26, None), (26.1, "26 小时"), (47.9, "47 小时"), (48, "2 天"), (24 * 30, "30 天")]
)
def test_a_night_that_did_not_come_is_late(home, outcome, hours, late):
    ran(home, hours, outcome)
    sentences = faults(home)
    assert len(sentences) == bool(late)
    if late:
        began = NOW + timedelta(hours=8) - timedelta(hours=hours)
        assert sentences[0].startswith(f"每晚运行迟了：上一次成功是 {began:%Y-%m-%d %H:%M}，已经 {late}。")


def test_a_later_run_of_another_kind_is_no_night(home):
    ran(home, 30)
    ran(home, 1, what="yearly")
    assert [fault.partition("：")[0] for fault in faults(home)] == ["每晚运行迟了"]


def test_nights_that_all_failed_were_never_good(home):
    ran(home, 50, "failed")
    ran(home, 2, "failed", sentence="磁盘已满。")
    late, last = faults(home)
    assert "从来没有成功过，已经 2 天" in late
    assert last == "最近一次每晚运行没有成功。2024-03-10 18:00 每晚运行 2030：没有完成，用时 5 分钟：磁盘已满。"


def test_where_other_runs_are_on_record_and_never_a_night_it_is_late(home):
    mark_served(Home(home))
    ran(home, 27, what="draft")
    assert len(faults(home)) == 1 and "从来没有成功过，已经 27 小时" in faults(home)[0]


def test_a_new_home_has_its_first_night_before_it(home):
    assert faults(home) == []
    ran(home, 25, what="draft")
    assert faults(home) == []


@pytest.mark.parametrize(
    ("outcome", "words"), [("failed", "没有完成"), ("interrupted", "被中断"), (None, "进程消失（断电或被杀）")]
)
def test_a_last_night_that_came_to_nothing_is_told(home, outcome, words):
    ran(home, 20)
    ran(home, 10, outcome)
    (fault,) = faults(home)
    assert fault.startswith("最近一次每晚运行没有成功。2024-03-10 10:00 每晚运行 2030：") and words in fault


def test_a_night_that_is_under_way_is_not_judged_yet(home):
    ran(home, 20)
    with ran(home, 1, None).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        status = read_status(Home(home), NOW)
    assert status.good and [str(statement) for statement in status.running] == [
        "每晚运行 2030：正在运行，已 60 分钟（进程 77）"
    ]


def test_a_crawl_that_failed_is_told_until_a_good_night_has_made_up_for_it(home):
    ran(home, 12)
    ran(home, 8, "failed", what="crawl", sentence="线路不通。")
    assert (
        [fault for fault in faults(home) if "最近一次网站检测没有成功" in fault and "线路不通" in fault] == faults(home) != []
    )
    ran(home, 2)
    assert faults(home) == []


def test_a_yearly_run_that_failed_is_for_whoever_started_it(home):
    ran(home, 3)
    ran(home, 2, "failed", what="yearly")
    assert faults(home) == []


@pytest.mark.parametrize("made", [True, False])
def test_a_home_without_a_scheme_is_a_fault(tmp_path, made):
    home = tmp_path / "home"
    if made:
        home.mkdir()
    (fault,) = faults(home)
    assert str(home) in fault and ("没有任何评议方案" if made else "没有数据目录") in fault
    assert home.exists() == made


@pytest.mark.parametrize(
    ("total", "free", "expected"),
    [(100, 6, ""), (100, 5, ""), (100, 4.9, "4.9 GB（5%）"), (1000, 31, ""), (1000, 20, "20.0 GB（2%）")],
)
def test_a_disk_that_is_nearly_full_is_told_in_good_time(home, disk, total, free, expected):
    disk(total, free)
    assert [fault.partition("。")[0] for fault in faults(home)] == ([f"磁盘只剩 {expected}"] if expected else [])
    assert any(fact.startswith(f"磁盘还剩 {free:.1f} GB") for fact in read_status(Home(home), NOW).facts)


def test_what_is_published_and_what_waits_for_review_is_told(home):
    draft = write_draft(home)
    assert f"{YEAR} 年有草稿等待审阅：{draft.short}" in read_status(Home(home), NOW).facts
    publish_draft(
        Home(home), YEAR, draft, reason="", reviewed=True, by="office", now=lambda: datetime(2031, 1, 4, 20, 0, tzinfo=UTC)
    )
    published = f"{YEAR} 年已公布：{draft.short}，第 1 次公布，2031-01-05"
    facts = read_status(Home(home), NOW).facts
    assert published in facts and not [fact for fact in facts if "等待审阅" in fact]
    other = write_draft(home, "other")
    facts = read_status(Home(home), NOW).facts
    assert published in facts and f"{YEAR} 年有草稿等待审阅：{other.short}" in facts


def test_who_holds_the_home_is_told(home):
    with only_writer(Home(home), "yearly 2030", 0, print):
        (running,) = read_status(Home(home), NOW).running
    assert "yearly 2030" in str(running)
    assert read_status(Home(home), NOW).running == ()


def test_what_the_server_was_found_to_lack_is_a_fault_too(home):
    status = read_status(Home(home), NOW, Server(("服务器正常",), ("没有 worker",)))
    assert not status.good and "没有 worker" in map(str, status.faults) and "服务器正常" in status.facts


@pytest.fixture
def ask(monkeypatch, capsys, home, tmp_path):
    """Runs `pingyi status` on the home, with what the server is to be found like; returns exit status and output."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")

    def call(*options, server_faults=()):
        monkeypatch.setattr(health, "ask_server", lambda *_, **__: Server(("服务器正常",), tuple(server_faults)))
        status = 0
        try:
            main(["status", "--data", str(home), *options])
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().out

    return call


def test_the_command_ends_with_0_where_all_is_well(ask):
    status, out = ask()
    assert status == 0 and out.startswith("一切正常。") and "服务器正常" in out


def test_the_command_ends_with_1_and_says_what_is_amiss(ask, home):
    (home / "schemes" / f"{YEAR}.toml").unlink()
    status, out = ask(server_faults=["没有 worker 在工作"])
    assert status == 1 and out.startswith("有 2 处需要处理：")
    assert "没有任何评议方案" in out and "没有 worker 在工作" in out and "一切正常" not in out


@pytest.mark.parametrize(("server_faults", "code"), [([], 0), (["没有 worker 在工作"], 1)])
def test_a_program_gets_json_and_the_same_exit_status(ask, home, server_faults, code):
    status, out = ask("--json", server_faults=server_faults)
    answer = json.loads(out)
    assert (status, answer["good"], answer["faults"], answer["home"]) == (code, not code, server_faults, str(home))


def test_a_server_that_does_not_answer_is_a_fault_in_words(home):
    asked = ask_server(Home(home), "http://127.0.0.1:9/api")
    (fault,) = asked.faults
    assert (
        asked.facts == ()
        and fault.startswith("连不上 Prefect 服务器 http://127.0.0.1:9/api：")
        and "日程不会启动任何运行" in fault
    )
    assert "Traceback" not in fault


def test_where_no_server_is_named_and_none_is_expected_that_is_a_fact(home):
    ran(home, 2, what="yearly")
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        asked = ask_server(Home(home))
    (fact,) = asked.facts
    assert asked.faults == () and "没有运行 Prefect 服务器" in fact and "pingyi serve" in fact
    assert read_status(Home(home), NOW, asked).good


@pytest.mark.parametrize("way", ["serve was at work on it", "a deployment has run"])
def test_where_a_server_is_expected_and_none_is_named_that_is_a_fault(home, way):
    if way == "a deployment has run":
        ran(home, 2, deployed=True)
    else:
        mark_served(Home(home))
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        asked = ask_server(Home(home))
    (fault,) = asked.faults
    assert asked.facts == () and "没有运行 Prefect 服务器" in fault and "pingyi serve" in fault
    assert (str(home / ".pingyi.served") in fault) == (way != "a deployment has run")


def test_whoever_runs_commands_by_hand_is_not_told_of_nights(home):
    ran(home, 24 * 90, what="yearly")
    ran(home, 24 * 80, "failed", what="yearly")
    assert faults(home) == []


def test_a_failure_is_told_whole_with_its_list_and_its_run(home):
    listed = [f"raw/2030/voted/{number}.csv：缺少必需的列" for number in range(40)]
    ran(home, 3, "failed", what="draft", sentence="有 40 个文件无法接收：", faults=listed, flow_run="a-run")
    (fault,) = read_status(Home(home), NOW).faults
    assert fault.sentence.endswith("有 40 个文件无法接收：") and fault.listed == tuple(listed) and fault.flow_run == "a-run"


def test_a_publication_record_that_cannot_be_read_is_a_fault_and_the_rest_is_told(home):
    write_draft(home)
    publish_draft(Home(home), YEAR, write_draft(home), reason="", reviewed=True, by="office")
    (home / "publications" / str(YEAR) / "record.jsonl").write_text('{"number": 1, "sha', encoding="utf-8")
    status = read_status(Home(home), NOW)
    (fault,) = status.faults
    assert "record.jsonl 读不出来" in str(fault) and "备份" in str(fault) and any("磁盘还剩" in fact for fact in status.facts)


@pytest.mark.parametrize(("timezone", "hour", "words"), [
    ("Asia/Shanghai", "18:00", "北京时间"), ("America/New_York", "06:00", "America/New_York 时间"), ("Asia/Kolkata", "15:30", "Asia/Kolkata 时间"),
])  # fmt: skip
def test_times_are_the_schemes_and_the_zone_is_said_once(ask, home, timezone, hour, words):
    scheme = home / "schemes" / f"{YEAR}.toml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace("Asia/Shanghai", timezone), encoding="utf-8")
    ran(home, 2, "failed", sentence="坏了。")
    out = ask()[1]
    assert f"2024-03-10 {hour} 每晚运行" in out and out.count(words) == 1
    answer = json.loads(ask("--json")[1])
    assert answer["runs"][0]["run"].startswith(f"2024-03-10 {hour}")


@pytest.mark.parametrize("broken", ["", "timezone = 3", 'timezone = "Nowhere/City"', "[[[", "timezone = ["])
def test_a_scheme_without_a_zone_leaves_the_older_ones(home, broken):
    (home / "schemes" / "2031.toml").write_text(broken, encoding="utf-8")
    ran(home, 2)
    assert any("2024-03-10 18:00" in fact for fact in read_status(Home(home), NOW).facts)


@contextmanager
def answering(code, body):
    """A server that answers everything with the same."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            """The test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(("code", "body"), [(200, b"<html>login</html>"), (200, b"{}"), (500, b"broken"), (401, b"")])
def test_a_server_that_answers_something_else_is_a_fault(home, code, body):
    with answering(code, body) as url:
        (fault,) = ask_server(Home(home), url).faults
    assert url in fault and "Traceback" not in fault


class Answering:
    """What the server's client is asked, with a nightly deployment that is as it should be unless told otherwise."""

    def __init__(
        self,
        runs=(),
        workers=(),
        paused=False,
        active=True,
        deployed=True,
        pool=True,
        pool_paused=False,
        age=timedelta(hours=1),
    ):
        schedules = [SimpleNamespace(active=active, created=datetime.now(UTC) - age)]
        self.deployment = SimpleNamespace(id=uuid4(), paused=paused, schedules=schedules) if deployed else None
        self.runs, self.workers = list(runs), list(workers) if pool else None
        self.pool = SimpleNamespace(is_paused=pool_paused)

    def read_deployment_by_name(self, name):
        if self.deployment is None:
            raise ObjectNotFound(KeyError(name))
        return self.deployment

    def read_flow_runs(self, **_):
        return self.runs

    def read_work_pool(self, name):
        if self.workers is None:
            raise ObjectNotFound(KeyError(name))
        return self.pool

    def read_workers_for_work_pool(self, name):
        if self.workers is None:
            raise ObjectNotFound(KeyError(name))
        return self.workers


def coming(state="Scheduled", hours=14, auto=True):
    start = datetime(2024, 3, 10, 18, 30, tzinfo=UTC) + timedelta(hours=hours - 14)
    return SimpleNamespace(state_name=state, expected_start_time=start, auto_scheduled=auto)


def test_schedules_that_make_runs_are_well_and_the_next_is_told():
    following, later = coming(), coming(hours=38)
    asked = health._schedules(Answering([later, following]), SHANGHAI, False)
    assert asked.facts[0] == "nightly/nightly 下一次运行：2024-03-11 02:30" and asked.faults == ()


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (Answering(deployed=False), "没有 nightly/nightly 这个部署"),
        (Answering([coming()], paused=True), "日程被暂停了"),
        (Answering([coming()], active=False), "日程被暂停了"),
        (Answering([]), "没有产生任何等待中的运行"),
        (Answering([coming(auto=False)]), "没有产生任何等待中的运行"),
        (Answering([coming("Late", -1), coming()]), "有 1 次运行该开始而没有开始"),
    ],
)
def test_a_schedule_that_will_start_nothing_is_a_fault(server, words):
    fault, *_ = health._schedules(server, SHANGHAI, False).faults
    assert words in fault


def test_every_deployment_that_runs_by_schedule_is_looked_at():
    faults = health._schedules(Answering(paused=True), SHANGHAI, False).faults
    assert [fault.split(" ")[0] for fault in faults] == ["nightly/nightly", "yearly", "reproduce/reproduce"]


def test_what_runs_once_a_year_need_not_have_a_run_yet():
    assert [fault.split(" ")[0] for fault in health._schedules(Answering(runs=[]), SHANGHAI, False).faults] == [
        "nightly/nightly"
    ]


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (Answering(workers=[]), "没有 worker 在工作"),
        (Answering(workers=[SimpleNamespace(last_heartbeat_time=None)]), "没有 worker 在工作"),
        (
            Answering(workers=[SimpleNamespace(last_heartbeat_time=datetime.now(UTC) - timedelta(minutes=2))]),
            "没有 worker 在工作",
        ),
        (Answering(pool=False), "没有名为 pingyi 的 work pool"),
        (Answering(workers=[SimpleNamespace(last_heartbeat_time=datetime.now(UTC))], pool_paused=True), "被暂停了"),
    ],
)
def test_nobody_at_work_is_a_fault(server, words):
    asked = health._workers(server, False)
    (fault,) = asked.faults
    assert asked.facts == () and words in fault


@pytest.mark.parametrize(("age", "young", "expected"), [
    (timedelta(seconds=5), False, "starting"), (timedelta(hours=1), True, "starting"), (timedelta(minutes=5), False, "faults"),
])  # fmt: skip
def test_a_schedule_that_was_registered_a_moment_ago_is_starting(age, young, expected):
    asked = health._schedules(Answering([], age=age), SHANGHAI, young)
    assert [name for name in ("facts", "faults", "starting") if getattr(asked, name)] == [expected]


def test_a_worker_that_has_not_reported_yet_is_starting_for_a_while():
    assert health._workers(Answering(), True).starting and not health._workers(Answering(), True).faults
    assert health._workers(Answering(pool_paused=True), True).faults


def test_while_serve_comes_up_nothing_of_the_server_is_a_fault(home):
    asked = ask_server(Home(home), "http://127.0.0.1:9/api", up=False)
    assert asked.faults == () and "正在启动" in asked.starting[0]
    status = read_status(Home(home), NOW, asked)
    assert status.good and status.verdict == "正在启动"


def test_serve_is_young_until_it_has_been_up_for_a_while():
    serving = Serving("ui", "pages", "home", 7, "2024-03-10T20:00:00+08:00")
    assert serving.is_young(NOW + timedelta(days=1))
    up = Serving("ui", "pages", "home", 7, "2024-03-10T20:00:00+08:00", "2024-03-10T20:00:00+08:00")
    assert [up.is_young(NOW + timedelta(seconds=seconds)) for seconds in (0, 149, 151)] == [True, True, False]


def test_a_worker_that_is_awake_is_counted():
    awake, asleep = (SimpleNamespace(last_heartbeat_time=datetime.now(UTC) - timedelta(seconds=age)) for age in (10, 1000))
    assert health._workers(Answering(workers=[awake, asleep]), False) == Server(("有 1 个 worker 在工作",))


def test_a_run_that_is_done_and_shows_as_failed_is_told_and_is_no_fault(home):
    path = ran(home, 3, sentence="暂行得分已刷新。")
    flow_run = str(uuid4())
    path.write_text(path.read_text(encoding="utf-8").replace('"flow_run": ""', f'"flow_run": "{flow_run}"'), encoding="utf-8")
    shown = SimpleNamespace(id=flow_run, name="每晚运行 2030", state_name="Crashed")
    sentence = "界面上“每晚运行 2030”显示为 Crashed，其实已经完成：暂行得分已刷新。"
    assert health._disagreements(Answering([shown]), Home(home)) == Server((sentence,))
