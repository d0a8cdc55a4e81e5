"""The scrub flow: everything that has a recorded hash is held against it, publications, raw files, store and records."""

from dataclasses import dataclass

from flows.errors import GateError
from flows.forms import DataDir, Full
from flows.home import Home
from flows.host.progress import Tell
from flows.integrity.scrub import Findings, scrub_home, sentences
from flows.orchestrator.artifacts import show_text
from flows.orchestrator.progress import progress
from flows.orchestrator.run import run_of
from flows.orchestrator.taking import step_result
from flows.settings import read_settings

# The step that looks.
SCRUB = "scrub"


@dataclass(frozen=True)
class Scrubbed:
    """A scrub that found nothing amiss: how many files it held against their hashes."""

    files: int
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return f"核对了 {self.files} 个文件，都是记下的样子。" if self.files else "没有可以核对的文件。"


@run_of("scrub")
def scrub(data_dir: DataDir = None, full: Full = False) -> Scrubbed:
    """Holds everything against its recorded hash. Raises `GateError` with all that is gone or changed."""
    home = read_settings(data_dir).home
    with progress() as tell:
        findings = step_result(SCRUB, find, home, full, tell)
    if findings.known:
        raise GateError("有的文件不是记下的样子，见下面各条。什么也没有改动：", sentences(findings))
    scrubbed = Scrubbed(findings.files)
    show_text("summary", f"# {scrubbed.sentence}", scrubbed.sentence)
    return scrubbed


def find(home: Home, full: bool, tell: Tell) -> Findings:
    """Looks at every file with a recorded hash and writes down what is amiss, and since when."""
    return scrub_home(home, full=full, tell=tell)
