"""The status as a page, and the files of drafts and results for whoever follows a link from the UI.

/                      the status, for people            /health   200 or 503, for monitors; open to everybody
/status.json           the same for programs             /drafts/ /results/ /publications/ /quarantine/   the data home's files
/files/drafts/ …       the same as lists of files, also where a folder has a page of its own

/results/2007/ leads on to the publication that stands, /publications/2007/2/: whoever reads on there reads that one only,
whatever is published meanwhile.
"""

import logging
import os
import re
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from html import escape
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from flows.home import Home
from flows.host.zones import home_zone, zone_words
from flows.operate.guard import LOOPBACK, authorized, known_host
from flows.operate.listing import listing
from flows.operate.rendering import as_json, link
from flows.operate.statement import Statement
from flows.operate.status import Status, statement
from flows.results.numbered import linked_number

logger = logging.getLogger("pingyi")
_OF_A_YEAR = re.compile(r"(|/files)/results/([0-9]{4})(?=/)")

SHOWN = ("drafts", "results", "publications", "quarantine")
_RUNS = 20
_WHOLE = 30
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; }
body { font: 16px/1.7 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } .good { color: var(--good); } .bad { color: var(--bad); }
li { margin: .2rem 0; overflow-wrap: anywhere; } summary { cursor: pointer; } .run { white-space: nowrap; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1.5rem .2rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; font-size: .9rem; }
"""


@contextmanager
def pages(home: Home, host: str, port: int, read: Callable[[], Status], password: str | None, ui: str) -> Generator[str]:
    """Serves the pages of a data home in a thread of its own; yields their address."""

    class Handler(_Pages):
        pass

    Handler.home, Handler.read, Handler.password, Handler.ui = home, staticmethod(read), password, ui
    server = _Server((host, port), Handler)
    thread = Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of the operator's business; what else ends a request is said in a line."""
        fault = sys.exc_info()[1]
        if not isinstance(fault, ConnectionError | TimeoutError):
            logger.error("a request of %s ended in %s: %s", client_address, type(fault).__name__, fault)


class _Pages(SimpleHTTPRequestHandler):
    """One request; `home`, `read`, `password` and `ui` are set by `pages`."""

    home: Home
    read: Callable[[], Status]
    password: str | None
    ui: str
    server_version = "pingyi"
    sys_version = ""

    def do_GET(self) -> None:
        if self._may():
            self._answer(super().do_GET)

    def do_HEAD(self) -> None:
        if self._may():
            self._answer(super().do_HEAD)

    def _may(self) -> bool:
        if not known_host(self.headers.get("Host"), LOOPBACK):
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "不接受来自这个地址的请求。")
            return False
        if self._asked() != "/health" and not authorized(self.headers.get("Authorization"), self.password):
            self._send(
                HTTPStatus.UNAUTHORIZED, "text/plain", "需要用户名和密码。", ("WWW-Authenticate", 'Basic realm="pingyi"')
            )
            return False
        return True

    def _answer(self, file: Callable[[], None]) -> None:
        path = self._asked()
        standing = self._standing(path)
        if path in ("/health", "/", "/status.json"):
            self._tell(path)
        elif standing:
            self._send(HTTPStatus.FOUND, "text/plain", "这一年公布的结果在那里。", ("Location", standing))
        elif path.startswith("/files/") and path.endswith("/"):
            self.path = self.path.removeprefix("/files")
            self._list()
        elif self._shown() and self._is_readable():
            file()
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "没有这个页面。")

    def _tell(self, path: str) -> None:
        try:
            status = type(self).read()
        except Exception as fault:
            # A monitor takes no answer for a network that is slow; that the status itself is broken must be said.
            logger.exception("the status could not be read")
            self._send(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "text/plain",
                f"状态读不出来（{type(fault).__name__}: {fault}）。请交给维护人员。",
            )
            return
        if path == "/health":
            code = HTTPStatus.OK if status.good else HTTPStatus.SERVICE_UNAVAILABLE
            self._send(code, "text/plain", "good" if status.good else "not good")
        elif path == "/":
            self._send(HTTPStatus.OK, "text/html", page(status, self.ui))
        else:
            self._send(HTTPStatus.OK, "application/json", "\n".join(as_json(status, self.ui)))

    def _asked(self) -> str:
        """The path that is asked for; empty where it is none."""
        try:
            return urlsplit(self.path).path
        except ValueError:
            return ""

    def _list(self) -> None:
        folder = self.translate_path(self.path)
        if not self._shown() or not Path(folder).is_dir():
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "没有这个页面。")
            return
        self.list_directory(folder)

    def list_directory(self, path: Any) -> None:
        # The base class calls it too, for a folder without a page of its own; None tells it that all is sent.
        try:
            text = listing(Path(path), self.home, home_zone(self.home), _STYLE)
        except OSError:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "这个文件夹打不开。")
            return
        self._send(HTTPStatus.OK, "text/html", text)

    def _shown(self) -> bool:
        """Whether the path names something in one of the folders that are shown, and nothing hidden there."""
        parts = unquote(self._asked()).split("/")
        return (
            "".join(parts[1:2]) in SHOWN
            and not any(part.strip(".") and part.startswith(".") for part in parts)
            and self._inside()
        )

    def _inside(self) -> bool:
        """Whether the path, wherever its links lead, lies in one of the folders that are shown."""
        path = self.translate_path(self.path)
        if "\0" in path:
            return False
        # Of a folder the base class shows its page, where it has one, which may be a link as well.
        reals = [Path(os.path.realpath(Path(path, *page))) for page in ((), ("index.html",), ("index.htm",))]
        folders = [(self.home.path / shown).resolve() for shown in SHOWN]
        return all(any(real.is_relative_to(folder) for folder in folders) for real in reals)

    def _is_readable(self) -> bool:
        """Whether what the path names may be opened without waiting: a pipe would keep its thread for ever."""
        path = Path(self.translate_path(self.path))
        pages = [path / page for page in ("index.html", "index.htm")]
        return all(not candidate.exists() or candidate.is_file() or candidate.is_dir() for candidate in (path, *pages))

    def _standing(self, path: str) -> str:
        """Where a path below a year's link leads, in the folder of the publication that stands; empty for any other path."""
        match = _OF_A_YEAR.match(path)
        if not match or "/.." in unquote(path):
            return ""
        number = linked_number(self.home, int(match[2]), self.home.results(int(match[2])))
        return f"{match[1]}/publications/{match[2]}/{number}{path[match.end() :]}" if number else ""

    def translate_path(self, path: str) -> str:
        # The base class joins the cleaned path to this folder.
        self.directory = str(self.home)
        return super().translate_path(path)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def _send(self, status: HTTPStatus, kind: str, text: str, *headers: tuple[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are not logged: a monitor asks every minute."""


def page(status: Status, ui: str) -> str:
    """The status as HTML; it brings itself up to date."""
    color = "bad" if status.faults else "good"
    facts = map(Statement, status.facts)
    recent = (statement(run, status.at) for run in status.ended[:_RUNS])
    at = f"{status.at:%Y-%m-%d %H:%M:%S}，时刻都是{zone_words(status.at.tzinfo)}"
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f'<meta http-equiv="refresh" content="20"><title>评议系统状态</title><style>{_STYLE}</style></head><body><main>',
        f'<h1 class="{color}">{status.verdict}</h1>',
        _list("需要处理", status.faults, ui, most=_WHOLE),
        _list("正在启动", map(Statement, status.starting), ui),
        _list("正在进行", status.running, ui),
        _list("情况", facts, ui),
        _list("最近的运行", recent, ui),
        '<h2>文件</h2><ul><li><a href="/files/drafts/">草稿</a></li><li><a href="/files/results/">公布的结果</a></li>'
        '<li><a href="/files/publications/">以前公布的结果</a></li><li><a href="/files/quarantine/">不合格的行</a></li></ul>',
        f'<p><a href="{escape(ui)}">操作界面（Prefect）</a></p></main>',
        f"<footer>{escape(str(status.home))}，{escape(at)}。</footer></body></html>",
    ]
    return "\n".join(parts)


def _list(title: str, statements: Iterable[Statement], ui: str, most: int = 0) -> str:
    items = "".join(f"<li>{_item(entry, ui, most)}</li>" for entry in statements)
    return f"<h2>{title}</h2><ul>{items}</ul>" if items else ""


def _item(entry: Statement, ui: str, most: int) -> str:
    """A sentence, the way to its run, and its list: beyond `most` entries behind a line that opens it."""
    shown = f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in entry.listed)}</ul>" if entry.listed else ""
    if len(entry.listed) > most:
        shown = f"<details><summary>全部 {len(entry.listed)} 条</summary>{shown}</details>"
    address = link(entry, ui)
    way = f' <a class="run" href="{escape(address)}">看这次运行</a>' if address else ""
    return f"{escape(entry.sentence)}{way}{shown}"
