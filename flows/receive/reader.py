"""The process that reads deliveries: `python -m flows.receive.reader`, started by `flows.receive.apart`.

What a library raises while it reads a file is that file's refusal; what the machine says of itself (a full disk, no permission)
is none.
"""

import errno
import resource
from typing import Any

from flows.host.confined import FILE_SIZE, LAST, serve
from flows.host.garbage import few_collections
from flows.host.memory import is_no_memory
from flows.receive.apart import Look, Task
from flows.receive.boundary import library_faults
from flows.receive.chunks import RefusedFile
from flows.receive.content import opened_content
from flows.receive.entries import write_entry
from flows.receive.glimpse import write_glimpse
from flows.receive.meanings import Context

_MACHINE = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS),
    *(errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE),
)
# It may not give it all back, and the next file would be refused for it.
_NO_MEMORY = {"memory": True, LAST: True}


def answer(task: Task | Look, context: Context) -> dict[str, Any]:
    """Reads a delivery and writes its entry, or what it begins with; see `flows.receive.apart.read_apart` for what the answers
    mean."""
    try:
        with library_faults(), opened_content(task.path, None, task.sha256) as content:
            if isinstance(task, Look):
                write_glimpse(content, task.ending, task.target)
            else:
                write_entry(content, task.contract, context, task.folder, task.name)
    except RefusedFile as fault:
        return {"refused": str(fault)}
    except MemoryError:
        return _NO_MEMORY
    except OSError as fault:
        if is_no_memory(fault):
            return _NO_MEMORY
        if fault.errno == errno.EFBIG and FILE_SIZE == resource.RLIM_INFINITY:
            return {"written": True}
        if fault.errno in _MACHINE:
            file = fault.filename if isinstance(fault.filename, str) else ""
            return {"errno": fault.errno, "words": fault.strerror or str(fault), "file": file}
        return {"raised": f"{type(fault).__name__}：{fault}"}
    return {"done": True}


if __name__ == "__main__":
    with few_collections():
        serve(answer)
