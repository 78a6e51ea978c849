"""Risks of the reference cases as people would quote them, for trying the tools of lines."""

import json
from pathlib import Path
from typing import Any, Final

CASES: Final = json.loads((Path(__file__).parents[1] / "data" / "rating_cases.json").read_text(encoding="utf-8"))[
    "cases"
]
FROM_FILE: Final = ("age", "end_age")  # follow from the customer's birth date


def accepted(line: str) -> list[dict[str, Any]]:
    """Inputs of a line's cases that have a price, without what the customer's file tells."""
    return [
        {name: value for name, value in case["inputs"].items() if name not in FROM_FILE}
        for case in CASES
        if case["line"] == line and case["expected"]["decision"] == "accept"
    ]
