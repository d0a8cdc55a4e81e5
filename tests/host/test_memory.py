"""What libraries say when they get no memory is told apart from what they say of a file."""

import errno

import pyarrow as pa
import pytest

from flows.host.memory import is_no_memory
from flows.receive.boundary import library_faults
from flows.receive.chunks import RefusedFile


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        pa.ArrowMemoryError("malloc of size 1048576 failed"),
        pa.ArrowInvalid("Out of memory: malloc of size 64 failed"),
        OSError("Out of memory: realloc of size 128 failed"),
        pa.ArrowInvalid("realloc of size 128 failed"),
        ValueError("std::bad_alloc"),
        RuntimeError("memory allocation of 8 bytes failed"),
    ],
    ids=repr,
)
def test_want_of_memory_is_known_however_it_is_raised(fault):
    assert is_no_memory(fault)
    with pytest.raises(OSError if isinstance(fault, OSError) else MemoryError), library_faults():
        raise fault


@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left"), ValueError("not a Parquet file"), KeyError("site")], ids=repr
)
def test_other_faults_are_none_of_memory(fault):
    assert not is_no_memory(fault)
    with pytest.raises(OSError if isinstance(fault, OSError) else RefusedFile), library_faults():
        raise fault
