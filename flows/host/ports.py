"""Ports of this machine, taken before anybody is told of them.

Every account of a machine may listen where nobody does. A port that is only looked at, and taken seconds later by the server
that is starting, is anybody's meanwhile; and whoever is there when our own processes begin to ask gets the password from them.
So who starts a server takes the port first and hands it down, and keeps it as long as the server may be started again.
"""

import socket
import sys
from contextlib import suppress

HOST = "127.0.0.1"


def take_port(port: int) -> socket.socket:
    """A socket that has this port of `HOST`, any that is free for 0. Nobody is answered there until a server listens.

    Raises `OSError` where somebody else has the port (EADDRINUSE), or where it is one that we may not have.
    """
    if not port:
        return take_port(_free())
    taken = socket.socket()
    try:
        # What an earlier server left behind, connections that are closing, keeps nobody from it.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, port))
        if sys.platform == "linux":
            # Two that may reuse a port can both have it, until one of them listens; then it is ours, and not to be reused.
            listen(taken)
            refuse(taken)
    except OSError:
        taken.close()
        raise
    return taken


def listen(taken: socket.socket) -> None:
    """Lets whoever asks at the port wait for an answer."""
    # Connections of a server before that are closing would keep us from listening, and ours, which inherit it, the next one.
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.listen(socket.SOMAXCONN)


def refuse(taken: socket.socket) -> None:
    """Refuses whoever asks at the port, which stays taken: nobody waits for a server that is not there."""
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    with suppress(OSError):
        taken.shutdown(socket.SHUT_RDWR)


def _free() -> int:
    """A port that nobody has. Were it taken as the system gives it, it would be given back with the first refusal."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
