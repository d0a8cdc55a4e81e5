"""Random numbers by name: every part of a simulated year draws from its own stream.

So a part gets the same numbers whether or not another part came before it, and a year is the same on every run.
"""

import zlib

import numpy as np

from flows.errors import OperatorError


class Unlucky(OperatorError):
    """The random numbers cannot be brought to the printed figures; other random numbers may."""


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """The generator of one part of the year that `seed` stands for; `name` says which part."""
    key = zlib.crc32("/".join(map(str, name)).encode())
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, key])))
