"""How much a template may do: a few lines can ask for a text or a number that no machine holds, or for a loop without end.

Everything by which a text grows goes through `Budget.joined`, every round of a loop and every query through `Budget.take`.
"""

import time
from collections.abc import Iterable, Iterator

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

# Characters of any text, rounds of all loops with all queries, and seconds.
MOST_TEXT = 1 << 20
MOST_STEPS = 200_000
MOST_SECONDS = 60
# Digits of a whole number.
MOST_DIGITS = 60
# No template can name these: they are no words.
ROUNDS, JOINED = "\0rounds", "\0joined"


class Budget:
    """What a template has used since it began to be written."""

    def __init__(self) -> None:
        self._steps = 0
        self._end = time.monotonic() + MOST_SECONDS

    def take(self) -> None:
        """Counts a step. Raises `ValueError` where there were too many."""
        self._steps += 1
        if self._steps > MOST_STEPS or time.monotonic() > self._end:
            raise ValueError(f"循环和查数超过 {MOST_STEPS} 次，或写了 {MOST_SECONDS} 秒还没有写完")

    def rounds(self, values: Iterable) -> Iterator:
        """The values of a loop, each a step."""
        for value in values:
            self.take()
            yield value

    def joined(self, texts: Iterable[object], mark: str = "") -> str:
        """The texts as one. Raises `ValueError` where it would be too long."""
        parts: list[str] = []
        size = 0
        for text in texts:
            part = str(text)
            size += len(part) + len(mark)
            if size > MOST_TEXT:
                raise ValueError(f"写出的文字超过 {MOST_TEXT >> 20} MB")
            parts.append(part)
        return mark.join(parts)


class Counted(NodeTransformer):
    """Makes every loop of a template count its rounds, and every `~` look at the length."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, ROUNDS, [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        texts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(texts, JOINED, [], [], None, None, lineno=node.lineno)
