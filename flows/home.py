"""Where everything lies in a data home: one folder that holds everything of one evaluation programme, all its years.

`data/README.md` says what an office puts there. Nobody else joins these names to the home's folder; that a file or folder
has a path does not say that it is there.
"""

import os
from pathlib import Path

from flows.errors import OperatorError, UsageError

# The folders in which runs write, and remove what they do not know.
_WRITTEN = ("store", "quarantine", "drafts", "results", "publications", "runs", "templates")


class Home:
    def __init__(self, path: Path) -> None:
        self.path = path
        # What the office puts there.
        self.schemes = path / "schemes"
        # The keys that hide persons: a file a year, and the one of an older version.
        self.keys = path / "keys"
        self.secret = path / "secret.key"
        # What runs make of it. `served` is the mark that `pingyi serve` leaves.
        self.warehouse = path / "warehouse.duckdb"
        self.all_stores = path / "store"
        self.all_results = path / "results"
        self.all_publications = path / "publications"
        self.runs = path / "runs"
        self.lock = path / ".pingyi.lock"
        self.crawl_lock = path / ".pingyi.crawl.lock"
        # By which crawls at one time share the turns of hosts.
        self.turns = path / ".pingyi.turns"
        self.served = path / ".pingyi.served"
        # How far each year's record of publications goes, and what the last scrub read and found.
        self.heads = path / ".pingyi.heads"
        self.scrubbed = path / ".pingyi.scrub"

    def __str__(self) -> str:
        return str(self.path)

    @property
    def private(self) -> tuple[Path, ...]:
        """What runs make of it that is not public."""
        return (self.warehouse, self.runs, self.keys, self.all_stores, self.path / "quarantine", self.path / "drafts")

    def scheme(self, year: int) -> Path:
        return self.schemes / f"{year}.toml"

    @property
    def years(self) -> list[int]:
        """The years with a scheme, in order: those that can be evaluated."""
        return sorted(int(path.stem) for path in self.schemes.glob("*.toml") if path.stem.isdecimal())

    def raw(self, year: int) -> Path:
        """The year's raw files, a folder a dataset."""
        return self.path / "raw" / str(year)

    def raw_to_write(self, year: int) -> Path:
        """The same folder, for whoever writes there. Raises `OperatorError` where it, or a folder in it, is a link: behind one lies
        what is somebody else's."""
        folder = self.raw(year)
        links = [path for path in (folder, *sorted(folder.glob("*"))) if path.is_symlink() and not path.is_file()]
        if links:
            raise OperatorError(
                f"{'、'.join(map(str, links))} 是链接，而系统要在里面写入，应是文件夹本身；什么也没有写。请把链接换成文件夹，再运行一次。"
            )
        return folder

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

    def mappings(self, year: int, dataset: str) -> tuple[Path, Path]:
        """The mappings of a dataset's exports for the year, and those for every year; the first that is there counts."""
        folder = self.path / "mappings"
        return folder / str(year) / f"{dataset}.toml", folder / f"{dataset}.toml"

    def store(self, year: int) -> Path:
        """The year's raw files as they were received."""
        return self.all_stores / str(year)

    def quarantine(self, year: int) -> Path:
        return self.path / "quarantine" / str(year)

    def templates(self, year: int) -> Path:
        """The year's handouts: workbooks to be filled in, a folder a dataset."""
        return self.path / "templates" / str(year)

    def draft(self, year: int) -> Path:
        return self.path / "drafts" / str(year)

    def results(self, year: int) -> Path:
        """What is published of the year: a link to the publication that stands."""
        return self.all_results / str(year)

    def published(self, year: int) -> Path:
        """The folder that the year's link names at this moment. Whoever reads several of its files asks once: the link may be
        exchanged meanwhile, the folder stays as it is.

        Raises `OperatorError` where the link leads out of the home.
        """
        results = self.results(year)
        if not results.is_symlink():
            return results
        real = Path(os.path.realpath(results))
        if not real.is_relative_to(os.path.realpath(self.path)):
            raise OperatorError(f"{results} 是通到数据目录以外的链接（{real}），没有读。请运行 pingyi status，它会说怎样恢复。")
        return real

    def known_as(self, path: Path) -> Path:
        """The path by which a file is known wherever its content is recorded: that of a publication, as long as this one stands,
        by the link to it."""
        try:
            year, number, *names = path.relative_to(os.path.realpath(self.all_publications)).parts
        except ValueError:
            return path
        return self.results(int(year)).joinpath(*names) if year.isdecimal() and number.isdecimal() else path

    def publications(self, year: int) -> Path:
        """The record of the year's publications, and the results of each of them in a folder of its number."""
        return self.all_publications / str(year)

    def check(self) -> None:
        """Raises `UsageError` where there is no such folder, in the same words wherever one is needed, and `OperatorError` where
        something else stands in it under the name of a folder, or a link under that of one in which runs write and remove."""
        if not self.path.is_dir():
            raise UsageError(self.absence)
        names = ("keys", "schemes", "raw", "reference", "bulletin", "mappings", *_WRITTEN)
        folders = [self.path / name for name in names]
        # Below a link lies what is somebody else's.
        folders += [path for folder in folders if not folder.is_symlink() for path in folder.glob("*") if path.name.isdecimal()]
        # Where the link of a year's results leads is the business of whoever publishes, and of the status.
        folders = sorted(path for path in folders if not (path.is_symlink() and path.parent == self.all_results))
        links = [path for path in folders if path.is_symlink() and path.relative_to(self.path).parts[0] in _WRITTEN]
        wrong = [path for path in folders if os.path.lexists(path) and not path.is_dir() and path not in links]
        if links or wrong:
            raise OperatorError(
                f"数据目录 {self} 里有应是文件夹、却不是文件夹的东西，什么也没有做。请把它们移走，或改正链接：",
                (
                    *(f"{path} 是链接，而系统要在里面写入和删除，应是文件夹本身" for path in links),
                    *(str(path) for path in wrong),
                ),
            )

    @property
    def absence(self) -> str:
        """What is said where there is no such folder: to somebody at a form as well as at a terminal."""
        return f"没有数据目录 {self}。请改正路径，或先建立这个文件夹（见 data/README.md）。"
