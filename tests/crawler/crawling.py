"""A night of a test: the rules it runs by, here or in a process of its own that can be measured and killed."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.crawler.rules import ColumnAddress, CrawlRules, Target
from flows.settings import ROOT

ZONE = "Asia/Shanghai"


def rules(**changes: Any) -> CrawlRules:
    """Rules for servers on loopback: nothing outside is asked, nobody is waited for."""
    usual = {"canaries": (), "interval": 0, "deadline": 2, "open_loopback": True}
    return CrawlRules(contact="mailto:test@pingyi.example", timezone=ZONE, **{**usual, **changes})


def quiet(what: str, done: int, total: int) -> None:
    pass


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


@dataclass(frozen=True)
class Alone:
    """A crawl in a process of its own."""

    process: subprocess.Popen

    def finish(self, seconds: float = 60) -> dict[str, Any]:
        """What `main` printed; fails where the crawl did."""
        said, fault = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0, fault
        return json.loads(said)


def start_alone(targets: Sequence[Target], folder: Path, used: CrawlRules, now: datetime, part: str = "") -> Alone:
    task = {
        "targets": [asdict(target) for target in targets],
        "folder": str(folder),
        "rules": asdict(used),
        "now": now.isoformat(),
        "part": part,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crawler.crawling"], cwd=ROOT, env=dict(os.environ), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write(json.dumps(task))
    process.stdin.close()
    process.stdin = None  # communicate() must not touch it again
    return Alone(process)


def main() -> None:
    """Reads the task from stdin, crawls, prints what came of it and by how many bytes the process grew at most."""
    from flows.crawler.run import crawl_night

    task = json.load(sys.stdin)
    targets = [
        Target(each["site_id"], each["url"], tuple(ColumnAddress(**column) for column in each["columns"]))
        for each in task["targets"]
    ]
    used = CrawlRules(**{**task["rules"], "canaries": tuple(task["rules"]["canaries"])})
    before = _peak()
    night = crawl_night(targets, Path(task["folder"]), used, quiet, at(datetime.fromisoformat(task["now"])), task["part"])
    print(json.dumps({"crawled": night.crawled, "left": night.left, "line_down": night.line_down, "grown": _peak() - before}))


def _peak() -> int:
    """The most memory this process ever held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # the counter of getrusage is inherited from the process that started us
        return (
            next(int(line.split()[1]) for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
            << 10
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
