"""How programs say that they got no more memory, each library in its own way."""

import errno

# Of Rust's allocator, Python, DuckDB, C++, the system and Arrow (malloc, realloc); case does not matter.
_WORDS = ("memory allocation of", "memoryerror", "out of memory", "bad_alloc", "cannot allocate memory", "alloc of size")


def says_no_memory(words: str) -> bool:
    """Whether somebody's last words say so."""
    said = words.lower()
    return any(each in said for each in _WORDS)


def is_no_memory(fault: BaseException) -> bool:
    """Whether something was raised for want of memory."""
    return (
        isinstance(fault, MemoryError)
        or (isinstance(fault, OSError) and fault.errno == errno.ENOMEM)
        or says_no_memory(f"{type(fault).__name__}: {fault}")
    )
