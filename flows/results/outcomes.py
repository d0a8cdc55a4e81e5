"""What a flow that makes or publishes results came to, and the sentences in which it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.results.changes import Changes
from flows.results.drafts import short
from flows.results.publications import Outcome, Publication


@dataclass(frozen=True)
class Drafted:
    """A draft: where it is, the hash by which it is published, and what a reviewer should look at.

    `changes` is None where there was nothing to compare it with.
    """

    year: int
    title: str
    folder: Path
    sha256: str
    warnings: tuple[str, ...]
    unequal_figures: tuple[str, ...]
    changes: Changes | None

    @property
    def sentence(self) -> str:
        return f"{self.title}：草稿 {short(self.sha256)} 已做好，尚未公布。"


@dataclass(frozen=True)
class Published:
    """What was published: the result folder, the names of its tables and what an operator should look at.

    `already` says that the very same stood there before, `repaired` that it did and somebody had touched it; `superseded`
    is the folder that keeps what it replaced.
    """

    year: int
    title: str
    folder: Path
    sha256: str
    publication: Publication | None
    already: bool
    repaired: bool
    superseded: Path | None
    tables: tuple[str, ...]
    warnings: tuple[str, ...]
    unequal_figures: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{self.phrase()}（编号 {short(self.sha256)}）。"

    def phrase(self, shown: Callable[[Path], str] = str) -> str:
        """What publishing came to, with the folders `shown` as the reader knows them."""
        if self.already:
            return f"{self.title}：结果没有变化，公布的仍在 {shown(self.folder)}"
        if self.repaired:
            return f"{self.title}：公布的结果被改动过，已恢复原样：{shown(self.folder)}"
        kept = f"，原来的结果保留在 {shown(self.superseded)}" if self.superseded else ""
        return f"{self.title}：已公布到 {shown(self.folder)}{kept}"

    @property
    def facts(self) -> list[str]:
        """The sentence, and how the results came to be published."""
        facts = [self.sentence]
        if self.publication:
            at = self.publication.at[:19].replace("T", " ")
            facts.append(f"第 {self.publication.number} 次公布，{at}，{self.publication.by}")
            if self.publication.reason:
                facts.append(f"理由：{self.publication.reason}")
        return facts


def outcome_of(
    year: int, title: str, outcome: Outcome, warnings: tuple[str, ...] = (), unequal_figures: tuple[str, ...] = ()
) -> Published:
    """What publishing came to; `warnings` go behind those of the results themselves."""
    results = outcome.results
    return Published(
        year,
        title,
        results.folder,
        results.sha256,
        outcome.publication,
        outcome.already,
        outcome.repaired,
        outcome.superseded,
        tuple(table["table"] for table in results.manifest["tables"]),
        (*results.manifest["warnings"], *warnings),
        unequal_figures,
    )
