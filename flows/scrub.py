"""The scrub flow: everything that has a recorded hash is held against it, publications, raw files, store and records."""

from dataclasses import dataclass

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.errors import GateError
from flows.forms import DataDir, Full
from flows.home import Home
from flows.host.progress import Tell
from flows.integrity.scrub import Findings, scrub_home, sentences
from flows.orchestrator.artifacts import show_text
from flows.orchestrator.outcome import described, fails_in_words, result_of, run_name, run_of
from flows.orchestrator.progress import progress
from flows.settings import read_settings


@dataclass(frozen=True)
class Scrubbed:
    """A scrub that found nothing amiss: how many files it held against their hashes."""

    files: int
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return f"核对了 {self.files} 个文件，都是记下的样子。" if self.files else "没有可以核对的文件。"


@flow(name="scrub", flow_run_name=run_name("scrub"), description=described("scrub"), validate_parameters=True)
@run_of("scrub")
def scrub(data_dir: DataDir = None, full: Full = False) -> Scrubbed:
    """Holds everything against its recorded hash. Raises `GateError` with all that is gone or changed."""
    home = read_settings(data_dir).home
    with progress() as tell:
        findings = result_of(find, home, full, tell)
    if findings.known:
        raise GateError("有的文件不是记下的样子，见下面各条。什么也没有改动：", sentences(findings))
    scrubbed = Scrubbed(findings.files)
    show_text("summary", f"# {scrubbed.sentence}", scrubbed.sentence)
    return scrubbed


@task(name="scrub", task_run_name="scrub", cache_policy=NO_CACHE)
@fails_in_words
def find(home: Home, full: bool, tell: Tell) -> Findings:
    """Looks at every file with a recorded hash and writes down what is amiss, and since when."""
    return scrub_home(home, full=full, tell=tell)
