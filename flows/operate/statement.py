"""A sentence of the status, as the page, the terminal and programs show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """A sentence for people, the list that belongs to it, and the flow run that it is about, where the UI shows that."""

    sentence: str
    listed: tuple[str, ...] = ()
    flow_run: str = ""

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(f"  · {line}" for line in self.listed)])
