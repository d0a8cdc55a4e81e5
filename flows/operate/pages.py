"""The status as a page, and the files of drafts and results for whoever follows a link from the UI.

    /                      the status, for people            /health   200 or 503, for monitors; open to everybody
    /status.json           the same for programs             /drafts/ /results/ /publications/ /quarantine/   the data home's files
    /files/drafts/ …       the same as lists of files, also where a folder has a page of its own
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

from flows.operate.guard import LOOPBACK, authorized, known_host
from flows.operate.status import Status, sentence
from flows.runs import RUNNING

SHOWN = ("drafts", "results", "publications", "quarantine")
_RUNS = 20
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; }
body { font: 16px/1.7 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } .good { color: var(--good); } .bad { color: var(--bad); }
li { margin: .2rem 0; overflow-wrap: anywhere; } footer { border-top: 1px solid var(--line); margin-top: 2rem; font-size: .9rem; }
"""


@contextmanager
def pages(home: Path, host: str, port: int, read: Callable[[], Status], password: str | None, ui: str) -> Iterator[str]:
    """Serves the pages of a data home in a thread of its own; yields their address."""

    class Handler(_Pages):
        pass

    Handler.home, Handler.read, Handler.password, Handler.ui = home, staticmethod(read), password, ui
    server = ThreadingHTTPServer((host, port), Handler)
    thread = Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Pages(SimpleHTTPRequestHandler):
    """One request; `home`, `read`, `password` and `ui` are set by `pages`."""

    home: Path
    read: Callable[[], Status]
    password: str | None
    ui: str
    server_version = "pingyi"
    sys_version = ""

    def do_GET(self) -> None:  # noqa: N802
        if self._may():
            self._answer(super().do_GET)

    def do_HEAD(self) -> None:  # noqa: N802
        if self._may():
            self._answer(super().do_HEAD)

    def _may(self) -> bool:
        if not known_host(self.headers.get("Host"), LOOPBACK):
            self._send(HTTPStatus.FORBIDDEN, "text/plain", "不接受来自这个地址的请求。")
            return False
        if self._asked() != "/health" and not authorized(self.headers.get("Authorization"), self.password):
            self._send(HTTPStatus.UNAUTHORIZED, "text/plain", "需要用户名和密码。", ("WWW-Authenticate", 'Basic realm="pingyi"'))
            return False
        return True

    def _answer(self, file: Callable[[], None]) -> None:
        path = self._asked()
        if path == "/health":
            good = type(self).read().good
            self._send(HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", "good" if good else "not good")
        elif path == "/":
            self._send(HTTPStatus.OK, "text/html", page(type(self).read(), self.ui))
        elif path == "/status.json":
            self._send(HTTPStatus.OK, "application/json", json.dumps(as_json(type(self).read()), ensure_ascii=False))
        elif path.startswith("/files/") and path.endswith("/"):
            self.path = self.path.removeprefix("/files")
            self._list()
        elif self._shown():
            file()
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "没有这个页面。")

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
        listing = self.list_directory(folder)
        if listing:
            with listing:
                if self.command != "HEAD":
                    self.copyfile(listing, self.wfile)

    def _shown(self) -> bool:
        """Whether the path names something in one of the folders that are shown, and nothing hidden there."""
        parts = unquote(self._asked()).split("/")
        return "".join(parts[1:2]) in SHOWN and not any(part.strip(".") and part.startswith(".") for part in parts) and self._inside()

    def _inside(self) -> bool:
        """Whether the path, wherever its links lead, lies in one of the folders that are shown."""
        path = self.translate_path(self.path)
        if "\0" in path:
            return False
        # Of a folder the base class shows its page, where it has one, which may be a link as well.
        reals = [Path(path, *page).resolve() for page in ((), ("index.html",), ("index.htm",))]
        folders = [(self.home / shown).resolve() for shown in SHOWN]
        return all(any(real.is_relative_to(folder) for folder in folders) for real in reals)

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


def as_json(status: Status) -> dict[str, object]:
    return {
        "good": status.good,
        "home": str(status.home),
        "at": status.at.isoformat(),
        "faults": status.faults,
        "facts": status.facts,
        "running": status.running,
    }


def page(status: Status, ui: str) -> str:
    """The status as HTML; it brings itself up to date."""
    verdict = '<h1 class="good">一切正常</h1>' if status.good else f'<h1 class="bad">有 {len(status.faults)} 处需要处理</h1>'
    recent = [sentence(run, status.at) for run in status.runs if run.outcome != RUNNING][:_RUNS]
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f'<meta http-equiv="refresh" content="20"><title>评议系统状态</title><style>{_STYLE}</style></head><body><main>',
        verdict,
        _list("需要处理", status.faults),
        _list("正在进行", status.running),
        _list("情况", status.facts),
        _list("最近的运行", recent),
        '<h2>文件</h2><ul><li><a href="/files/drafts/">草稿</a></li><li><a href="/files/results/">公布的结果</a></li>'
        '<li><a href="/files/publications/">以前公布的结果</a></li><li><a href="/files/quarantine/">不合格的行</a></li></ul>',
        f'<p><a href="{escape(ui)}">操作界面（Prefect）</a></p></main>',
        f"<footer>{escape(str(status.home))}，{status.at:%Y-%m-%d %H:%M:%S}</footer></body></html>",
    ]
    return "\n".join(parts)


def _list(title: str, lines: tuple[str, ...] | list[str]) -> str:
    if not lines:
        return ""
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
