"""Equal meanings are equal, however they are written; different ones are not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from evals.canonical import Canon

PEOPLE = {"ana ruiz prado": "id-ana", "12345678Z": "id-ana", "id-ana": "id-ana", "luis gil": "id-luis"}
CANON = Canon(
    lambda kind, words: PEOPLE.get(words) if kind == "customer" else None,
    {"quote": frozenset({"Q-2026-000001", "id-quote"})},
    date(2026, 11, 22),
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (300, "300.00"),
        (Decimal("24100"), 24100),
        ("1000", 1000),
        (True, "true"),
        ("Marta", " marta "),
        ("Calle Nueva, 77", "calle nueva, 77"),
        ("8084 PZB", "8084PZB"),
        ("+34611222333", "611 222 333"),
        ("@today", "2026-11-22"),
        (date(2026, 11, 22), "2026-11-22"),
        ({"contains": "Renovación"}, "su RENOVACION"),
        ("@customer ana ruiz prado", "12345678Z"),
        ("@result quote", "id-quote"),
        (None, None),
        ({"deductible": 300}, {"deductible": "300", "use": "particular"}),
        ([1, "a"], ["1", "A"]),
    ],
)
def test_one_meaning(wanted: Any, found: Any) -> None:
    assert CANON.same(wanted, found)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (300, "300.01"),
        (True, "false"),
        (True, 1),
        ("Marta", None),
        ("611222333", "611222334"),
        ("@today", "2026-11-23"),
        ("@customer ana ruiz prado", "luis gil"),
        ("@customer ana ruiz prado", None),
        ("@customer nadie", "nadie"),
        ("@result quote", "Q-2026-000002"),
        ({"contains": "coche"}, "moto"),
        ({"deductible": 300}, {"use": "particular"}),
        ({"deductible": 300}, None),
        ([1, 2], [1]),
        ([1], "1"),
    ],
)
def test_another_meaning(wanted: Any, found: Any) -> None:
    assert not CANON.same(wanted, found)
