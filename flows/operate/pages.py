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
import socket
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime, tzinfo
from html import escape
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from flows.errors import json_visible, visible_lines
from flows.home import Home
from flows.host.ports import HOST, listen
from flows.host.zones import home_zone, zone_words
from flows.operate.guard import LOOPBACK, authorized, has_session, known_host
from flows.operate.password import session_of
from flows.operate.statement import Statement
from flows.operate.status import Status, as_json, link, statement
from flows.results.numbered import linked_number

logger = logging.getLogger("pingyi")
_OF_A_YEAR = re.compile(r"(|/files)/results/([0-9]{4})(?=/)")

# The folders that are shown.
_NAMES = {"drafts": "草稿", "results": "公布的结果", "publications": "以前公布的结果", "quarantine": "不合格的行"}
_RUNS = 20
_WHOLE = 30
_HEAD = '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; }
body { font: 16px/1.7 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } .good { color: var(--good); } .bad { color: var(--bad); }
li { margin: .2rem 0; overflow-wrap: anywhere; } summary { cursor: pointer; } .run { white-space: nowrap; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1.5rem .2rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; font-size: .9rem; }
"""


@contextmanager
def pages(home: Home, at: socket.socket, read: Callable[[], Status], password: str | None, ui: str) -> Generator[str]:
    """Serves the pages of a data home, at a port that was taken, in a thread of its own; yields their address."""
    handler = type("Handler", (_Pages,), {"home": home, "read": staticmethod(read), "password": password, "ui": ui})
    server = _Server(at, handler)
    thread = Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def __init__(self, at: socket.socket, handler: type[SimpleHTTPRequestHandler]) -> None:
        super().__init__(at.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        # A descriptor of its own: the port stays whoever's it is who took it.
        self.socket = at.dup()
        self.server_port = at.getsockname()[1]
        listen(self.socket)

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
        self._answer(super().do_GET)

    def do_HEAD(self) -> None:
        self._answer(super().do_HEAD)

    def _answer(self, file: Callable[[], None]) -> None:
        path = self._asked()
        standing = self._standing(path)
        if not known_host(self.headers.get("Host"), LOOPBACK):
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "不接受来自这个地址的请求。")
        elif path != "/health" and not self._may_look():
            asked = ("WWW-Authenticate", 'Basic realm="pingyi"')
            self._send(HTTPStatus.UNAUTHORIZED, "text/plain", "需要用户名和密码。", asked)
        elif path in ("/health", "/", "/status.json"):
            self._tell(path)
        elif standing:
            self._send(HTTPStatus.FOUND, "text/plain", "这一年公布的结果在那里。", ("Location", standing))
        elif path.startswith("/files/") and path.endswith("/"):
            self.path = self.path.removeprefix("/files")
            folder = self.translate_path(self.path)
            if self._shown() and Path(folder).is_dir():
                self.list_directory(folder)
            else:
                self._send_missing()
        elif self._shown() and self._is_readable():
            file()
        else:
            self._send_missing()

    def _may_look(self) -> bool:
        session = session_of(self.password) if self.password else ""
        return authorized(self.headers.get("Authorization"), self.password) or has_session(self.headers.get("Cookie"), session)

    def _tell(self, path: str) -> None:
        try:
            status = type(self).read()
        except Exception as fault:
            # A monitor takes no answer for a network that is slow; that the status itself is broken must be said.
            logger.exception("the status could not be read")
            why = f"状态读不出来（{type(fault).__name__}: {fault}）。请交给维护人员。"
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", why)
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

    def list_directory(self, path: Any) -> None:
        # The base class calls it too, for a folder without a page of its own; None tells it that all is sent.
        try:
            text = listing(Path(path), self.home, home_zone(self.home))
        except OSError:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "这个文件夹打不开。")
            return
        self._send(HTTPStatus.OK, "text/html", text)

    def _shown(self) -> bool:
        """Whether the path names something in one of the folders that are shown, and nothing hidden there."""
        parts = unquote(self._asked()).split("/")
        return (
            "".join(parts[1:2]) in _NAMES
            and not any(part.strip(".") and part.startswith(".") for part in parts)
            and self._is_inside()
        )

    def _is_inside(self) -> bool:
        """Whether the path, wherever its links lead, lies in one of the folders that are shown."""
        path = self.translate_path(self.path)
        if "\0" in path:
            return False
        # Of a folder the base class shows its page, where it has one, which may be a link as well.
        reals = [Path(os.path.realpath(Path(path, *page))) for page in ((), ("index.html",), ("index.htm",))]
        folders = [(self.home.path / shown).resolve() for shown in _NAMES]
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

    def _send_missing(self) -> None:
        self._send(HTTPStatus.NOT_FOUND, "text/plain", "没有这个页面。")

    def _send(self, status: HTTPStatus, kind: str, text: str, *headers: tuple[str, str]) -> None:
        # A path may have bytes that are no text, and a name characters that nobody should obey.
        body = (json_visible if kind == "application/json" else visible_lines)(text).encode()
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
        _HEAD,
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


def listing(folder: Path, home: Home, zone: tzinfo) -> str:
    """The page of a folder that lies in a data home: the names, sizes and times of its files. Hidden files, which a run is still writing, are left out."""
    inside = folder.relative_to(home.path).parts
    title = " / ".join([_NAMES.get(inside[0], inside[0]), *inside[1:]])
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    entries.sort(key=lambda path: (path.is_file(), path.name))
    rows = "".join(_row(path, zone) for path in entries) or '<tr><td colspan="3">（空的）</td></tr>'
    # Above the topmost folder of each kind is the status.
    up = '<a href="../">上一级</a>' if len(inside) > 1 else '<a href="/">状态</a>'
    return (
        f"{_HEAD}<title>{_shown(title)}</title><style>{_STYLE}</style></head><body><main><h1>{_shown(title)}</h1><p>{up}</p>"
        f"<table><thead><tr><th>名称</th><th>大小</th><th>时间</th></tr></thead><tbody>{rows}</tbody></table></main>"
        f"<footer>时间是{escape(zone_words(zone))}。</footer></body></html>"
    )


def _row(path: Path, zone: tzinfo) -> str:
    try:
        stat = path.stat()
        at = f"{datetime.fromtimestamp(stat.st_mtime, zone):%Y-%m-%d %H:%M}"
    except (OSError, ValueError, OverflowError):
        # A link that leads nowhere, what was taken away a moment ago, or a time that no calendar has.
        return f"<tr><td>{_shown(path.name)}</td><td></td><td></td></tr>"
    ending = "/" if path.is_dir() else ""
    address = quote(path.name, errors="surrogateescape") + ending
    size = "" if ending else _size(stat.st_size)
    return f'<tr><td><a href="{address}">{_shown(path.name)}{ending}</a></td><td>{size}</td><td>{at}</td></tr>'


def _shown(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


def _size(number: int) -> str:
    if number < 1024:
        return f"{number} 字节"
    return f"{number / 1024:.0f} KB" if number < 1 << 20 else f"{number / (1 << 20):.1f} MB"
