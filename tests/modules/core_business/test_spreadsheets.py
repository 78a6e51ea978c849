"""A spreadsheet shows what was exported and runs none of it."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.core_business.crm.spreadsheets import BOM, RUNS, cell, table


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+34600", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "﹦1", "﹢1", " =1",
     "\u200b=1", "\u22121", "=HYPERLINK(\"http://x\")", "|cmd", "\u00a0=1"],
)  # fmt: skip
def test_a_text_that_a_spreadsheet_might_run_is_escaped(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("-5.20"), "-5.20"), (-3, "-3"), (None, ""), ("Ana = Ana", "Ana = Ana"),
     ("C/ Mayor, 3-1.º", "C/ Mayor, 3-1.º"), ("", "")],
)  # fmt: skip
def test_numbers_and_plain_texts_stay_as_they_are(value, shown):
    assert cell(value) == shown


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=5))
def test_every_cell_comes_back_and_none_begins_like_a_formula(rows):
    file = table(("a", "b"), rows, "fin").decode()
    assert file.startswith(BOM)
    read = list(csv.reader(StringIO(file.removeprefix(BOM), newline=""), delimiter=";"))
    assert len(read) == len(rows) + 2
    for row, back in zip(rows, read[1:-1], strict=True):
        for value, shown in zip(row, back, strict=True):
            assert shown in (value, f"'{value}")
            assert shown[:1] not in RUNS
