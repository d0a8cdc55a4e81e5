"""Where everything lies in a data home: one folder that holds everything of one evaluation programme, all its years.

`data/README.md` says what an office puts there. Nobody else joins these names to the home's folder; that a file or folder
has a path does not say that it is there.
"""

from dataclasses import dataclass
from pathlib import Path

from flows.errors import UsageError


@dataclass(frozen=True)
class Home:
    path: Path

    def __str__(self) -> str:
        return str(self.path)

    # What the office puts there.

    @property
    def schemes(self) -> Path:
        return self.path / "schemes"

    def scheme(self, year: int) -> Path:
        return self.schemes / f"{year}.toml"

    @property
    def years(self) -> list[int]:
        """The years with a scheme, in order: those that can be evaluated."""
        return sorted(int(path.stem) for path in self.schemes.glob("*.toml") if path.stem.isdecimal())

    def raw(self, year: int) -> Path:
        """The year's raw files, a folder a dataset."""
        return self.path / "raw" / str(year)

    def register(self, year: int) -> Path:
        return self.raw(year) / "sites.csv"

    def deliveries(self, year: int) -> Path:
        """The register of the year's deliveries, if the office keeps one."""
        return self.raw(year) / "deliveries.csv"

    def reference(self, year: int) -> Path:
        """Printed figures of the year, to compare the results with or to reconstruct its records from."""
        return self.path / "reference" / str(year)

    def bulletins(self, year: int) -> tuple[Path, Path]:
        """The template of the year's bulletin, and that of every year's; the first that is there counts."""
        return self.path / "bulletin" / f"{year}.txt", self.path / "bulletin" / "bulletin.txt"

    @property
    def secret(self) -> Path:
        return self.path / "secret.key"

    # What runs make of it.

    def store(self, year: int) -> Path:
        """The year's raw files as they were received."""
        return self.path / "store" / str(year)

    def quarantine(self, year: int) -> Path:
        return self.path / "quarantine" / str(year)

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse.duckdb"

    def draft(self, year: int) -> Path:
        return self.path / "drafts" / str(year)

    @property
    def all_results(self) -> Path:
        return self.path / "results"

    def results(self, year: int) -> Path:
        """What is published of the year."""
        return self.all_results / str(year)

    def publications(self, year: int) -> Path:
        """The record of the year's publications, and the results that later ones superseded."""
        return self.path / "publications" / str(year)

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def lock(self) -> Path:
        return self.path / ".pingyi.lock"

    @property
    def crawl_lock(self) -> Path:
        return self.path / ".pingyi.crawl.lock"

    @property
    def served(self) -> Path:
        """The mark that `pingyi serve` leaves."""
        return self.path / ".pingyi.served"

    def check(self) -> None:
        """Raises `UsageError` where there is no such folder, in the same words wherever one is needed."""
        if not self.path.is_dir():
            raise UsageError(self.absence)

    @property
    def absence(self) -> str:
        """What is said where there is no such folder: to somebody at a form as well as at a terminal."""
        return f"没有数据目录 {self}。请改正路径，或先建立这个文件夹（见 data/README.md）。"
