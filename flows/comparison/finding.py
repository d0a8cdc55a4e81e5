"""A finding, and how its numbers are written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that stands out: its kind (`flows.scheme.comparison.KINDS`), what it is about, and a whole sentence."""

    kind: str
    subject: str
    sentence: str

    @property
    def name(self) -> str:
        """By which a scheme confirms it."""
        return f"{self.kind}:{self.subject}"


def share(part: float) -> str:
    """A share as people write it: 71 %."""
    return f"{100 * part:.0f}%"


def listed(names: list[str], most: int = 3) -> str:
    """Some names, and how many there are."""
    return "、".join(names[:most]) + (f" 等 {len(names)} 个" if len(names) > most else "")
