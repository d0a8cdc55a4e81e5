"""`pingyi serve` as a process of its own, with a Prefect folder of its own, on free ports."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.conftest import ROOT


class Serving:
    """One `pingyi serve`; `output` is what it has printed so far. Without a password of ours it makes one."""

    def __init__(self, home: Path, prefect_home: Path, password: str = "") -> None:
        self.home = home
        self.prefect_home = prefect_home
        self.given = password
        self.port, self.pages_port = _free_ports()
        self.ui = f"http://127.0.0.1:{self.port}"
        self.pages = f"http://127.0.0.1:{self.pages_port}"
        self.log = prefect_home.with_suffix(".out")
        self.process: subprocess.Popen | None = None

    @property
    def password(self) -> str:
        return self.given or (self.prefect_home / "password").read_text(encoding="utf-8").strip()

    @property
    def links(self) -> list[str]:
        """The links that it has printed, each of which opens the interface once."""
        return re.findall(rf"{self.ui}/open/[\w-]+", self.output)

    def ask(self, url: str, **headers: str) -> Any:
        """The open answer to a request with the password."""
        credentials = base64.b64encode(self.password.encode()).decode()
        given = {"Authorization": f"Basic {credentials}", **headers}
        return urllib.request.urlopen(urllib.request.Request(url, headers=given), timeout=30)

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def server_log(self) -> str:
        return (self.prefect_home / "logs" / "server.log").read_text(encoding="utf-8")

    def start(self) -> None:
        """Starts it and returns when it says that it has started."""
        printed = len(self.output) if self.log.exists() else 0
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.command(), cwd=ROOT, env=self.environment(), stdout=log, stderr=log)
        until(lambda: "已启动" in self.output[printed:] or self.process.poll() is not None, "serve has started", 240)
        assert self.process.poll() is None, self.output

    def command(self) -> list[str]:
        ports = ["--port", str(self.port), "--pages-port", str(self.pages_port)]
        return [sys.executable, "-m", "flows.command", "serve", "--data", str(self.home), *ports]

    def environment(self) -> dict[str, str]:
        # The test's own settings, made for flows in its process, are not what an operator has.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PINGYI_"))}
        ours = {"PREFECT_HOME": str(self.prefect_home), "PYTHONPATH": str(ROOT)}
        return kept | ours | ({"PREFECT_SERVER_API_AUTH_STRING": self.given} if self.given else {})

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it and returns its exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            return self.process.wait(90)
        finally:
            self.process.kill()

    def children(self) -> dict[str, int]:
        """The processes that it started, by name."""
        result = {}
        for process in _children(self.process.pid):
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            if b"flows.operate.child" in words:
                result[words[words.index(b"flows.operate.child") + 1].decode()] = process
        return result

    def api(self, path: str, body: Any = None) -> Any:
        """What the API answers; an `HTTPError` has status and text.

        Where its database is busy the server answers 503, which to Prefect's own clients means to ask again.
        """
        return until(lambda: self._asked(path, body), f"{path} is answered", 60)[0]

    def _asked(self, path: str, body: Any) -> tuple[Any] | None:
        request = urllib.request.Request(f"{self.ui}/api{path}", data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", "Basic " + base64.b64encode(self.password.encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return (json.load(answer),)
        except urllib.error.HTTPError as fault:
            if fault.code != 503:
                raise
            return None

    def deployment(self, name: str) -> dict[str, Any]:
        return self.api(f"/deployments/name/{name.replace(' ', '%20')}")

    def run(self, deployment: str, **parameters: Any) -> str:
        """Starts a run as the form does; returns its id."""
        there = self.deployment(deployment)["id"]
        return self.api(f"/deployments/{there}/create_flow_run", {"parameters": parameters, "state": {"type": "SCHEDULED"}})[
            "id"
        ]

    def state(self, run: str) -> dict[str, Any]:
        return self.api(f"/flow_runs/{run}")["state"]

    def ended(self, run: str, seconds: float = 150) -> dict[str, Any]:
        """The state in which a run ends."""
        return until(lambda: _final(self.state(run)), f"run {run} has ended", seconds)


def kill_all(process: int) -> None:
    """Kills a process and all that it started, and what those started, as a power cut does."""
    family = [process]
    for pid in family:
        # Stopped first, so that none of them sees another die and tells of it.
        os.kill(pid, signal.SIGSTOP)
        family += _children(pid)
    for pid in family:
        os.kill(pid, signal.SIGKILL)


def _children(parent: int) -> list[int]:
    result = []
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            printed = re.search(r"PPid:\t(\d+)", path.read_text())
        except OSError:
            continue
        if printed and int(printed[1]) == parent:
            result.append(int(path.parent.name))
    return result


def until(condition, what: str, seconds: float = 150):
    """What `condition` returns as soon as that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.3)
    raise AssertionError(f"after {seconds} s, not yet: {what}")


def _final(state: dict[str, Any]) -> dict[str, Any] | None:
    return state if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
