"""Notes whom a process speaks to: every connection, and every name that it looks up, in it and in each Python that it starts."""

import ast
import ipaddress
from pathlib import Path

_NOTING = """
import os, sys

_log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _note(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        os.write(_log, (repr(arguments[1]) + "\\n").encode())
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        os.write(_log, (repr((arguments[0], 0)) + "\\n").encode())


sys.addaudithook(_note)
"""


def noting_folder(folder: Path) -> Path:
    """A folder that makes every Python note what it reaches whose PYTHONPATH begins with it."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_NOTING.format(log=str(folder / "reached")), encoding="utf-8")
    return folder


def reached(folder: Path) -> list[object]:
    """The addresses that were noted: (host, port, …), or the path of a local socket."""
    log = folder / "reached"
    return [ast.literal_eval(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def beyond(folder: Path) -> list[object]:
    """Those of them that are not on this machine."""
    return [address for address in reached(folder) if isinstance(address, tuple) and not _is_here(address[0])]


def _is_here(host: object) -> bool:
    try:
        return host in (None, "localhost", "") or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False
