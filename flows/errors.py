"""What a run tells the person who started it when it cannot go on.

Every expected fault ends in one of these; the message is made of whole sentences that name the file, the row or the
key, what was expected and what to do. They are shown without a traceback. Anything else that is raised is a defect of
pingyi and keeps its traceback.
"""

import errno
from collections.abc import Iterable


class OperatorError(Exception):
    """The raw files or the scheme are at fault. `faults` holds every fault found, one sentence each."""

    exit_status = 1

    def __init__(self, summary: str, faults: Iterable[str] = ()) -> None:
        self.summary = summary
        self.faults = tuple(faults)
        super().__init__("\n".join([summary, *(f"  · {fault}" for fault in self.faults)]))

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
