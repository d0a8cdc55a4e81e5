"""Lays the files and folders of a new year into a data home: all of them or none, over nothing that is there, behind no link."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from flows.errors import OperatorError, UsageError
from flows.home import Home
from flows.host.disk import write_new


def lay(home: Home, year: int, folders: Sequence[Path], files: Sequence[tuple[Path, bytes]], scheme: bytes) -> list[Path]:
    """Makes the folders and writes the files that are not there yet, and last the year's scheme, with which the year begins.

    Returns what was there already and stays as it is. Whatever fails, or interrupts, takes away all that was made.
    Raises `UsageError` where the year has a scheme, `OperatorError` where a folder is a link.
    """
    refuse_existing(home, year)
    target = home.scheme(year)
    taken = [folder for folder in folders if os.path.lexists(folder) and not folder.is_dir()]
    if taken:
        raise UsageError(f"{'、'.join(map(str, taken))} 应是文件夹，而那里是别的东西，没有写出任何文件。请先把它移走。")
    made: list[Path] = []
    there: list[Path] = []
    try:
        # Who begins begins with nothing: the home itself may be still to be made.
        for folder in (home.path, home.schemes, home.path / "raw", home.raw(year), *folders):
            if not folder.is_dir():
                folder.mkdir()
                made.append(folder)
        for path, content in (*files, (target, scheme)):
            if os.path.lexists(path) and path != target:
                there.append(path)
            else:
                write_new(path, content)
                made.append(path)
    except FileExistsError as fault:
        _take_away(made)
        raise UsageError(f"{fault.filename2 or fault.filename} 刚刚由别人建立，没有写出任何文件。请看一看再运行。") from None
    except BaseException:
        _take_away(made)
        raise
    return there


def refuse_existing(home: Home, year: int) -> None:
    """Raises `UsageError` where there is neither such a home nor a folder to make it in, or the year has a scheme, and `OperatorError` where a folder into which a new
    year is written is a link: behind one lies what is somebody else's."""
    if os.path.lexists(home.path) or not home.path.parent.is_dir():
        home.check()
    if os.path.lexists(home.scheme(year)):
        raise UsageError(f"{year} 年已有评议方案 {home.scheme(year)}，没有写出任何文件。请换一个年度，或先把它移走。")
    home.raw_to_write(year)
    links = [folder for folder in (home.schemes, home.path / "raw") if folder.is_symlink()]
    if links:
        raise OperatorError(
            f"{'、'.join(map(str, links))} 是链接，而系统要在里面写入，应是文件夹本身；什么也没有写。请把链接换成文件夹，再运行一次。"
        )


def _take_away(made: Sequence[Path]) -> None:
    for path in reversed(made):
        # What somebody else has put into a folder meanwhile stays, and the folder with it.
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
