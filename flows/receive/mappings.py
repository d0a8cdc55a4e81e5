"""Mappings: how an export with headings of its own becomes rows of a dataset.

`flows.receive.mapping_file` reads them from `mappings/<dataset>.toml` of the data home, `flows.receive.fitting` finds the one that
fits a file, and `flows.receive.mapped` does to its rows what it says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flows.datasets import Dataset, Month, OneOf, Site
from flows.reading.spelling import fold, heading

# The rating of an aspect on a ballot: in a heading the aspect, and behind it the column of that aspect.
ASPECT = "aspect"
# In a ballot id: the line of the row in its file.
LINE = "line"
# What stands for the voter where each row of the file is a person of its own.
ROW = "row"
# A place in a heading, and a heading in a ballot id.
PLACE = re.compile(r"\{([a-z_]*)\}")
IN_ID = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Mapping:
    """How one kind of export is read. It fits a file that has every heading which it names.

    `columns` has pairs of a heading and the column of the dataset that it is. `{site}` in a heading stands for a site, and
    likewise `{aspect}`, `{indicator}` and `{month}`; `{}` for any text. A heading with such a place makes rows of columns: each
    row of the file becomes one for every site that it names. `{aspect}` as the column of a ballot is that of the aspect.
    `ballot_id` is a text in which `{heading}` stands for that cell and `{line}` for the line; `voter` has the headings that stand
    for the voter, or `row` alone. `time` is the format of times (empty: none), `zone` the time zone of times without an offset.
    `answers` says what cells of ratings and scores mean, `names` what texts stand for sites, aspects, … by place. Cells with a
    text of `blank` are empty. `fixed` are columns with one value for all rows. `skip` rows below the header hold no data; their
    cells are headings too. Rows with a text of `leave_out` in that column are none. Headings of `ignore` are known and not read.
    """

    name: str
    columns: tuple[tuple[str, str], ...] = ()
    ballot_id: str = ""
    voter: tuple[str, ...] = ()
    time: str = ""
    zone: str = ""
    skip: int = 0
    answers: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    blank: tuple[str, ...] = ()
    leave_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignore: tuple[str, ...] = ()

    def names_of(self, place: str) -> dict[str, str]:
        """What texts mean in a place or a column, by the form in which headings are compared."""
        return {heading(text): meant for text, meant in dict(self.names).get(place, ())}

    @property
    def voters(self) -> tuple[str, ...]:
        """The headings that stand for the voter."""
        return () if self.voter == (ROW,) else self.voter

    @property
    def in_id(self) -> tuple[str, ...]:
        """The headings of which ballot ids are made."""
        return tuple(name for name in IN_ID.findall(self.ballot_id) if name != LINE)

    @property
    def named(self) -> tuple[str, ...]:
        """Every heading that a file must have, patterns as they are written."""
        headings = (*(text for text, _ in self.columns), *self.in_id, *self.voters, *(text for text, _ in self.leave_out))
        return tuple(dict.fromkeys(headings))


def id_parts(template: str) -> Iterator[tuple[str, bool]]:
    """The parts of a ballot id: a text as it is written, or a heading (and then True)."""
    for position, part in enumerate(IN_ID.split(template)):
        if part:
            yield part, position % 2 == 1


def places(text: str) -> tuple[str, ...]:
    """The places of a heading of a mapping, by name; those for any text have none."""
    return tuple(name for name in PLACE.findall(text) if name)


def is_pattern(text: str) -> bool:
    return PLACE.search(text) is not None


def has_text(text: str) -> bool:
    """Whether a heading of a mapping is more than places."""
    return bool(heading(PLACE.sub("", text)))


def pattern(text: str, words: dict[str, list[str]]) -> re.Pattern[str]:
    """The pattern of a heading, to be matched as a whole with headings in the spelling of `flows.receive.headings.header`.

    `words` are the known texts of a place, in the form of `heading`; a place without any takes every text.
    """
    built = ""
    for position, part in enumerate(PLACE.split(text)):
        if position % 2 == 0:
            built += r"\s*".join(re.escape(word) for word in re.split(r"\s+", fold(f"·{part}·")[1:-1]))
        elif not part:
            built += r".*?"
        elif part in words:
            longest = sorted(words[part], key=len, reverse=True)
            built += rf"\s*(?P<{part}>{'|'.join(map(_spaced, longest))})\s*"
        else:
            built += rf"\s*(?P<{part}>\S.*?)\s*"
    return re.compile(built, re.IGNORECASE | re.DOTALL)


def _spaced(word: str) -> str:
    # Words are compared without regard to space.
    return r"\s*".join(re.escape(sign) for sign in word)


def rated(dataset: Dataset) -> tuple[str, ...]:
    """The columns of the aspects that a dataset rates."""
    return dataset.rated


def spread(dataset: Dataset) -> dict[str, Site | OneOf | Month]:
    """The columns whose values may stand in headings instead of cells, with their meanings."""
    return {column.name: column.meaning for column in dataset.columns if isinstance(column.meaning, Site | OneOf | Month)}
