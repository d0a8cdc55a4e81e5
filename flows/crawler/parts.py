"""A part of a night, for a night that many machines share: the sites whose hosts fall to it."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from flows.crawler.addresses import address_of, host_of
from flows.crawler.rules import Target
from flows.errors import UsageError

_WRITTEN = re.compile(r"(\d{1,4})/(\d{1,4})")


@dataclass(frozen=True)
class Part:
    """Part `number` (from 1) of so many."""

    number: int
    of: int

    @classmethod
    def read(cls, written: str) -> Self:
        """A part as it is written: 2/3. Raises `UsageError`."""
        found = _WRITTEN.fullmatch(written.strip())
        part = cls(int(found[1]), int(found[2])) if found else None
        if part is None or not 1 <= part.number <= part.of:
            raise UsageError(f"“{written}”不是一个部分：应写成 第几/共几，如 2/3。没有检测任何网站。")
        return part

    @property
    def name(self) -> str:
        return f"{self.number}of{self.of}"

    def __str__(self) -> str:
        return f"第 {self.number} 部分（共 {self.of} 部分）"

    def has(self, target: Target) -> bool:
        """Whether a site is in this part. Sites of one host are in one part, and the same on every machine and night."""
        address = address_of(target.url)
        host = host_of(address) if address else target.url
        return int.from_bytes(sha256(host.encode()).digest()[:8]) % self.of == self.number - 1
