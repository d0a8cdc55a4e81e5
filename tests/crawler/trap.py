"""Who connected where: listeners that must have no visitors, and a count of every connect of this process."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_recorders: list[list[object]] = []


class Trap:
    """Listens on one port of 127.0.0.1 and ::1. The kernel takes connections in by itself; nobody has to run."""

    def __init__(self) -> None:
        first = socket.create_server(("127.0.0.1", 0))
        self.port: int = first.getsockname()[1]
        self._listeners = [first]
        if socket.has_ipv6:
            # A machine may be without ::1.
            with suppress(OSError):
                self._listeners.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for listener in self._listeners:
            listener.setblocking(False)

    def visitors(self) -> int:
        """How many have connected since the last time of asking."""
        return sum(self._accept(listener) for listener in self._listeners)

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()

    @staticmethod
    def _accept(listener: socket.socket) -> int:
        number = 0
        while True:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return number
            number += 1


@contextmanager
def connects() -> Iterator[list[object]]:
    """The addresses that any thread of this process connects to meanwhile, by whatever library."""
    seen: list[object] = []
    _recorders.append(seen)
    try:
        yield seen
    finally:
        _recorders.remove(seen)


def _record(event: str, arguments: tuple) -> None:
    if _recorders and event in ("socket.connect", "socket.sendto"):
        for seen in _recorders:
            seen.append(arguments[1])


# An audit hook sees what a wrapper around one library's calls would miss. It cannot be taken away again, so it is added once.
sys.addaudithook(_record)
