"""The lines of a CSV file: one at a time for the strict reader, or all at once those that are proven to be rows.

A line is *proven* where it is one row with the wanted number of fields, whatever stands before and behind it: its only quotes
are pairs that enclose whole fields. It is *apart* where it has no quote at all, so that it is a row by itself too, but not with
that number of fields. Any other line may be a part of a row; what it is only the strict reader can say.
"""

import codecs
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flows.receive.encodings import LONGEST_LINE

_BLOCK = 4 << 20
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_BOM = "\ufeff"


@dataclass(frozen=True)
class Run:
    """Lines that follow one another. `rows` are the proven ones as UTF-8, `numbers` their line numbers; `apart` are the others, with
    their numbers. Lines with nothing but delimiters are rows without a value and are left out."""

    rows: bytes
    numbers: np.ndarray
    apart: tuple[tuple[int, str], ...]
    has_quotes: bool


class Lines:
    """Counts a text's physical lines. Keeps those of the current row, so that all but the first can be read again."""

    def __init__(self, stream: io.BufferedIOBase, encoding: str) -> None:
        self._blocks = _blocks(stream, encoding)
        self._block = _Block(b"")
        self._again: deque[str] = deque()
        self.kept: list[str] = []
        self.number = 0
        self.characters = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._next()
        if self.number == 0:
            line = line.removeprefix(_BOM)
        self.number += 1
        self.characters += len(line)
        self.kept.append(line)
        return line

    def _next(self) -> str:
        while self._block.is_over:
            self._block = _Block(next(self._blocks))
        return self._block.line()

    def begin(self) -> int:
        """The number of the line on which the next row begins."""
        self.kept.clear()
        return self.number + 1

    def back_to(self, count: int) -> None:
        """Keeps the first `count` lines of the row; the others are read again."""
        again = self.kept[count:]
        self._again.extendleft(reversed(again))
        self.number -= len(again)
        del self.kept[count:]

    def run(self, delimiter: str, width: int, most: int) -> Run | None:
        """Reads on to the next line that only the strict reader can judge, by at most so many lines; None where that is the next
        line, or where there is none. Nothing of it is kept."""
        if self._again or (self._block.is_over and not self._more()):
            return None
        taken = self._block.take(ord(delimiter), width, most, self.number + 1)
        if taken is None:
            return None
        count, size, run = taken
        self.number += count
        self.characters += size
        return run

    def _more(self) -> bool:
        """Whether there is another block, which it takes."""
        block = next(self._blocks, None)
        self._block = _Block(block or b"")
        return block is not None


class _Block:
    """Whole lines of a text as UTF-8."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        # A line may also end with a lone carriage return. Where one does, the strict reader reads the whole block.
        self._is_simple = b"\r" not in content or content.count(b"\r") == content.count(b"\r\n")
        self._text = None if self._is_simple else io.StringIO(content.decode(), newline="")
        self._judged: _Judged | None = None

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._content)

    def line(self) -> str:
        """The next line."""
        if self._text is not None:
            line = next(self._text)
            self._at += len(line.encode())
            return line
        end = self._content.find(b"\n", self._at) + 1 or len(self._content)
        line = self._content[self._at : end].decode()
        self._at = end
        return line

    def take(self, delimiter: int, width: int, most: int, number: int) -> tuple[int, int, Run] | None:
        """How many lines it takes, the bytes that they have, and what they are; `number` is that of the first of them."""
        if not self._is_simple:
            return None
        if self._judged is None:
            self._judged = _Judged(self._content, delimiter, width)
        first, end = self._judged.stretch(self._at, most)
        if first == end:
            return None
        run = self._judged.run(first, end, number)
        start, self._at = self._at, int(self._judged.ends[end - 1])
        return end - first, self._at - start, run


class _Judged:
    """What the lines of a block are, each by itself, for a delimiter and a number of fields."""

    def __init__(self, content: bytes, delimiter: int, width: int) -> None:
        self._content = content
        self._bytes = cells = np.frombuffer(content, np.uint8)
        ends = np.flatnonzero(cells == _NEWLINE) + 1
        if not content.endswith(b"\n"):
            ends = np.append(ends, len(content))
        # Behind each line.
        self.ends = ends
        self._starts = np.concatenate(([0], ends[:-1]))
        closes = ends - (cells[ends - 1] == _NEWLINE)
        closes -= (closes > self._starts) & (cells[np.maximum(closes, 1) - 1] == _RETURN)
        lengths = closes - self._starts
        marks = np.flatnonzero(cells == delimiter)
        quotes = np.flatnonzero(cells == _QUOTE)
        self.has_quotes = bool(len(quotes))
        strict = ends - self._starts > LONGEST_LINE
        quoted = np.zeros(len(ends), np.int64)
        if self.has_quotes:
            of_quotes, of_marks = (np.searchsorted(ends, found, "right") for found in (quotes, marks))
            quoted = np.bincount(of_quotes, minlength=len(ends))
            before = np.cumsum(quoted) - quoted
            opens = (np.arange(len(quotes)) - before[of_quotes]) % 2 == 0
            # What stands around a quote; a delimiter stands for the beginning and the end of a line.
            ahead = np.where(quotes == self._starts[of_quotes], delimiter, cells[quotes - 1])
            behind = np.where(quotes + 1 == closes[of_quotes], delimiter, cells[np.minimum(quotes + 1, len(cells) - 1)])
            wrong = np.where(opens, ahead, behind) != delimiter
            strict |= (np.bincount(of_quotes, wrong, len(ends)) > 0) | (quoted % 2 == 1)
            within = (np.searchsorted(quotes, marks) - before[of_marks]) % 2 == 1
            fields = np.bincount(of_marks[~within], minlength=len(ends)) + 1
        else:
            fields = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
        empty = (lengths - quoted == fields - 1) & ((fields == width) | (lengths == 0))
        self._proven = (fields == width) & ~empty & ~strict
        self._apart = (fields != width) & ~empty & ~strict & (quoted == 0)
        # By themselves, lines with quotes and another number of fields are rows too, but what they hold has to be counted again.
        self._strict = np.flatnonzero(strict | ((fields != width) & (quoted > 0)))
        self._all_proven = bool(self._proven.all())

    def stretch(self, start: int, most: int) -> tuple[int, int]:
        """The first line and the line behind the last one that are read at once from this place on."""
        first = int(np.searchsorted(self._starts, start))
        stop = int(np.searchsorted(self._strict, first))
        end = int(self._strict[stop]) if stop < len(self._strict) else len(self.ends)
        return first, min(end, first + most)

    def run(self, first: int, end: int, number: int) -> Run:
        start, stop = int(self._starts[first]), int(self.ends[end - 1])
        numbers = np.arange(number, number + end - first)
        if self._all_proven:
            return Run(self._content[start:stop], numbers, (), self.has_quotes)
        proven = self._proven[first:end]
        sizes = self.ends[first:end] - self._starts[first:end]
        rows = self._bytes[start:stop][np.repeat(proven, sizes)].tobytes()
        apart = tuple(
            (number + int(index), self._content[self._starts[first + index] : self.ends[first + index]].decode())
            for index in np.flatnonzero(self._apart[first:end])
        )
        return Run(rows, numbers[proven], apart, self.has_quotes)


def _blocks(stream: io.BufferedIOBase, encoding: str) -> Iterator[bytes]:
    """The text as UTF-8 in blocks of whole lines. A carriage return at the end of what was read may have a line feed behind it.

    A text in UTF-8 is taken as it stands: whoever knows its encoding has read all of it.
    """
    decoder = None if encoding == "utf-8-sig" else codecs.getincrementaldecoder(encoding)("strict")
    rest = b""
    while block := stream.read(_BLOCK):
        rest += decoder.decode(block).encode() if decoder else block
        end = max(rest.rfind(b"\n"), rest.rfind(b"\r", 0, -1)) + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
    if decoder:
        rest += decoder.decode(b"", True).encode()
    if rest:
        yield rest
