"""Columns as tables bring them become numbers, or one error that names the argument."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from engines.arrays import names, vector
from engines.errors import InvalidInput


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([Decimal("1.50"), Decimal("2.00")]),
        pd.Series([True, 2.0], dtype=object),
        pd.Series([1, 2], dtype="Int64"),
        [1.5, np.float32(2)],
    ],
)
def test_numbers_of_any_kind_are_taken(column: object) -> None:
    found = vector(column.to_numpy() if isinstance(column, pd.Series) else column, "x")  # type: ignore[arg-type]
    assert found.dtype == np.float64
    assert found[1] in (1.5, 2.0)


def test_a_text_among_numbers_is_none() -> None:
    with pytest.raises(InvalidInput, match="lista de números"):
        vector(np.array(["1", 1.5], dtype=object), "x")


def test_large_whole_numbers_stay_apart_as_names() -> None:
    assert names([1234567.0, 1234568, 2.0, 2], "group") == ["1234567", "1234568", "2", "2"]


def test_texts_and_numbers_do_not_mix_as_names() -> None:
    with pytest.raises(InvalidInput, match="mezcla textos y números"):
        names(["a", 1], "group")
