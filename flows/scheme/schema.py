"""The JSON Schema of schemes, by which editors complete and check them. It follows from the reader, see `flows.reading.recording`.

It holds what a schema can say: keys, types, bounds, choices. What a scheme contradicts itself in (weights that add up to 0.99)
only the reader finds.
"""

import json
from typing import Any

from flows.reading.recording import schema_of
from flows.scheme.file import read_keys
from flows.scheme.keys import meaning

# Beside the schemes of a data home; the first line of a scheme names it.
FILE = "scheme.schema.json"
LINE = f"#:schema ./{FILE}"


def scheme_schema() -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "评议方案",
        "description": "schemes/年度.toml 的写法；由 pingyi schema 生成，不要手改。",
        **schema_of(read_keys, meaning),
    }


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(scheme_schema(), ensure_ascii=False, indent=1) + "\n"
