"""How often Python looks for garbage while a process makes very many objects that stay: modules, or the rows of a run."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

# New objects between two collections. Python's 700 takes a tenth of a night's crawl, and a twentieth of an evaluation.
_BETWEEN = 50_000


@contextmanager
def few_collections() -> Generator[None]:
    """Collects seldom, and does not go through what the libraries hold again and again."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_BETWEEN, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
