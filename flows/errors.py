"""What a run tells the person who started it when it cannot go on.

Every expected fault ends in one of these; the message is made of whole sentences that name the file, the row or the
key, what was expected and what to do. They are shown without a traceback. Anything else that is raised is a defect of
pingyi and keeps its traceback.

Names of files and cells come from outside, and what is told of them goes to terminals, logs and states of runs. There a
character that moves the cursor, begins a line or turns the direction of writing would tell something that nobody said; so
here, where faults become text, such characters are shown and not sent.
"""

import errno
import logging
import re
from collections.abc import Iterable

_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
# The controls of ASCII and Latin-1 but the tab, the marks that turn the direction of writing, and bytes of a name that are no
# text, which Python holds as lone surrogates.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """A text in one line, with the characters shown that a terminal would obey: `\\x1b`, `\\u202e`, and `⏎` for a line end."""
    return visible_lines(_LINE_ENDS.sub("⏎", text))


def is_text(text: str) -> bool:
    """Whether a text, such as a path, is one in UTF-8: a name may hold bytes that are none, which no database or server takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def json_visible(text: str) -> str:
    """A JSON text with the same characters written as JSON writes those that are not shown."""
    return _CONTROLS.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


def visible_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return _CONTROLS.sub(_shown, text)


def _shown(control: re.Match[str]) -> str:
    number = ord(control[0])
    # A byte 0x80 to 0xff that is no text is the surrogate U+DC80 to U+DCFF.
    number = number - 0xDC00 if 0xDC80 <= number <= 0xDCFF else number
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _visible_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = visible(record.getMessage()), ()
    return True


# Every message of our own passes here, whoever handles it then.
logging.getLogger("pingyi").addFilter(_visible_record)


class OperatorError(Exception):
    """The raw files or the scheme are at fault. `faults` holds every fault found, one sentence each."""

    exit_status = 1

    def __init__(self, summary: str, faults: Iterable[str] = ()) -> None:
        self.summary = visible(summary)
        self.faults = tuple(map(visible, faults))
        super().__init__("\n".join([self.summary, *(f"  · {fault}" for fault in self.faults)]))

    def shown(self, most: int) -> str:
        """The message with at most so many of its faults, for where there is little room."""
        if len(self.faults) <= most:
            return str(self)
        shown = (f"  · {fault}" for fault in self.faults[:most])
        return "\n".join([self.summary, *shown, f"  · …… 共 {len(self.faults)} 条"])

    def __reduce__(self):
        # Prefect and process pools carry exceptions by pickle; the default would pass the joined text as the summary.
        return type(self), (self.summary, self.faults)


class UsageError(OperatorError):
    """The command itself was wrong: an unknown site, a year without a scheme."""

    exit_status = 2


class GateError(OperatorError):
    """The year was evaluated, but a quality gate forbids publishing it."""

    exit_status = 3


class HeldError(OperatorError):
    """Another run is at work on the data home."""

    exit_status = 4


class MachineError(OperatorError):
    """The machine is at fault: a full disk, what may not be read or written, too little memory, no network, no server."""

    exit_status = 5


FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def unreadable(fault: Exception) -> type[OperatorError]:
    """What a file that cannot be read is a case of: of the machine's, where that forbids it, else of the file's own."""
    return MachineError if isinstance(fault, OSError) and fault.errno in FORBIDDEN else OperatorError
