"""What keeps the libraries to themselves: none of them may tell anybody that it is used here, or how.

Prefect counts its users from the process that imports it (`DO_NOT_TRACK`) and from its server; the version of Great
Expectations that is pinned has no code that sends anything, and others ask for a variable of their own. DuckDB neither
fetches nor loads an extension (`flows.warehouse.engine`).
"""

import os

SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GX_ANALYTICS_ENABLED": "false",
}
# What a command asks of Prefect where nobody else does.
CALM = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",
}


def keep_quiet() -> None:
    """From now on, for this process and those that it starts. Before Prefect is imported, which reads its settings once."""
    os.environ.update(SETTINGS)
