"""What offices call the columns, as the contract lists it: this side knows nothing of the declarations that are tested."""

import re
from functools import cache
from pathlib import Path

_CONTRACT = Path(__file__).resolve().parents[2] / "data" / "README.md"


@cache
def offices() -> dict[str, dict[str, list[str]]]:
    """By kind of dataset (`sites`, `ballots`, …, `verified`) and column: the headings."""
    table = _CONTRACT.read_text(encoding="utf-8").partition("| dataset | headings |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (?:an? |its )?`(?:<source>_)?(\w+)[^|]*\| (.*) \|$", table, re.M)
    return {kind: {name: words.split("、") for name, words in re.findall(r"`(\w+)` ([^;]+)", row)} for kind, row in rows}
