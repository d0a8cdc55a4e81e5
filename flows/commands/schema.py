"""`pingyi schema`: the schema of schemes, for editors."""

from argparse import Namespace

from flows.commands import Command

_PURPOSE = "打印评议方案的 JSON Schema，编辑器用它补全和检查方案。"


def _act(options: Namespace) -> None:
    from flows.scheme.schema import schema_text

    print(schema_text(), end="")


COMMAND = Command(_PURPOSE, _act, has_home=False, has_year=False)
