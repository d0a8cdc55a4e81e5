"""Who may speak to the server: nobody without the password, if there is one, and no page of another origin ever.

A browser gets the password by a link that opens the interface once: its answer leaves a cookie, with which the pages come, and
gives the interface the password to keep, with which it asks the API. The cookie alone opens no API: a browser sends it to
every port of this machine.

Prefect checks the password for its API only, answers any Host (so that a page in the operator's own browser can reach it
by a name that it points here) and takes requests from pages of any origin. This stands before all of it.
"""

import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

Application = Callable[[dict[str, Any], Callable, Callable], Awaitable[None]]

# The interface asks a service elsewhere how it should watch its user; its pages may speak to this server only.
_POLICY = b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'"

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# The path of a link, before its token.
LINK = "/open/"
_COOKIE = "pingyi"
_COOKIE_LASTS = 30 * 86400
# The interface looks for the password under this name (Prefect 3.8).
_OPENING = """<!doctype html><meta charset="utf-8"><title>pingyi</title>
<script>localStorage.setItem("prefect-password", %s); location.replace("/");</script>
<noscript>请在浏览器里允许 JavaScript。</noscript>"""


def authorized(header: str | None, password: str | None) -> bool:
    """Whether a request's Authorization header carries `password` (user:password), if one is asked for."""
    if not password:
        return True
    scheme, _, credentials = (header or "").partition(" ")
    try:
        given = b64decode(credentials.strip(), validate=True)
    except (Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, password.encode())


def has_session(cookies: str | None, session: str) -> bool:
    """Whether a request's Cookie header carries the session that a link has given; False where there is none to have."""
    try:
        given = SimpleCookie(cookies or "").get(_COOKIE)
    except CookieError:
        return False
    return bool(session) and given is not None and hmac.compare_digest(given.value.encode(), session.encode())


def known_host(host: str | None, hosts: frozenset[str]) -> bool:
    """Whether a Host header names this server by one of `hosts`."""
    try:
        return bool(host) and urlsplit(f"//{host}").hostname in hosts
    except ValueError:
        return False


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from a page of this server, or from no page at all."""
    try:
        return origin is None or urlsplit(origin).netloc == host
    except ValueError:
        return False


def guarded(
    app: Application,
    password: str | None,
    hosts: frozenset[str],
    open_paths: frozenset[str],
    session: str = "",
    redeemed: Callable[[str], bool] = lambda token: False,
) -> Application:
    """`app`, an ASGI application, answering on `open_paths` to everybody and elsewhere to whom it should.

    A websocket's password comes in its first message, where Prefect itself asks for it. `redeemed` says of a link's token
    whether it gives the `session`.
    """

    async def guard(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host")
        if not known_host(host, hosts) or not same_origin(headers.get("origin"), host):
            await _refuse(scope, send, 403)
        elif scope["type"] == "websocket" or scope["path"] in open_paths or authorized(headers.get("authorization"), password):
            await app(scope, receive, _kept_here(send))
        elif scope["path"].startswith(LINK) and scope["method"] == "GET":
            if redeemed(scope["path"].removeprefix(LINK)):
                await _open(_kept_here(send), password or "", session)
            else:
                await _refuse(scope, send, 410)
        elif has_session(headers.get("cookie"), session) and not scope["path"].lower().startswith("/api"):
            await app(scope, receive, _kept_here(send))
        else:
            await _refuse(scope, send, 401)

    return guard


def _kept_here(send: Callable) -> Callable:
    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"content-security-policy", _POLICY)]}
        await send(message)

    return sent


async def _open(send: Callable, password: str, session: str) -> None:
    cookie = f"{_COOKIE}={session}; Path=/; Max-Age={_COOKIE_LASTS}; HttpOnly; SameSite=Strict"
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"set-cookie", cookie.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    credentials = json.dumps(b64encode(password.encode()).decode())
    await send({"type": "http.response.body", "body": (_OPENING % credentials).encode()})


_REFUSALS = {
    401: "需要用户名和密码。",
    403: "不接受来自这个地址的请求。",
    410: "这个链接用过了，或已过期。再运行一次 pingyi serve，它会给出一个新的链接。",
}


async def _refuse(scope: dict[str, Any], send: Callable, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="pingyi", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSALS[status].encode()})
