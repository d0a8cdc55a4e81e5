"""The boundary round every library that reads what people send: what it raises, whatever that is, is the file's refusal."""

from collections.abc import Generator
from contextlib import contextmanager

from flows.errors import OperatorError
from flows.host.memory import is_no_memory
from flows.receive.chunks import RefusedFile

OTHERWISE = "文件多半已损坏，或不是一份普通的数据；请重新导出，或分成几份 CSV 后重新送来"


@contextmanager
def library_faults() -> Generator[None]:
    """Raises `RefusedFile` with the name of whatever a library raises, and `MemoryError` where it got no memory. What the machine
    says passes, and so do interrupts."""
    try:
        yield
    except (RefusedFile, OperatorError, OSError, MemoryError):
        raise
    except Exception as fault:
        if is_no_memory(fault):
            raise MemoryError from fault
        raise RefusedFile(_raised(fault)) from fault
    except BaseException as fault:
        # What a library in Rust raises for a fault of its own is no Exception.
        if type(fault).__name__ == "PanicException":
            raise RefusedFile(_raised(fault)) from fault
        raise


def _raised(fault: BaseException) -> str:
    return f"读它的程序库出错（{type(fault).__name__}），没有读完。{OTHERWISE}"
