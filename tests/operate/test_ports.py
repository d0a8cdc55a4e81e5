"""A port is ours from before anybody can know it to the end: nobody else answers there while a server starts."""

import socket
import subprocess
import sys
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from flows.host.ports import HOST, listen, refuse, take_port
from tests.operate.serving import until

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="what may be bound beside what is the kernel's matter"),
]

_THIEF = """
import os, socket, sys
if os.geteuid() == 0:
    os.setuid(65534)
for reuse in (0, 1):
    for address in ("127.0.0.1", "0.0.0.0"):
        thief = socket.socket()
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        try:
            thief.bind((address, int(sys.argv[1])))
            thief.listen()
        except OSError:
            continue
        sys.exit(f"took {address} with reuse {reuse}")
"""


def steal(port):
    """What another account (this one, where the tests are not root's) says that it could take of the port."""
    with subprocess.Popen([sys.executable, "-c", _THIEF, str(port)], stderr=subprocess.PIPE, text=True) as thief:
        return thief.communicate()[1]


def free():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("number", [0, None])
def test_a_port_that_is_taken_is_nobody_elses_and_refuses_until_somebody_listens(number):
    with take_port(free() if number is None else number) as taken:
        port = taken.getsockname()[1]
        for _ in range(2):
            assert steal(port) == ""
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((HOST, port), timeout=5)
            listen(taken)
            assert steal(port) == ""
            with socket.create_connection((HOST, port), timeout=5):
                pass
            refuse(taken)
        with pytest.raises(OSError, match="in use"):
            take_port(port)


def test_a_port_of_connections_that_are_closing_can_be_taken_again():
    port = free()
    with take_port(port) as taken:
        listen(taken)
        with socket.create_connection((HOST, port), timeout=5) as client:
            answering, _ = taken.accept()
            # Who closes first keeps the port for a minute.
            answering.close()
            client.recv(1)
    with take_port(port):
        pass


def test_connections_of_a_server_that_died_do_not_keep_the_next_one_from_listening():
    with take_port(0) as taken:
        port = taken.getsockname()[1]
        listen(taken)
        with socket.create_connection((HOST, port), timeout=5) as client:
            answering, _ = taken.accept()
            answering.close()
            refuse(taken)
            listen(taken)
            client.recv(1)
        with socket.create_connection((HOST, port), timeout=5):
            pass


def test_a_server_answers_at_the_socket_that_it_was_handed():
    code = (
        "import sys, uvicorn; from flows.operate import child\n"
        "async def app(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 200})\n"
        "    await send({'type': 'http.response.body', 'body': b'here'})\n"
        "child._run(uvicorn.Config(app, lifespan='off'))"
    )
    with take_port(0) as taken:
        port, handed = taken.getsockname()[1], taken.fileno()
        with subprocess.Popen([sys.executable, "-c", code, "server", str(handed)], pass_fds=[handed]) as process:
            try:
                assert until(lambda: _answer(port), "it answers", 30) == b"here"
            finally:
                process.kill()


def _answer(port):
    try:
        with urlopen(f"http://{HOST}:{port}", timeout=5) as answer:
            return answer.read()
    except URLError:
        return b""
