"""The guard before the server: who is let in, who is asked for the password, and who is turned away."""

import asyncio
from base64 import b64encode

import pytest

from flows.operate.guard import LOOPBACK, guarded

PASSWORD = "office:correct horse 密码"
OPEN = frozenset({"/api/health"})
HERE = "127.0.0.1:4200"
SESSION = "5e55"


def basic(credentials):
    return "Basic " + b64encode(credentials.encode()).decode()


def ask(path="/api/flows", *, host=HERE, password=PASSWORD, kind="http", method="GET", tokens=(), **headers):
    """What a request comes to: "let in", or the status or close code of the refusal, with its headers."""
    sent = []

    async def app(scope, receive, send):
        sent.append({"type": "let in"})

    async def send(message):
        sent.append(message)

    given = [(b"host", host.encode("latin-1"))] if host is not None else []
    given += [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "method": method, "headers": given}
    asyncio.run(guarded(app, password, LOOPBACK, OPEN, SESSION, tokens.__contains__)(scope, None, send))
    first = sent[0]
    return first.get("status") or first.get("code") or first["type"], dict(first.get("headers", []))


def verdict(*arguments, **named):
    return ask(*arguments, **named)[0]


@pytest.mark.parametrize("given", [basic(PASSWORD), basic(PASSWORD).replace("Basic", "BASIC"), basic(PASSWORD) + " "])
def test_the_right_password_is_let_in(given):
    assert verdict(authorization=given) == "let in"


@pytest.mark.parametrize(
    "given",
    [basic("office:wrong"), basic(PASSWORD + " "), basic(""), basic("office"), "", "Basic", "Basic ", "Basic é", basic(PASSWORD)[:20] + "*" + basic(PASSWORD)[20:],
     "Basic b2Zm=aWNl", "Bearer " + basic(PASSWORD).split()[1], basic(PASSWORD).split()[1], PASSWORD.encode().decode("latin-1")],
)  # fmt: skip
def test_a_wrong_or_malformed_password_is_asked_for_again(given):
    status, headers = ask(authorization=given)
    assert status == 401 and headers[b"www-authenticate"].startswith(b"Basic ")


def test_without_a_password_it_is_asked_for():
    assert verdict() == 401


@pytest.mark.parametrize("password", [None, ""])
def test_where_no_password_is_set_none_is_asked_for(password):
    assert verdict(password=password) == "let in"


@pytest.mark.parametrize(
    ("path", "result"), [("/api/health", "let in"), ("/api/health/", 401), ("/api/healthy", 401), ("/API/health", 401)]
)
def test_health_is_open_to_everybody_and_nothing_that_looks_like_it(path, result):
    assert verdict(path) == result


@pytest.mark.parametrize("host", [HERE, "127.0.0.1", "localhost:4200", "LOCALHOST:4200", "[::1]:4200"])
def test_this_machine_goes_by_its_own_names(host):
    assert verdict(host=host, authorization=basic(PASSWORD)) == "let in"


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", "elsewhere.example:4200", "127.0.0.1.elsewhere.example", "localhost.elsewhere.example:4200",
     "0.0.0.0:4200", "127.0.0.1@elsewhere.example", "", None, "[", "[::1", "::1", "é"],
)  # fmt: skip
def test_another_name_is_turned_away_whatever_the_password_and_the_path(host):
    assert verdict(host=host, authorization=basic(PASSWORD)) == 403
    assert verdict("/api/health", host=host) == 403


@pytest.mark.parametrize(
    "origin",
    ["https://elsewhere.example", "http://127.0.0.1:4201", "http://localhost:4200", "null", "", "http://[", "127.0.0.1:4200"],
)
def test_a_page_of_another_origin_is_turned_away_whatever_the_password_and_the_path(origin):
    assert verdict(origin=origin, authorization=basic(PASSWORD)) == 403
    assert verdict("/api/health", origin=origin) == 403


def test_our_own_pages_are_let_in_with_the_password():
    assert verdict(origin=f"http://{HERE}", authorization=basic(PASSWORD)) == "let in"
    assert verdict(origin=f"http://{HERE}") == 401


def test_a_websocket_is_let_in_to_say_its_password_there():
    assert verdict(kind="websocket") == "let in"


@pytest.mark.parametrize("named", [{"host": "elsewhere.example"}, {"origin": "https://elsewhere.example"}])
def test_a_websocket_of_another_name_or_page_is_closed(named):
    assert verdict(kind="websocket", **named) == 1008


def test_what_is_no_request_passes():
    assert verdict(kind="lifespan", host=None) == "let in"


def test_a_link_opens_once_and_leaves_a_session_that_no_script_reads():
    status, headers = ask("/open/token", tokens=["token"])
    assert status == 200 and headers[b"cache-control"] == b"no-store"
    cookie = headers[b"set-cookie"].decode()
    assert cookie.startswith(f"pingyi={SESSION};") and "HttpOnly" in cookie and "SameSite=Strict" in cookie


@pytest.mark.parametrize(
    "asked", [{"path": "/open/other"}, {"path": "/open/"}, {"path": "/open/token/"}, {"path": "/OPEN/token"}]
)
def test_another_link_opens_nothing(asked):
    status, headers = ask(tokens=["token"], **asked)
    assert status in (401, 410) and b"set-cookie" not in headers


def test_a_link_is_followed_by_nothing_but_a_browser_that_goes_there():
    assert verdict("/open/token", tokens=["token"], method="HEAD") == 401
    assert verdict("/open/token", tokens=["token"], method="POST") == 401
    assert verdict("/open/token", tokens=["token"], host="elsewhere.example") == 403
    assert verdict("/open/token", tokens=["token"], origin="https://elsewhere.example") == 403


def test_a_session_opens_the_pages_and_not_the_api():
    assert verdict("/v2/dashboard", cookie=f"other=1; pingyi={SESSION}") == "let in"
    for path in ("/api/flows", "/api", "/API/flows", "/api//flows"):
        assert verdict(path, cookie=f"pingyi={SESSION}") == 401


@pytest.mark.parametrize("cookie", ["", "pingyi=", "pingyi=5e56", "Pingyi=5e55", "pingyi", "=;=", "pingyi=密", "\x01=\x02"])
def test_another_session_is_none(cookie):
    assert verdict("/v2/dashboard", cookie=cookie.encode().decode("latin-1")) == 401
