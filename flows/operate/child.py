"""A process that a command starts, and that ends with it: `python -m flows.operate.child server|worker [SOCKET]`.

A server answers at the socket of this number, which its parent has opened (`flows.host.ports`). Its standard input is a pipe from its parent; when that closes, by whatever end the parent came to, the process ends too.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flows.host.garbage import few_collections
from flows.host.ports import listen
from flows.operate.guard import LOOPBACK, guarded

if TYPE_CHECKING:
    import uvicorn

# Open to everybody: whether the server is up.
_OPEN = frozenset({"/api/health", "/api/ready"})
# How long a server whose parent is gone waits for those who are still connected to it.
_PATIENCE = 10.0


def main() -> None:
    # Nothing that a server, a worker or a run writes is anybody else's; what is published is opened by whoever publishes it.
    os.umask(0o077)
    # A process that a script started in the background inherits an interrupt that is ignored, and a worker ends by one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with few_collections():
        run = {"server": _server, "worker": _worker}[sys.argv[1]]()
    run()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    if sys.argv[1] != "worker":
        time.sleep(_PATIENCE)
        os._exit(1)


def _server() -> Callable[[], None]:
    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, get_current_settings

    from flows.operate.database import queue_transactions
    from flows.operate.password import redeemed, session_of

    queue_transactions(PREFECT_API_DATABASE_CONNECTION_URL.value())
    asyncio.run(_forget_silence())
    settings = get_current_settings().server
    password = _password()
    config = uvicorn.Config(
        guarded(create_app(final=True), password, LOOPBACK, _OPEN, session_of(password) if password else "", redeemed),
        host=settings.api.host,
        port=settings.api.port,
        timeout_keep_alive=settings.api.keepalive_timeout,
        log_level=settings.logging_level.lower(),
    )
    return partial(_run, config)


def _run(config: "uvicorn.Config") -> None:
    """Runs a server at the socket that the parent has opened, or where it has opened none, where the settings say."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            begin = self.lifespan.startup

            async def begun() -> None:
                await begin()
                # Not before: whoever asks waits from then on. What could not start answers nobody.
                for taken in () if self.lifespan.should_exit else sockets or ():
                    listen(taken)

            self.lifespan.startup = begun
            await super().startup(sockets)

    Server(config).run([socket.socket(fileno=int(sys.argv[2]))] if len(sys.argv) > 2 else None)


def _password() -> str | None:
    from prefect.settings import PREFECT_SERVER_API_AUTH_STRING

    return PREFECT_SERVER_API_AUTH_STRING.value()


async def _forget_silence() -> None:
    """Takes out what the automations had counted: heartbeats that found no server must not be taken for a run's silence."""
    import sqlalchemy
    from prefect.server.database import provide_database_interface

    database = provide_database_interface()
    async with database.session_context(begin_transaction=True) as session:
        connection = await session.connection()
        name = database.AutomationBucket.__tablename__
        # On the very first start there are no tables yet.
        if await connection.run_sync(lambda synchronous: sqlalchemy.inspect(synchronous).has_table(name)):
            await session.execute(sqlalchemy.delete(database.AutomationBucket))


def _worker() -> Callable[[], None]:
    from prefect.cli import app

    from flows.operate.deployments import POOL, RUNS_AT_ONCE

    sys.argv[:] = f"prefect worker start --pool {POOL} --type process --limit {RUNS_AT_ONCE} --name pingyi".split()
    return app


if __name__ == "__main__":
    main()
