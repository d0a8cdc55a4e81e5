"""Who may speak to the server: nobody without the password, if there is one, and no page of another origin ever.

Prefect checks the password for its API only, answers any Host (so that a page in the operator's own browser can reach it
by a name that it points here) and takes requests from pages of any origin. This stands before all of it.
"""

import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

Application = Callable[[dict[str, Any], Callable, Callable], Awaitable[None]]

# The interface asks a service elsewhere how it should watch its user; its pages may speak to this server only.
_POLICY = b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'"

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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


def guarded(app: Application, password: str | None, hosts: frozenset[str], open_paths: frozenset[str]) -> Application:
    """`app`, an ASGI application, answering on `open_paths` to everybody and elsewhere to whom it should.

    A websocket's password comes in its first message, where Prefect itself asks for it.
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
        else:
            await _refuse(scope, send, 401)

    return guard


def _kept_here(send: Callable) -> Callable:
    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"content-security-policy", _POLICY)]}
        await send(message)

    return sent


async def _refuse(scope: dict[str, Any], send: Callable, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="pingyi", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    text = "需要用户名和密码。" if status == 401 else "不接受来自这个地址的请求。"
    await send({"type": "http.response.body", "body": text.encode()})
