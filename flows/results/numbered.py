"""Publications in numbered folders that nobody changes, and the link that says which of them stands.

    publications/2007/1/      the first publication, read-only, for ever
    publications/2007/.2/     one that is being written, or was when its run was killed
    results/2007              a link to ../publications/2007/1
    results/.2007.next        the link that is about to take its place

In this order a publication comes about: its folder is written whole and held against its manifest; the next link is made;
the line is added to the record, which is the moment of publication; the folder gets its name; the link is exchanged by one
rename. A run that is killed before the line has published nothing. One that is killed after it is completed by the next run
that writes (`flows.results.settling`).
"""

import os
import re
from pathlib import Path

from flows.errors import OperatorError
from flows.home import Home
from flows.host.disk import sync
from flows.results.drafts import ResultFolder, damaged_files
from flows.results.folder import exchange, freeze, remove, sync_all
from flows.results.record import RECORD

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
# A folder of results that no line of the record is about.
_UNRECORDED = re.compile(r"unrecorded-([1-9][0-9]{0,8})")


def folder_of(home: Home, year: int, number: int) -> Path:
    return home.publications(year) / str(number)


def unfinished_folder(home: Home, year: int, number: int) -> Path:
    return home.publications(year) / f".{number}"


def next_link(home: Home, year: int) -> Path:
    return home.all_results / f".{year}.next"


def numbered_folders(home: Home, year: int) -> list[int]:
    """The numbers of the folders that lie in a year's publications."""
    return sorted(int(name) for name in _names(home.publications(year)) if _NUMBER.fullmatch(name))


def unfinished_folders(home: Home, year: int) -> list[int]:
    """The numbers of those that a run was writing when it was killed."""
    names = (name.removeprefix(".") for name in _names(home.publications(year)) if name.startswith("."))
    return sorted(int(name) for name in names if _NUMBER.fullmatch(name))


def foreign(home: Home, year: int) -> list[Path]:
    """What lies in a year's publications and comes from no publishing. Hidden names are of runs that are, or were, at work."""
    ours = (_NUMBER, _UNRECORDED, re.compile(re.escape(RECORD)))
    names = (name for name in _names(home.publications(year)) if not name.startswith("."))
    return [home.publications(year) / name for name in sorted(names) if not any(kind.fullmatch(name) for kind in ours)]


def linked_number(home: Home, year: int, link: Path) -> int | None:
    """The number of the publication that a link names; None where it is no link, or names something else.

    It need not be there. A publication that is itself a link to elsewhere is none.
    """
    if not link.is_symlink():
        return None
    target = Path(os.path.normpath(Path(os.path.realpath(link.parent)) / link.readlink()))
    number = int(target.name) if _NUMBER.fullmatch(target.name) else 0
    if not number or os.path.realpath(target.parent) != os.path.realpath(home.publications(year)):
        return None
    return None if target.is_symlink() else number


def write_publication(home: Home, year: int, number: int, draft: ResultFolder) -> None:
    """Writes an undamaged draft as the unfinished folder of this number, read-only and on the disk.

    What was written is held against the draft's hash, and so is every file against the manifest: a draft that is changed while
    it is copied is never published. Raises `OperatorError`.
    """
    fresh = unfinished_folder(home, year, number)
    remove(fresh)
    fresh.mkdir(parents=True)
    try:
        draft.write_published(fresh)
        written = ResultFolder(fresh)
        changed = written.sha256 != draft.sha256
        damaged = ["manifest.json 不同"] if changed else [line.replace(f"{fresh}/", "") for line in damaged_files(written)]
        if damaged:
            raise OperatorError(
                f"草稿 {draft.short} 在公布的当时被改动，没有公布任何结果，已公布的结果没有改动。请重新运行年度评议，审阅新的草稿后再公布：",
                damaged,
            )
        freeze(fresh)
        sync_all(fresh)
    except BaseException:
        remove(fresh)
        raise


def make_next_link(home: Home, year: int, number: int) -> None:
    """Makes the link that will take the place of the year's, and brings the entries of all folders above to the disk: at the
    first publication they are new, and so is the secret's."""
    home.all_results.mkdir(exist_ok=True)
    link = next_link(home, year)
    link.unlink(missing_ok=True)
    link.symlink_to(f"../{home.all_publications.name}/{year}/{number}", target_is_directory=True)
    for folder in (home.publications(year), home.all_publications, home.all_results, home.path):
        sync(folder)


def name_folder(home: Home, year: int, number: int) -> None:
    """Gives an unfinished folder its name."""
    unfinished_folder(home, year, number).rename(folder_of(home, year, number))
    sync(home.publications(year))


def exchange_link(home: Home, year: int) -> None:
    """Puts the next link in the place of the year's, by one rename.

    Where an older version, or somebody, has put a folder there, the two are exchanged; `displaced` then names the folder.
    """
    link, results = next_link(home, year), home.results(year)
    if results.is_symlink() or not results.exists():
        link.replace(results)
    elif not exchange(link, results):
        # Without an exchange there is a moment without results; if the run ends then, the next one goes on from here.
        results.rename(_previous(home, year))
        link.replace(results)
    sync(home.all_results)


def displaced(home: Home, year: int) -> list[Path]:
    """What an exchange, of this version or an older one, took from the year's place and nobody has put away yet."""
    paths = (_previous(home, year), next_link(home, year))
    return [path for path in paths if os.path.lexists(path) and not path.is_symlink()]


def put_back(home: Home, year: int) -> None:
    """Puts the old folder back where an exchange in two steps got only half way."""
    previous, results = _previous(home, year), home.results(year)
    if os.path.lexists(previous) and not os.path.lexists(results):
        previous.rename(results)
        sync(home.all_results)


def keep_unrecorded(home: Home, year: int, folder: Path) -> Path:
    """Moves results that no line of the record is about to the year's publications, under a name that says so."""
    matches = (_UNRECORDED.fullmatch(name) for name in _names(home.publications(year)))
    free = max((int(match[1]) for match in matches if match), default=0) + 1
    kept = home.publications(year) / f"unrecorded-{free}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(kept)
    sync(kept.parent)
    sync(folder.parent)
    return kept


def _previous(home: Home, year: int) -> Path:
    # The name that an exchange in two steps of older versions used too.
    return home.all_results / f".{year}.previous"


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
